import ModuleKit

/// What the SELinux policy and the host's own additions say about the context of files (semanage-fcontext(8)).
///
/// Keys are the file type as semanage(8) has it (`a`, `f`, `d`, ...), a line end, and the pattern; of an equivalence
/// the letter is `e`. Absent where there is no such record.
package struct FileContextFact: Fact {
  package static let kind = "file-context"

  /// `user:role:type:level`; of an equivalence the path that it is like; `<<None>>` where files get no context.
  package var context: String

  static func name(_ letter: String, _ pattern: String) -> String { letter + "\n" + pattern }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    [ -e /sys/fs/selinux/enforce ] || { echo 'SELinux is off on the host' >&2; exit 1; }
    command -v semanage >/dev/null || { echo 'semanage(8) is not on the host' >&2; exit 127; }
    semanage fcontext -l -n
    """
  }

  /// How semanage(8) writes the types of files.
  private static let types = [
    ("all files", "a"), ("regular file", "f"), ("directory", "d"), ("character device", "c"),
    ("block device", "b"), ("socket", "s"), ("symbolic link", "l"), ("named pipe", "p"),
  ]

  /// Lines `PATTERN   all files   user:role:type:level`, and `PATH = OTHER` of equivalences.
  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<FileContextFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    let wanted = Set(requests.map(\.key.name))
    var found: [String: FileContextFact] = [:]
    for line in reply.lines {
      let words = line.words
      guard words.count >= 3, let pattern = words.first.map({ String($0) }),
        let last = words.last.map({ String($0) })
      else { continue }
      let name: String
      if words.count == 3, words[1] == "=" {
        name = self.name("e", pattern)
      } else {
        let title = words.dropFirst().dropLast().joined(separator: " ")
        guard let letter = types.first(where: { $0.0 == title })?.1 else { continue }
        name = self.name(letter, pattern)
      }
      // What the host added stands behind what the policy has, and wins.
      if wanted.contains(name) { found[name] = FileContextFact(context: last) }
    }
    return Dictionary(
      requests.map { ($0.key.name, found[$0.key.name].map { .present($0) } ?? .absent) }
    ) { first, _ in first }
  }
}
