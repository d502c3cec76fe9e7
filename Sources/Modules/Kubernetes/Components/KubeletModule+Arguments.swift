import Diagnostics
import ModuleKit
import Schema

extension KubeletModule {
  private static let parameters = ComponentParameters(.kubelet, timeout: 120)
  private static let config = Parameter<ValueMap>.required(
    "config",
    "Fields of KubeletConfiguration. What evictionHard does not name keeps its default: without that the kubelet would forget the others."
  )
  private static let kubeReserved = Parameter<Reserve>.optional(
    "kube_reserved",
    "`auto`: kubeReserved is worked out from processors, memory and maxPods; `config`: it is what `config` has.",
    default: .config, shown: "config")
  private static let configPath = Parameter<HostPath>.optional(
    "path", "Where the configuration is.",
    default: HostPath("/var/lib/kubelet/config.yaml") ?? .root,
    shown: "/var/lib/kubelet/config.yaml", isSubject: true)

  enum Reserve: String, ParameterChoice { case config, auto }

  static let manual = Manual(
    "kubelet", .state,
    "The kubelet of a node: its configuration, its unit, and that it runs with them.",
    notes: [
      "Fields and flags that its version does not know are refused before anything is touched, and so are values that are "
        + "known to hurt; flags that have become fields are refused with the field's name.",
      "A restart leaves pods alone. What takes something from them (a manager's policy, reserved resources, maxPods lowered, "
        + "the cgroup driver) has the blast `drain`: with `check_mode: true` the result `drain` tells before, so that the node is "
        + "drained first. State files of managers with another policy are removed along.",
    ],
    parameters: parameters.manuals + [config.manual, kubeReserved.manual, configPath.manual],
    results: [
      .init("version", "What the program says its version is."),
      .init("drain", "Whether what differs takes something from running pods."),
      .init("was_running", "Whether a kubelet ran before the task."),
    ],
    examples: [
      """
      - name: the kubelet
        kubelet:
          version: "1.36"
          kube_reserved: auto
          config:
            clusterDNS: [10.96.0.10]
            clusterDomain: cluster.local
            containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
            authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
            authorization: {mode: Webhook}
          flags:
            kubeconfig: /etc/kubernetes/kubelet.conf
            node-ip: 10.0.0.11
      """
    ])

  /// Defaults of evictionHard on Linux: `pkg/kubelet/eviction/defaults_linux.go` of Kubernetes 1.31 to 1.36.
  private static let evictionDefaults = [
    ("memory.available", "100Mi"), ("nodefs.available", "10%"), ("nodefs.inodesFree", "5%"),
    ("imagefs.available", "15%"), ("imagefs.inodesFree", "5%"),
  ]

  init(_ arguments: Arguments) throws(Diagnostic) {
    let parameters = Self.parameters
    let version = try arguments[parameters.version]
    var mistakes = Mistakes()
    _ = try arguments[Self.config]
    let argument =
      arguments.argument(Self.config.manual)
      ?? Argument(.dict(ValueMap()), span: arguments.span, path: "config")
    var configuration = ComponentConfiguration(argument, of: .kubelet, version, into: &mistakes)
    FieldRule.check(
      configuration, version, accepted: Set(try arguments[parameters.accept]), at: argument,
      into: &mistakes)
    var flags = try parameters.flags(arguments, into: &mistakes)
    if flags["kubeconfig"].isEmpty, mistakes.all.isEmpty {
      mistakes.add(
        Diagnostic(
          .error, "kubernetes-flag",
          "`flags` lack `kubeconfig`: a kubelet without one knows no cluster",
          at: arguments.span(of: parameters.flags.manual)))
    }
    reserves = try arguments[Self.kubeReserved] == .auto
    if reserves, configuration["kubeReserved"] != nil {
      mistakes.add(
        argument.wrong(
          "kubernetes-field", "has kubeReserved, which `kube_reserved: auto` works out",
          help: "leave out one of them"))
    }
    try mistakes.raise()
    if case .dict(var hard)? = configuration["evictionHard"] {
      for (signal, threshold) in Self.evictionDefaults where hard[signal] == nil {
        hard[signal] = .string(threshold)
      }
      configuration.set("evictionHard", .dict(hard))
    }
    self.configuration = configuration
    configFile = WholeFile(path: try arguments[Self.configPath])
    flags.set("config", configFile.path.string)
    stateFolder =
      flags["root-dir"].first.flatMap { HostPath($0) } ?? HostPath.root.appending("var/lib/kubelet")
    let program = try arguments[parameters.program]
    let timeout = try arguments[parameters.timeout]
    service = ComponentService(
      component: .kubelet, version: version, program: program,
      unit: ComponentUnit(
        description: "Kubernetes node agent", type: "notify", words: [program.string] + flags.words,
        after: ["containerd.service"],
        service: try parameters.serviceLines(
          arguments, defaults: [("TimeoutStartSec", String(timeout)), ("KillMode", "process")])),
      inputs: ComponentParameters.paths(
        ["kubeconfig", "bootstrap-kubeconfig", "image-credential-provider-config"], in: flags)
        + [
          configuration["authentication.x509.clientCAFile"], configuration["tlsCertFile"],
          configuration["tlsPrivateKeyFile"],
        ].compactMap { $0?.string.flatMap { HostPath($0) } },
      timeout: timeout)
  }
}
