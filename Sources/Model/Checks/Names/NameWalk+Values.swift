import Diagnostics
import Schema
import Template

/// What conditions, loops and arguments turn out to be, where that is known before the run.
extension NameWalk {
  /// Adds a finding once.
  func add(_ diagnostic: Diagnostic) {
    let key = Finding(kind: .cycle, name: diagnostic.id, span: diagnostic.span)
    guard reported[key] == nil else { return }
    reported[key] = found.count
    found.append(diagnostic)
  }

  // MARK: Conditions

  func checkConditions(_ place: Place) {
    guard place.conditions.count > place.inheritedConditions else { return }
    let own = place.conditions[place.inheritedConditions...]
    for condition in own { checkComparisons(condition, place) }
    let inherited = Array(place.conditions[..<place.inheritedConditions])
    for host in samples {
      guard let passes = passes(of: place, on: host) else { continue }
      for locals in passes.prefix(50) {
        let renderer = renderer(for: host, place, locals: locals)
        guard inherited.isEmpty || (try? inherited.all(renderer)) == .yes else { continue }
        check(own, renderer, place)
      }
    }
  }

  /// Decides conditions one after the other, up to the first that does not certainly hold.
  private func check(
    _ conditions: ArraySlice<CompiledCondition>, _ renderer: Renderer, _ place: Place
  ) {
    for condition in conditions {
      do throws(Diagnostic) {
        guard try condition.decide(renderer) == .yes else { return }
      } catch {
        guard error.id == "condition-not-boolean" else { return }
        var error = error
        error.path = place.path
        error.help = error.help ?? "compare it, or write `| bool`"
        add(error)
        return
      }
    }
  }

  /// `when: x == 'yes'` where `x` is a boolean is never true.
  private func checkComparisons(_ condition: CompiledCondition, _ place: Place) {
    for comparison in condition.template.compiled.textComparisons
    where Self.booleans.contains(comparison.text.lowercased()) {
      let name = comparison.name
      guard !place.locals.contains(name) else { continue }
      for host in samples where !flow.mayHave(name, on: number(of: host)) {
        let variable = store.variables(for: host, play: play, scope: place.keywords.scope)
          .variable(named: name)
        guard let variable, case .bool(let flag) = variable.value else { continue }
        let span = condition.template.place.span(of: comparison.range)
        add(
          Diagnostic(
            .warning, "boolean-compared-with-text",
            "`\(name)` is the boolean \(flag), which never equals the text '\(comparison.text)'",
            at: span,
            labels: variable.origin.span.map { [.init($0, "its value")] } ?? [],
            help: "write `\(name)` or `not \(name)`", path: place.path))
        break
      }
    }
  }

  private static let booleans: Set<String> = ["yes", "no", "true", "false", "on", "off"]

  // MARK: Loops

  func checkLoop(_ place: Place) {
    guard let loop = place.loop, loop.form != .firstFound, !Self.running.contains(loop.form),
      loop.source.source.isComputed
    else { return }
    let own = [loop.control.variable, loop.control.indexVariable, "ansible_loop"]
    // What asks about an item is decided item by item, later.
    let conditions = place.conditions.filter { condition in
      !condition.template.compiled.references.contains { own.contains($0.name) }
    }
    for host in samples {
      let renderer = renderer(for: host, place, locals: [:])
      do throws(Diagnostic) {
        guard case .yes = try conditions.all(renderer) else { continue }
        _ = try loop.items(renderer)
      } catch {
        guard error.id == "loop-items" else { continue }
        var error = error
        error.path = place.path
        add(error)
      }
    }
  }

  // MARK: Arguments

  /// Computed arguments whose value is known are checked like written ones.
  func checkValues(of task: Task, _ place: Place) {
    guard let manual = modules.manual(task.module), !samples.isEmpty else { return }
    for (name, source) in task.arguments.sorted(by: { $0.key < $1.key }) {
      guard case .template(let template) = source.source,
        let parameter = manual.parameter(named: name), parameter.treatment == .plain
      else { continue }
      for host in samples {
        guard let passes = passes(of: place, on: host) else { continue }
        for locals in passes.prefix(50) {
          let renderer = renderer(for: host, place, locals: locals)
          guard (try? place.conditions.all(renderer)) == .yes,
            let value = try? renderer.render(template.compiled), value.deepUnknown == nil,
            value != .null
          else { continue }
          let argument = Argument(value, span: source.span, path: name)
          guard var problem = parameter.check(argument) else { continue }
          problem.path = "\(task.path).\(task.module)"
          problem.notes.append("the value for \(host.name) is \(argument.shown)")
          add(problem)
        }
      }
    }
  }

