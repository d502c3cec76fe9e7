import ModuleKit
import Schema

/// A node as the API server has it, with its lease and the pods on it where somebody wants to know.
///
/// The key is made by `KubernetesClient.key`: program, kubeconfig, name. Wants: `lease`, `pods`. Where there is no API
/// server (yet) it is unknown; a node that has not registered is a fact without `live`.
package struct NodeFact: Fact {
  package static let kind = "node"

  /// nil where no such node has registered.
  package var live: Value?
  /// How old its lease was, in seconds, by the clock of the host that was asked; nil without a lease.
  package var leaseAge: Int?
  /// The pods on it.
  package var pods: [Value]
  /// Why it could not be looked for, in kubectl's words; nil where it could.
  package var trouble: String?

  package init(live: Value?, leaseAge: Int? = nil, pods: [Value] = [], trouble: String? = nil) {
    self.live = live
    self.leaseAge = leaseAge
    self.pods = pods
    self.trouble = trouble
  }

  /// Heartbeats go on by themselves.
  package static func == (left: NodeFact, right: NodeFact) -> Bool {
    left.essence == right.essence && left.trouble == right.trouble
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(essence) }

  private var essence: [Value?] {
    let metadata = live?["metadata"]
    return [
      metadata?["name"], metadata?["labels"], metadata?["annotations"], live?["spec"]?["taints"],
      live?["spec"]?["unschedulable"],
    ]
  }

  package static func sources(of name: String) -> [String] {
    KubernetesClient.parse(key: name).map { [$0.client.kubectl, $0.client.kubeconfig] } ?? []
  }

  // MARK: - Asking

  /// Everything that is asked with one client, in the order of the probe and of its reply.
  private static func questions(
    _ requests: [FactRequest]
  ) -> [(client: KubernetesClient, nodes: [(name: String, request: FactRequest)])] {
    var all: [(client: KubernetesClient, nodes: [(name: String, request: FactRequest)])] = []
    for request in requests {
      guard let (client, fields) = KubernetesClient.parse(key: request.key.name), fields.count == 1
      else { continue }
      let place = all.firstIndex { $0.client == client } ?? all.endIndex
      if place == all.endIndex { all.append((client, [])) }
      all[place].nodes.append((fields[0], request))
    }
    return all
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: questions(requests).map { client, nodes in
        let leases = nodes.filter { $0.request.wants.contains("lease") }.map(\.name)
        let askLeases: Script =
          leases.isEmpty
          ? ""
          : """
          ask get lease --namespace kube-node-lease --ignore-not-found -o json \(words: leases)
          put "$(date +%s)"
          """
        let askPods = Script(
          lines: nodes.filter { $0.request.wants.contains("pods") }.map { node in
            "ask get pods --all-namespaces --field-selector \("spec.nodeName=\(node.name)") -o json"
          })
        return """
          (
          \(client.functions)
          \(client.presence)
          ask get node --ignore-not-found --show-managed-fields -o json \(words: nodes.map(\.name))
          if [ "$?" != 7 ]; then
          \(askLeases)
          \(askPods)
          :
          fi
          fi
          )
          """
      })
  }

  // MARK: - Reading the reply

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<NodeFact>] {
    var answers = KubernetesAnswers(reply)
    var readings: [String: Reading<NodeFact>] = [:]
    for (_, nodes) in questions(requests) {
      let state = answers.text() ?? ""
      guard state == "here", let found = answers.next() else {
        for (_, request) in nodes where state.hasPrefix("there is no ") {
          readings[request.key.name] = .unknown(.init(state))
        }
        continue
      }
      if let reason = KubernetesClient.absence(found.said) {
        for (_, request) in nodes { readings[request.key.name] = .unknown(.init(reason)) }
        continue
      }
      var leases: [Value] = []
      var now = 0
      if nodes.contains(where: { $0.request.wants.contains("lease") }) {
        leases = answers.next()?.objects ?? []
        now = answers.text().flatMap { Int($0) } ?? 0
      }
      for (name, request) in nodes {
        let live = found.objects?.first { $0["metadata"]?["name"]?.string == name }
        var fact = NodeFact(live: live, trouble: found.status == "0" ? nil : found.said)
        let lease = leases.first { $0["metadata"]?["name"]?.string == name }
        if let renewal = lease?["spec"]?["renewTime"]?.string.flatMap(seconds) {
          fact.leaseAge = now - renewal
        }
        if request.wants.contains("pods") {
          let pods = answers.next()
          fact.pods = pods?.objects ?? []
          if pods?.objects == nil { fact.trouble = pods?.said ?? "the pods on it can not be read" }
        }
        readings[request.key.name] = .present(fact)
      }
    }
    return readings
  }

  /// The seconds since 1970 of a time such as `2026-11-21T22:07:58.123456Z` (RFC 3339, UTC).
  static func seconds(_ time: String) -> Int? {
    let parts = time.split { !$0.isNumber }.prefix(6).compactMap { Int($0) }
    guard parts.count == 6, time.hasSuffix("Z") else { return nil }
    // Days since 1970 in the proleptic Gregorian calendar, years beginning in March.
    let year = parts[1] > 2 ? parts[0] : parts[0] - 1
    let month = (parts[1] + 9) % 12
    let days =
      365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2] - 1
      - 719468
    return days * 86400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
  }
}
