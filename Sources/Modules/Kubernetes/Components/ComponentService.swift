import Diagnostics
import ModuleKit
import Schema

/// A component of Kubernetes as a service: its program, its configuration, its unit, and that it runs with them.
///
/// It is restarted when it runs with other flags than those that are written, with an older program, or since before a
/// file was written that it reads only once; whoever wrote it, and whenever.
struct ComponentService: Sendable {
  let component: KubernetesComponent
  let version: KubernetesVersion
  let program: HostPath
  let unit: ComponentUnit
  /// Its configuration and what else it is given as a file, in the order they are written.
  var files: [(file: WholeFile, text: String)] = []
  /// Files of others that it reads once, when it starts.
  var inputs: [HostPath] = []
  /// Seconds that it may take until it is up.
  let timeout: Int

  var unitName: String { component.rawValue + ".service" }
  /// The name of the fact about its process.
  var processName: String {
    ServiceProcessFact.key(unit: unitName, program: program.string)
  }
  private var unitFile: WholeFile {
    WholeFile(path: HostPath.root.appending("etc/systemd/system/\(unitName)"))
  }

  func reads(given facts: FactView) -> [FactRequest] {
    unitFile.reads(given: facts) + files.flatMap { $0.file.reads(given: facts) }
      + inputs.map { FactRequest(FileFact.self, $0.string) } + [
        FactRequest(UnitFact.self, unitName), FactRequest(ServiceProcessFact.self, processName),
        FactRequest(FileFact.self, program.string),
        FactRequest(ProgramVersionFact.self, program.string),
      ]
  }

  /// `restartBlast`: what a restart costs; `before` are steps that go before it.
  func changes(
    from facts: FactView, restartBlast: Blast = .restart, before steps: [Step] = []
  ) throws(Obstacle) -> [Change] {
    try checkProgram(facts)
    var changes: [Change] = []
    for (file, text) in files { changes += try file.changes(to: text, from: facts) }
    changes += try unitFile.changes(to: unit.text, from: facts)
    let written = changes.filter { $0.attribute == "content" }.map(\.subject)
    let state = try facts.fact(UnitFact.self, unitName)
    if state?.isEnabled != true || state?.fragment != unitFile.path.string {
      changes.append(enablement(state))
    }
    guard let state, state.isActive else {
      changes.append(start("active", from: state?.activeState ?? "inactive", to: "active", "start"))
      return changes
    }
    let reasons = try reasons(facts, written)
    if !reasons.isEmpty {
      var change = start(
        "running", from: reasons.joined(separator: "\n"), to: "as it is written", "restart")
      change.steps = steps + change.steps
      change.blast = restartBlast
      changes.append(change)
    }
    return changes
  }

  private func checkProgram(_ facts: FactView) throws(Obstacle) {
    guard try facts.fact(FileFact.self, program.string) != nil else {
      throw .refusing(
        "kubernetes-program", "there is no \(program)",
        help: "put it there before, or name it with `program`")
    }
    // Not known while a dry run only foresees the program.
    guard let found = facts.known(ProgramVersionFact.self, program.string) else { return }
    guard let minor = KubernetesVersion.minor(of: found.text) else {
      throw .refusing(
        "kubernetes-program",
        "\(program) says `\(found.text)` and no version of Kubernetes",
        help: "is it the right file?")
    }
    guard minor != version.minor else { return }
    throw .refusing(
      "kubernetes-program", "\(program) is of 1.\(minor), and `version` is \(version)",
      help: "give the version that is installed, or install the other program first")
  }

  /// Why it has to be restarted.
  private func reasons(_ facts: FactView, _ written: [String]) throws(Obstacle) -> [String] {
    var reasons = written.map { "before \($0) was written" }
    guard let process = try process(facts) else { return reasons }
    if !written.contains(unitFile.path.string) {
      reasons += differences(Array(unit.words.dropFirst()), process.arguments)
    }
    if process.isOutdated || isForeseen(program, facts) {
      reasons.append("an older \(program)")
    }
    for input in files.map(\.file.path) + inputs where !written.contains(input.string) {
      guard let file = facts.known(FileFact.self, input.string) else { continue }
      let isNewer =
        file.trace.map { trace in process.start.map { trace.changed.seconds > $0 + 1 } ?? false }
        ?? true
      if isNewer { reasons.append("before \(input) was written") }
    }
    return reasons
  }

  /// Its process; where a dry run has the program replaced, as it is now.
  private func process(_ facts: FactView) throws(Obstacle) -> ServiceProcessFact? {
    if isForeseen(program, facts),
      case .present(let former)? = facts.former(ServiceProcessFact.self, processName)
    {
      return former
    }
    return try facts.fact(ServiceProcessFact.self, processName)
  }

  /// Whether a dry run has it written by an earlier task.
  private func isForeseen(_ path: HostPath, _ facts: FactView) -> Bool {
    facts.known(FileFact.self, path.string).map { $0.trace == nil } ?? false
  }

  /// Flags that the process has otherwise: `--event-ttl=1h0m0s, wished --event-ttl=30m`.
  private func differences(_ wished: [String], _ found: [String]) -> [String] {
    guard wished != found else { return [] }
    let added = wished.filter { !found.contains($0) }
    let gone = found.filter { !wished.contains($0) }
    let lines = gone.map { "with \($0)" } + added.map { "without \($0)" }
    return lines.isEmpty ? ["with its flags in another order"] : lines
  }

  private func enablement(_ state: UnitFact?) -> Change {
    var unit = state ?? UnitFact(fresh: unitName)
    unit.fileState = "enabled"
    unit.fragment = unitFile.path.string
    unit.needsReload = false
    return Change(
      unitName, "enabled", from: .text(state?.fileState ?? "no such unit"), to: .text("enabled"),
      steps: [
        Step(
          "systemctl enable \(unitName)",
          "systemctl daemon-reload && systemctl --quiet enable -- \(unitName)",
          footprint: Footprint([.kind(UnitFact.kind)]))
      ], predicts: [Prediction(UnitFact.self, unitName, .present(unit))])
  }

  private func start(
    _ attribute: String, from before: String, to after: String, _ verb: String
  ) -> Change {
    var state = UnitFact(fresh: unitName)
    state.activeState = "active"
    state.fileState = "enabled"
    state.fragment = unitFile.path.string
    var change = Change(
      unitName, attribute, from: .text(before), to: .text(after),
      steps: [
        Step(
          "systemctl \(verb) \(unitName)",
          """
          systemctl daemon-reload
          systemctl \(verb) -- \(unitName) || {
            status=$?
            systemctl --no-pager --full --lines=20 status -- \(unitName) >&2
            exit "$status"
          }
          """, footprint: .any, deadline: .seconds(timeout + 60))
      ],
      predicts: [
        Prediction(UnitFact.self, unitName, .present(state)),
        Prediction(
          ServiceProcessFact.self, processName,
          .present(ServiceProcessFact(arguments: Array(unit.words.dropFirst())))),
      ], settle: .seconds(timeout))
    change.doubts = Footprint([.kind(UnitFact.kind), .kind(ServiceProcessFact.kind)])
    return change
  }

  /// What the registered result of each component has.
  func result(_ after: FactView) -> ValueMap {
    ["version": .string(after.known(ProgramVersionFact.self, program.string)?.text ?? "")]
  }
}
