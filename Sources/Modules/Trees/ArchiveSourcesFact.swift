import ModuleKit

/// What lies at and below some paths of the host, with the digest of each file: what an archive is made of.
///
/// Keys are paths and shell patterns, separated by line ends; always present, and empty where nothing matches.
package struct ArchiveSourcesFact: Fact {
  package static let kind = "archive-sources"

  package struct Entry: Sendable, Hashable {
    package var path: String
    /// Regular files, folders and links only.
    package var type: FileFact.FileType
    /// The SHA-256 of a file, what a link says, nothing for a folder.
    package var content: String
  }

  /// What the patterns stand for, in the order in which the shell gives it.
  package var tops: [String]
  /// Everything at and below them, tops included.
  package var entries: [Entry]

  package static func sources(of name: String) -> [String] {
    name.split(separator: "\n").map { pattern in
      guard let wild = pattern.firstIndex(where: { "*?[".contains($0) }) else {
        return String(pattern)
      }
      return String(pattern[..<(pattern[..<wild].lastIndex(of: "/") ?? pattern.startIndex)])
    }
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [functions]
        + requests.map { request in
          let patterns = request.key.name.split(separator: "\n").map { String($0) }
          return """
            put begin \(request.key.name) ''
            for pattern in \(words: patterns); do look_below "$pattern"; done
            put end '' ''
            """
        })
  }

  private static let functions: Script = """
    look_below() {
      IFS=
      for top in $1; do
        if [ ! -e "$top" ] && [ ! -L "$top" ]; then continue; fi
        put top "$top" ''
        find "$top" -type d -exec sh -c 'for f; do printf "d\\0%s\\0\\0" "$f"; done' sh {} +
        find "$top" -type l -exec sh -c 'for f; do printf "l\\0%s\\0%s\\0" "$f" "$(readlink "$f")"; done' sh {} +
        find "$top" -type f -exec sh -c 'for f; do s=$(sha256sum <"$f") && printf "f\\0%s\\0%s\\0" "$f" "${s%% *}"; done' sh {} +
      done
      unset IFS
    }
    """

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ArchiveSourcesFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ArchiveSourcesFact>] = [:]
    var name: String?
    var fact = ArchiveSourcesFact(tops: [], entries: [])
    while records.count >= 3 {
      let (word, path, content) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      switch word {
      case "begin": (name, fact) = (path, ArchiveSourcesFact(tops: [], entries: []))
      case "top": fact.tops.append(path)
      case "d": fact.entries.append(Entry(path: path, type: .directory, content: ""))
      case "l": fact.entries.append(Entry(path: path, type: .link, content: content))
      case "f": fact.entries.append(Entry(path: path, type: .regular, content: content))
      default: if let name { readings[name] = .present(fact) }
      }
    }
    return readings
  }
}

/// The digest of what a packed file holds; of one that is not packed, of the file itself.
///
/// Keys are paths; absent where there is no file.
package struct UnpackedDigestFact: Fact {
  package static let kind = "unpacked-digest"
  package static let keysArePaths = true

  package var sha256: String

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [HostArchiveFact.unpacking]
        + requests.map { request in
          """
          if [ -f \(request.key.name) ]; then
            s=$(unpacked \(request.key.name) | sha256sum) && put \(request.key.name) "${s%% *}"
          else put \(request.key.name) ''; fi
          """
        })
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<UnpackedDigestFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<UnpackedDigestFact>] = [:]
    while records.count >= 2 {
      let (path, digest) = (records.removeFirst(), records.removeFirst())
      readings[path] = digest.isEmpty ? .absent : .present(UnpackedDigestFact(sha256: digest))
    }
    return readings
  }
}
