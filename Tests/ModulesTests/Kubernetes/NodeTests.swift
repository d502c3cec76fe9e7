import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

/// Nodes: whose labels and taints are whose, what a drain refuses, and what counts as alive.
@Suite struct NodeTests {
  private func node(_ yaml: String) throws -> NodeModule {
    try module(NodeModule.self, "name: n1\n" + yaml)
  }

  private func view(
    _ module: NodeModule, _ node: String?, lease: Int? = nil, pods: [String] = []
  ) throws -> FactView {
    let fact = NodeFact(
      live: try node.map { try JSON.parse($0) }, leaseAge: lease,
      pods: try pods.map { try JSON.parse($0) })
    let request = try #require(module.reads(given: FactView()).first)
    return FactView([
      request.key: Observation(Reading.present(fact), wants: request.wants)
    ])
  }

  private func changes(_ module: NodeModule, _ facts: FactView) throws -> [Change] {
    try module.changes(from: facts)
  }

  /// A node on which `a` and `ours` are labels of ours, and `ours` somebody else's too.
  private static let live = """
    {"kind":"Node","metadata":{"name":"n1","labels":{"a":"1","ours":"1","theirs":"1"},
     "annotations":{"spile/taints":"gpu:NoSchedule,old:NoSchedule"},
     "managedFields":[
      {"manager":"spile-node","operation":"Apply","fieldsV1":{"f:metadata":{"f:labels":{"f:a":{},"f:ours":{}},
       "f:annotations":{"f:spile/taints":{}}}}},
      {"manager":"kubelet","operation":"Update","fieldsV1":{"f:metadata":{"f:labels":{"f:ours":{},"f:theirs":{}}}}}]},
     "spec":{"taints":[{"key":"gpu","value":"x","effect":"NoSchedule"},{"key":"old","effect":"NoSchedule"},
      {"key":"gpu","value":"x","effect":"NoExecute"}]}}
    """

  @Test(arguments: [
    ("labels: {a: '1', ours: '1'}", []),
    ("state: present", []),
    ("labels: {a: '1'}", []),
    ("labels: {}", ["label a"]),
    ("labels: {a: '2', b: x}", ["label a", "label b"]),
    ("taints: ['gpu=x:NoSchedule', 'old:NoSchedule']", []),
    ("taints: ['gpu=x:NoSchedule']", ["annotation spile/taints", "taint old:NoSchedule"]),
    (
      "taints: ['gpu=y:NoSchedule', 'old:NoSchedule', 'gpu=x:NoExecute']", ["taint gpu:NoSchedule"]
    ),
    (
      "taints: ['new:NoExecute', 'gpu=x:NoSchedule', 'old:NoSchedule']",
      ["annotation spile/taints", "taint new:NoExecute"]
    ),
  ])
  func `only what is ours is taken away`(_ row: (yaml: String, changes: [String])) throws {
    let module = try node(row.yaml)
    let facts = try view(module, Self.live)
    let found = try changes(module, facts)
    #expect(found.map(\.attribute) == row.changes)
    let predicted = facts.predicting(found.flatMap(\.predicts))
    #expect(try changes(module, predicted).map(\.attribute) == [])
  }

