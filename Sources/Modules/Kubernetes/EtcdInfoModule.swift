import Diagnostics
import ModuleKit
import Schema

/// `etcd_info`: whether a host has data of etcd, and what its cluster says of itself.
struct EtcdInfoModule: QueryModule {
  private static let name = Parameter<String>.required(
    "name", "The name of this host's member.", isSubject: true)
  private static let ownEndpoint = Parameter<String>.required(
    "client_url", "This host's own client URL.")
  private static let data = Parameter<HostPath>.optional(
    "data_dir", "Where its data is, or will be.",
    default: HostPath("/var/lib/etcd") ?? .root, shown: "/var/lib/etcd")

  static let manual = Manual(
    "etcd_info", .query, "What there is of etcd on a host, and in its cluster.",
    notes: [
      "`order` says in which order members are best changed: what is not well first (0), then followers (1), the leader "
        + "last (2). It is made for `rolling: {order: \"{{ RESULT.order }}\"}`."
    ],
    parameters: [name.manual, ownEndpoint.manual, data.manual, EtcdInstance.parameter.manual]
      + EtcdClient.manuals,
    results: [
      .init("has_data", "Whether the host has data of a member."),
      .init(
        "is_formed",
        "Whether its member has been at work in a cluster: a beginning that was cut short does not count."
      ),
      .init("answers", "Whether this host's member answers."),
      .init("is_leader", "Whether it leads."),
      .init("order", "0, 1 or 2: when its turn is."),
      .init(
        "members", "The cluster's members: id, name, started, learner, peer_urls, client_urls."),
      .init("leader", "The name of the member that leads; empty where none is known."),
      .init("alarms", "Alarms, such as `alarm:NOSPACE`."),
    ],
    examples: [
      """
      - name: what is here
        etcd_info:
          name: m1
          client_url: https://10.0.0.1:2379
          endpoints: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]
        register: etcd_here
      """
    ])

  private let ownEndpoint: String
  private let client: EtcdClient
  private let folder: HostPath
  private let initialFile: EtcdInitialFile

  init(_ arguments: Arguments) throws(Diagnostic) {
    _ = try arguments[Self.name]
    ownEndpoint = try arguments[Self.ownEndpoint]
    client = try EtcdClient(arguments)
    initialFile = try arguments[EtcdInstance.parameter].initialFile
    folder = try arguments[Self.data].appending("member")
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [
      FactRequest(FileFact.self, folder.string),
      FactRequest(EtcdClusterFact.self, client.name),
    ] + initialFile.file.reads(given: facts)
  }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    let hasData = try facts.fact(FileFact.self, folder.string) != nil
    let cluster = try facts.fact(EtcdClusterFact.self, client.name)
    let isNew = try initialFile.isNew(facts)
    let own = cluster?.statuses[ownEndpoint]
    let isWell = own.map { $0.errors.isEmpty } ?? false
    return QueryResult([
      "has_data": .bool(hasData), "is_formed": .bool(hasData && !isNew),
      "answers": .bool(own != nil),
      "is_leader": .bool(own?.isLeader ?? false),
      "order": .int(!isWell ? 0 : own?.isLeader == true ? 2 : 1),
      "members": .list((cluster?.members ?? []).map(EtcdInfoModule.value)),
      "leader": .string(cluster?.leader?.name ?? ""),
      "alarms": .list((cluster?.alarms ?? []).map { .string($0) }),
    ])
  }

  private static func value(_ member: EtcdClusterFact.Member) -> Value {
    .dict([
      "id": .string(member.id), "name": .string(member.name),
      "started": .bool(member.isStarted), "learner": .bool(member.isLearner),
      "peer_urls": .list(member.peerURLs.map { .string($0) }),
      "client_urls": .list(member.clientURLs.map { .string($0) }),
    ])
  }
}
