import Diagnostics
import Schema

/// The groups and hosts that a playbook makes while it runs (`group_by`, `add_host`), as far as they can be foreseen.
struct DynamicGroups {
  /// Members by group, in the order met.
  private var members: [String: [String]] = [:]
  private var order: [String] = []
  /// Shell patterns of groups whose members nobody can foresee.
  private(set) var openPatterns: [String] = []
  private(set) var hasChanged = false

  mutating func add(_ host: String, to group: String) {
    if members[group] == nil { order.append(group) }
    guard members[group]?.contains(host) != true else { return }
    members[group, default: []].append(host)
    hasChanged = true
  }

  /// A group of which only a part of the name is known, or not who is in it.
  mutating func addUnknown(_ pattern: String) {
    if !openPatterns.contains(pattern) { openPatterns.append(pattern) }
  }

  mutating func settle() { hasChanged = false }

  /// Whether a group may come to be, or may get other hosts.
  func mayBeMade(_ group: String) -> Bool { openPatterns.contains { globMatches($0, group) } }

  /// The inventory with these groups, and the variables that `group_vars` has for them; nil where it cannot be read
  /// again.
  func inventory(beside inventory: Inventory, playbookFolder: String, disk: ControllerDisk)
    -> Inventory?
  {
    guard !inventory.sources.isEmpty else { return nil }
    let path = ControllerPath.join(playbookFolder, "groups of the playbook.json")
    let groups = order.map { name in
      let hosts = members[name, default: []].map { "\(JSON.text(.string($0))): null" }
      return "\(JSON.text(.string(name))): {\"hosts\": {\(hosts.joined(separator: ", "))}}"
    }
    let bytes = Array("{\(groups.joined(separator: ", "))}".utf8)
    let overlay = ControllerDisk(
      read: { other throws(ControllerDisk.Failure) in
        other == path ? bytes : try disk.read(other)
      },
      kind: { $0 == path ? .file : disk.kind($0) }, names: disk.names)
    var bag = DiagnosticBag()
    let loaded = InventoryLoader(disk: overlay, playbookFolders: [playbookFolder])
      .load(sources: inventory.sources + [path], into: &bag)
    let isComplete = inventory.hosts.allSatisfy { loaded.host(named: $0.name) != nil }
    return isComplete ? loaded : nil
  }
}
