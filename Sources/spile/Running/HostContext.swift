import ArgumentParser
import Diagnostics
import Model
import Schema
import Template

/// An inventory with its variables and no playbook: what `inventory`, `eval` and `render` look at.
struct HostContext {
  let inventory: Inventory
  let store: VariableStore
  /// The files of this machine, with the vault passwords of the command line.
  let disk: ControllerDisk
  private let limit: Limit?

  /// Loads; ends the command where something is wrong.
  /// - Parameters:
  ///   - options: the sources of the inventory.
  ///   - variables: those of `-e`.
  ///   - playbookFolder: where playbooks lie, for the `group_vars` and `host_vars` there.
  ///   - needsInventory: whether it is an error to have none; without one there is `localhost`.
  /// - Throws: the exit code of a command that could not start.
  init(
    _ options: InventoryOptions, _ variables: VariableOptions, playbookFolder: String? = nil,
    needsInventory: Bool = true
  ) throws {
    var composition = Composition(variables.vault)
    disk = composition.disk
    inventory = composition.loadInventory(
      options, besides: playbookFolder, isNeeded: needsInventory)
    let extra = composition.extraVariables(variables.extraVars)
    limit = composition.limit(options)
    try Complaints.show(composition.diagnostics)
    store = VariableStore(inventory: inventory, extraVariables: extra)
  }

  /// What a playbook was loaded with.
  init(_ loaded: Composition.Loaded, disk: ControllerDisk) {
    self.disk = disk
    inventory = loaded.inventory
    store = loaded.variables
    limit = loaded.limit
  }

  /// The hosts that the limit lets through.
  var hosts: [Host] { limit?.hosts(of: inventory.hosts, in: inventory) ?? inventory.hosts }

  /// A host by its name; of none, the only one there is.
  func host(named name: String?) throws -> Host {
    guard let name else { return try onlyHost() }
    if let host = inventory.host(named: name) ?? inventory.implicitLocalhost(name) { return host }
    let close = suggestion(for: name, among: inventory.hosts.map(\.name))
    try Complaints.fail(
      Diagnostic(
        .error, "unknown-host", "there is no host `\(name)` in the inventory",
        help: close.map { "did you mean `\($0)`?" }))
  }

  private func onlyHost() throws -> Host {
    if inventory.hosts.isEmpty, let localhost = inventory.implicitLocalhost("localhost") {
      return localhost
    }
    guard let host = hosts.first, hosts.count == 1 else {
      try Complaints.fail(
        Diagnostic(
          .error, "which-host", "the inventory has \(hosts.count) hosts",
          help: "name one with --host"))
    }
    return host
  }

  /// Renders over the variables of a host; files are searched beside the folders.
  func renderer(for host: Host, folders: [String]) -> Renderer {
    Renderer(
      variables: store.variables(for: host),
      resources: TaskResources(folders: folders, inventory: inventory, disk: disk))
  }
}

extension TemplateError {
  /// What it means for a text of the command line, or of a template file.
  func diagnostic(in file: SourceFile) -> Diagnostic {
    var span: Span?
    if template == nil, let offset {
      let start = min(offset, file.bytes.count)
      span = Span(file, start..<max(start, min(start + max(length ?? 1, 1), file.bytes.count)))
    } else if template == nil {
      let start = file.offset(ofLine: line)
      span = Span(file, start..<start)
    }
    return Diagnostic(
      .error, "template-\(kind.rawValue.lowercased())", message, at: span,
      underline: suggestions.first.map { "did you mean `\($0)`?" },
      notes: frames.map { "while rendering `\($0.text)`" }
        + (template.map { ["in the template `\($0)`, line \(line)"] } ?? []),
      help: hint)
  }
}
