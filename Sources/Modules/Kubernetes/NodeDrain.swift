import ModuleKit
import Schema

/// How pods are sent away from a node, and which ones.
struct NodeDrain: Sendable {
  /// In seconds; nil for what each pod says.
  var grace: Int?
  var deletesData: Bool
  var forces: Bool
  var deletes: Bool

  /// Whether a pod has to go: one that runs, and comes neither of a DaemonSet nor of a file of the kubelet.
  func concerns(_ pod: Value) -> Bool {
    let phase = pod["status"]?["phase"]?.string
    if phase == "Succeeded" || phase == "Failed" { return false }
    if pod["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] != nil { return false }
    return controller(pod)?["kind"]?.string != "DaemonSet"
  }

  private func controller(_ pod: Value) -> Value? {
    pod["metadata"]?["ownerReferences"]?.list?.first { $0["controller"] == .bool(true) }
  }

  private func name(_ pod: Value) -> String {
    "\(pod["metadata"]?["namespace"]?.string ?? "")/\(pod["metadata"]?["name"]?.string ?? "")"
  }

  /// What sends away the pods that are there; refuses where some would be lost, or lose data.
  func changes(_ pods: [Value], _ node: NodeModule) throws(Obstacle) -> [Change] {
    let leaving = pods.filter(concerns)
    guard !leaving.isEmpty else { return [] }
    let bare = leaving.filter { controller($0) == nil }.map(name)
    guard forces || bare.isEmpty else {
      throw .refusing(
        "node-bare-pods",
        "nobody makes these pods anew elsewhere: \(bare.sorted().joined(separator: ", "))",
        help: "move or delete them, or let them be deleted with `force: true`")
    }
    let losing = leaving.filter { pod in
      (pod["spec"]?["volumes"]?.list ?? []).contains { $0["emptyDir"] != nil }
    }.map(name)
    guard deletesData || losing.isEmpty else {
      throw .refusing(
        "node-local-data",
        "these pods would lose what is in an emptyDir: \(losing.sorted().joined(separator: ", "))",
        help: "`delete_emptydir_data: true` lets them go")
    }
    let names = leaving.map(name).sorted().joined(separator: "\n")
    return [
      Change(
        node.name, "pods", .remove, from: .text(names), to: .absent, steps: [step(node)],
        blast: .drain)
    ]
  }

  /// Names the budgets that allow nothing where it comes to no end.
  private func step(_ node: NodeModule) -> Step {
    var words =
      node.client.words + [
        "drain", node.name, "--ignore-daemonsets", "--timeout=\(node.timeout)s",
      ]
    if let grace { words.append("--grace-period=\(grace)") }
    if deletesData { words.append("--delete-emptydir-data") }
    if forces { words.append("--force") }
    if deletes { words.append("--disable-eviction") }
    let budgets =
      "jsonpath={range .items[?(@.status.disruptionsAllowed==0)]}{.metadata.namespace}/{.metadata.name} "
      + "(healthy {.status.currentHealthy}, needed {.status.desiredHealthy}); {end}"
    return Step(
      "drain node \(node.name)",
      """
      \(words: words) >/dev/null && exit
      code=$?
      budgets=$(\(words: node.client.words) get pdb --all-namespaces -o \(budgets) 2>/dev/null)
      [ -z "$budgets" ] || printf 'disruption budgets that allow nothing: %s\\n' "${budgets%; }" >&2
      exit "$code"
      """, footprint: node.footprint, deadline: .seconds(node.timeout + 30))
  }
}
