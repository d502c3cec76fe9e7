/// Wildcards of OpenSSH: `*` any run, `?` any one character, `!` in front negates
/// (ssh_config(5) PATTERNS, sshd(8) SSH_KNOWN_HOSTS FILE FORMAT).
struct HostPattern: Hashable, Sendable {
  let glob: [UInt8]
  let isNegated: Bool

  init(_ text: some StringProtocol) {
    isNegated = text.hasPrefix("!")
    glob = Array((isNegated ? text.dropFirst() : text[...]).lowercased().utf8)
  }

  /// Whether there is no wildcard.
  var isLiteral: Bool { !glob.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

  /// Whether the pattern without its negation fits `name`, which is in lower case.
  func fits(_ name: String) -> Bool {
    let name = Array(name.utf8)
    var (pattern, position) = (0, 0)
    var star: (pattern: Int, position: Int)?
    while position < name.count {
      if pattern < glob.count, glob[pattern] == UInt8(ascii: "*") {
        star = (pattern, position)
        pattern += 1
      } else if pattern < glob.count,
        glob[pattern] == UInt8(ascii: "?") || glob[pattern] == name[position]
      {
        pattern += 1
        position += 1
      } else if let last = star {
        pattern = last.pattern + 1
        position = last.position + 1
        star = (last.pattern, position)
      } else {
        return false
      }
    }
    return glob[pattern...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Whether a list fits: some pattern does, and no negated one.
  static func anyFits(_ patterns: [HostPattern], _ name: String) -> Bool {
    let name = name.lowercased()
    var hasFit = false
    for pattern in patterns where pattern.fits(name) {
      if pattern.isNegated { return false }
      hasFit = true
    }
    return hasFit
  }
}
