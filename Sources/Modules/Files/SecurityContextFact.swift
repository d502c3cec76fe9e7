import ModuleKit

/// The SELinux context of a file; absent where there is no such file.
///
/// A host without SELinux has none: then all four parts are empty.
package struct SecurityContextFact: Fact {
  package static let kind = "selinux-context"
  package static let keysArePaths = true

  package var user: String
  package var role: String
  package var type: String
  /// A level or a range of them, with categories: `s0:c1,c2`; empty where the policy has none.
  package var level: String

  package static let none = SecurityContextFact(user: "", role: "", type: "", level: "")

  package init(user: String, role: String, type: String, level: String) {
    self.user = user
    self.role = role
    self.type = type
    self.level = level
  }

  /// One stat(1) for all paths, where the kernel enforces or watches a policy (selinux(8)).
  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if [ ! -e /sys/fs/selinux/enforce ]; then put none; exit 0; fi
    put selinux
    for path in \(words: requests.map(\.key.name)); do
      if context=$(stat -c %C -- "$path" 2>/dev/null); then put "$path" "$context"; fi
    done
    """
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<SecurityContextFact>]
  {
    let records = reply.records.map { String(decoding: $0, as: UTF8.self) }
    guard let first = records.first else { return [:] }
    var readings: [String: Reading<SecurityContextFact>] = [:]
    for request in requests {
      readings[request.key.name] = first == "none" ? .present(.none) : .absent
    }
    for start in stride(from: 1, to: records.count - 1, by: 2) {
      readings[records[start]] =
        SecurityContextFact(records[start + 1]).map { .present($0) }
        ?? .unreadable("`\(records[start + 1])` is no context")
    }
    return readings
  }

  /// From `user:role:type:level`, where the level may hold colons.
  private init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count >= 3 else { return nil }
    self.init(
      user: parts[0], role: parts[1], type: parts[2], level: parts.count > 3 ? parts[3] : "")
  }
}
