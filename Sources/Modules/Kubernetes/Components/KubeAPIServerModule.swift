import Diagnostics
import ModuleKit
import Schema

/// `kube_apiserver`: this host's API server.
struct KubeAPIServerModule: StateModule {
  private static let parameters = ComponentParameters(.kubeAPIServer, timeout: 120)

  static let manual = Manual(
    "kube_apiserver", .state,
    "The API server of a control plane: its flags, its unit, and that it runs with them.",
    notes: [
      "Flags that its version does not know, and values that are known to hurt, are refused before anything is touched.",
      "It is restarted when it runs with other flags or an older program, or since before a file was written that it reads "
        + "once: keys of service accounts, the client certificate for etcd and etcd's authority, policies. Serving certificates and the authority of "
        + "clients it reads again by itself.",
      "One at a time: put it into a block with `rolling` and `kubernetes_health` behind it.",
    ], parameters: parameters.manuals,
    results: [.init("version", "What the program says its version is.")],
    examples: [
      """
      - name: the API server
        kube_apiserver:
          version: "1.36"
          flags:
            advertise-address: 10.0.0.1
            authorization-mode: [Node, RBAC]
            etcd-servers: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]
      """
    ])

  /// What an API server does not start without, or not as part of a cluster.
  private static let required = [
    "etcd-servers", "authorization-mode", "client-ca-file", "tls-cert-file", "tls-private-key-file",
    "service-account-issuer", "service-account-key-file", "service-account-signing-key-file",
    "service-cluster-ip-range",
  ]
  /// What it reads when it starts, and not again.
  private static let inputs = [
    "etcd-cafile", "etcd-certfile", "etcd-keyfile", "service-account-key-file",
    "service-account-signing-key-file", "audit-policy-file", "audit-webhook-config-file",
    "encryption-provider-config", "admission-control-config-file", "egress-selector-config-file",
    "tracing-config-file", "kubelet-client-certificate", "kubelet-client-key",
    "kubelet-certificate-authority", "oidc-ca-file", "authentication-token-webhook-config-file",
    "authorization-webhook-config-file",
  ]

  let service: ComponentService

  init(_ arguments: Arguments) throws(Diagnostic) {
    let parameters = Self.parameters
    var mistakes = Mistakes()
    let flags = try parameters.flags(arguments, into: &mistakes)
    for name in Self.required where flags[name].isEmpty && mistakes.all.isEmpty {
      mistakes.add(
        Diagnostic(
          .error, "kubernetes-flag", "`flags` lack `\(name)`, which an API server needs",
          at: arguments.span(of: parameters.flags.manual)))
    }
    try mistakes.raise()
    let program = try arguments[parameters.program]
    let rereads = flags["encryption-provider-config-automatic-reload"] == ["true"]
    service = ComponentService(
      component: .kubeAPIServer, version: try arguments[parameters.version], program: program,
      unit: ComponentUnit(
        description: "Kubernetes API server", type: "notify",
        words: [program.string] + flags.words, after: ["etcd.service"],
        service: try parameters.serviceLines(
          arguments,
          defaults: [
            ("TimeoutStartSec", String(try arguments[parameters.timeout])),
            ("OOMScoreAdjust", "-997"),
          ])),
      inputs: ComponentParameters.paths(
        Self.inputs.filter { !rereads || $0 != "encryption-provider-config" }, in: flags),
      timeout: try arguments[parameters.timeout])
  }

  func reads(given facts: FactView) -> [FactRequest] { service.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try service.changes(from: facts)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap { service.result(facts) }
}
