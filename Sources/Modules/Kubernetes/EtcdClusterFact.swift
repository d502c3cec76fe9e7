import ModuleKit
import Schema

/// What an etcd cluster says of itself, asked from a host by etcdctl(1).
///
/// The key is an `EtcdClient`; absent where there is no etcdctl, or where no member answers at all.
package struct EtcdClusterFact: Fact {
  package static let kind = "etcd cluster"
  package static let reach = FactReach.machine

  /// One member as the cluster lists it.
  package struct Member: Sendable, Hashable {
    /// Hexadecimal.
    package var id: String
    package var isStarted: Bool
    /// Empty until it was started once.
    package var name: String
    package var peerURLs: [String]
    package var clientURLs: [String]
    package var isLearner: Bool
  }

  /// What one endpoint answered.
  package struct Status: Sendable, Hashable {
    package var id: String
    package var version: String
    package var isLeader: Bool
    package var isLearner: Bool
    package var term: UInt64
    package var index: UInt64
    /// Alarms among them.
    package var errors: String
  }

  /// nil when no quorum could be asked.
  package var members: [Member]?
  /// By endpoint; those that did not answer are missing.
  package var statuses: [String: Status]
  /// As etcdctl prints them: `memberID:... alarm:NOSPACE`.
  package var alarms: [String]

  package init(members: [Member]?, statuses: [String: Status] = [:], alarms: [String] = []) {
    self.members = members
    self.statuses = statuses
    self.alarms = alarms
  }

  /// Terms and indices go on by themselves.
  package static func == (left: EtcdClusterFact, right: EtcdClusterFact) -> Bool {
    left.members == right.members && left.alarms == right.alarms
      && Set(left.statuses.keys) == Set(right.statuses.keys)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(members) }

  package static func probe(_ requests: [FactRequest]) -> Script {
    var lines: [Script] = []
    for request in requests {
      guard let client = EtcdClient(name: request.key.name) else { continue }
      lines.append(
        """
        if command -v \(client.program) >/dev/null; then
          statuses=$(
            for endpoint in \(words: client.endpoints); do
              \(words: client.words([], seconds: 3)) --endpoints="$endpoint" endpoint status 2>/dev/null &
            done
            wait)
          code=1 members= alarms=
          if [ "$statuses" ]; then
            members=$(\(words: client.words()) member list 2>/dev/null)
            code=$?
            [ "$code" != 0 ] || alarms=$(\(words: client.words()) alarm list 2>/dev/null)
          fi
          put \(request.key.name) there "$members" "$code" "$statuses" "$alarms"
        else put \(request.key.name) absent '' '' '' ''; fi
        """)
    }
    return Script(lines: lines)
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<EtcdClusterFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<EtcdClusterFact>] = [:]
    while records.count >= 6 {
      let fields = Array(records.prefix(6))
      records = records.dropFirst(6)
      let statuses = Self.statuses(fields[4])
      let members: [Member]? = fields[3] == "0" ? Self.members(fields[2]) : nil
      let alarms = fields[5].fileLines.filter { !$0.trimmed.isEmpty }
      guard fields[1] == "there", members != nil || !statuses.isEmpty else {
        readings[fields[0]] = .absent
        continue
      }
      readings[fields[0]] = .present(
        EtcdClusterFact(members: members, statuses: statuses, alarms: alarms))
    }
    return readings
  }

  /// Lines of `member list`: `8e9e05c52164694d, started, m1, https://...:2380, https://...:2379, false`.
  private static func members(_ text: String) -> [Member] {
    text.fileLines.compactMap { line in
      let fields = fields(String(line))
      guard fields.count >= 6, UInt64(fields[0], radix: 16) != nil else { return nil }
      return Member(
        id: fields[0], isStarted: fields[1] == "started", name: fields[2],
        peerURLs: fields[3].split(separator: ",").map(String.init),
        clientURLs: fields[4].split(separator: ",").map(String.init),
        isLearner: fields[5] == "true")
    }
  }

  /// Lines of `endpoint status`: `https://...:2379, 8e9e05c52164694d, 3.5.16, 20 kB, true, false, 2, 8, 8, `.
  private static func statuses(_ text: String) -> [String: Status] {
    var statuses: [String: Status] = [:]
    for line in text.fileLines {
      let fields = fields(String(line))
      guard fields.count >= 8 else { continue }
      statuses[fields[0]] = Status(
        id: fields[1], version: fields[2], isLeader: fields[4] == "true",
        isLearner: fields[5] == "true", term: UInt64(fields[6]) ?? 0,
        index: UInt64(fields[7]) ?? 0, errors: fields.count > 9 ? String(fields[9].trimmed) : "")
    }
    return statuses
  }

  private static func fields(_ line: String) -> [String] {
    line.split(separator: ", ", omittingEmptySubsequences: false).map(String.init)
  }
}

extension EtcdClusterFact {
  /// The member that these peer URLs belong to; else one of the name, which may have moved.
  func member(named name: String, at peerURLs: [String]) -> Member? {
    members?.first { !Set($0.peerURLs).isDisjoint(with: peerURLs) }
      ?? members?.first { $0.name == name && !name.isEmpty }
  }

  var leader: Member? {
    let ids = statuses.values.filter(\.isLeader).map(\.id)
    return members?.first { ids.contains($0.id) }
  }
}
