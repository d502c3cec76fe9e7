import Diagnostics
import ModuleKit
import Schema

/// `kube_controller_manager`: this host's controller manager.
struct KubeControllerManagerModule: StateModule {
  private static let parameters = ComponentParameters(.kubeControllerManager)

  static let manual = Manual(
    "kube_controller_manager", .state,
    "The controller manager of a control plane: its flags, its unit, and that it runs with them.",
    notes: [
      "It is restarted when it runs with other flags or an older program, or since before its kubeconfig, the key that signs "
        + "tokens or an authority was written. Of several only one works; the others take over when it goes."
    ], parameters: parameters.manuals,
    results: [.init("version", "What the program says its version is.")],
    examples: [
      """
      - name: the controller manager
        kube_controller_manager:
          version: "1.36"
          flags:
            kubeconfig: /etc/kubernetes/controller-manager.conf
            use-service-account-credentials: true
      """
    ])

  private static let inputs = [
    "kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig",
    "service-account-private-key-file", "root-ca-file",
  ]

  let service: ComponentService

  init(_ arguments: Arguments) throws(Diagnostic) {
    let parameters = Self.parameters
    var mistakes = Mistakes()
    let flags = try parameters.flags(arguments, into: &mistakes)
    if flags["kubeconfig"].isEmpty, mistakes.all.isEmpty {
      mistakes.add(
        Diagnostic(
          .error, "kubernetes-flag", "`flags` lack `kubeconfig`",
          at: arguments.span(of: parameters.flags.manual)))
    }
    try mistakes.raise()
    let program = try arguments[parameters.program]
    service = ComponentService(
      component: .kubeControllerManager, version: try arguments[parameters.version],
      program: program,
      unit: ComponentUnit(
        description: "Kubernetes controller manager", type: "exec",
        words: [program.string] + flags.words, after: ["kube-apiserver.service"],
        service: try parameters.serviceLines(arguments, defaults: [("OOMScoreAdjust", "-997")])),
      inputs: ComponentParameters.paths(Self.inputs, in: flags),
      timeout: try arguments[parameters.timeout])
  }

  func reads(given facts: FactView) -> [FactRequest] { service.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try service.changes(from: facts)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap { service.result(facts) }
}
