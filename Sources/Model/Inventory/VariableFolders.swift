import Diagnostics
import Schema

/// Reads the folders `group_vars` and `host_vars` beside inventories and playbooks into a draft.
struct VariableFolders {
  let disk: ControllerDisk

  /// Later folders are stronger; names of groups and hosts that are paths have no files.
  func read(
    besideInventory folders: [String], besidePlaybook playbookFolders: [String],
    into reading: inout InventoryReading
  ) {
    for (rank, folder) in folders.enumerated() {
      readGroups(
        &reading, folder, rank, all: .inventoryGroupVarsAll, others: .inventoryGroupVars)
      readHosts(&reading, folder, rank, .inventoryHostVars)
    }
    for (rank, folder) in playbookFolders.enumerated() {
      readGroups(&reading, folder, rank, all: .playbookGroupVarsAll, others: .playbookGroupVars)
      readHosts(&reading, folder, rank, .playbookHostVars)
    }
  }

  private func readGroups(
    _ reading: inout InventoryReading, _ folder: String, _ rank: Int, all: VariableLevel,
    others: VariableLevel
  ) {
    let place = ControllerPath.join(folder, "group_vars")
    guard disk.kind(place) == .folder else { return }
    for name in reading.draft.groupOrder {
      let level = name == "all" ? all : others
      for variables in files(name, in: place, level, &reading) {
        if let priority = variables[InventoryReading.priority] {
          reading.builder.bag.add(
            Diagnostic(
              .warning, "late-priority",
              "`\(InventoryReading.priority)` has no effect in files of variables",
              at: priority.origin.span, help: "set it in the inventory itself"))
        }
        reading.draft.addLayer(VariableLayer(level, rank: rank, variables), toGroup: name)
      }
    }
  }

  private func readHosts(
    _ reading: inout InventoryReading, _ folder: String, _ rank: Int, _ level: VariableLevel
  ) {
    let place = ControllerPath.join(folder, "host_vars")
    guard disk.kind(place) == .folder else { return }
    for name in reading.draft.hostOrder {
      for variables in files(name, in: place, level, &reading) {
        reading.draft.addLayer(VariableLayer(level, rank: rank, variables), toHost: name)
      }
    }
  }

  /// The variables of each file for a name, weakest first.
  private func files(
    _ name: String, in folder: String, _ level: VariableLevel, _ reading: inout InventoryReading
  ) -> [[String: Variable]] {
    guard !name.hasPrefix("/") else { return [] }
    let files = VariableFiles(disk: disk)
    return files.files(for: name, in: folder).map { path in
      files.variables(
        ofFile: path, origin: Origin(level, owner: name), at: nil, builder: &reading.builder)
    }
  }
}
