import Diagnostics
import ModuleKit
import Schema

/// How kubectl(1) on a host talks to a cluster: the program and its kubeconfig, never a secret itself.
struct KubernetesClient: Sendable, Hashable {
  var kubectl: String
  var kubeconfig: String

  static let kubectlParameter = Parameter<HostPath>.optional(
    "kubectl", "The kubectl of the host.",
    default: HostPath("/usr/local/bin/kubectl") ?? .root, shown: "/usr/local/bin/kubectl")
  static let kubeconfigParameter = Parameter<HostPath>.optional(
    "kubeconfig", "Its kubeconfig, on the host too.",
    default: HostPath("/etc/kubernetes/admin.conf") ?? .root, shown: "/etc/kubernetes/admin.conf")

  static let manuals = [kubectlParameter.manual, kubeconfigParameter.manual]

  init(_ arguments: Arguments) throws(Diagnostic) {
    kubectl = try arguments[Self.kubectlParameter].string
    kubeconfig = try arguments[Self.kubeconfigParameter].string
  }

  init(kubectl: String, kubeconfig: String) {
    self.kubectl = kubectl
    self.kubeconfig = kubeconfig
  }

  private static let fieldEnd = "|"

  /// The key of a fact that is asked by this client.
  func key(_ fields: [String]) -> String {
    ([kubectl, kubeconfig] + fields).joined(separator: Self.fieldEnd)
  }

  /// The client and the fields of a key; nil where it is none.
  static func parse(key: String) -> (client: KubernetesClient, fields: [String])? {
    let fields = key.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 2 else { return nil }
    return (KubernetesClient(kubectl: fields[0], kubeconfig: fields[1]), Array(fields[2...]))
  }

  /// The words of a command; nothing is kept on the host (a folder for the cache that cannot be made).
  var words: [String] {
    [
      kubectl, "--kubeconfig", kubeconfig, "--cache-dir=/dev/null/none", "--request-timeout=20s",
    ]
  }

  /// Functions of a probe; its answers go to standard output as records.
  ///
  /// - `ask ARG...` runs kubectl with what it gets on standard input and prints three records: output without the
  ///   blanks that JSON is indented by, status, and what it said on standard error. Its status is 7 where there is no
  ///   API server to talk to.
  var functions: Script {
    """
    exec 3>&1
    ask() {
      said=$({ { \(words: words) "$@" 4>&-; printf '\\n%s' "$?" >&2; } 2>&4 | sed 's/^ *//' >&3; } 4>&1)
      code=${said##*
    }
      printf '\\0'
      put "$code" "${said%
    *}"
      case $said in
        *'Error from server'*) ;;
        *'dial tcp'* | *'was refused - did you specify'* | *'Unable to connect to the server'*) return 7 ;;
      esac
      return "$code"
    }
    """
  }

  /// `"here"` where kubectl, its kubeconfig and an API server are there, else what is missing: a condition and the
  /// record it prints.
  ///
  /// Where nobody answers, kubectl tries again for a long while: the question before all others ends soon.
  var presence: Script {
    """
    alive() {
      said=$(timeout 5 \(words: words) get --raw /livez 2>&1) && return
      case $said in *'Error from server'* | *'must be logged in'*) return 0 ;; esac
      return 1
    }
    if [ ! -x \(kubectl) ]; then put \("there is no \(kubectl) yet")
    elif [ ! -e \(kubeconfig) ]; then put \("there is no \(kubeconfig) yet")
    elif ! alive; then put "there is no API server yet: ${said##*
    }"
    else
    put here
    """
  }

  /// What kubectl says when nobody answers: kubectl 1.36 over Go's `net` package.
  private static let silences = [
    "was refused - did you specify", "connect: connection refused", "no route to host",
    "i/o timeout",
    "Client.Timeout", "connection reset by peer", "no such host", "network is unreachable",
  ]

  /// Why there is no answer, where it is that no API server runs (yet); nil for everything else that kubectl says.
  ///
  /// What a server says of webhooks that it can not reach is an answer.
  static func absence(_ said: String) -> String? {
    guard !said.contains("Error from server"), silences.contains(where: said.contains) else {
      return nil
    }
    return "there is no API server yet: \(lastLine(said))"
  }

  /// What kubectl said in the end, without the lines of its log before it.
  static func lastLine(_ said: String) -> String {
    let lines = said.fileLines.filter { !$0.trimmed.isEmpty }
    return String(lines.last?.trimmed ?? "kubectl said nothing")
  }
}
