import Schema

/// What a node is like: the parts that can be wished, and whose they are.
struct LiveNode: Sendable {
  private let original: Value
  var labels: [String: String]
  var annotations: [String: String]
  var taints: [NodeTaint]
  var isUnschedulable: Bool
  /// Taints that were set by us, by `NodeTaint.name`, as they stood in the annotation when the node was read.
  let formerTaints: Set<String>

  init(_ value: Value) {
    original = value
    func texts(_ key: String) -> [String: String] {
      var texts: [String: String] = [:]
      for (name, value) in value["metadata"]?[key]?.dict ?? [:] {
        if let name = name.string { texts[name] = value.string }
      }
      return texts
    }
    labels = texts("labels")
    annotations = texts("annotations")
    taints = (value["spec"]?["taints"]?.list ?? []).compactMap(NodeTaint.init)
    isUnschedulable = value["spec"]?["unschedulable"] == .bool(true)
    formerTaints = Set(
      (annotations[NodeModule.taintsMark] ?? "").split(separator: ",").map(String.init))
  }

  /// Taints of ours that are still there.
  var ownTaints: Set<String> { formerTaints.intersection(taints.map(\.name)) }

  private var managers: [Value] { original["metadata"]?["managedFields"]?.list ?? [] }

  /// The names of labels or annotations that a field manager has applied.
  func owned(_ field: String, by manager: String) -> Set<String> {
    Set(
      managers.filter { $0["manager"]?.string == manager && $0["operation"]?.string == "Apply" }
        .flatMap { names(field, $0) })
  }

  private func names(_ field: String, _ entry: Value) -> [String] {
    let fields = entry["fieldsV1"]?["f:metadata"]?["f:\(field)"]?.dict ?? [:]
    return fields.keys.compactMap(\.string).filter { $0.hasPrefix("f:") }
      .map { String($0.dropFirst(2)) }
  }

  /// Whether somebody else has cordoned the node, too.
  var isUnschedulableForOthers: Bool {
    managers.contains {
      $0["manager"]?.string != NodeModule.cordonManager
        && $0["fieldsV1"]?["f:spec"]?["f:unschedulable"] != nil
    }
  }

  /// Sets labels or annotations; those that a manager had applied and does not any more go, unless others have them too.
  mutating func set(
    _ field: String, to wished: [String: String], instead own: Set<String>, of manager: String
  ) {
    let others = Set(
      managers.filter { $0["manager"]?.string != manager }.flatMap { names(field, $0) })
    var texts = field == "labels" ? labels : annotations
    for name in own where wished[name] == nil && !others.contains(name) { texts[name] = nil }
    texts.merge(wished) { $1 }
    if field == "labels" { labels = texts } else { annotations = texts }
  }

  /// The node as the API server will have it.
  func value(named name: String) -> Value {
    var node = original.dict ?? ["kind": .string("Node")]
    var metadata = node["metadata"]?.dict ?? ["name": .string(name)]
    metadata["labels"] = labels.isEmpty ? nil : NodeLabels.value(labels)
    metadata["annotations"] = annotations.isEmpty ? nil : NodeLabels.value(annotations)
    node["metadata"] = .dict(metadata)
    var spec = node["spec"]?.dict ?? [:]
    spec["unschedulable"] = isUnschedulable ? .bool(true) : nil
    let taints = self.taints.map { taint in
      var entry: ValueMap = ["key": .string(taint.key), "effect": .string(taint.effect)]
      if !taint.value.isEmpty { entry["value"] = .string(taint.value) }
      return Value.dict(entry)
    }
    spec["taints"] = taints.isEmpty ? nil : .list(taints)
    node["spec"] = .dict(spec)
    return .dict(node)
  }
}
