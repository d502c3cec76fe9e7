import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

/// Objects of the API: what is refused, what a reply means, what is done about it.
@Suite struct KubernetesObjectTests {
  private func objects(
    _ yaml: String, contents: [String: ControllerContent] = [:], secrets: Set<String> = []
  ) throws -> KubernetesObjectModule {
    try module(KubernetesObjectModule.self, yaml, contents: contents, secrets: secrets)
  }

  private static let configuration =
    "definition: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: '1', b: x}}"

  // MARK: - What is declared

  @Test(arguments: [
    ("policy/v1beta1", "PodSecurityPolicy", "pod-security.kubernetes.io/enforce"),
    ("policy/v1beta1", "PodDisruptionBudget", "policy/v1"),
    ("batch/v1beta1", "CronJob", "batch/v1"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v2"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "flowcontrol.apiserver.k8s.io/v1"),
    ("extensions/v1beta1", "Ingress", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "DaemonSet", "apps/v1"),
  ])
  func `versions that are gone are refused with what to write`(
    _ row: (version: String, kind: String, help: String)
  ) throws {
    do {
      _ = try objects(
        "definition: {apiVersion: \(row.version), kind: \(row.kind), metadata: {name: x}}")
      Issue.record("it was accepted")
    } catch let error as Diagnostic {
      #expect(error.id == "object-removed-api")
      #expect(error.help?.contains(row.help) == true, "\(error)")
    }
  }

  @Test(arguments: [
    ("1.33", "resource.k8s.io/v1beta1", "DeviceClass", true),
    ("1.38", "resource.k8s.io/v1beta1", "DeviceClass", false),
    ("1.34", "storage.k8s.io/v1beta1", "VolumeAttributesClass", true),
    ("1.37", "storage.k8s.io/v1beta1", "VolumeAttributesClass", false),
    ("1.31", "flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", true),
    ("v1.32.4", "flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", false),
    ("1.36", "storage.k8s.io/v1", "StorageClass", true),
  ])
  func `the version of the cluster decides`(
    _ row: (minor: String, version: String, kind: String, isServed: Bool)
  ) throws {
    let mistake = try mistakeID {
      _ = try objects(
        """
        kubernetes_version: "\(row.minor)"
        definition: {apiVersion: \(row.version), kind: \(row.kind), metadata: {name: x}}
        """)
    }
    #expect(mistake == (row.isServed ? nil : "object-removed-api"))
  }

  @Test(arguments: [
    (
      "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {topologyKeys: ['*']}}",
      "object-field"
    ),
    (
      "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: s}, spec: {targetCPUUtilizationPercentage: 50}}",
      "object-field"
    ),
    (
      "{apiVersion: v1, kind: Pod, metadata: {name: s}, spec: {containers: [{image: k8s.gcr.io/x:1}]}}",
      "object-image"
    ),
    ("{kind: Pod, metadata: {name: s}}", "object-shape"),
    ("{apiVersion: v1, kind: Pod, metadata: {generateName: s}}", "object-shape"),
    ("[1]", "object-shape"),
    ("{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: 'no!'}}", "object-shape"),
    ("{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: 5}}", "object-shape"),
    (
      "[{apiVersion: v1, kind: Pod, metadata: {name: s}}, {apiVersion: v1, kind: Pod, metadata: {name: s, namespace: default}}]",
      "object-twice"
    ),
    ("'a: [b'", "object-yaml"),
  ])
  func `what no server takes is refused`(_ row: (definition: String, id: String)) throws {
    #expect(try mistakeID { _ = try objects("definition: \(row.definition)") } == row.id)
  }

  @Test func `parameters that contradict each other are refused`() throws {
    #expect(
      try mistakeID { _ = try objects("\(Self.configuration)\nstate: absent\nwait: true") }
        == "exclusive-parameters")
    #expect(
      try mistakeID { _ = try objects("\(Self.configuration)\nwait: condition=") }
        == "argument-choice")
    #expect(
      try mistakeID { _ = try objects("\(Self.configuration)\nkubernetes_version: 1.30") } == nil)
    #expect(
      try mistakeID { _ = try objects("\(Self.configuration)\nkubernetes_version: newest") }
        == "argument-choice")
  }

  @Test func `documents and files are read, and put in order`() throws {
    let text = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: d, creationTimestamp: null}
      status: {replicas: 1}
      ---
      # nothing here
      ---
      apiVersion: v1
      kind: List
      items:
        - {apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: own}}
        - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r, namespace: no}}
      ---
      {apiVersion: v1, kind: Namespace, metadata: {name: n}}
      """
    let content = ControllerContent.file(Blob(Array(text.utf8)), mode: 0o644)
    let module = try objects("src: x.yml\nnamespace: web", contents: ["src": content])
    #expect(
      module.objects.map(\.identity.description) == [
        "Namespace/n", "ClusterRole/r", "Deployment/web/d", "Thing/own/t",
      ])
    #expect(module.objects[2].content["status"] == nil)
    #expect(module.objects[2].content["metadata"]?["creationTimestamp"] == nil)
  }

  @Test func `plain text of a Secret is written as it is stored`() throws {
    let module = try objects(
      """
      definition: {apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: hunter2}}
      """)
    #expect(module.objects[0].content["data"]?["a"]?.string == "aHVudGVyMg==")
    #expect(module.objects[0].content["stringData"] == nil)
  }

  // MARK: - Replies

  /// What a probe prints: `output`, status and what was said, for each call.
  private func reply(_ answers: [(output: String, status: Int, said: String)]) -> ProbeReply {
    let records = ["here"] + answers.flatMap { [$0.output, String($0.status), $0.said] }
    return ProbeReply(status: 0, output: Array(records.map { $0 + "\0" }.joined().utf8))
  }

  private func view(_ module: KubernetesObjectModule, _ reply: ProbeReply) -> FactView {
    let requests = module.reads(given: FactView())
    let readings = KubernetesObjectFact.parse(reply, for: requests)
    var facts: [FactKey: Observation] = [:]
    for request in requests {
      facts[request.key] = Observation(
        readings[request.key.name] ?? .unreadable("no answer"), wants: request.wants)
    }
    return FactView(facts)
  }

  private func found(_ module: KubernetesObjectModule, _ facts: FactView) throws -> [Change] {
    try module.changes(from: facts)
  }

  private func object(_ data: String, extra: String = "", owned: String = #""f:data":{}"#) -> String
  {
    """
    {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"default","uid":"u","resourceVersion":"5"\(extra),
    "managedFields":[{"manager":"spile","operation":"Apply","apiVersion":"v1","fieldsV1":{\(owned)},"time":"now"}]},"data":\(data)}
    """
  }

  @Test func `an object that is as wished is left alone`() throws {
    let module = try objects(Self.configuration)
    let facts = view(
      module,
      reply([
        (object(#"{"a":"1"}"#), 0, ""), (object(#"{"a":"1"}"#, extra: #","generation":2"#), 0, ""),
      ]))
    #expect(try found(module, facts).isEmpty)
  }

  @Test func `differences are told by path and applied on standard input`() throws {
    let module = try objects(Self.configuration)
    let facts = view(
      module,
      reply([
        (object(#"{"a":"0","gone":"x"}"#), 0, ""), (object(#"{"a":"1","b":"x"}"#), 0, ""),
      ]))
    let changes = try module.changes(from: facts)
    #expect(changes.map(\.attribute) == ["data.a", "data.b", "data.gone"])
    #expect(changes.map(\.before) == [.text("0"), .absent, .text("x")])
    #expect(changes.map(\.after) == [.text("1"), .text("x"), .absent])
    let steps = changes.flatMap(\.steps)
    #expect(steps.count == 1)
    #expect(steps[0].script.source.hasSuffix("apply --server-side --field-manager spile  -f -"))
    let input = String(decoding: try #require(steps[0].input).bytes, as: UTF8.self)
    #expect(input.contains(#""data":{"a":"1","b":"x"}"#))
    #expect(!steps[0].script.source.contains("ConfigMap"))
    #expect(try found(module, facts.predicting(changes.flatMap(\.predicts))).isEmpty)
  }

  @Test func `fields that only change their owner are told`() throws {
    let module = try objects(Self.configuration)
    let data = #"{"a":"1"}"#
    let facts = view(
      module, reply([(object(data, owned: ""), 0, ""), (object(data), 0, "")]))
    #expect(try found(module, facts).map(\.attribute) == ["owned fields"])
  }

  @Test(arguments: [
    (
      "error: Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.a\nPlease review",
      "kubectl-edit owns .data.a"
    ),
    (
      "error: Apply failed with 2 conflicts: conflicts with \"hpa\" with subresource \"scale\" using v1:\n- .spec.a\n- .spec.b\nPlease",
      "hpa owns .spec.a, .spec.b"
    ),
    (
      "error: Apply failed with 2 conflicts: conflict with \"x\": .data.a\nconflict with \"y\": .data.b\n",
      "x owns .data.a; y owns .data.b"
    ),
  ])
  func `who owns a field is named`(_ row: (said: String, told: String)) throws {
    let module = try objects(Self.configuration)
    let facts = view(
      module,
      reply([(object(#"{"a":"0"}"#), 0, ""), ("", 1, row.said), ("", 1, row.said)]))
    do throws(Obstacle) {
      _ = try module.changes(from: facts)
      Issue.record("nothing stood in the way")
    } catch {
      guard case .refused(let diagnostic) = error else { throw error }
      #expect(diagnostic.id == "object-conflict")
      #expect(diagnostic.message.hasSuffix(row.told))
    }
  }

  @Test func `objects whose kind or namespace is to come are created`() throws {
    let module = try objects(
      """
      definition:
        - {apiVersion: example.com/v1, kind: Thing, metadata: {name: t}}
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: web}}
      """)
    let kind =
      "error: resource mapping not found for name: \"t\" namespace: \"default\" from \"STDIN\": no matches for kind \"Thing\" in version \"example.com/v1\"\nensure CRDs are installed first"
    let changes = try module.changes(
      from: view(
        module,
        reply([
          (
            "", 1, "unable to recognize no matches for kind \"Thing\" in version \"example.com/v1\""
          ),
          ("", 1, "both"),
          ("", 1, "Error from server (NotFound): namespaces \"web\" not found"), ("", 1, kind),
        ])))
    #expect(
      changes.map(\.attribute) == [
        "object (its namespace is not there yet)", "object (its kind is not there yet)",
      ])
    #expect(changes.allSatisfy { $0.awaits != nil })
  }

  @Test(arguments: [
    ("there is no /usr/local/bin/kubectl yet", "unknown"),
    ("here", "unknown"),
  ])
  func `without a server nothing is known`(_ row: (state: String, obstacle: String)) throws {
    let module = try objects(Self.configuration)
    let said =
      "error: unable to recognize \"STDIN\": Get \"https://x/api\": dial tcp x: connect: connection refused"
    let records = row.state == "here" ? [row.state, "", "1", said] : [row.state]
    let facts = view(
      module, ProbeReply(status: 0, output: Array(records.map { $0 + "\0" }.joined().utf8)))
    #expect(obstacleID { () throws(Obstacle) in try module.changes(from: facts) } == row.obstacle)
  }

  @Test func `rights that are missing are an error`() throws {
    let module = try objects(Self.configuration)
    let said = "Error from server (Forbidden): configmaps \"c\" is forbidden: User \"x\" cannot get"
    let facts = view(module, reply([("", 1, said), ("", 1, said), ("", 1, said)]))
    #expect(
      obstacleID { () throws(Obstacle) in try module.changes(from: facts) } == "object-unreadable")
  }

  @Test func `what is in a Secret is shown nowhere`() throws {
    let module = try objects(
      "definition: {apiVersion: v1, kind: Secret, metadata: {name: c}, stringData: {a: hunter2}}")
    func secret(_ data: String) -> String {
      #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"c","namespace":"default"},"data":{"a":"\#(data)"}}"#
    }
    let facts = view(
      module, reply([(secret("b2xk"), 0, ""), (secret("aHVudGVyMg=="), 0, "")]))
    let changes = try module.changes(from: facts)
    #expect(changes.map(\.attribute) == ["data.a"])
    #expect(changes[0].before == .secret && changes[0].after == .secret)
    #expect(changes[0].steps.allSatisfy { $0.isSecret && $0.input?.isSecret == true })
    #expect(!changes[0].steps[0].script.source.contains("aHVu"))
    let refused = view(
      module,
      reply([(secret("b2xk"), 0, ""), ("", 1, "x"), ("", 1, "bad value hunter2 aHVudGVyMg==")]))
    do throws(Obstacle) {
      _ = try module.changes(from: refused)
      Issue.record("nothing stood in the way")
    } catch {
      guard case .refused(let diagnostic) = error else { throw error }
      #expect(!diagnostic.message.contains("hunter2") && !diagnostic.message.contains("aHVu"))
    }
  }

  @Test func `texts that are secret are masked in any kind`() throws {
    let module = try objects(Self.configuration, secrets: ["definition"])
    let facts = view(
      module,
      reply([(object(#"{"a":"0","b":"y"}"#), 0, ""), (object(#"{"a":"1","b":"x"}"#), 0, "")]))
    let changes = try module.changes(from: facts)
    #expect(changes.allSatisfy { $0.before == .secret && $0.after == .secret })
    #expect(changes.allSatisfy { change in change.steps.allSatisfy { $0.isSecret } })
  }

  @Test func `what is there is removed in the opposite order`() throws {
    let module = try objects(
      """
      state: absent
      definition:
        - {apiVersion: v1, kind: Namespace, metadata: {name: c}}
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: default}}
      """)
    let space = #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"c"}}"#
    let list = #"{"apiVersion":"v1","kind":"List","items":[\#(object("{}")),\#(space)]}"#
    let changes = try module.changes(from: view(module, reply([(list, 0, "")])))
    #expect(changes.map(\.subject) == ["ConfigMap/default/c", "Namespace/c"])
    #expect(changes.flatMap(\.steps).map(\.label) == ["delete ConfigMap/default/c, Namespace/c"])
    #expect(changes[1].blast == .rebuild)
    #expect(try found(module, view(module, reply([("", 0, "")]))).isEmpty)
  }

  // MARK: - Waiting

  @Test(arguments: [
    (#"{"replicas":2}"#, #"{"observedGeneration":1}"#, "not observed yet"),
    (#"{"replicas":2}"#, #"{"observedGeneration":2,"updatedReplicas":1}"#, "1 of 2 updated"),
    (
      #"{"replicas":2}"#, #"{"observedGeneration":2,"updatedReplicas":2,"replicas":3}"#,
      "1 old ones left"
    ),
    (
      #"{"replicas":2}"#,
      #"{"observedGeneration":2,"updatedReplicas":2,"replicas":2,"availableReplicas":1}"#,
      "1 of 2 available"
    ),
    (
      #"{"replicas":2}"#,
      #"{"observedGeneration":2,"updatedReplicas":2,"replicas":2,"availableReplicas":2}"#, nil
    ),
    (#"{"replicas":0}"#, #"{"observedGeneration":2}"#, nil),
  ])
  func `a rollout is looked at as kubectl does it`(
    _ row: (spec: String, status: String, lack: String?)
  ) throws {
    let object = try JSON.parse(
      #"{"kind":"Deployment","metadata":{"generation":2},"spec":\#(row.spec),"status":\#(row.status)}"#
    )
    #expect(ObjectCondition.rollout.lack(object) == row.lack)
  }

  @Test(arguments: [
    (#"{"conditions":[{"type":"Ready","status":"True"}]}"#, nil),
    (#"{"conditions":[{"type":"Ready","status":"False","reason":"Gone"}]}"#, "Ready=False (Gone)"),
    ("{}", "no condition Ready yet"),
  ])
  func `a condition is looked for by its type`(_ row: (status: String, lack: String?)) throws {
    let object = try JSON.parse(#"{"status":\#(row.status)}"#)
    #expect(ObjectCondition.condition(type: "Ready", status: "True").lack(object) == row.lack)
  }

  @Test func `kinds are waited for as they are`() {
    func due(_ version: String, _ kind: String) -> String? {
      ObjectCondition(
        .usual, .init(apiVersion: version, kind: kind, namespace: "", name: "x"))?.name
    }
    #expect(due("apps/v1", "DaemonSet") == "rolled out")
    #expect(due("batch/v1", "Job") == "complete")
    #expect(due("v1", "Namespace") == "active")
    #expect(due("apiextensions.k8s.io/v1", "CustomResourceDefinition") == "Established")
    #expect(due("apiregistration.k8s.io/v1", "APIService") == "Available")
    #expect(due("v1", "ConfigMap") == nil)
  }
}
