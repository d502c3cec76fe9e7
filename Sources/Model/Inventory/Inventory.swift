import Diagnostics
import Schema

/// Hosts and the groups they are in, with what the inventory says about each.
package struct Inventory: Sendable {
  /// In the order in which the sources name them.
  package let hosts: [Host]
  /// `all` first, then `ungrouped`, then the others in the order in which the sources name them.
  package let groups: [Group]
  /// The folders of the sources, in the order given: `group_vars` and `host_vars` are looked for beside them.
  package let folders: [String]
  /// The sources as they were given.
  package let sources: [String]
  private let hostPlaces: [String: Int]
  private let groupPlaces: [String: Int]

  /// Names must be unique.
  package init(hosts: [Host], groups: [Group], folders: [String] = [], sources: [String] = []) {
    self.hosts = hosts
    self.groups = groups
    self.folders = folders
    self.sources = sources
    hostPlaces = Dictionary(
      hosts.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    groupPlaces = Dictionary(
      groups.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func host(named name: String) -> Host? { hostPlaces[name].map { hosts[$0] } }

  package func group(named name: String) -> Group? { groupPlaces[name].map { groups[$0] } }

  /// The groups that a host is in, directly or not, weakest first: by depth, then priority, then name.
  package func groups(of host: Host) -> [Group] { host.groups.compactMap(group(named:)) }

  /// The names of the hosts of a group and the groups below it, in the order of the inventory.
  package func hosts(inGroup name: String) -> [String] { group(named: name)?.hosts ?? [] }
}

/// A host of the inventory.
package struct Host: Sendable, Hashable {
  package let name: String
  /// The groups that name it, in the order of the inventory.
  package let directGroups: [String]
  /// All groups it is in, `all` included, weakest first: by depth, then priority, then name.
  package let groups: [String]
  /// What is set for the host itself, by level: in the inventory, in `host_vars` beside it and beside the playbook.
  package let variables: [VariableLevel: [String: Variable]]
  /// Where it was first named; nil for a host of the command line.
  package let span: Span?
  /// Whether nobody named it: `localhost` is there without being written.
  package let isImplicit: Bool

  package init(
    name: String, directGroups: [String], groups: [String],
    variables: [VariableLevel: [String: Variable]] = [:], span: Span? = nil,
    isImplicit: Bool = false
  ) {
    self.name = name
    self.directGroups = directGroups
    self.groups = groups
    self.variables = variables
    self.span = span
    self.isImplicit = isImplicit
  }

  /// A host is known by its name.
  package static func == (left: Host, right: Host) -> Bool { left.name == right.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A group of the inventory.
package struct Group: Sendable {
  package let name: String
  /// The hosts in it and in the groups below it, in the order of the inventory.
  package let hosts: [String]
  /// The groups right below it.
  package let children: [String]
  /// The groups right above it.
  package let parents: [String]
  /// The longest way from `all`, which is 0.
  package let depth: Int
  /// Among groups of one depth the greater wins: `ansible_group_priority`, 1 unless set.
  package let priority: Int
  /// What is set for the group, by level.
  package let variables: [VariableLevel: [String: Variable]]
  /// Where it was first named.
  package let span: Span?

  package init(
    name: String, hosts: [String], children: [String] = [], parents: [String] = [], depth: Int,
    priority: Int = 1, variables: [VariableLevel: [String: Variable]] = [:], span: Span? = nil
  ) {
    self.name = name
    self.hosts = hosts
    self.children = children
    self.parents = parents
    self.depth = depth
    self.priority = priority
    self.variables = variables
    self.span = span
  }
}
