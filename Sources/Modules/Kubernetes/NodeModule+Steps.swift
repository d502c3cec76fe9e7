import ModuleKit
import Schema

extension NodeModule {
  var footprint: Footprint { .keys(FactKey(NodeFact.self, key)) }

  /// Waits until the kubelet has registered the node.
  func registered() -> Step {
    Step(
      "wait until node \(name) is registered",
      """
      end=$(($(date +%s) + \(timeout)))
      until said=$(\(words: client.words) get node \(name) -o name 2>&1); do
        if [ "$(date +%s)" -ge "$end" ]; then printf '%s\\n' "$said" >&2; exit 1; fi
        sleep 1
      done
      """, footprint: footprint, deadline: .seconds(timeout + 30))
  }

  /// Waits until the node is ready and its lease is renewed while we look on: the clock of the host does not matter.
  func readiness() -> Step {
    let fields = "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"
    return Step(
      "wait until node \(name) is ready",
      """
      end=$(($(date +%s) + \(timeout))) first=
      while :; do
        ready=$(\(words: client.words) get node \(name) -o \(fields) 2>&1)
        renewed=$(\(words: client.words) get lease --namespace kube-node-lease \(name) -o 'jsonpath={.spec.renewTime}' 2>/dev/null)
        [ "$first" ] || first=$renewed
        if [ "$ready" = True ] && [ "$renewed" != "$first" ]; then exit 0; fi
        if [ "$(date +%s)" -ge "$end" ]; then
          printf 'Ready is %s, its lease was renewed at %s\\n' "$ready" "${renewed:-no time}" >&2
          exit 1
        fi
        sleep 1
      done
      """, footprint: footprint, deadline: .seconds(timeout + 30))
  }

  /// Declares labels and annotations; the node is never made by that.
  func apply(labels: [String: String], annotations: [String: String], _ label: String) -> Step {
    apply(labels: labels, annotations: annotations, spec: [:], as: Self.manager, label)
  }

  /// Cordons the node, or takes back that we have.
  func setCordon(_ isCordoned: Bool) -> Step {
    apply(
      labels: [:], annotations: isCordoned ? [Self.cordonMark: "true"] : [:],
      spec: isCordoned ? ["unschedulable": .bool(true)] : [:], as: Self.cordonManager,
      isCordoned ? "cordon node \(name)" : "uncordon node \(name)")
  }

  private func apply(
    labels: [String: String], annotations: [String: String], spec: ValueMap, as manager: String,
    _ label: String
  ) -> Step {
    var metadata: ValueMap = ["name": .string(name)]
    if !labels.isEmpty { metadata["labels"] = NodeLabels.value(labels) }
    if !annotations.isEmpty { metadata["annotations"] = NodeLabels.value(annotations) }
    var node: ValueMap = [
      "apiVersion": .string("v1"), "kind": .string("Node"), "metadata": .dict(metadata),
    ]
    if !spec.isEmpty { node["spec"] = .dict(spec) }
    return Step(
      label,
      """
      \(words: client.words) get node \(name) -o name >/dev/null || exit
      \(words: client.words) apply --server-side --field-manager \(manager) --force-conflicts -f -
      """, input: Blob(Array(JSON.text(.dict(node)).utf8)), footprint: footprint)
  }

  func taint(_ wished: [NodeTaint], removing gone: [NodeTaint]) -> Step {
    let words = wished.map { "\($0.key)=\($0.value):\($0.effect)" } + gone.map { "\($0.name)-" }
    return Step(
      "taint node \(name): \(words.joined(separator: " "))",
      "\(words: client.words) taint node \(name) --overwrite \(words: words)", footprint: footprint)
  }

  func removal() -> Change {
    Change(
      name, "node", .remove, from: .text("registered"), to: .absent,
      steps: [
        Step(
          "delete node \(name)",
          "\(words: client.words) delete node \(name) --timeout=\(timeout)s",
          footprint: footprint, deadline: .seconds(timeout + 30))
      ],
      predicts: [
        Prediction(
          NodeFact.self, key, .present(NodeFact(live: nil)), wants: [FactRequest.everything])
      ], blast: .drain)
  }
}
