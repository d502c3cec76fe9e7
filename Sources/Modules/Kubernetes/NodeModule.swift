import Diagnostics
import ModuleKit
import Schema

/// `node`: a node of a Kubernetes cluster as the API server has it.
struct NodeModule: StateModule {
  let client: KubernetesClient
  let name: String
  let state: State
  private let labels: [String: String]?
  private let annotations: [String: String]?
  private let taints: [NodeTaint]?
  private let isReady: Bool
  /// In seconds.
  let timeout: Int
  let drain: NodeDrain

  /// Under these names the server notes whose a field is.
  static let manager = "spile-node"
  static let cordonManager = "spile-cordon"
  static let taintsMark = "spile/taints"
  static let cordonMark = "spile/cordoned"
  /// How old a lease may be, in seconds: a kubelet renews it every 10.
  private static let leaseLimit = 20

  init(_ arguments: Arguments) throws(Diagnostic) {
    client = try KubernetesClient(arguments)
    name = try arguments[Self.name]
    state = try arguments[Self.state]
    labels = try arguments[Self.labels]?.texts
    annotations = try arguments[Self.annotations]?.texts
    taints = try arguments[Self.taints]
    isReady = try arguments[Self.isReady]
    timeout = try arguments[Self.timeout]
    drain = NodeDrain(
      grace: try arguments[Self.grace], deletesData: try arguments[Self.deletesData],
      forces: try arguments[Self.force], deletes: try arguments[Self.deletes])
    let isName = name.utf8.allSatisfy {
      ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
        || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "-")
        || $0 == UInt8(ascii: ".")
    }
    guard isName, !name.isEmpty, !name.hasPrefix("-") else {
      throw Diagnostic(
        .error, "node-name", "`\(name)` is no name of a node",
        at: arguments.span(of: Self.name.manual),
        help: "lower-case letters, digits, `-` and `.`")
    }
    if let twice = taints?.first(where: { taint in
      taints?.filter { $0.name == taint.name }.count ?? 0 > 1
    }) {
      throw Diagnostic(
        .error, "node-taint", "`\(twice.name)` is given twice",
        at: arguments.span(of: Self.taints.manual))
    }
    if let mark = annotations?.keys.first(where: { $0.hasPrefix("spile/") }) {
      throw Diagnostic(
        .error, "node-label", "`\(mark)` is an annotation that this module sets itself",
        at: arguments.span(of: Self.annotations.manual))
    }
    if state == .absent, labels != nil || annotations != nil || taints != nil || isReady {
      throw Diagnostic(
        .error, "exclusive-parameters",
        "a node that is to be `absent` has no labels, taints or readiness",
        at: arguments.span(of: Self.state.manual))
    }
  }

  var key: String { client.key([name]) }

  func reads(given facts: FactView) -> [FactRequest] {
    var wants: Set<String> = []
    if isReady { wants.insert("lease") }
    if state == .drained { wants.insert("pods") }
    return [FactRequest(NodeFact.self, key, wants: wants)]
  }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(NodeFact.self, key) else { return [] }
    if let trouble = fact.trouble {
      throw .refusing(
        "node-unreadable",
        "node `\(name)` can not be read: \(KubernetesClient.lastLine(trouble))")
    }
    if state == .absent { return fact.live == nil ? [] : [removal()] }
    var changes: [Change] = []
    if fact.live == nil { changes.append(registration()) }
    var live = LiveNode(fact.live ?? .null)
    changes += marks(&live)
    changes += taintChanges(&live)
    changes += cordon(&live)
    if state == .drained { changes += try drain.changes(fact.pods, self) }
    if isReady, let lack = lack(fact) {
      changes.append(
        Change(name, "ready", from: .text(lack), to: .text("ready"), steps: [readiness()]))
    }
    guard !changes.isEmpty else { return [] }
    var predicted = fact
    predicted.live = live.value(named: name)
    if state == .drained { predicted.pods = predicted.pods.filter { !drain.concerns($0) } }
    let isExact = fact.live != nil && !changes.contains { $0.attribute == "ready" }
    changes[0].predicts = [
      Prediction(
        NodeFact.self, key,
        isExact ? .present(predicted) : .unknown(.init("what `\(name)` will be like")),
        wants: [FactRequest.everything])
    ]
    return changes
  }

  private func registration() -> Change {
    var change = Change(
      name, "registered", .create, from: .text("not yet"), to: .text("yes"),
      steps: [registered()])
    change.awaits = Unknown("node `\(name)`, which is not registered yet")
    return change
  }

  /// Labels and annotations: those that are wished, and those of ours that are not any more.
  private func marks(_ live: inout LiveNode) -> [Change] {
    let before = live
    let ownLabels = live.owned("labels", by: Self.manager)
    let ownAnnotations = live.owned("annotations", by: Self.manager)
    var wishedAnnotations =
      annotations ?? live.annotations.filter { ownAnnotations.contains($0.key) }
    wishedAnnotations[Self.taintsMark] = nil
    let own = ownTaints(live)
    if !own.isEmpty {
      wishedAnnotations[Self.taintsMark] = own.map(\.name).sorted().joined(separator: ",")
    }
    let wishedLabels = labels ?? live.labels.filter { ownLabels.contains($0.key) }
    live.set("labels", to: wishedLabels, instead: ownLabels, of: Self.manager)
    live.set("annotations", to: wishedAnnotations, instead: ownAnnotations, of: Self.manager)
    var changes =
      differences("label", before.labels, live.labels)
      + differences("annotation", before.annotations, live.annotations)
    if changes.isEmpty { return [] }
    changes[0].steps = [
      apply(
        labels: wishedLabels, annotations: wishedAnnotations,
        "set labels and annotations of node \(name)")
    ]
    return changes
  }

  private func differences(
    _ what: String, _ before: [String: String], _ after: [String: String]
  ) -> [Change] {
    Set(before.keys).union(after.keys).sorted().compactMap { key in
      guard before[key] != after[key] else { return nil }
      return Change(
        name, "\(what) \(key)", from: before[key].map(Shown.text) ?? .absent,
        to: after[key].map(Shown.text) ?? .absent)
    }
  }

  /// Of the taints that are wished those that were not somebody else's before.
  private func ownTaints(_ live: LiveNode) -> [NodeTaint] {
    guard let taints else { return live.taints.filter { live.ownTaints.contains($0.name) } }
    return taints.filter { live.ownTaints.contains($0.name) || !live.taints.contains($0) }
  }

  private func taintChanges(_ live: inout LiveNode) -> [Change] {
    guard let taints else { return [] }
    let former = live.formerTaints
    let wrong = taints.filter { !live.taints.contains($0) }
    let gone = live.taints.filter { taint in
      former.contains(taint.name) && !taints.contains { $0.name == taint.name }
    }
    var changes: [Change] = []
    for taint in wrong {
      let before = live.taints.first { $0.name == taint.name }
      var change = Change(
        name, "taint \(taint.name)", before == nil ? .create : .update,
        from: before.map { .text($0.description) } ?? .absent, to: .text(taint.description))
      if taint.effect == "NoExecute" { change.blast = .drain }
      changes.append(change)
    }
    for taint in gone {
      changes.append(
        Change(
          name, "taint \(taint.name)", .remove, from: .text(taint.description), to: .absent))
    }
    guard !changes.isEmpty else { return [] }
    live.taints =
      live.taints.filter { taint in
        !gone.contains(taint) && !wrong.contains { $0.name == taint.name }
      } + wrong
    changes[0].steps = [taint(wrong, removing: gone)]
    return changes
  }

  private func cordon(_ live: inout LiveNode) -> [Change] {
    switch state {
    case .present, .absent: return []
    case .cordoned, .drained:
      guard !live.isUnschedulable else { return [] }
      live.isUnschedulable = true
      live.annotations[Self.cordonMark] = "true"
      return [
        Change(
          name, "schedulable", from: .text("yes"), to: .text("no"), steps: [setCordon(true)])
      ]
    case .uncordoned:
      guard live.annotations[Self.cordonMark] != nil else { return [] }
      let isTheirs = live.isUnschedulableForOthers
      let before = live.isUnschedulable ? "no" : "yes"
      live.annotations[Self.cordonMark] = nil
      if !isTheirs { live.isUnschedulable = false }
      return [
        Change(
          name, "schedulable", from: .text("\(before), cordoned by spile"),
          to: .text(isTheirs ? "no, cordoned by others" : "yes"), steps: [setCordon(false)])
      ]
    }
  }

  private func lack(_ fact: NodeFact) -> String? {
    guard let live = fact.live else { return "not registered yet" }
    if let lack = ObjectCondition.condition(type: "Ready", status: "True").lack(live) {
      return lack
    }
    guard let age = fact.leaseAge else { return "it has no lease" }
    return age < Self.leaseLimit ? nil : "its lease was renewed \(age) seconds ago"
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    guard let live = facts.known(NodeFact.self, key)?.live else { return ["name": .string(name)] }
    let node = LiveNode(live)
    var addresses: ValueMap = [:]
    for address in live["status"]?["addresses"]?.list ?? [] {
      if let type = address["type"]?.string { addresses[type] = address["address"] }
    }
    let ready = ObjectCondition.condition(type: "Ready", status: "True").lack(live) == nil
    let cordonedBy =
      !node.isUnschedulable ? "" : node.annotations[Self.cordonMark] == nil ? "others" : "spile"
    return [
      "name": .string(name), "ready": .bool(ready),
      "pod_cidr": live["spec"]?["podCIDR"] ?? .string(""), "addresses": .dict(addresses),
      "kubelet_version": live["status"]?["nodeInfo"]?["kubeletVersion"] ?? .string(""),
      "unschedulable": .bool(node.isUnschedulable), "cordoned_by": .string(cordonedBy),
    ]
  }
}
