import Diagnostics

/// The groups and hosts that a playbook makes while it runs (`group_by`, `add_host`), as far as they can be foreseen.
struct DynamicGroups {
  private struct Place: Hashable {
    let host: String
    let group: String
  }

  private var known: Set<Place> = []
  /// What the inventory does not hold yet, in the order met.
  private var pending: [Place] = []
  /// Shell patterns of groups whose members nobody can foresee.
  private(set) var openPatterns: [String] = []

  /// Whether the inventory lacks some of them.
  var hasChanged: Bool { !pending.isEmpty }

  mutating func add(_ host: String, to group: String) {
    let place = Place(host: host, group: group)
    if known.insert(place).inserted { pending.append(place) }
  }

  /// A group of which only a part of the name is known, or not who is in it.
  mutating func addUnknown(_ pattern: String) {
    if !openPatterns.contains(pattern) { openPatterns.append(pattern) }
  }

  /// Whether a group may come to be, or may get other hosts.
  func mayBeMade(_ group: String) -> Bool { openPatterns.contains { globMatches($0, group) } }

  /// The inventory with what it lacks, and the variables that `group_vars` and `host_vars` have for it.
  mutating func extend(_ inventory: Inventory, playbookFolder: String, disk: ControllerDisk)
    -> Inventory
  {
    let loader = InventoryLoader(disk: disk, playbookFolders: [playbookFolder])
    var bag = DiagnosticBag()
    defer { pending = [] }
    return pending.reduce(inventory) { inventory, place in
      inventory.adding(InventoryAddition(host: place.host, groups: [place.group])) {
        name, isGroup in
        loader.variables(of: name, isGroup: isGroup, besides: inventory, into: &bag)
      }
    }
  }
}
