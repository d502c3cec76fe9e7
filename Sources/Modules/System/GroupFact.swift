import ModuleKit

/// A group.
///
/// Keys are names; absent when the host knows no such group (group(5)).
package struct GroupFact: Fact {
  package static let kind = "group"

  /// nil in a prediction of a group whose number the host will pick.
  package var gid: Int?

  package static func == (left: GroupFact, right: GroupFact) -> Bool {
    left.gid == nil || right.gid == nil || left.gid == right.gid
  }

  package func hash(into hasher: inout Hasher) {}

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if command -v getent >/dev/null; then
      getent group -- \(words: requests.map(\.key.name))
      case $? in 0|2) ;; *) exit 1 ;; esac
    else
      for g in \(words: requests.map(\.key.name)); do
        while IFS= read -r l; do case $l in "$g":*) printf '%s\\n' "$l" ;; esac; done </etc/group
      done
    fi
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<GroupFact>] {
    var groups: [String: GroupFact] = [:]
    for line in reply.lines {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count >= 4, let gid = Int(fields[2]) else { continue }
      groups[String(fields[0])] = GroupFact(gid: gid)
    }
    guard reply.status == 0 else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    return Dictionary(
      requests.map { ($0.key.name, groups[$0.key.name].map { .present($0) } ?? .absent) }
    ) { first, _ in first }
  }
}
