import Diagnostics

/// What the tasks of a playbook say, those of candidates included: handlers notified, tags, commands without a guard.
struct CollectedTasks {
  private var notifies: [TextSource] = []
  private var roles: Set<String> = []
  private var notifiedAnywhere: Set<String> = []
  private var hasComputedNotify = false
  private var handlers: [Span: Task] = [:]
  private(set) var tags: Set<String> = []
  private var opaque: Set<Span> = []
  private var never: [Span: Diagnostic] = [:]
  /// Whether tasks of the play are only known later.
  var isOpen = false

  mutating func begin(_ play: Play) {
    notifies = []
    isOpen = false
    tags.formUnion(play.keywords.tags)
    for task in play.handlers.flatMap(\.allTasks) {
      if let span = task.span { handlers[span] = task }
    }
  }

  mutating func add(_ include: IncludeTasks) {
    tags.formUnion(include.keywords.tags)
    tags.formUnion(include.inherited.tags)
  }

  mutating func add(_ task: Task) {
    notifies += task.notify
    for notify in task.notify {
      hasComputedNotify = hasComputedNotify || notify.template != nil
      notifiedAnywhere.insert(notify.text)
    }
    tags.formUnion(task.keywords.tags)
    if let role = task.role { roles.insert(role) }
    if task.isOpaque, let span = task.span { opaque.insert(span) }
    noteNever(task)
  }

  // MARK: Handlers

  /// What is wrong with a play's handlers; `late` are those of roles that inclusions bring.
  func handlerFindings(of play: Play, late: [TaskEntry]) -> [Diagnostic] {
    HandlerCheck(handlers: play.handlers + late, notifies: notifies, isOpen: isOpen).run()
  }

  /// Handlers that no task of the whole playbook notifies.
  func unusedHandlers(disk: ControllerDisk) -> [Diagnostic] {
    guard !hasComputedNotify else { return [] }
    return handlers.values.compactMap { handler in
      guard let name = handler.name, name.template == nil, !isNotified(handler, name.text) else {
        return nil
      }
      if let role = handler.role {
        let names = [name.text] + handler.listen
        if !roles.contains(role) || names.contains(where: { isMentioned($0, handler, disk) }) {
          return nil
        }
      }
      return Diagnostic(
        .note, "unused-handler", "no task notifies the handler `\(name.text)`", at: name.span,
        help: "remove it, or write `notify: \(name.text)` on the tasks that need it")
    }.byPlace()
  }

  private func isNotified(_ handler: Task, _ name: String) -> Bool {
    var names = handler.listen + [name]
    if let role = handler.role { names.append("\(role) : \(name)") }
    return names.contains(where: notifiedAnywhere.contains)
  }

  /// Whether some file of tasks of its role, which this playbook may not take in, mentions it.
  private func isMentioned(_ name: String, _ handler: Task, _ disk: ControllerDisk) -> Bool {
    guard let folder = handler.folders.first else { return false }
    let files = VariableFiles(disk: disk).files(below: ControllerPath.join(folder, "tasks"))
    return files.contains { file in
      (try? disk.read(file)).map { String(decoding: $0, as: UTF8.self).contains(name) } ?? false
    }
  }

  // MARK: Tasks that do not run, or that nobody can foresee

  private mutating func noteNever(_ task: Task) {
    guard let condition = task.keywords.when.first(where: { $0.isNever }),
      let span = condition.template.span, never[span] == nil
    else { return }
    never[span] = Diagnostic(
      .note, "never-runs", "this never runs", at: span,
      help: "remove it, or give it the tag `never` to run it on request", path: task.path)
  }

  var neverRuns: [Diagnostic] { Array(never.values).byPlace() }

  /// How many commands a dry run cannot foresee.
  var opaqueSummary: Diagnostic? {
    guard !opaque.isEmpty else { return nil }
    let count = opaque.count
    return Diagnostic(
      .note, "opaque-tasks",
      count == 1
        ? "1 task is opaque in a dry run: a command without a guard"
        : "\(count) tasks are opaque in a dry run: commands without a guard",
      help: "a guard (`creates`, `removes`, `unless`, `onlyif`) says whether a command has to run")
  }
}

extension Task {
  private static let commands: Set<String> = ["command", "shell", "raw", "script", "expect"]
  private static let guards: Set<String> = ["creates", "removes", "unless", "onlyif"]

  /// Whether it runs a command of which nobody can say beforehand what it does.
  fileprivate var isOpaque: Bool {
    let name = module.split(separator: ".").last.map(String.init) ?? module
    return Self.commands.contains(name) && Self.guards.isDisjoint(with: arguments.keys)
      && keywords.checkMode?.literal != false
  }
}

extension CompiledCondition {
  /// Whether it is written as false.
  fileprivate var isNever: Bool { ["false", "no", "False", "off"].contains(text) }
}
