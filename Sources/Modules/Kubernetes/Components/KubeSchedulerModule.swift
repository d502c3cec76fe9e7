import Diagnostics
import ModuleKit
import Schema

/// `kube_scheduler`: this host's scheduler.
struct KubeSchedulerModule: StateModule {
  private static let parameters = ComponentParameters(.kubeScheduler)
  private static let config = Parameter<ValueMap>.required(
    "config", "Fields of KubeSchedulerConfiguration, `clientConnection.kubeconfig` among them.")
  private static let configPath = Parameter<HostPath>.optional(
    "path", "Where the configuration is.",
    default: HostPath("/etc/kubernetes/scheduler-config.yaml") ?? .root,
    shown: "/etc/kubernetes/scheduler-config.yaml", isSubject: true)

  static let manual = Manual(
    "kube_scheduler", .state,
    "The scheduler of a control plane: its configuration, its unit, and that it runs with them.",
    notes: [
      "It is restarted when it runs with other flags or an older program, or since before its configuration or its kubeconfig "
        + "was written. Of several only one works; the others take over when it goes."
    ], parameters: parameters.manuals + [config.manual, configPath.manual],
    results: [.init("version", "What the program says its version is.")],
    examples: [
      """
      - name: the scheduler
        kube_scheduler:
          version: "1.36"
          config:
            clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf}
            leaderElection: {leaderElect: true}
          flags:
            authentication-kubeconfig: /etc/kubernetes/scheduler.conf
            authorization-kubeconfig: /etc/kubernetes/scheduler.conf
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
      argument, of: .kubeScheduler, version, into: &mistakes)
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
      component: .kubeScheduler, version: version, program: program,
      unit: ComponentUnit(
        description: "Kubernetes scheduler", type: "exec", words: [program.string] + flags.words,
        after: ["kube-apiserver.service"],
        service: try parameters.serviceLines(arguments, defaults: [("OOMScoreAdjust", "-997")])),
      files: [(WholeFile(path: path), configuration.text)],
      inputs: [kubeconfig].compactMap { $0.flatMap { HostPath($0) } }
        + ComponentParameters.paths(
          ["authentication-kubeconfig", "authorization-kubeconfig"], in: flags),
      timeout: try arguments[parameters.timeout])
  }

  func reads(given facts: FactView) -> [FactRequest] { service.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try service.changes(from: facts)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap { service.result(facts) }
}