  // MARK: Hosts that differ

  /// `run_once` decides on the first host alone: where its condition fails there and holds elsewhere, nothing runs.
  func checkRunOnce(_ task: Task, _ place: Place) {
    guard task.keywords.runOnce?.literal == true, hosts.count > 1, let first = hosts.first,
      let condition = task.keywords.when.last, task.keywords.delegateTo == nil
    else { return }
    func truth(_ host: Host) -> Truth? {
      try? place.conditions.all(renderer(for: host, place, locals: [:]))
    }
    guard truth(first) == .no,
      let other = hosts.dropFirst().first(where: { truth($0) == .yes })
    else { return }
    add(
      Diagnostic(
        .warning, "run-once-condition",
        "`run_once` asks only \(first.name), where this does not hold: it holds on \(other.name)",
        at: condition.template.span,
        help: "remove `run_once`, or make the condition the same on all hosts", path: task.path))
  }

  private static let quorumGroups = ["etcd", "kube_control_plane", "kube_master"]

  /// Members of an etcd cluster that would be restarted at once, more than it can spare.
  func checkQuorum(_ task: Task, _ place: Place) {
    if let unit = task.stoppedUnit { stoppedUnits.insert(unit) }
    guard let what = task.restartedMember, !stoppedUnits.contains("etcd"),
      task.keywords.runOnce?.literal != true,
      let group = Self.quorumGroups.lazy.compactMap({ self.inventory.group(named: $0) })
        .first(where: { $0.hosts.count > 1 })
    else { return }
    let members = hosts.filter { group.hosts.contains($0.name) }
    var atOnce = members.count
    if !play.serial.isEmpty {
      let sizes = play.serial.compactMap {
        try? $0.count(of: hosts.count, extraVariables: extra)
      }
      atOnce = min(atOnce, sizes.max() ?? atOnce)
    }
    if let throttle = task.keywords.throttle, let host = members.first {
      let renderer = renderer(for: host, place, locals: [:])
      guard let limit = (try? throttle.value(renderer))?.known else { return }
      if limit > 0 { atOnce = min(atOnce, limit) }
    }
    let spare = (group.hosts.count - 1) / 2
    guard atOnce > max(1, spare) else { return }
    let holds = members.allSatisfy {
      (try? place.conditions.all(renderer(for: $0, place, locals: [:]))) == .yes
    }
    guard holds else { return }
    add(
      Diagnostic(
        .warning, "quorum-at-risk",
        "\(what) on \(atOnce) of the \(group.hosts.count) members of `\(group.name)` at once",
        at: task.moduleSpan,
        notes: ["\(group.hosts.count) members can spare \(spare)"],
        help: "write `throttle: 1` on the task, or `serial: 1` on the play", path: task.path))
  }
}

extension Task {
  /// The unit that it stops, without `.service`; nil where it stops none.
  fileprivate var stoppedUnit: String? {
    let name = module.split(separator: ".").last.map(String.init) ?? module
    guard ["service", "systemd", "systemd_service"].contains(name),
      arguments["state"]?.source.literalValue?.string == "stopped",
      let unit = arguments["name"]?.source.literalValue?.string
    else { return nil }
    return unit.hasSuffix(".service") ? String(unit.dropLast(8)) : unit
  }

  /// What it does to a member of an etcd cluster, in words; nil where it leaves it running.
  fileprivate var restartedMember: String? {
    let name = module.split(separator: ".").last.map(String.init) ?? module
    switch name {
    case "reboot": return "`reboot`"
    case "service", "systemd", "systemd_service":
      guard let unit = arguments["name"]?.source.literalValue?.string,
        let state = arguments["state"]?.source.literalValue?.string,
        state == "restarted", unit == "etcd" || unit == "etcd.service"
      else { return nil }
      return "`\(unit)` is restarted"
    case "command", "shell":
      guard
        let text = (arguments["cmd"] ?? arguments["free_form"] ?? arguments["_raw_params"])?
          .literalText, text.contains("systemctl restart etcd") || text == "reboot"
      else { return nil }
      return "`\(text)` runs"
    default: return nil
    }
  }
}
