import Diagnostics
import Schema
import YAML

/// Reads inventories: YAML files, folders of them, and lists such as `web1,web2,`.
package struct InventoryLoader: Sendable {
  private let disk: ControllerDisk
  private let playbookFolders: [String]

  /// - Parameters:
  ///   - disk: where files are read.
  ///   - playbookFolders: folders of the playbooks: `group_vars` and `host_vars` beside them count too.
  package init(disk: ControllerDisk = .system, playbookFolders: [String] = []) {
    self.disk = disk
    self.playbookFolders = playbookFolders
  }

  /// One inventory from several sources: paths of files or folders, or lists of names with a comma.
  ///
  /// What later sources say wins. Everything wrong goes into the bag; what could be read is given also after errors.
  package func load(sources: [String], into bag: inout DiagnosticBag) -> Inventory {
    var reader = InventoryYAML(draft: InventoryDraft(), builder: SourceBuilder())
    var folders: [String] = []
    for source in sources {
      if source.contains(","), disk.kind(source) == nil {
        readList(source, &reader)
      } else {
        readPath(source, &reader, &folders)
      }
    }
    readVariableFiles(&reader, folders: folders)
    bag.add(contentsOf: reader.builder.bag.all)
    return reader.draft.inventory(sources: sources, folders: unique(folders))
  }

  private func readList(_ source: String, _ reader: inout InventoryYAML) {
    for piece in source.split(separator: ",").map(trimmed) where !piece.isEmpty {
      let (pattern, port) = HostRange.address(String(piece))
      do throws(HostRange.Failure) {
        for name in try HostRange.names(pattern) {
          reader.draft.addHost(name, to: "ungrouped", at: nil)
          if let port {
            let variable = Variable(.int(port), Origin(.inventoryFileHost, owner: "-i"))
            reader.draft.hosts[name]?.variables[.inventoryFileHost, default: [:]]["ansible_port"] =
              variable
          }
        }
      } catch {
        reader.builder.bag.add(
          Diagnostic(.error, "host-range", "`\(piece)`: \(error.message)"))
      }
    }
  }

  private func readPath(
    _ path: String, _ reader: inout InventoryYAML, _ folders: inout [String]
  ) {
    switch disk.kind(path) {
    case .file:
      folders.append(ControllerPath.folder(of: path))
      readFile(path, &reader)
    case .folder:
      folders.append(path)
      for file in inventoryFiles(in: path) { readFile(file, &reader) }
    case nil:
      reader.builder.bag.add(
        Diagnostic(
          .error, "inventory-not-found", "there is no inventory `\(path)`",
          help: "give a file, a folder, or a list of hosts with a comma: `-i \(path),`"))
    }
  }

  /// The files of an inventory folder, by name; variables, hidden files and backups are no inventories.
  private func inventoryFiles(in folder: String) -> [String] {
    disk.names(folder).flatMap { name -> [String] in
      let ignored = ["~", ".orig", ".bak", ".cfg", ".retry", ".pyc", ".pyo", ".md", ".rst"]
      guard !name.hasPrefix("."), name != "group_vars", name != "host_vars",
        !ignored.contains(where: name.hasSuffix)
      else { return [] }
      let path = ControllerPath.join(folder, name)
      return disk.kind(path) == .folder ? inventoryFiles(in: path) : [path]
    }
  }

  private func readFile(_ path: String, _ reader: inout InventoryYAML) {
    if let problem = foreignFormat(path) {
      reader.builder.bag.add(problem)
      return
    }
    let document = disk.document(path, title: "inventory", at: nil, into: &reader.builder.bag)
    if let root = document?.root { reader.read(root) }
  }

  /// A clear word about inventories that are not YAML; nil for those that are.
  private func foreignFormat(_ path: String) -> Diagnostic? {
    let ending = ControllerPath.ending(of: path)
    if [".py", ".sh"].contains(ending) {
      return Diagnostic(
        .error, "not-supported", "inventory scripts are not supported: `\(path)`",
        help: "write the result to a file: `ansible-inventory -i \(path) --list --yaml`")
    }
    guard ![".yml", ".yaml", ".json"].contains(ending), let bytes = try? disk.read(path) else {
      return nil
    }
    let file = SourceFile(name: path, bytes: bytes)
    for line in 1...file.lineCount {
      let text = trimmed(file.text(ofLine: line)[...])
      if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { continue }
      guard text.hasPrefix("["), text.hasSuffix("]") || ending == ".ini" else {
        if ending == ".ini" { break }
        return nil
      }
      break
    }
    let isBlank = bytes.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
    guard !isBlank else { return nil }
    return Diagnostic(
      .error, "not-supported", "inventories in the INI format are not supported yet",
      at: Span(file, 0..<min(bytes.count, 1)),
      help: "convert it: `ansible-inventory -i \(path) --list --yaml --output hosts.yml`")
  }

  // MARK: group_vars and host_vars

  /// What files say about one group or host that a run adds; mistakes in them go into the bag.
  package func variables(
    of name: String, isGroup: Bool, besides inventory: Inventory, into bag: inout DiagnosticBag
  ) -> [VariableLevel: [String: Variable]] {
    var builder = SourceBuilder()
    var found: [VariableLevel: [String: Variable]] = [:]
    let places: [([String], VariableLevel)] =
      isGroup
      ? [(inventory.folders, .inventoryGroupVars), (playbookFolders, .playbookGroupVars)]
      : [(inventory.folders, .inventoryHostVars), (playbookFolders, .playbookHostVars)]
    let files = VariableFiles(disk: disk)
    for (folders, level) in places {
      for folder in unique(folders) {
        let place = ControllerPath.join(folder, isGroup ? "group_vars" : "host_vars")
        for path in files.files(for: name, in: place) {
          let variables = files.variables(
            ofFile: path, origin: Origin(level, owner: name), at: nil, builder: &builder)
          found[level, default: [:]].merge(variables) { _, later in later }
        }
      }
    }
    bag.add(contentsOf: builder.bag.all)
    return found
  }

  private func readVariableFiles(_ reader: inout InventoryYAML, folders: [String]) {
    for folder in unique(folders) {
      readGroupVars(&reader, folder, all: .inventoryGroupVarsAll, others: .inventoryGroupVars)
      readHostVars(&reader, folder, level: .inventoryHostVars)
    }
    for folder in unique(playbookFolders) {
      readGroupVars(&reader, folder, all: .playbookGroupVarsAll, others: .playbookGroupVars)
      readHostVars(&reader, folder, level: .playbookHostVars)
    }
  }

  private func readGroupVars(
    _ reader: inout InventoryYAML, _ folder: String, all: VariableLevel, others: VariableLevel
  ) {
    let place = ControllerPath.join(folder, "group_vars")
    guard disk.kind(place) == .folder else { return }
    for name in reader.draft.groupOrder {
      let level = name == "all" ? all : others
      let variables = read(name, in: place, Origin(level, owner: name), &reader)
      guard !variables.isEmpty else { continue }
      reader.draft.groups[name]?.variables[level, default: [:]]
        .merge(variables) { _, later in later }
    }
  }

  private func readHostVars(
    _ reader: inout InventoryYAML, _ folder: String, level: VariableLevel
  ) {
    let place = ControllerPath.join(folder, "host_vars")
    guard disk.kind(place) == .folder else { return }
    for name in reader.draft.hostOrder {
      let variables = read(name, in: place, Origin(level, owner: name), &reader)
      guard !variables.isEmpty else { continue }
      reader.draft.hosts[name]?.variables[level, default: [:]]
        .merge(variables) { _, later in later }
    }
  }

  private func read(
    _ name: String, in folder: String, _ origin: Origin, _ reader: inout InventoryYAML
  ) -> [String: Variable] {
    let files = VariableFiles(disk: disk)
    var variables: [String: Variable] = [:]
    for path in files.files(for: name, in: folder) {
      variables.merge(
        files.variables(ofFile: path, origin: origin, at: nil, builder: &reader.builder)
      ) { _, later in later }
    }
    return variables
  }
}
