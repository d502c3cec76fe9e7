import Diagnostics
import Schema
import Template

/// Whether hosts come to tasks whose module does not exist.
extension NameWalk {
  func noteReach(of task: Task, _ place: Place, _ around: Surroundings) {
    guard modules.manual(task.module) == nil, reach[task.module] != .error else { return }
    var sure = inventory.hosts.isEmpty ? Diagnostic.Severity.error : .note
    for host in hosts where sure != .error { sure = max(sure, reach(of: host, place)) }
    if around.isDoubtful { sure = min(sure, .warning) }
    reach[task.module] = max(reach[task.module] ?? .note, sure)
  }

  /// Values that only other tools carry out, where a host comes to them.
  func checkSupport(of task: Task, _ place: Place, _ around: Surroundings) {
    guard let manual = modules.manual(task.module), !manual.unsupported.isEmpty else { return }
    for (name, argument) in task.arguments.sorted(by: { $0.key < $1.key }) {
      guard let parameter = manual.parameter(named: name),
        let values = manual.unsupported[parameter.name],
        let text = argument.source.literalValue?.string, values.contains(text)
      else { continue }
      var sure = inventory.hosts.isEmpty ? Diagnostic.Severity.error : .note
      for host in hosts where sure != .error { sure = max(sure, reach(of: host, place)) }
      if around.isDoubtful { sure = min(sure, .warning) }
      guard sure > .note else { continue }
      add(
        Diagnostic(
          sure, "unsupported-value", "`\(name): \(text)` is not supported", at: argument.span,
          help: parameter.summary, path: place.path))
    }
  }

  /// `error`: it comes here; `warning`: nobody knows yet; `note`: it does not.
  private func reach(of host: Host, _ place: Place) -> Diagnostic.Severity {
    var sure = Diagnostic.Severity.note
    for locals in passes(of: place, on: host)?.prefix(50) ?? [[:]] {
      switch try? place.conditions.all(renderer(for: host, place, locals: locals)) {
      case .yes: return .error
      case .no: continue
      case .unknown, nil: sure = .warning
      }
    }
    return sure
  }

  /// The modules of others that tasks use: an error where a host comes to one.
  func foreignModules() -> [Diagnostic] {
    let all = playbook.foreignModules.merging(candidates.foreignModules) { own, _ in own }
    return all.sorted { $0.key < $1.key }.map { name, diagnostic in
      var diagnostic = diagnostic
      diagnostic.severity = reach[name] ?? .note
      switch diagnostic.severity {
      case .note: diagnostic.notes.append("no host of this inventory comes to it")
      case .warning: diagnostic.notes.append("whether a host comes to it is only known in the run")
      case .error: break
      }
      return diagnostic
    }
  }
}
