import Diagnostics
import ModuleKit
import Schema

/// What the host calls itself, now and at the next boot.
package struct HostnameModule: StateModule {
  private enum Strategy: String, ParameterChoice {
    case automatic = "auto"
    case systemd, file
    // Names of Ansible that mean `file` here.
    case debian, redhat, generic
  }

  private static let name = Parameter<String>.required(
    "name", "The name: letters, digits, `-` and `.`, at most 64 characters.", isSubject: true)
  private static let use = Parameter<Strategy>.optional(
    "use",
    "`systemd` uses hostnamectl(1), `file` writes /etc/hostname and calls hostname(1); by itself the first where "
      + "systemd runs the host.", default: .automatic, shown: "auto")

  package static let manual = Manual(
    "hostname", .state, "Names the host, now and at every boot.",
    notes: [
      "The name is compared as the kernel has it and as /etc/hostname keeps it.",
      "/etc/hosts is not touched: give the name an address with `hosts` where nothing else does. A kubelet registers "
        + "under this name: do not change it on a node of a cluster.",
    ],
    parameters: [name.manual, use.manual],
    results: [.init("name", "the host's name")],
    examples: [
      """
      - name: the host is called as in the inventory
        hostname:
          name: "{{ inventory_hostname }}"
      """
    ])

  private let wanted: String
  private let strategy: Strategy

  package init(_ arguments: Arguments) throws(Diagnostic) {
    wanted = try arguments[HostnameModule.name]
    strategy = try arguments[HostnameModule.use]
    let labels = wanted.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }
    guard isName, wanted.utf8.count <= 64 else {
      throw Diagnostic(
        .error, "host-name", "`name` must be a host name, not `\(wanted)`",
        at: arguments.span(of: HostnameModule.name.manual),
        help: "letters, digits, `-` and `.`, at most 64 characters (hostname(7))")
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(HostnameFact.self)]
    if let fact = facts.known(HostnameFact.self), fact.configured != wanted, !usesSystemd(fact) {
      reads += TextFile.reads(.root.appending("etc/hostname"))
    }
    return reads
  }

  private func usesSystemd(_ fact: HostnameFact) -> Bool {
    strategy == .systemd || strategy == .automatic && fact.hasSystemd
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(HostnameFact.self) else { return [] }
    var changes: [Change] = []
    var after = fact
    if fact.configured != wanted {
      after.configured = wanted
      changes.append(try configuredChange(fact, after, facts))
    }
    if fact.running != wanted {
      after.running = wanted
      let script: Script =
        usesSystemd(fact)
        ? "hostnamectl --no-ask-password --transient set-hostname -- \(wanted)"
        : "hostname -- \(wanted) 2>/dev/null || hostname \(wanted)"
      changes.append(
        Change(
          "hostname", "running", from: .text(fact.running), to: .text(wanted),
          steps: [Step("name the host \(wanted)", script, footprint: footprint)],
          predicts: [Prediction(HostnameFact.self, "", .present(after))]))
    }
    return changes
  }

  private var footprint: Footprint {
    Footprint([
      .key(FactKey(HostnameFact.self)), .key(FactKey(SysctlFact.self, "kernel.hostname")),
      .path("/etc/hostname"), .kind("host_facts"),
    ])
  }

  private func configuredChange(
    _ fact: HostnameFact, _ after: HostnameFact, _ facts: FactView
  ) throws(Obstacle) -> Change {
    let before: Shown = fact.configured.map { .text($0) } ?? .absent
    var step = Step(
      "keep the name \(wanted)", "hostnamectl --no-ask-password --static set-hostname -- \(wanted)",
      footprint: footprint)
    var predicts = [Prediction(HostnameFact.self, "", .present(after))]
    if !usesSystemd(fact) {
      let file = try TextFile(.root.appending("etc/hostname"), from: facts)
      let write = file.writing(wanted + "\n", label: "write /etc/hostname")
      step = write.step
      step.footprint = step.footprint.union(footprint)
      predicts += write.predicts
    }
    return Change(
      "hostname", "configured", fact.configured == nil ? .create : .update, from: before,
      to: .text(wanted), steps: [step], predicts: predicts)
  }

  package func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["name": .string(wanted)]
  }
}
