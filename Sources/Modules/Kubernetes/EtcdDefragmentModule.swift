import Diagnostics
import ModuleKit
import Schema

/// `etcd_defragment`: gives the space back that etcd's databases do not use any more, one member at a time.
struct EtcdDefragmentModule: StateModule {
  private static let share = Parameter<Int>.optional(
    "min_free_percent", "From which free share of its database on a member is worth it.",
    default: 45, shown: "45")
  private static let bytes = Parameter<Int>.optional(
    "min_free_bytes", "How much has to be free at least, in bytes.", default: 104_857_600,
    shown: "104857600")
  private static let disarms = Parameter<Bool>.optional(
    "disarm", "Takes back the alarm NOSPACE afterwards, with which etcd refuses writes.",
    default: false, shown: "false")
  private static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds that one member may take.", default: 300, shown: "300")

  static let manual = Manual(
    "etcd_defragment", .state, "Gives back the free space of etcd's databases.",
    notes: [
      """
      A member answers nothing while it is at it: one after another is defragmented, the leader last, each only while all \
      others answer. Members of which little is free are left alone. Run it on one host (`run_once`).
      """,
      "History is made free by compaction, which the API server orders every five minutes; without it nothing is free.",
    ],
    parameters: EtcdClient.manuals + [
      share.manual, bytes.manual, disarms.manual, timeout.manual,
    ],
    results: [.init("members", "By endpoint: `total` and `used` bytes, `free_percent`.")],
    examples: [
      """
      - name: etcd uses the space that it has
        etcd_defragment:
          endpoints: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]
        run_once: true
      """
    ])

  private let client: EtcdClient
  private let share: Int
  private let bytes: Int
  private let disarms: Bool
  private let timeout: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    client = try EtcdClient(arguments)
    share = try arguments[Self.share]
    bytes = try arguments[Self.bytes]
    disarms = try arguments[Self.disarms]
    timeout = try arguments[Self.timeout]
    guard (1...99).contains(share), bytes >= 0, timeout > 0 else {
      throw Diagnostic(
        .error, "etcd-number",
        "`min_free_percent` is from 1 to 99, `min_free_bytes` from 0, `timeout` from 1 up",
        at: arguments.span(of: Self.share.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(EtcdSizesFact.self, client.name)]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(EtcdSizesFact.self, client.name) else {
      throw .unknown(Unknown("etcd, of which there is no \(client.program) here yet"))
    }
    let silent = client.endpoints.filter { fact.sizes[$0] == nil }
    guard silent.isEmpty else {
      throw .refusing(
        "etcd-silent", "these members do not answer: \(silent.joined(separator: ", "))",
        help: "a member is taken away for a while only when all others are there")
    }
    var changes = worthy(fact).map { endpoint, size in
      Change(
        endpoint, "free space", from: .text("\(size.freeShare) % of \(size.total) bytes"),
        to: .text("given back"), steps: [step(endpoint)], blast: .restart)
    }
    if disarms, !fact.alarms.isEmpty {
      changes.append(
        Change(
          "etcd", "alarms", .remove, from: .text(fact.alarms.joined(separator: "\n")), to: .absent,
          steps: [
            Step(
              "disarm alarms", "\(words: client.words(seconds: 30)) alarm disarm",
              footprint: footprint)
          ]))
    }
    guard !changes.isEmpty else { return [] }
    var predicted = fact
    for (endpoint, size) in worthy(fact) { predicted.sizes[endpoint]?.total = size.used }
    if disarms { predicted.alarms = [] }
    changes[0].predicts = [
      Prediction(EtcdSizesFact.self, client.name, .present(predicted))
    ]
    return changes
  }

  /// A member with its database.
  private typealias Database = (endpoint: String, size: EtcdSizesFact.Size)

  /// Members of which enough is free, the leader last.
  private func worthy(_ fact: EtcdSizesFact) -> [Database] {
    var worthy: [Database] = []
    for endpoint in client.endpoints {
      guard let size = fact.sizes[endpoint], size.freeShare >= share,
        size.total - size.used >= bytes
      else { continue }
      worthy.append((endpoint, size))
    }
    return worthy.filter { !$0.size.isLeader } + worthy.filter { $0.size.isLeader }
  }

  private var footprint: Footprint { .keys(FactKey(EtcdSizesFact.self, client.name)) }

  private func step(_ endpoint: String) -> Step {
    let others = client.endpoints.filter { $0 != endpoint }
    let look: Script =
      others.isEmpty
      ? ":" : "\(words: client.words(others, seconds: 10)) endpoint status >/dev/null"
    return Step(
      "defragment \(endpoint)",
      """
      \(look) || exit
      \(words: client.words([endpoint], seconds: timeout)) defrag || exit
      end=$(($(date +%s) + 60))
      until \(words: client.words([endpoint], seconds: 10)) endpoint status >/dev/null; do
        [ "$(date +%s)" -lt "$end" ] || exit
        sleep 1
      done
      """, footprint: footprint, deadline: .seconds(timeout + 90))
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var members: ValueMap = [:]
    for (endpoint, size) in facts.known(EtcdSizesFact.self, client.name)?.sizes ?? [:] {
      let member: ValueMap = [
        "total": .int(size.total), "used": .int(size.used), "free_percent": .int(size.freeShare),
      ]
      members[endpoint] = .dict(member)
    }
    return ["members": .dict(members)]
  }
}