  @Test func `taints are set and removed by one command`() throws {
    let module = try node("taints: [{key: new, effect: NoExecute}]")
    let found = try changes(module, view(module, Self.live))
    let scripts = found.flatMap(\.steps).map(\.script.source)
    #expect(
      scripts.last?.hasSuffix(
        "taint node n1 --overwrite 'new=:NoExecute' gpu:NoSchedule- old:NoSchedule-") == true)
    #expect(found.first { $0.attribute == "taint new:NoExecute" }?.blast == .drain)
  }

  @Test(arguments: ["-h", "a b", "N1", "a|b"])
  func `what is no name is refused`(_ name: String) throws {
    #expect(
      try mistakeID { _ = try module(NodeModule.self, "name: '\(name)'") } == "node-name")
  }

  @Test(arguments: [
    ("labels: {'a b': x}", "node-label"), ("labels: {'-a': x}", "node-label"),
    ("labels: [a]", "argument-type"), ("taints: [a]", "node-taint"),
    ("taints: ['a=b:Nothing']", "node-taint"), ("taints: [{key: a, effects: x}]", "node-taint"),
    ("taints: ['a:NoSchedule', 'a=b:NoSchedule']", "node-taint"),
    ("annotations: {spile/cordoned: x}", "node-label"),
    ("state: absent\nlabels: {a: b}", "exclusive-parameters"),
  ])
  func `what is no label and no taint is refused`(_ row: (yaml: String, id: String)) throws {
    #expect(try mistakeID { _ = try node(row.yaml) } == row.id)
  }

  @Test(arguments: [
    ("cordoned", #"{"spec":{}}"#, "no"), ("cordoned", #"{"spec":{"unschedulable":true}}"#, nil),
    ("uncordoned", #"{"spec":{"unschedulable":true}}"#, nil),
    (
      "uncordoned",
      #"{"metadata":{"annotations":{"spile/cordoned":"true"}},"spec":{"unschedulable":true}}"#,
      "yes"
    ),
    (
      "uncordoned",
      #"{"metadata":{"annotations":{"spile/cordoned":"true"},"managedFields":[{"manager":"kubectl","operation":"Update","fieldsV1":{"f:spec":{"f:unschedulable":{}}}}]},"spec":{"unschedulable":true}}"#,
      "no, cordoned by others"
    ),
  ])
  func `a cordon is taken back by whom it is`(
    _ row: (state: String, node: String, after: String?)
  ) throws {
    let module = try node("state: \(row.state)")
    let found = try changes(module, view(module, row.node))
    #expect(found.map(\.after) == (row.after.map { [.text($0)] } ?? []))
  }

  private func pod(_ name: String, owner: String?, extra: String = "") -> String {
    let owners = owner.map { #","ownerReferences":[{"kind":"\#($0)","controller":true}]"# } ?? ""
    return
      #"{"metadata":{"namespace":"d","name":"\#(name)"\#(owners)},"status":{"phase":"Running"}\#(extra)}"#
  }

  @Test func `a drain concerns pods that can be made anew elsewhere`() throws {
    let module = try node("state: drained\ngrace_period: 30")
    let cordoned = #"{"spec":{"unschedulable":true}}"#
    let finished = #"{"metadata":{"namespace":"d","name":"f"},"status":{"phase":"Succeeded"}}"#
    let fixed =
      #"{"metadata":{"namespace":"d","name":"m","annotations":{"kubernetes.io/config.mirror":"x"}}}"#
    let agents = [pod("agent", owner: "DaemonSet"), finished, fixed]
    #expect(try changes(module, view(module, cordoned, pods: agents)).isEmpty)
    let facts = try view(module, cordoned, pods: agents + [pod("web", owner: "ReplicaSet")])
    let found = try changes(module, facts)
    #expect(found.map(\.before) == [.text("d/web")] && found[0].blast == .drain)
    let script = try #require(found[0].steps.first).script.source
    #expect(script.contains("drain n1 --ignore-daemonsets '--timeout=300s' '--grace-period=30' >"))
    #expect(try changes(module, facts.predicting(found.flatMap(\.predicts))).isEmpty)
  }

  @Test func `a drain refuses what would be lost`() throws {
    let module = try node("state: drained")
    let bare = try view(module, "{}", pods: [pod("bare", owner: nil)])
    #expect(
      obstacleID { () throws(Obstacle) in try module.changes(from: bare) } == "node-bare-pods")
    let volume = #","spec":{"volumes":[{"name":"v","emptyDir":{}}]}"#
    let cache = try view(module, "{}", pods: [pod("c", owner: "ReplicaSet", extra: volume)])
    #expect(
      obstacleID { () throws(Obstacle) in try module.changes(from: cache) } == "node-local-data")
    let allowed = try node("state: drained\nforce: true\ndelete_emptydir_data: true")
    let found = try changes(
      allowed, view(allowed, "{}", pods: [pod("c", owner: nil, extra: volume)]))
    #expect(found.map(\.attribute) == ["schedulable", "pods"])
    #expect(found[1].steps[0].script.source.contains("--delete-emptydir-data --force"))
  }

  @Test(arguments: [
    ("True", 5 as Int?, nil as String?), ("True", 25, "its lease was renewed 25 seconds ago"),
    ("True", nil, "it has no lease"), ("Unknown", 5, "Ready=Unknown"),
  ])
  func `ready is who says so and renews its lease`(
    _ row: (ready: String, lease: Int?, lack: String?)
  ) throws {
    let module = try node("ready: true")
    let live = #"{"status":{"conditions":[{"type":"Ready","status":"\#(row.ready)"}]}}"#
    let found = try changes(module, view(module, live, lease: row.lease))
    #expect(found.map(\.before) == (row.lack.map { [.text($0)] } ?? []))
  }

  @Test func `a node that is to come is not counted on`() throws {
    let module = try node("labels: {a: b}")
    let found = try changes(module, view(module, nil))
    #expect(found.map(\.attribute) == ["registered", "label a"])
    #expect(found[0].awaits != nil)
    let steps = found.flatMap(\.steps)
    #expect(steps.map(\.label).first == "wait until node n1 is registered")
    let gone = try node("state: absent")
    #expect(try changes(gone, view(gone, nil)).isEmpty)
  }

  @Test func `replies are read`() throws {
    let module = try node("state: drained\nready: true")
    let requests = module.reads(given: FactView())
    let records = [
      "here", #"{"kind":"Node","metadata":{"name":"n1"}}"#, "0", "",
      #"{"kind":"Lease","metadata":{"name":"n1"},"spec":{"renewTime":"2026-11-21T22:07:58.123456Z"}}"#,
      "0", "", "1795298888", #"{"kind":"List","items":[{"metadata":{"name":"p"}}]}"#, "0", "",
    ]
    let reply = ProbeReply(status: 0, output: Array(records.map { $0 + "\0" }.joined().utf8))
    let readings = NodeFact.parse(reply, for: requests)
    guard case .present(let fact)? = readings[requests[0].key.name] else {
      Issue.record("\(readings)")
      return
    }
    #expect(fact.leaseAge == 1_795_298_888 - 1_795_298_878)
    #expect(fact.pods.count == 1 && fact.live != nil && fact.trouble == nil)
  }
}
