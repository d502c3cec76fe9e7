import Diagnostics
import ModuleKit
import Schema

/// `kubernetes_health`: goes on once components answer that they are well: the gate between one host's change and the next.
struct KubernetesHealthModule: ActionModule {
  private static let urlsParameter = Parameter<[String]>.required(
    "urls",
    "What has to answer with success: `https://10.0.0.1:6443/readyz`, `http://127.0.0.1:10248/healthz`."
  )
  private static let ca = Parameter<HostPath>.optional(
    "ca", "The authority of servers that are not on 127.0.0.1.",
    default: HostPath("/etc/kubernetes/pki/ca.crt") ?? .root, shown: "/etc/kubernetes/pki/ca.crt")
  private static let kubectlParameter = Parameter<HostPath>.optional(
    "kubectl", "What asks.", default: HostPath("/usr/local/bin/kubectl") ?? .root,
    shown: "/usr/local/bin/kubectl")
  private static let stable = Parameter<Int>.optional(
    "stable", "How many times in a row, a second apart, all have to answer.", default: 2, shown: "2"
  )
  private static let unitsParameter = Parameter<[String]>.optional(
    "units", "Units whose last errors are told when it is given up.", default: [], shown: "none")
  private static let timeoutParameter = Parameter<Int>.optional(
    "timeout", "Seconds until it is given up.", default: 120, shown: "120")

  static let manual = Manual(
    "kubernetes_health", .action, "Waits until components of Kubernetes are well.",
    notes: [
      "Each API server is asked itself, never by way of a load balancer, which would pass over the one that is not well. "
        + "Servers on 127.0.0.1 are not asked for a certificate, as controller manager and scheduler make their own."
    ],
    parameters: [
      urlsParameter.manual, ca.manual, kubectlParameter.manual, stable.manual,
      unitsParameter.manual, timeoutParameter.manual,
    ],
    examples: [
      """
      - name: the control plane of this host is well
        kubernetes_health:
          urls: [https://10.0.0.1:6443/readyz, https://127.0.0.1:10257/healthz, https://127.0.0.1:10259/healthz]
      """
    ])

  private let urls: [(server: String, path: String)]
  private let authority: HostPath
  private let kubectl: HostPath
  private let times: Int
  private let units: [String]
  private let timeout: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    var urls: [(String, String)] = []
    for url in try arguments[Self.urlsParameter] {
      let parts = url.split(separator: "://", maxSplits: 1)
      guard parts.count == 2, ["http", "https"].contains(parts[0]),
        let slash = parts[1].firstIndex(of: "/")
      else {
        throw Diagnostic(
          .error, "kubernetes-url", "`\(url)` is no URL with a path",
          at: arguments.span(of: Self.urlsParameter.manual),
          help: "write it so: https://10.0.0.1:6443/readyz")
      }
      urls.append(("\(parts[0])://\(parts[1][..<slash])", String(parts[1][slash...])))
    }
    self.urls = urls
    authority = try arguments[Self.ca]
    kubectl = try arguments[Self.kubectlParameter]
    times = try arguments[Self.stable]
    units = try arguments[Self.unitsParameter]
    timeout = try arguments[Self.timeoutParameter]
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let names = urls.map { $0.server + $0.path }.joined(separator: ", ")
    let step = Step(
      "wait until \(names) are well", script, footprint: .nothing,
      deadline: .seconds(timeout + 60), accepts: nil)
    let change = Change("kubernetes", "health", from: .absent, to: .text("well"), steps: [step])
    return .run(ActionPlan(change, isOpaque: false, isHarmless: true))
  }

  /// kubectl asks the terminal who one is unless it is told a name, which API servers pass over: whoever has neither
  /// certificate nor token is anonymous.
  private var script: Script {
    let questions = Script(lines: urls.map { question($0.server, $0.path) })
    return """
      ask() {
        url=$1$2; server=$1; path=$2; shift 2
        said=$(\(kubectl.string) --kubeconfig=/dev/null --username=nobody --request-timeout=5s --server="$server" "$@" get --raw "$path" 2>&1) || {
          why="$url: $said"
          return 1
        }
      }
      look() {
        \(questions)
      }
      end=$(($(date +%s) + \(timeout)))
      well=0
      while [ "$well" -lt \(times) ]; do
        if look; then well=$((well + 1)); else well=0; fi
        if [ "$well" -eq 0 ] && [ "$(date +%s)" -ge "$end" ]; then
            printf '%s\\n' "$why" >&2
            for unit in \(words: units); do
              journalctl --unit="$unit" --no-pager --output=cat --lines=200 | grep -E '^[EF][0-9]{4} ' | tail -n 3 >&2
            done
            exit 1
          fi
        [ "$well" -ge \(times) ] || sleep 1
      done
      """
  }

  private func question(_ server: String, _ path: String) -> Script {
    let host = server.split(separator: "://").last ?? ""
    let isLocal = host.hasPrefix("127.") || host.hasPrefix("[::1]") || host.hasPrefix("localhost")
    let trust =
      !server.hasPrefix("https:")
      ? [] : isLocal ? ["--insecure-skip-tls-verify"] : ["--certificate-authority=\(authority)"]
    return "ask \(server) \(path) \(words: trust) || return 1"
  }

  func result(from replies: [StepReply]) -> ActionResult {
    guard let reply = replies.last, reply.status != 0 else {
      return ActionResult([:], changed: false)
    }
    let why = String(reply.errorText.trimmed)
    return ActionResult(
      ["msg": .string(why)], changed: false,
      failure: "not well within \(timeout) seconds: \(why)")
  }
}
