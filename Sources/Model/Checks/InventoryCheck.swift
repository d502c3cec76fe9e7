import Diagnostics
import Schema

/// Finds doubtful places of an inventory and of the folders of variables beside it.
struct InventoryCheck {
  let inventory: Inventory
  let groups: DynamicGroups
  let playbookFolder: String
  let disk: ControllerDisk

  func run() -> [Diagnostic] {
    clashes + sameAddresses + unusedFiles
  }

  /// A name that is a group and a host: patterns mean the group.
  private var clashes: [Diagnostic] {
    inventory.groups.compactMap { group in
      guard let host = inventory.host(named: group.name) else { return nil }
      return Diagnostic(
        .warning, "name-clash", "`\(group.name)` is a group and a host", at: group.span,
        labels: host.span.map { [.init($0, "the host")] } ?? [],
        help: "give one of them another name: patterns choose the group")
    }
  }

  /// Two names for one machine: both would be changed at once.
  private var sameAddresses: [Diagnostic] {
    var first: [String: Host] = [:]
    var found: [Diagnostic] = []
    let store = VariableStore(inventory: inventory)
    for host in inventory.hosts where !host.isImplicit {
      let variables = store.variables(for: host)
      guard let address = variables.variable(named: "ansible_host"),
        let text = address.value.string, !text.contains("{")
      else { continue }
      let port = variables.variable(named: "ansible_port").map { "\($0.value)" } ?? ""
      if let other = first["\(text) \(port)"] {
        found.append(
          Diagnostic(
            .warning, "same-address", "`\(host.name)` and `\(other.name)` have the address \(text)",
            at: address.origin.span ?? host.span,
            labels: other.span.map { [.init($0, "the other host")] } ?? [],
            help: "one of them is probably wrong"))
      } else {
        first["\(text) \(port)"] = host
      }
    }
    return found
  }

  /// Files of variables for groups and hosts that do not exist.
  private var unusedFiles: [Diagnostic] {
    guard !groups.mayBeMade("*") else { return [] }
    let folders = unique(inventory.folders.map(ControllerPath.normalized))
    return folders.flatMap { folder -> [Diagnostic] in
      let isBeside = folder != ControllerPath.normalized(playbookFolder)
      guard isBeside else { return [] }
      return unused(
        "group_vars", in: folder, title: "group", known: inventory.groups.map(\.name))
        + unused("host_vars", in: folder, title: "host", known: inventory.hosts.map(\.name))
    }
  }

  private func unused(_ name: String, in folder: String, title: String, known: [String])
    -> [Diagnostic]
  {
    let place = ControllerPath.join(folder, name)
    let all = Set(known)
    return disk.names(place).compactMap { file in
      guard !file.hasPrefix("."), !file.hasSuffix("~") else { return nil }
      let path = ControllerPath.join(place, file)
      let ending = ControllerPath.ending(of: file)
      let isFile = disk.kind(path) == .file
      guard !isFile || ["", ".yml", ".yaml", ".json"].contains(ending) else { return nil }
      let stem = isFile ? String(file.dropLast(ending.count)) : file
      guard !all.contains(stem), !all.contains(file), !groups.mayBeMade(stem) else { return nil }
      let near = suggestion(for: stem, among: known)
      return Diagnostic(
        near == nil ? .note : .warning, "unused-\(title)-vars",
        "`\(path)` is for a \(title) that does not exist",
        at: isFile
          ? (try? disk.read(path)).map { Span(SourceFile(name: path, bytes: $0), 0..<0) }
          : nil,
        help: near.map { "did you mean `\($0)`?" }
          ?? "no \(title) of the inventory is called `\(stem)`")
    }
  }
}
