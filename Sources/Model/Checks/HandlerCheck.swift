import Diagnostics

/// Finds notified handlers that a play does not have.
struct HandlerCheck {
  /// What can be notified in the play.
  let handlers: [TaskEntry]
  /// What the tasks of the play notify.
  let notifies: [TextSource]
  /// Whether tasks of the play are only known later: they may bring handlers.
  let isOpen: Bool

  func run() -> [Diagnostic] {
    let names = knownNames
    guard !names.isOpen else { return [] }
    return notifies.filter { $0.template == nil && !names.names.contains($0.text) }
      .reduce(into: [Diagnostic]()) { found, notify in
        guard !found.contains(where: { $0.span == notify.span }) else { return }
        found.append(diagnostic(notify, names.names))
      }
  }

  private func diagnostic(_ notify: TextSource, _ names: Set<String>) -> Diagnostic {
    let near = suggestion(for: notify.text, among: names.sorted())
    return Diagnostic(
      .error, "unknown-handler", "no handler of this play is called `\(notify.text)`",
      at: notify.span, underline: near.map { "did you mean `\($0)`?" },
      help: names.isEmpty
        ? "add it under `handlers:`" : near == nil ? "the play has \(list(names))" : nil)
  }

  private func list(_ names: Set<String>) -> String {
    let shown = names.sorted().prefix(6).map { "`\($0)`" }.joined(separator: ", ")
    return shown + (names.count > 6 ? " and others" : "")
  }

  /// What can be notified; open when some names are only known later.
  private var knownNames: (names: Set<String>, isOpen: Bool) {
    var names: Set<String> = []
    var isOpen = isOpen
    func visit(_ entry: TaskEntry) {
      switch entry {
      case .task(let task):
        names.formUnion(task.listen)
        guard let name = task.name else { return }
        isOpen = isOpen || name.template != nil
        names.insert(name.text)
        if let role = task.role { names.insert("\(role) : \(name.text)") }
      case .includeTasks(let include):
        isOpen = isOpen || include.tasks == nil
        if let name = include.name { names.insert(name.text) }
        include.tasks?.forEach(visit)
      case .block(let block):
        if let name = block.name { names.insert(name.text) }
        entry.children.forEach(visit)
      }
    }
    handlers.forEach(visit)
    return (names, isOpen)
  }
}
