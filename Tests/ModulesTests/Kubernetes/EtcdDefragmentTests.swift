import ModuleKit
import Schema
import Testing

@testable import Modules

/// Which members of etcd are defragmented, and in which order.
@Suite struct EtcdDefragmentTests {
  private static let endpoints = [
    "https://10.0.0.1:2379", "https://10.0.0.2:2379", "https://10.0.0.3:2379",
  ]

  private func defragmentation(_ yaml: String = "") throws -> EtcdDefragmentModule {
    try module(EtcdDefragmentModule.self, "endpoints: \(Self.endpoints)\n" + yaml)
  }

  /// `sizes`: total and used MiB of each member; the second one leads.
  private func view(
    _ module: EtcdDefragmentModule, _ sizes: [(Int, Int)], alarms: [String] = []
  ) throws -> FactView {
    var fact = EtcdSizesFact(sizes: [:], alarms: alarms)
    for (index, size) in sizes.enumerated() {
      fact.sizes[Self.endpoints[index]] = .init(
        total: size.0 << 20, used: size.1 << 20, isLeader: index == 1)
    }
    let key = try #require(module.reads(given: FactView()).first).key
    return FactView([key: Observation(.present(fact))])
  }

  private func changes(_ module: EtcdDefragmentModule, _ facts: FactView) throws -> [Change] {
    try module.changes(from: facts)
  }

  @Test func `only what is worth it, the leader last`() throws {
    let module = try defragmentation()
    let facts = try view(module, [(1000, 900), (1000, 200), (1000, 300)])
    let found = try changes(module, facts)
    #expect(found.map(\.subject) == [Self.endpoints[2], Self.endpoints[1]])
    #expect(found.allSatisfy { $0.blast == .restart })
    let script = found[0].steps[0].script.source
    #expect(script.contains("--endpoints=\(Self.endpoints[0]),\(Self.endpoints[1])' "))
    #expect(!script.contains("--cluster"))
    #expect(try changes(module, facts.predicting(found.flatMap(\.predicts))).isEmpty)
    // A large share of little is little.
    #expect(try changes(module, view(module, [(100, 10), (100, 10), (100, 10)])).isEmpty)
  }

  @Test func `a member that is silent keeps the others from it`() throws {
    let module = try defragmentation()
    let facts = try view(module, [(1000, 100), (1000, 100)])
    #expect(obstacleID { () throws(Obstacle) in try module.changes(from: facts) } == "etcd-silent")
  }

  @Test func `alarms are taken back where that is wished`() throws {
    let small = [(10, 10), (10, 10), (10, 10)]
    let silent = try defragmentation()
    #expect(try changes(silent, view(silent, small, alarms: ["memberID:1 alarm:NOSPACE"])).isEmpty)
    let disarming = try defragmentation("disarm: true")
    let found = try changes(
      disarming, view(disarming, small, alarms: ["memberID:1 alarm:NOSPACE"]))
    #expect(found.map(\.attribute) == ["alarms"])
  }

  @Test func `what etcdctl prints is read`() throws {
    let module = try defragmentation()
    let requests = module.reads(given: FactView())
    let status = #"""
      [{"Endpoint":"https://10.0.0.1:2379","Status":{"header":{"cluster_id":17237436991929493444,"member_id":9372538179322589801},"version":"3.5.16","dbSize":40960,"leader":9372538179322589801,"dbSizeInUse":20480}}]
      """#
    let records = [requests[0].key.name, "there", status, "memberID:1 alarm:NOSPACE\n"]
    let reply = ProbeReply(status: 0, output: Array(records.map { $0 + "\0" }.joined().utf8))
    guard case .present(let fact)? = EtcdSizesFact.parse(reply, for: requests)[requests[0].key.name]
    else {
      Issue.record("it is not read")
      return
    }
    #expect(fact.sizes[Self.endpoints[0]] == .init(total: 40960, used: 20480, isLeader: true))
    #expect(fact.sizes[Self.endpoints[0]]?.freeShare == 50)
    #expect(fact.alarms == ["memberID:1 alarm:NOSPACE"])
  }
}
