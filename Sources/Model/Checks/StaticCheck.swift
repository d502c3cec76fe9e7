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

  /// - Parameters:
  ///   - playbook: as loaded; what loading found wrong is not reported again.
  ///   - inventory: as loaded.
  ///   - modules: the same catalog that loading had.
  ///   - extraVariables: those of `-e`.
  ///   - limit: that of `--limit`; nil when there is none.
  ///   - disk: where files of variables are read.
  package init(
    playbook: Playbook, inventory: Inventory, modules: ModuleCatalog,
    extraVariables: [String: Variable] = [:], limit: Limit? = nil, disk: ControllerDisk = .system
  ) {
    self.playbook = playbook
    self.inventory = inventory
    self.modules = modules
    self.extraVariables = extraVariables
    self.limit = limit
    self.disk = disk
  }

  /// Everything found, in the order of the files.
  package func run() -> [Diagnostic] {
    var found: [Diagnostic] = []
    found += limit?.check(in: inventory) ?? []
    found += ConnectionCheck(inventory: inventory).run()
    let store = VariableStore(
      inventory: inventory, extraVariables: extraVariables, settings: settings)
    let runtime = RuntimeNames(playbook: playbook, disk: disk)
    var isExtended = false
    for play in playbook.plays {
      if !isExtended { found += HostsCheck(play: play, inventory: inventory).run() }
      isExtended = isExtended || play.allTasks.contains(where: \.extendsInventory)
      found += HandlerCheck(play: play).run()
      for task in play.allTasks { found += ArgumentCheck(task: task, modules: modules).run() }
      let hosts = self.hosts(of: play, store)
      found += NameCheck(play: play, hosts: hosts, store: store, runtime: runtime).run()
    }
    return found.inFileOrder()
  }

  /// A note for each variable of the inventory that is accepted and has no effect.
  package func ignoredVariables() -> [Diagnostic] {
    ConnectionCheck(inventory: inventory).ignored().inFileOrder()
  }

  private var settings: RunSettings {
    var settings = RunSettings()
    settings.playbookFolder = playbook.folder
    return settings
  }

  private func hosts(of play: Play, _ store: VariableStore) -> [Host] {
    guard let pattern = try? play.hosts.pattern(extraVariables: extraVariables).known else {
      return []
    }
    let hosts = inventory.hosts(matching: pattern)
    return limit?.hosts(of: hosts, in: inventory) ?? hosts
  }
}
