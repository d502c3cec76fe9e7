import ModuleKit
import Schema

extension ServiceModule {
  /// Has systemd read the unit's files again where they changed; before whatever uses them.
  private static func refresh(_ unit: String) -> Script {
    """
    if [ "$(systemctl show --property=NeedDaemonReload --value -- \(unit))" = yes ] ||
      [ "$(systemctl show --property=LoadState --value -- \(unit))" = not-found ]; then
      systemctl daemon-reload || exit
    fi
    """
  }

  func reload(_ unit: String, _ state: inout UnitFact) -> Change {
    state.needsReload = false
    return change(
      unit, "unit files", from: "changed since they were read", to: "read again",
      "systemctl daemon-reload", "systemctl daemon-reload", state, blast: .reload)
  }

  func mask(_ unit: String, _ isMasked: Bool, _ state: inout UnitFact) -> Change {
    let word = isMasked ? "mask" : "unmask"
    let before = state.isMasked ? "masked" : state.fileState
    state.loadState = isMasked ? "masked" : "loaded"
    switch isEnabled {
    case _ where isMasked: state.fileState = "masked"
    case true?: state.fileState = "disabled"
    case false?: state.fileState = "enabled"
    case nil: state.fileState = ""
    }
    var change = change(
      unit, "masked", from: before.isEmpty ? "not masked" : before,
      to: isMasked ? "masked" : "not masked", "systemctl \(word) \(unit)",
      "systemctl \(word) \(words: flags) -- \(unit)", state)
    let link = FileFact(
      .link, mode: FileMode(bits: 0o777), owner: .root, group: .root, target: "/dev/null")
    change.predicts.append(
      Prediction(FileFact.self, ownFile(unit), isMasked ? .present(link) : .absent))
    change.steps[0].footprint.parts.insert(.path(ownFile(unit)))
    change.doubts = change.steps[0].footprint
    return change
  }

  private var flags: [String] { isForced ? ["--quiet", "--force"] : ["--quiet"] }

  func enablement(_ unit: String, _ state: inout UnitFact) throws(Obstacle) -> Change? {
    guard let isEnabled else { return nil }
    let before = state.fileState.isEmpty ? "disabled" : state.fileState
    if isEnabled {
      guard !state.isEnabled else { return nil }
      guard !state.isMasked else {
        throw .refusing(
          "unit-masked", "\(unit) is masked and cannot be enabled",
          help: "add `masked: false` to the task")
      }
      state.fileState = "enabled"
    } else {
      guard state.canBeDisabled else { return nil }
      state.fileState = "disabled"
    }
    let word = isEnabled ? "enable" : "disable"
    let refresh: Script = isEnabled ? ServiceModule.refresh(unit) : ""
    return change(
      unit, "enabled", from: before, to: isEnabled ? "enabled" : "disabled",
      "systemctl \(word) \(unit)",
      """
      \(refresh)
      systemctl \(word) \(words: flags) -- \(unit)
      """, state)
  }

  func activation(_ unit: String, _ state: inout UnitFact) throws(Obstacle) -> Change? {
    guard let wish else { return nil }
    let before = state.activeState
    if wish == .stopped {
      guard !["inactive", "failed"].contains(state.activeState) else { return nil }
      state.activeState = "inactive"
      return change(
        unit, "active", from: before, to: "inactive", "systemctl stop \(unit)",
        "systemctl stop \(words: blocking) -- \(unit)", state, blast: .restart)
    }
    let isRunning = state.isActive || state.hasSucceeded
    if wish == .started, isRunning { return nil }
    guard !state.isMasked else {
      throw .refusing(
        "unit-masked", "\(unit) is masked and cannot be started",
        help: "add `masked: false` to the task")
    }
    let word =
      switch wish {
      case .restarted: "restart"
      case .reloaded where isRunning: "reload"
      default: "start"
      }
    state.activeState = "active"
    state.needsReload = false
    return change(
      unit, wish == .started ? "active" : wish.rawValue, from: before,
      to: wish == .started ? "active" : wish.rawValue, "systemctl \(word) \(unit)",
      """
      \(ServiceModule.refresh(unit))
      systemctl \(word) \(words: blocking) -- \(unit) || \(complaint(unit))
      \(stays(unit))
      """, state, blast: word == "reload" ? .reload : .restart, isAny: true)
  }

  private var blocking: [String] { waits ? [] : ["--no-block"] }

  /// Shows why, and fails.
  private func complaint(_ unit: String) -> Script {
    """
    { status=$?; systemctl --no-pager --full --lines=10 status -- \(unit) >&2; exit "$status"; }
    """
  }

  /// Fails unless the unit keeps its process and its number of restarts for the settle time.
  ///
  /// That it is just being reloaded says nothing: units of the type `notify` tell so themselves, some time after
  /// `systemctl reload`.
  private func stays(_ unit: String) -> Script {
    guard waits, settleTime > 0 else { return "" }
    return """
      look() { systemctl show --property=MainPID,NRestarts,ActiveState -- \(unit); }
      process() { printf '%s\\n' "$1" | grep -v '^ActiveState='; }
      before=$(look)
      case $before in *ActiveState=inactive*) exit 0 ;; esac
      sleep \(settleTime)
      after=$(look)
      case $after in
        *ActiveState=inactive*) exit 0 ;;
        *ActiveState=failed*|*ActiveState=activating*) false ;;
        *) [ "$(process "$before")" = "$(process "$after")" ] ;;
      esac || {
        echo \("\(unit) did not stay up for \(settleTime) s") >&2
        systemctl --no-pager --full --lines=10 status -- \(unit) >&2
        exit 1
      }
      """
  }

  private func change(
    _ unit: String, _ attribute: String, from before: String, to after: String, _ label: String,
    _ script: Script, _ state: UnitFact, blast: Blast = .none, isAny: Bool = false
  ) -> Change {
    let own = Footprint.keys(
      FactKey(UnitFact.self, unit), FactKey(SystemdFact.self), FactKey(ServicesFact.self))
    var change = Change(
      unit, attribute, from: .text(before), to: .text(after),
      steps: [Step(label, script, footprint: isAny ? .any : own)],
      predicts: [Prediction(UnitFact.self, unit, .present(state))], blast: blast,
      settle: waits ? .zero : .seconds(30))
    change.doubts = isAny ? own.union(.tree("/run")) : own
    return change
  }
}
