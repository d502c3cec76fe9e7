import Schema

/// A host, or a place of one in groups, that a run adds to its inventory (`add_host`, `group_by`).
package struct InventoryAddition: Sendable {
  package var host: String
  package var groups: [String]
  /// The groups that new groups are put below.
  package var parents: [String]
  /// Variables of the host.
  package var variables: [String: Variable]

  package init(
    host: String, groups: [String], parents: [String] = ["all"],
    variables: [String: Variable] = [:]
  ) {
    self.host = host
    self.groups = groups
    self.parents = parents
    self.variables = variables
  }
}

extension Inventory {
  /// The inventory with an addition: hosts and groups are made where they are not there.
  ///
  /// `variables`: what files say about a new group or host.
  package func adding(
    _ addition: InventoryAddition,
    variables: (_ name: String, _ isGroup: Bool) -> [VariableLayer]
  ) -> Inventory {
    var draft = InventoryDraft(self)
    func addGroup(_ name: String) {
      guard draft.groups[name] == nil else { return }
      draft.addGroup(name, at: nil)
      draft.groups[name]?.layers = variables(name, true)
    }
    for parent in addition.parents { addGroup(parent) }
    for group in addition.groups {
      addGroup(group)
      for parent in addition.parents
      where parent != group && !draft.isBelow(parent, group) {
        draft.addChild(group, to: parent, at: nil)
      }
    }
    let isNew = draft.hosts[addition.host] == nil
    for group in addition.groups.isEmpty ? ["ungrouped"] : addition.groups {
      draft.addHost(addition.host, to: group, at: nil)
    }
    if isNew { draft.hosts[addition.host]?.layers = variables(addition.host, false) }
    draft.addLayer(VariableLayer(.inventoryFileHost, addition.variables), toHost: addition.host)
    return draft.inventory(sources: sources, folders: folders)
  }

  /// Whether an addition would change nothing.
  package func holds(_ addition: InventoryAddition) -> Bool {
    guard let host = host(named: addition.host), addition.variables.isEmpty else { return false }
    return addition.groups.allSatisfy(host.groups.contains)
  }
}

extension InventoryDraft {
  /// An inventory, to be added to.
  init(_ inventory: Inventory) {
    self.init()
    for group in inventory.groups {
      addGroup(group.name, at: group.span)
      groups[group.name]?.priority = group.priority
      groups[group.name]?.layers = group.layers
    }
    for group in inventory.groups {
      for child in group.children {
        addChild(child, to: group.name, at: group.childPlaces[child])
      }
    }
    for host in inventory.hosts {
      for group in host.directGroups {
        addHost(host.name, to: group, at: host.span, source: host.source)
      }
      hosts[host.name]?.layers = host.layers
    }
    for group in inventory.groups {
      for (name, place) in group.hostPlaces { groups[group.name]?.hostPlaces[name] = place }
    }
  }
}
