import Diagnostics
import ModuleKit
import Schema

/// `selinux`: whether SELinux decides, now and after a reboot, and by which policy.
struct SelinuxModule: StateModule {
  enum State: String, ParameterChoice { case enforcing, permissive, disabled }

  private static let state = Parameter<State>.required("state", "What SELinux does.")
  private static let policy = Parameter<String?>.optional(
    "policy", "The policy, such as `targeted`; needed unless `state: disabled`.")
  private static let file = Parameter<HostPath>.optional(
    "configfile", "The file that says what is after a reboot.",
    default: HostPath("/etc/selinux/config") ?? .root, shown: "/etc/selinux/config",
    aliases: ["conf", "file"])
  private static let updatesKernel = Parameter<Bool>.optional(
    "update_kernel_param", "Only `false`: the kernel's command line is not touched.",
    default: false, shown: "false")

  static let manual = Manual(
    "selinux", .state, "Whether SELinux decides, now and after a reboot.",
    notes: [
      """
      A running kernel changes between `enforcing` and `permissive` at once, by setenforce(8). From and to `disabled` it \
      takes a reboot, which `reboot_required` says; until then `disabled` makes it permissive.
      """,
      "A host without SELinux is as it should be with `state: disabled`; with another state the task is refused there.",
    ],
    parameters: [state.manual, policy.manual, file.manual, updatesKernel.manual],
    results: [
      .init("state", "as given"), .init("policy", "as given"), .init("configfile", "the file"),
      .init("reboot_required", "whether only a reboot makes it so"),
    ],
    examples: [
      """
      - name: SELinux says what it would forbid, and forbids nothing
        ansible.posix.selinux:
          policy: targeted
          state: permissive
      """,
      """
      - name: no SELinux from the next boot on
        ansible.posix.selinux:
          state: disabled
      """,
    ])

  private let state: State
  private let policy: String?
  private let file: WholeFile

  init(_ arguments: Arguments) throws(Diagnostic) {
    state = try arguments[Self.state]
    policy = try arguments[Self.policy]
    file = WholeFile(path: try arguments[Self.file])
    if try arguments[Self.updatesKernel] {
      throw Diagnostic(
        .error, "unsupported-value", "`update_kernel_param: true` is not supported",
        at: arguments.span(of: Self.updatesKernel.manual),
        help: "set `selinux=` on the kernel's command line with `command: grubby ...`")
    }
    if policy == nil, state != .disabled {
      throw Diagnostic(
        .error, "missing-parameter", "`state: \(state.rawValue)` needs `policy`",
        at: arguments.span, help: "mostly `policy: targeted`")
    }
    if let policy, policy.isEmpty || policy.contains(where: { $0.isWhitespace || $0 == "/" }) {
      throw Diagnostic(
        .error, "selinux-policy", "`\(policy)` is no name of a policy",
        at: arguments.span(of: Self.policy.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(SelinuxFact.self)] + file.reads(given: facts)
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(SelinuxFact.self) else {
      throw .unreadable(FactKey(SelinuxFact.self), "no answer")
    }
    guard let text = try file.text(from: facts) else {
      if state == .disabled, fact.mode == .disabled { return [] }
      throw .refusing(
        "selinux-missing", "the host has no `\(file.path)`",
        help: "install the host's policy first: `selinux-policy-targeted`, `selinux-basics`")
    }
    return now(fact) + (try file.changes(to: configured(text), from: facts))
  }

  /// What the running kernel can be told.
  private func now(_ fact: SelinuxFact) -> [Change] {
    let wished: SelinuxFact.Mode = state == .enforcing ? .enforcing : .permissive
    guard fact.mode != .disabled, fact.mode != wished else { return [] }
    return [
      Change(
        "SELinux", "active", from: .text(fact.mode.rawValue), to: .text(wished.rawValue),
        steps: [
          Step(
            "setenforce", "setenforce \(wished == .enforcing ? 1 : 0)",
            footprint: .keys(FactKey(SelinuxFact.self)))
        ],
        predicts: [Prediction(SelinuxFact.self, "", .present(SelinuxFact(mode: wished)))])
    ]
  }

  /// selinux_config(5) with `SELINUX=` and `SELINUXTYPE=` as wished.
  private func configured(_ text: String) -> String {
    var wishes = [("SELINUX", state.rawValue)]
    if let policy { wishes.append(("SELINUXTYPE", policy)) }
    var lines = text.fileLines
    for (name, value) in wishes {
      let places = lines.indices.filter { lines[$0].trimmed.hasPrefix(name + "=") }
      if let place = places.last {
        if lines[place].trimmed != "\(name)=\(value)" { lines[place] = "\(name)=\(value)" }
      } else {
        lines.append("\(name)=\(value)")
      }
    }
    return lines.fileContent
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    let mode = facts.known(SelinuxFact.self)?.mode
    return [
      "state": .string(state.rawValue), "policy": policy.map(Value.string) ?? .null,
      "configfile": .string(file.path.string),
      "reboot_required": .bool((mode == .disabled) != (state == .disabled)),
    ]
  }
}
