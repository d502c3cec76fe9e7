import Diagnostics
import ModuleKit
import Schema

/// `kube_proxy`: this host's way to the services of the cluster.
struct KubeProxyModule: StateModule {
  private static let parameters = ComponentParameters(.kubeProxy)
  private static let config = Parameter<ValueMap>.required(
    "config", "Fields of KubeProxyConfiguration, `clientConnection.kubeconfig` among them.")
  private static let configPath = Parameter<HostPath>.optional(
    "path", "Where the configuration is.",
    default: HostPath("/var/lib/kube-proxy/config.yaml") ?? .root,
    shown: "/var/lib/kube-proxy/config.yaml", isSubject: true)

  static let manual = Manual(
    "kube_proxy", .state,
    "The network proxy of a node: its configuration, its unit, and that it runs with them.",
    notes: [
      "It is restarted when it runs with other flags or an older program, or since before its configuration or its kubeconfig "
        + "was written; connections go on. `conntrack: {maxPerCore: 0, min: 0}` leaves the kernel's table to `sysctl`."
    ], parameters: parameters.manuals + [config.manual, configPath.manual],
    results: [.init("version", "What the program says its version is.")],
    examples: [
      """
      - name: the network proxy
        kube_proxy:
          version: "1.36"
          config:
            mode: nftables
            clusterCIDR: 10.244.0.0/16
            clientConnection: {kubeconfig: /etc/kubernetes/kube-proxy.conf}
      """
    ])

  let service: ComponentService

  init(_ arguments: Arguments) throws(Diagnostic) {
    let parameters = Self.parameters
    let version = try arguments[parameters.version]
    var mistakes = Mistakes()
    _ = try arguments[Self.config]
    let argument =
      arguments.argument(Self.config.manual)
      ?? Argument(.dict(ValueMap()), span: arguments.span, path: "config")
    let configuration = ComponentConfiguration(
      argument, of: .kubeProxy, version, into: &mistakes)
    FieldRule.check(
      configuration, version, accepted: Set(try arguments[parameters.accept]), at: argument,
      into: &mistakes)
    var flags = try parameters.flags(arguments, into: &mistakes)
    let kubeconfig = configuration["clientConnection.kubeconfig"]?.string
    if kubeconfig == nil, mistakes.all.isEmpty {
      mistakes.add(
        argument.wrong("kubernetes-field", "lacks `clientConnection.kubeconfig`"))
    }
    try mistakes.raise()
    let path = try arguments[Self.configPath]
    flags.set("config", path.string)
    let program = try arguments[parameters.program]
    service = ComponentService(
      component: .kubeProxy, version: version, program: program,
      unit: ComponentUnit(
        description: "Kubernetes network proxy", type: "exec",
        words: [program.string] + flags.words,
        after: [],
        service: try parameters.serviceLines(arguments, defaults: [("OOMScoreAdjust", "-998")])),
      files: [(WholeFile(path: path), configuration.text)],
      inputs: [kubeconfig].compactMap { $0.flatMap { HostPath($0) } },
      timeout: try arguments[parameters.timeout])
  }

  func reads(given facts: FactView) -> [FactRequest] { service.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try service.changes(from: facts)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap { service.result(facts) }
}
