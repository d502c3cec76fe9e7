import Diagnostics
import Model
import Report
import Schema
import Template

/// Everything that sets a variable for a host, by places of a playbook where they differ.
struct VariableExplanation {
  let name: String
  let host: Host
  let context: HostContext
  var playbook: Playbook?
  var extra: [String: Model.Variable] = [:]

  /// Where the variable is looked at, and what sets it there, the winner first.
  private struct View {
    /// nil outside of plays.
    var play: Play?
    /// The tasks that see it so; empty for a play as a whole.
    var tasks: [Task] = []
    let settings: [Model.Variable]
  }

  /// A task that sets it when it runs.
  private struct Runner {
    let task: Task
    let how: String
    let span: Span?
  }

  /// Whether anything sets it anywhere.
  var isKnown: Bool { !runners.isEmpty || views.contains { !$0.settings.isEmpty } }

  /// What to say where nothing does.
  var unknown: Diagnostic {
    let names = context.store.variables(for: host).names
    return Diagnostic(
      .error, "unknown-variable", "nothing sets `\(name)` for `\(host.name)`",
      help: suggestion(for: name, among: names).map { "did you mean `\($0)`?" }
        ?? (playbook == nil ? "name a playbook to look at its plays and roles too" : nil))
  }

  // MARK: Finding

  private var views: [View] {
    var views = [View(settings: settings(nil, nil))]
    for play in playbook?.plays ?? [] where takesPart(in: play) {
      var known: [View] = []
      for task in play.allTasks {
        let settings = settings(play, task.keywords.scope)
        if let place = known.firstIndex(where: { isSame($0.settings, settings) }) {
          known[place].tasks.append(task)
        } else {
          known.append(View(play: play, tasks: [task], settings: settings))
        }
      }
      if known.isEmpty { known = [View(play: play, settings: settings(play, nil))] }
      views += known
    }
    return views
  }

  private func takesPart(in play: Play) -> Bool {
    guard let pattern = try? play.hosts.pattern(extraVariables: extra).known else { return false }
    return pattern.hosts(in: context.inventory).contains(host)
  }

  private func settings(_ play: Play?, _ scope: VariableScope?) -> [Model.Variable] {
    context.store.variables(for: host, play: play, scope: scope).explain(name)
  }

  private func isSame(_ left: [Model.Variable], _ right: [Model.Variable]) -> Bool {
    left.map(\.origin) == right.map(\.origin)
  }

  private var runners: [Runner] {
    (playbook?.plays ?? []).filter(takesPart).flatMap(\.allTasks).compactMap { task in
      if task.register?.text == name {
        return Runner(task: task, how: "register", span: task.register?.span)
      }
      let module = task.module.split(separator: ".").last ?? ""
      if module == "set_fact", let argument = task.arguments[name] {
        return Runner(task: task, how: "set_fact", span: argument.span)
      }
      return module == "include_vars"
        ? Runner(task: task, how: "include_vars, whose files are not looked into", span: task.span)
        : nil
    }
  }

  // MARK: Text

  var lines: [String] {
    var lines: [String] = []
    for view in views where view.play != nil || !view.settings.isEmpty || playbook == nil {
      lines.append(title(of: view))
      if view.settings.isEmpty { lines.append("    nothing sets it here") }
      for (index, variable) in view.settings.enumerated() {
        let mark = index == 0 ? ">" : " "
        let place = variable.origin.span.map { "  \($0.line)" } ?? ""
        lines.append("  \(mark) \(variable.origin.described): \(shown(variable.value))\(place)")
      }
    }
    for runner in runners {
      let place = runner.span.map { "  \($0.line)" } ?? ""
      lines.append("when it runs, \"\(runner.task.title)\" may set it: \(runner.how)\(place)")
    }
    return lines
  }

  private func title(of view: View) -> String {
    guard let play = view.play else {
      let value = view.settings.first.map { " = \(shown(rendered($0.value)))" } ?? ""
      return "\(name) on \(host.name)\(value)"
    }
    var text = "in the play \"\(play.name.text)\"\(play.span.map { " (\($0.line))" } ?? "")"
    if let task = view.tasks.first, view.tasks.count < play.allTasks.count {
      text += ", task \"\(task.title)\"\(task.span.map { " (\($0.line))" } ?? "")"
      if view.tasks.count > 1 { text += " and \(view.tasks.count - 1) more" }
    }
    return text
  }

  private func shown(_ value: Value) -> String {
    let lines = ValueText.lines(value)
    return lines.count == 1 && value.list == nil && value.dict == nil
      ? lines[0] : JSON.text(JSONReport.masked(value))
  }

  private func rendered(_ value: Value) -> Value {
    (try? context.renderer(for: host, folders: context.inventory.folders).render(value)) ?? value
  }

  // MARK: JSON

  var json: Value {
    let runs = runners.map { runner -> Value in
      [
        "task": .string(runner.task.title), "how": .string(runner.how),
        "place": JSONPlace.value(runner.span),
      ]
    }
    return [
      "host": .string(host.name), "name": .string(name), "views": .list(views.map(json)),
      "while_running": .list(runs),
    ]
  }

  private func json(_ view: View) -> Value {
    let settings = view.settings.enumerated().map { index, variable -> Value in
      [
        "level": .int(variable.origin.level.rawValue),
        "title": .string(variable.origin.level.title),
        "owner": variable.origin.owner.map(Value.string) ?? .null,
        "value": JSONReport.masked(variable.value),
        "place": JSONPlace.value(variable.origin.span), "wins": .bool(index == 0),
      ]
    }
    return [
      "play": view.play.map { .string($0.name.text) } ?? .null,
      "tasks": .list(view.tasks.map { .string($0.title) }), "settings": .list(settings),
    ]
  }
}

extension Origin {
  /// The level with its owner, as listings name it.
  var described: String {
    guard let owner, owner != "-e" else { return level.title }
    return "\(level.title) `\(owner)`"
  }
}
