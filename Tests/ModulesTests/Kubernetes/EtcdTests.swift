import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

/// Members of etcd: what is refused, and what is done in which state of host and cluster.
@Suite struct EtcdTests {
  private static let arguments = """
    name: m1
    client_url: https://10.0.0.1:2379
    endpoints: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]
    members: {m1: "https://10.0.0.1:2380", m2: "https://10.0.0.2:2380", m3: "https://10.0.0.3:2380"}

    """

  private func member(_ more: String = "") throws -> EtcdMemberModule {
    try module(EtcdMemberModule.self, Self.arguments + more)
  }

  // MARK: - Values in circulation

  @Test(arguments: [
    ("heartbeat_interval: 500ms", "write `500`"),
    ("election_timeout: 2500ms", "write `2500`"),
    ("heartbeat_interval: 500", "5000 is advised"),
    ("max_request_bytes: 157286400", "leave it at 1572864"),
    ("quota_backend_bytes: 34359738368", "8 GiB is the advised bound"),
    ("snapshot_count: 10", "is no backup"),
    ("settings: {name: x}", "a parameter of its own"),
    ("settings: {initial_cluster: x}", "a parameter of its own"),
  ])
  func `what breaks a cluster is refused with the right value`(_ row: (String, String)) throws {
    do {
      _ = try member(row.0)
      Issue.record("\(row.0) was accepted")
    } catch let error as Diagnostic {
      #expect(error.help?.contains(row.1) == true, "\(error)")
    } catch let error as DiagnosticError {
      #expect(error.diagnostics.first?.help?.contains(row.1) == true, "\(error)")
    }
  }

