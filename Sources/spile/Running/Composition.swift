import Diagnostics
import Engine
import Model
import ModuleKit
import Modules
import SSH
import Schema
import Transport

/// The composition root: from what the command line says to everything that a run is made of.
struct Composition {
  let disk: ControllerDisk
  let registry = Registry.all
  private(set) var diagnostics = DiagnosticBag()

  /// - Parameters:
  ///   - vault: where passwords of encrypted files come from; they are read now.
  ///   - disk: where files are read.
  init(_ vault: VaultOptions, disk: ControllerDisk = .system) {
    self.disk = disk.with(vault.keys(into: &diagnostics))
  }

  var catalog: ModuleCatalog {
    let registry = registry
    return ModuleCatalog(names: registry.names) { registry.module(named: $0)?.manual }
  }

  /// The options of a run that several subcommands share.
  struct Request {
    var playbook: String
    var inventory: InventoryOptions
    var extraVariables: [String]
    var settings: RunSettings
    var checks = StaticCheck.Scope()
  }

  /// What was loaded: enough to list, check and draw; a run needs a program too.
  struct Loaded {
    let playbook: Playbook
    let inventory: Inventory
    let extra: [String: Variable]
    let limit: Limit?
    let variables: VariableStore
    /// What was answered to `vars_prompt`: patterns of hosts may use it.
    var answers: [String: Variable] = [:]

    /// The names of the hosts that the limit lets through; nil without a limit.
    var limitedHosts: Set<String>? {
      limit.map { Set($0.hosts(of: inventory.hosts, in: inventory).map(\.name)) }
    }
  }

  /// Notes something wrong.
  mutating func note(_ change: (inout DiagnosticBag) -> Void) { change(&diagnostics) }

  // MARK: - Loading

  /// Reads playbooks; roles are searched in the folders of SPILE_ROLES_PATH too.
  private var loader: PlaybookLoader {
    let folders = (Process.variable("SPILE_ROLES_PATH") ?? "").split(separator: ":")
    return PlaybookLoader(modules: catalog, disk: disk, roleFolders: folders.map(String.init))
  }

  mutating func loadPlaybook(_ path: String) -> Playbook? {
    loader.load(path: path, into: &diagnostics)
  }

  /// The inventory; an error when no source is given.
  mutating func loadInventory(
    _ options: InventoryOptions, besides playbookFolder: String?, isNeeded: Bool = true
  ) -> Inventory {
    let sources = options.sources
    if sources.isEmpty, isNeeded {
      diagnostics.add(
        Diagnostic(
          .error, "no-inventory", "there is no inventory",
          help: "give one with -i: a file, a folder, or names with a comma;"
            + " `-c local -i localhost,` is this machine"))
    }
    let loader = InventoryLoader(
      disk: disk, playbookFolders: playbookFolder.map { [$0] } ?? [],
      deadline: .seconds(options.inventoryTimeout))
    return loader.load(sources: sources, into: &diagnostics)
  }

  mutating func limit(_ options: InventoryOptions) -> Limit? {
    guard let text = options.limit else { return nil }
    do throws(Diagnostic) {
      return try Limit(text, disk: disk)
    } catch {
      diagnostics.add(error)
      return nil
    }
  }

  mutating func extraVariables(_ arguments: [String]) -> [String: Variable] {
    ExtraVariables.parse(arguments, disk: disk, into: &diagnostics)
  }

  /// Playbook, inventory and variables, with the checks that need all of them; nil when there is no playbook.
  mutating func load(_ request: Request, needsInventory: Bool = true) -> Loaded? {
    let playbook = loadPlaybook(request.playbook)
    let inventory = loadInventory(
      request.inventory, besides: playbook?.folder,
      isNeeded: needsInventory && playbook?.isForLocalhost != true)
    let extra = extraVariables(request.extraVariables)
    let limit = limit(request.inventory)
    guard let playbook else { return nil }
    let found = StaticCheck(
      playbook: playbook, inventory: inventory, modules: catalog, extraVariables: extra,
      limit: limit, disk: disk, scope: request.checks
    ).run()
    let hasHosts = !request.inventory.sources.isEmpty
    // Names that an encrypted file sets are not undefined, but closed.
    let isClosed = diagnostics.errors.contains { $0.id.hasPrefix("vault-") }
    diagnostics.add(
      contentsOf: found.filter {
        (hasHosts || $0.id != "pattern-matches-nothing") && !(isClosed && $0.id == "undefined-name")
      })
    var settings = request.settings
    settings.playbookFolder = disk.absolute(playbook.folder)
    settings.commandLine["ansible_search_path"] = .list([.string(settings.playbookFolder)])
    settings.commandLine["ansible_managed"] = .string("Ansible managed")
    settings.limit = request.inventory.limit
    return Loaded(
      playbook: playbook, inventory: inventory, extra: extra, limit: limit,
      variables: VariableStore(inventory: inventory, extraVariables: extra, settings: settings))
  }

  /// Notes the variables of the inventory that are accepted and have no effect.
  mutating func noteIgnoredVariables(_ loaded: Loaded) {
    let check = StaticCheck(
      playbook: loaded.playbook, inventory: loaded.inventory, modules: catalog)
    diagnostics.add(contentsOf: check.ignoredVariables())
  }

  /// The program; nil when something is wrong.
  mutating func compile(_ loaded: Loaded, _ options: RunOptions) -> Program? {
    Compiler(
      playbook: loaded.playbook, inventory: loaded.inventory, registry: registry,
      options: options, extraVariables: loaded.extra.merging(loaded.answers) { extra, _ in extra }
    ).compile(into: &diagnostics)
  }

  // MARK: - Running

  /// Everything that a run is made of; throws where SSH cannot be set up.
  func setup(
    _ loaded: Loaded, _ options: RunOptions, ssh: SSHOptions
  ) throws(TransportError) -> RunSetup {
    let disk = disk
    let variables = loaded.variables
    let inclusions = Inclusions(loader: loader, playbook: loaded.playbook)
    let passwords = PasswordFiles(options.mode.changesHosts ? .onDisk : .nowhere)
    return RunSetup(
      playbook: loaded.playbook, variables: variables,
      registry: registry, connector: Connectors(ssh: try SSHConnector(options: ssh)),
      hostFacts: .ansible, disk: disk, options: options,
      resources: { folders, _ in
        TaskResources(
          folders: folders, inventory: variables.inventory, disk: disk, passwords: passwords)
      },
      includeTasks: inclusions.tasks)
  }
}

extension Playbook {
  /// Whether every play is for `localhost`, which needs no inventory.
  fileprivate var isForLocalhost: Bool {
    plays.allSatisfy { play in
      guard case .pattern(let pattern) = play.hosts else { return false }
      return pattern.text == "localhost"
    }
  }
}
