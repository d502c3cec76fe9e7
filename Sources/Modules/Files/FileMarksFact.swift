import ModuleKit

/// The attributes of a file, as chattr(1) sets them.
///
/// Keys are paths; a symbolic link means itself. Present where there is no file too.
package struct FileMarksFact: Fact {
  package static let kind = "file-marks"
  package static let keysArePaths = true

  package var exists: Bool
  /// The letters of lsattr(1) that chattr(1) can set; nil where the file system has none.
  package var flags: Set<Character>?

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    \(functions)
    for path in \(words: requests.map(\.key.name)); do marks_of "$path"; done
    """
  }

  private static let functions: Script = """
    marks_of() {
      if [ ! -e "$1" ] && [ ! -L "$1" ]; then put "$1" absent ''; return; fi
      flags=$(lsattr -d -- "$1" 2>/dev/null) || flags=
      put "$1" there "${flags%% *}"
    }
    """

  /// No letter, and those that the file system sets by itself; see chattr(1).
  private static let unsettable: Set<Character> = ["-", "e", "E", "I", "N", "V", "h"]

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<FileMarksFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<FileMarksFact>] = [:]
    while records.count >= 3 {
      let (path, word, flags) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      readings[path] = .present(
        FileMarksFact(
          exists: word == "there",
          flags: flags.isEmpty ? nil : Set(flags).subtracting(unsettable)))
    }
    return readings
  }
}
