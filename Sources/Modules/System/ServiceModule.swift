import Diagnostics
import ModuleKit
import Schema

/// A systemd unit: active, enabled, masked, restarted.
package struct ServiceModule: StateModule {
  enum Wish: String, ParameterChoice { case started, stopped, restarted, reloaded }
  enum Missing: String, ParameterChoice { case fail, skip }
  enum Scope: String, ParameterChoice { case system, user, global }

  let unit: String?
  let wish: Wish?
  let isEnabled: Bool?
  let isMasked: Bool?
  let reloadsManager: Bool
  let executesManager: Bool
  let scope: Scope
  let whenMissing: Missing
  let waits: Bool
  /// In seconds.
  let settleTime: Int
  let isForced: Bool

  package init(_ arguments: Arguments) throws(Diagnostic) {
    unit = try arguments[ServiceModule.name]?.description
    wish = try arguments[ServiceModule.state]
    isEnabled = try arguments[ServiceModule.enabled]
    isMasked = try arguments[ServiceModule.masked]
    reloadsManager = try arguments[ServiceModule.daemonReload]
    executesManager = try arguments[ServiceModule.daemonReexec]
    scope = try arguments[ServiceModule.scope]
    whenMissing = try arguments[ServiceModule.missing]
    waits = try !arguments[ServiceModule.noBlock]
    settleTime = try arguments[ServiceModule.settle]
    isForced = try arguments[ServiceModule.force]
    if !(0...600).contains(settleTime) {
      throw Diagnostic(
        .error, "argument-range", "`settle` must be 0 to 600 seconds, not \(settleTime)",
        at: arguments.span(of: ServiceModule.settle.manual))
    }
    if unit == nil, wish != nil || isEnabled != nil || isMasked != nil {
      throw Diagnostic(
        .error, "missing-parameter", "module `\(arguments.module)` needs the parameter `name`",
        at: arguments.span, help: ServiceModule.name.manual.summary)
    }
    if isMasked == true, wish != nil && wish != .stopped || isEnabled == true {
      throw Diagnostic(
        .error, "exclusive-parameters", "a masked unit can be neither started nor enabled",
        at: arguments.span)
    }
  }

  /// Where a unit of the administrator's own lies; it may be there before systemd has read it.
  func ownFile(_ unit: String) -> String { "/etc/systemd/system/\(unit)" }

  package func reads(given facts: FactView) -> [FactRequest] {
    guard let unit else { return [FactRequest(SystemdFact.self, wants: ["reload"])] }
    return [
      FactRequest(UnitFact.self, unit), FactRequest(FileFact.self, ownFile(unit)),
    ]
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard scope == .system else {
      throw .refusing(
        "unsupported-value", "`scope: \(scope.rawValue)` is not supported",
        help: "use `command: systemctl --\(scope.rawValue) ...`")
    }
    let executed = executesManager ? [managerExecution] : []
    guard let unit else { return try executed.isEmpty ? managerChange(facts) : executed }
    guard let fact = try observed(unit, facts) else { return executed }
    var changes = executed
    var state = fact
    if executesManager { state.needsReload = false }
    if state.needsReload, reloadsManager { changes.append(reload(unit, &state)) }
    if isMasked == false, state.isMasked { changes.append(mask(unit, false, &state)) }
    if let change = try enablement(unit, &state) { changes.append(change) }
    if let change = try activation(unit, &state) { changes.append(change) }
    if isMasked == true, !state.isMasked { changes.append(mask(unit, true, &state)) }
    return changes
  }

  package func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    let remaining = try changes(from: after).filter { $0.attribute != Self.execution }
    guard let unit, wish == .restarted || wish == .reloaded else { return remaining }
    let now = try after.fact(UnitFact.self, unit)
    let then = before.known(UnitFact.self, unit)
    guard let now, now.isActive || now.hasSucceeded else { return remaining }
    let isDone =
      wish == .restarted
      ? (now.activeStart, now.mainStart) != (then?.activeStart ?? 0, then?.mainStart ?? 0)
      : now.stateChange != then?.stateChange ?? 0
    return isDone
      ? remaining.filter { $0.attribute != "restarted" && $0.attribute != "reloaded" } : remaining
  }

  /// The unit as systemd knows it, or will when it reads its new file; nil where the task is skipped.
  private func observed(
    _ unit: String, _ facts: FactView
  ) throws(Obstacle) -> UnitFact? {
    if let fact = try known(unit, facts) { return fact }
    if try facts.fact(FileFact.self, ownFile(unit)) != nil { return UnitFact(fresh: unit) }
    if whenMissing == .skip { return nil }
    throw .refusing(
      "unit-missing", "systemd has no unit \(unit)",
      help:
        "check the name, or install what brings it first; `missing: skip` passes over hosts without it"
    )
  }

  /// The unit; in a dry run as it was before its files were foreseen to change.
  private func known(_ unit: String, _ facts: FactView) throws(Obstacle) -> UnitFact? {
    switch facts.former(UnitFact.self, unit) {
    case .present(var fact):
      fact.needsReload = true
      return fact
    case .absent where facts.known(FileFact.self, ownFile(unit)) != nil: return nil
    default: return try facts.fact(UnitFact.self, unit)
    }
  }

  private static let execution = "manager"

  /// systemd(1) reads its units and its own settings again, and goes on with everything that runs.
  private var managerExecution: Change {
    Change(
      "systemd", Self.execution, from: .text("as it was started"), to: .text("executed again"),
      steps: [
        Step(
          "systemctl daemon-reexec", "systemctl daemon-reexec", footprint: ServiceModule.allUnits)
      ],
      blast: .reload)
  }

  private func managerChange(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard reloadsManager, let fact = try facts.fact(SystemdFact.self), fact.needsReload else {
      return []
    }
    return [
      Change(
        "systemd", "unit files", from: .text("changed since they were read"),
        to: .text("read again"),
        steps: [
          Step(
            "systemctl daemon-reload", "systemctl daemon-reload", footprint: ServiceModule.allUnits)
        ],
        predicts: [
          Prediction(
            SystemdFact.self, "", .present(.init(needsReload: false, properties: [:])),
            wants: ["reload"])
        ],
        blast: .reload)
    ]
  }

  static let allUnits = Footprint([.kind(UnitFact.kind), .kind(SystemdFact.kind)])

  package func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    guard let unit else { return [:] }
    var result: ValueMap = ["name": .string(unit)]
    if let wish { result["state"] = .string(wish == .stopped ? "stopped" : "started") }
    if let isEnabled { result["enabled"] = .bool(isEnabled) }
    guard let fact = facts.known(UnitFact.self, unit) else { return result }
    result["status"] = .dict([
      "Id": .string(unit), "LoadState": .string(fact.loadState),
      "ActiveState": .string(fact.activeState),
      "SubState": .string(fact.subState), "UnitFileState": .string(fact.fileState),
      "MainPID": .string(String(fact.mainPID)), "NRestarts": .string(String(fact.restarts)),
      "FragmentPath": .string(fact.fragment),
      "DropInPaths": .string(fact.dropIns.joined(separator: " ")),
      "Type": .string(fact.type), "Result": .string(fact.result),
      "ExecMainStartTimestampMonotonic": .string(String(fact.mainStart)),
      "NeedDaemonReload": .string(fact.needsReload ? "yes" : "no"),
    ])
    return result
  }
}