  @Test func `a member must be among the members, and its URL among the endpoints`() throws {
    #expect(
      try mistakeID {
        _ = try module(
          EtcdMemberModule.self, Self.arguments.replacing("name: m1", with: "name: m9"))
      } == "etcd-members")
    #expect(
      try mistakeID {
        _ = try module(
          EtcdMemberModule.self,
          Self.arguments.replacing(
            "client_url: https://10.0.0.1:2379", with: "client_url: https://10.0.0.9:2379"))
      } == "etcd-url")
  }

  @Test func `settings are quoted as systemd reads them`() {
    var settings = EtcdSettings()
    settings.set("ETCD_NAME", #"a"b\c$d"#)
    #expect(settings.file.hasSuffix("ETCD_NAME=\"a\\\"b\\\\c\\$d\"\n"))
  }

  // MARK: - What a cluster says

  @Test func `members and statuses are read as etcdctl prints them`() throws {
    let client = try member().client
    let reply = ProbeReply(
      status: 0,
      output: Array(
        [
          client.name, "there",
          "8e9e05c52164694d, started, m1, https://10.0.0.1:2380, https://10.0.0.1:2379, false\n"
            + "91bc3c398fb3c146, unstarted, , https://10.0.0.2:2380, , true",
          "0",
          "https://10.0.0.1:2379, 8e9e05c52164694d, 3.4.23, 20 kB, true, false, 2, 8, 8, ",
          "memberID:10276657743932975437 alarm:NOSPACE",
        ].map { $0 + "\0" }.joined().utf8), errors: [])
    let readings = EtcdClusterFact.parse(
      reply, for: [FactRequest(EtcdClusterFact.self, client.name)])
    guard case .present(let cluster)? = readings[client.name] else {
      Issue.record("\(readings)")
      return
    }
    #expect(cluster.members?.map(\.isStarted) == [true, false])
    #expect(cluster.members?.map(\.isLearner) == [false, true])
    #expect(cluster.statuses["https://10.0.0.1:2379"]?.isLeader == true)
    #expect(cluster.leader?.name == "m1")
    #expect(cluster.alarms.count == 1)
  }

  // MARK: - What is done

  private static func listed(
    _ name: String, _ number: Int, started: Bool = true, learner: Bool = false
  ) -> EtcdClusterFact.Member {
    EtcdClusterFact.Member(
      id: "a\(number)", isStarted: started, name: started ? name : "",
      peerURLs: ["https://10.0.0.\(number):2380"], clientURLs: ["https://10.0.0.\(number):2379"],
      isLearner: learner)
  }

  private static let three = [listed("m1", 1), listed("m2", 2), listed("m3", 3)]

  /// A host whose files are as wished.
  private func view(
    _ module: EtcdMemberModule, hasData: Bool, members: [EtcdClusterFact.Member]?,
    runs: [String: String]? = nil, initial: String? = nil
  ) -> FactView {
    var facts: [FactKey: Observation] = [:]
    func add<F: Fact>(_ kind: F.Type, _ name: String, _ reading: Reading<F>) {
      facts[FactKey(kind, name)] = Observation(reading, wants: [FactRequest.everything])
    }
    let files = [
      (module.unitFile.path, module.unitText), (module.settingsFile.path, module.settings.file),
      (module.initialFile.path, initial),
    ]
    for (path, text) in files {
      guard let text else {
        add(FileFact.self, path.string, .absent)
        continue
      }
      let file = FileFact(
        .regular, mode: FileMode(bits: 0o644), owner: .root, group: .root, size: text.utf8.count)
      add(FileFact.self, path.string, .present(file))
      add(ContentFact.self, path.string, .present(ContentFact(Blob(Array(text.utf8)))))
    }
    var unit = UnitFact(fresh: module.unit)
    unit.fileState = "enabled"
    unit.fragment = module.unitFile.path.string
    unit.activeState = runs == nil ? "inactive" : "active"
    add(UnitFact.self, module.unit, .present(unit))
    add(
      EtcdProcessFact.self, module.unit,
      runs.map { .present(EtcdProcessFact(settings: $0)) } ?? .absent)
    let folder = FileFact(.directory, mode: FileMode(bits: 0o700), owner: .root, group: .root)
    add(FileFact.self, module.memberFolder.string, hasData ? .present(folder) : .absent)
    add(
      EtcdClusterFact.self, module.client.name,
      members.map { .present(EtcdClusterFact(members: $0)) } ?? .absent)
    return FactView(facts)
  }

  private func shown(_ changes: [Change]) -> [String] {
    changes.map { "\($0.attribute): \($0.steps.map(\.label).joined(separator: "; "))" }
  }

  @Test func `a member that runs as it should is left alone`() throws {
    let member = try member()
    let view = view(
      member, hasData: true, members: Self.three, runs: member.settings.environment)
    #expect(try member.changes(from: view).isEmpty)
  }

  @Test func `with other settings it is restarted, once the others are a quorum that is well`()
    throws
  {
    let member = try member("snapshot_count: 20000")
    var running = member.settings.environment
    running["ETCD_SNAPSHOT_COUNT"] = "10000"
    let changes = try member.changes(
      from: view(member, hasData: true, members: Self.three, runs: running))
    #expect(
      shown(changes) == [
        "running settings: see whether m1 may be stopped; systemctl restart etcd.service"
      ])
    #expect(changes[0].blast == .restart)
    #expect(changes[0].before == .text("ETCD_SNAPSHOT_COUNT: 10000, wished 20000"))
  }

  @Test func `a new cluster is begun without asking anybody`() throws {
    let member = try member("new_cluster: true")
    let changes = try member.changes(from: view(member, hasData: false, members: nil))
    #expect(shown(changes) == ["member: start etcd.service as a member of a new cluster"])
    #expect(changes[0].steps[0].script.source.contains("m2=https://10.0.0.2:2380"))
    #expect(changes[0].blast == .none)
  }

  private static let begun = "ETCD_INITIAL_CLUSTER_STATE=\"new\"\n"

  @Test func `a beginning that was cut short is gone on with`() throws {
    let member = try member("new_cluster: true")
    let changes = try member.changes(
      from: view(member, hasData: true, members: nil, initial: Self.begun))
    #expect(shown(changes) == ["member: start etcd.service as a member of a new cluster"])
  }

  @Test func `a member that is seen at work is one of a cluster from then on`() throws {
    let running = try member()
    let changes = try running.changes(
      from: view(
        running, hasData: true, members: Self.three, runs: running.settings.environment,
        initial: Self.begun))
    #expect(changes.map(\.subject) == ["/etc/etcd/initial.env"])
    let beginning = try member("new_cluster: true")
    #expect(
      try beginning.changes(
        from: view(
          beginning, hasData: true, members: Self.three, runs: beginning.settings.environment,
          initial: Self.begun)
      ).isEmpty)
  }

  @Test func `a host without data joins as a learner and is promoted`() throws {
    let member = try member()
    let changes = try member.changes(
      from: view(member, hasData: false, members: Array(Self.three.dropFirst())))
    #expect(
      shown(changes) == [
        "member: add m1 to the cluster as a learner, and start etcd.service; promote m1"
      ])
  }

  @Test func `a member that was added and never started goes on from there`() throws {
    let member = try member()
    let changes = try member.changes(
      from: view(
        member, hasData: false,
        members: [Self.listed("m1", 1, started: false, learner: true)] + Self.three.dropFirst()))
    #expect(shown(changes) == ["member: start etcd.service; promote m1"])
  }

  @Test func `lost data is refused, and replaced when asked for`() throws {
    let careful = try member()
    let view = view(careful, hasData: false, members: Self.three)
    #expect(
      obstacleID { () throws(Obstacle) in try careful.changes(from: view) } == "etcd-data-lost")
    let changes = try member("replace: true").changes(from: view)
    #expect(
      shown(changes) == [
        "member: remove member a1; add m1 to the cluster as a learner, and start etcd.service; promote m1"
      ])
  }

  @Test func `data of a member that was removed, and no data without a cluster, are refused`()
    throws
  {
    let member = try member()
    let removed = view(member, hasData: true, members: Array(Self.three.dropFirst()))
    #expect(
      obstacleID { () throws(Obstacle) in try member.changes(from: removed) }
        == "etcd-not-a-member")
    let alone = view(member, hasData: false, members: nil)
    #expect(
      obstacleID { () throws(Obstacle) in try member.changes(from: alone) } == "etcd-no-cluster")
  }

  @Test func `a learner that runs is promoted`() throws {
    let member = try member()
    let changes = try member.changes(
      from: view(
        member, hasData: true,
        members: [Self.listed("m1", 1, learner: true)] + Self.three.dropFirst(),
        runs: member.settings.environment))
    #expect(shown(changes) == ["role: promote m1"])
  }
}
