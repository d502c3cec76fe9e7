import ModuleKit
import Schema

/// How large the databases of an etcd cluster's members are, and how much of them is in use: `endpoint status` in JSON.
///
/// The key is an `EtcdClient`; absent where there is no etcdctl.
package struct EtcdSizesFact: Fact {
  package static let kind = "etcd sizes"

  /// The database of one member.
  package struct Size: Sendable, Hashable {
    /// In bytes, as the file is.
    package var total: Int
    /// In bytes, without pages that are free.
    package var used: Int
    package var isLeader: Bool

    /// In percent.
    var freeShare: Int { total == 0 ? 0 : (total - used) * 100 / total }
  }

  /// By endpoint; those that did not answer are missing.
  package var sizes: [String: Size]
  /// As etcdctl prints them: `memberID:... alarm:NOSPACE`.
  package var alarms: [String]

  package init(sizes: [String: Size], alarms: [String] = []) {
    self.sizes = sizes
    self.alarms = alarms
  }

  /// Writes go on.
  package static func == (left: EtcdSizesFact, right: EtcdSizesFact) -> Bool {
    left.sizes.keys == right.sizes.keys && left.alarms == right.alarms
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(alarms) }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.compactMap { request in
        guard let client = EtcdClient(name: request.key.name) else { return nil }
        let one: Script = "\(words: client.words([], seconds: 3))"
        return """
          if command -v \(client.program) >/dev/null; then
            put \(request.key.name) there "$(for endpoint in \(words: client.endpoints); do
              \(one) --endpoints="$endpoint" -w json endpoint status 2>/dev/null
            done)" "$(\(words: client.words()) alarm list 2>/dev/null)"
          else put \(request.key.name) absent '' ''; fi
          """
      })
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<EtcdSizesFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<EtcdSizesFact>] = [:]
    while records.count >= 4 {
      let fields = Array(records.prefix(4))
      records = records.dropFirst(4)
      guard fields[1] == "there" else {
        readings[fields[0]] = .absent
        continue
      }
      var sizes: [String: Size] = [:]
      for line in fields[2].fileLines {
        for answer in (try? JSON.parse(line))?.list ?? [] {
          guard let endpoint = answer["Endpoint"]?.string, let size = size(answer["Status"]) else {
            continue
          }
          sizes[endpoint] = size
        }
      }
      readings[fields[0]] = .present(
        EtcdSizesFact(
          sizes: sizes, alarms: fields[3].fileLines.filter { !$0.trimmed.isEmpty }))
    }
    return readings
  }

  /// `dbSizeInUse` has been there since etcd 3.4.
  private static func size(_ status: Value?) -> Size? {
    guard case .int(let total)? = status?["dbSize"], case .int(let used)? = status?["dbSizeInUse"]
    else { return nil }
    let isLeader = status?["leader"] == status?["header"]?["member_id"]
    return Size(total: total, used: used, isLeader: isLeader)
  }
}
