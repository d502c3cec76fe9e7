import Diagnostics
import Schema

/// What can be found wrong with a playbook for an inventory before any connection is made.
package struct StaticCheck: Sendable {
  private let playbook: Playbook
  private let inventory: Inventory
  private let modules: ModuleCatalog
  private let extraVariables: [String: Variable]
  private let limit: Limit?
  private let disk: ControllerDisk
  private let scope: Scope

  /// How much is looked at.
  package struct Scope: Sendable {
    /// The tags of `--tags`: those that no task has are reported.
    package var tags: [String] = []
    /// Whether variables that nothing uses are reported.
    package var reportsUnusedVariables = false
    /// Whether what is doubtful and harmless is reported too: handlers that nobody notifies, tasks that never run.
    package var reportsNotes = false

    package init() {}
  }

  /// - Parameters:
  ///   - playbook: as loaded; what loading found wrong is not reported again.
  ///   - inventory: as loaded.
  ///   - modules: the same catalog that loading had.
  ///   - extraVariables: those of `-e`.
  ///   - limit: that of `--limit`; nil when there is none.
  ///   - disk: where files are read.
  ///   - scope: how much is looked at.
  package init(
    playbook: Playbook, inventory: Inventory, modules: ModuleCatalog,
    extraVariables: [String: Variable] = [:], limit: Limit? = nil, disk: ControllerDisk = .system,
    scope: Scope = Scope()
  ) {
    self.playbook = playbook
    self.inventory = inventory
    self.modules = modules
    self.extraVariables = extraVariables
    self.limit = limit
    self.disk = disk
    self.scope = scope
  }

  /// Everything found, each once, in the order of the files.
  package func run() -> [Diagnostic] {
    var found: [Diagnostic] = []
    found += limit?.check(in: inventory) ?? []
    found += ConnectionCheck(inventory: inventory).run()
    for task in playbook.plays.flatMap(\.allTasks) {
      found += ArgumentCheck(task: task, modules: modules).run()
    }
    if let walk = NameWalk(
      playbook: playbook, inventory: inventory, modules: modules, extra: extraVariables,
      limit: limit, disk: disk)
    {
      walk.run()
      found += walk.found + walk.templateFiles.found + walk.candidates.diagnostics
      found += walk.foreignModules().filter { scope.reportsNotes || $0.severity != .note }
      found += inventoryFindings(walk)
      found += TagCheck(tags: scope.tags, known: walk.collected.tags).run()
      if scope.reportsNotes { found += notes(walk) }
    }
    return found.withoutRepetitions().inFileOrder()
  }

  /// A note for each variable of the inventory that is accepted and has no effect.
  package func ignoredVariables() -> [Diagnostic] {
    ConnectionCheck(inventory: inventory).ignored().inFileOrder()
  }

  private func inventoryFindings(_ walk: NameWalk) -> [Diagnostic] {
    InventoryCheck(
      inventory: walk.inventory, groups: walk.groups, playbookFolder: playbook.folder, disk: disk
    ).run()
  }

  private func notes(_ walk: NameWalk) -> [Diagnostic] {
    var found = walk.collected.unusedHandlers(disk: disk) + walk.collected.neverRuns
    if let summary = walk.collected.opaqueSummary { found.append(summary) }
    if scope.reportsUnusedVariables { found += UnusedVariables(walk: walk).run() }
    return found
  }
}

extension [Diagnostic] {
  /// Each mistake once: files that are read for several plays are reported for the first.
  func withoutRepetitions() -> [Diagnostic] {
    var seen: Set<Mistake> = []
    return filter { seen.insert(Mistake(id: $0.id, message: $0.message, span: $0.span)).inserted }
  }
}

private struct Mistake: Hashable {
  let id: String
  let message: String
  let span: Span?
}
