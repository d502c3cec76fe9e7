import Diagnostics
import Schema
import YAML

/// Reads inventories: YAML and INI files, programs, folders of them, and lists such as `web1,web2,`.
package struct InventoryLoader: Sendable {
  private let disk: ControllerDisk
  private let playbookFolders: [String]
  private let deadline: Duration

  /// - Parameters:
  ///   - disk: where files are read and programs run.
  ///   - playbookFolders: folders of the playbooks: `group_vars` and `host_vars` in them count too.
  ///   - deadline: how long a program may take to print its inventory.
  package init(
    disk: ControllerDisk = .system, playbookFolders: [String] = [],
    deadline: Duration = .seconds(120)
  ) {
    self.disk = disk
    self.playbookFolders = playbookFolders
    self.deadline = deadline
  }

  /// One inventory from several sources: paths of files or folders, or lists of names with a comma.
  ///
  /// What later sources say wins. Everything wrong goes into the bag; what could be read is given also after errors.
  package func load(sources: [String], into bag: inout DiagnosticBag) -> Inventory {
    var reading = InventoryReading()
    var folders: [String] = []
    for source in sources {
      if source.contains(","), disk.kind(source) == nil {
        readList(source, &reading)
      } else {
        readPath(source, &reading, &folders)
      }
    }
    folders = unique(folders.reversed()).reversed()
    VariableFolders(disk: disk).read(
      besideInventory: folders, besidePlaybook: unique(playbookFolders), into: &reading)
    bag.add(contentsOf: reading.builder.bag.all)
    return reading.draft.inventory(
      sources: sources.map { isList($0) ? $0 : disk.absolute($0) }, folders: folders)
  }

  private func isList(_ source: String) -> Bool { source.contains(",") && disk.kind(source) == nil }

  private func readList(_ source: String, _ reading: inout InventoryReading) {
    reading.source = source
    for piece in source.split(separator: ",").map(trimmed) where !piece.isEmpty {
      _ = reading.addHosts(String(piece), to: "ungrouped", at: nil)
      guard piece.contains("/"), disk.kind(String(piece)) != nil else { continue }
      reading.builder.bag.add(
        Diagnostic(
          .warning, "path-as-host",
          "`\(piece)` is taken as the name of a host, for there is a comma",
          help: "leave the comma away to read the file: `-i \(piece)`"))
    }
  }

  private func readPath(
    _ path: String, _ reading: inout InventoryReading, _ folders: inout [String]
  ) {
    switch disk.kind(path) {
    case .file:
      folders.append(ControllerPath.folder(of: path))
      readFile(path, &reading)
    case .folder:
      folders.append(path)
      for file in inventoryFiles(in: path) { readFile(file, &reading) }
    case nil:
      reading.report(
        "inventory-not-found", "there is no inventory `\(path)`", at: nil,
        help: "give a file, a folder, or a list of hosts with a comma: `-i \(path),`")
    }
  }

  /// The files of an inventory folder and the folders in it, by name.
  ///
  /// Left out are hidden files, variables and the endings of `INVENTORY_IGNORE_EXTS` (ansible-core 2.19).
  private func inventoryFiles(in folder: String) -> [String] {
    disk.names(folder).flatMap { name -> [String] in
      guard !name.hasPrefix("."), !["group_vars", "host_vars", "vars_plugins"].contains(name),
        !Self.ignoredEndings.contains(where: name.hasSuffix)
      else { return [] }
      let path = ControllerPath.join(folder, name)
      return disk.kind(path) == .folder ? inventoryFiles(in: path) : [path]
    }
  }

  private static let ignoredEndings = [
    ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
  ]

  private func readFile(_ path: String, _ reading: inout InventoryReading) {
    reading.source = disk.absolute(path)
    switch InventoryFormat(path, disk) {
    case .yaml(let root): if let root { reading.readYAML(root) }
    case .ini(let file): reading.readINI(file)
    case .script:
      InventoryScript(path: path, disk: disk, deadline: deadline).read(into: &reading)
    case .unreadable(let diagnostics): reading.builder.bag.add(contentsOf: diagnostics)
    }
  }

  // MARK: Additions

  /// What files say about one group or host that a run adds; mistakes in them go into the bag.
  package func variables(
    of name: String, isGroup: Bool, besides inventory: Inventory, into bag: inout DiagnosticBag
  ) -> [VariableLayer] {
    var reading = InventoryReading()
    if isGroup {
      reading.draft.addGroup(name, at: nil)
    } else {
      reading.draft.addHost(name, to: "ungrouped", at: nil)
    }
    VariableFolders(disk: disk).read(
      besideInventory: inventory.folders, besidePlaybook: unique(playbookFolders), into: &reading)
    bag.add(contentsOf: reading.builder.bag.all)
    return (isGroup ? reading.draft.groups[name]?.layers : reading.draft.hosts[name]?.layers) ?? []
  }
}
