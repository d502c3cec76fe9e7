import Diagnostics
import Schema

/// Hosts and the groups they are in, with what the inventory says about each.
package struct Inventory: Sendable {
  /// In the order in which the sources name them.
  package let hosts: [Host]
  /// `all` first, then `ungrouped`, then the others in the order in which the sources name them.
  package let groups: [Group]
  /// The folders of the sources, later ones stronger: `group_vars` and `host_vars` are looked for in them.
  package let folders: [String]
  /// The sources in the order given, paths from the root on.
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
  /// What is set for the host itself, weakest first: in the inventory, in `host_vars` beside it and beside the playbook.
  package let layers: [VariableLayer]
  /// Where it was first named; nil for a host of the command line.
  package let span: Span?
  /// The source that names it first, as an absolute path: `inventory_file`; nil for one that nobody named.
  package let source: String?
  /// Whether nobody named it: `localhost` is there without being written.
  package let isImplicit: Bool
  /// The strongest of the host's own variables.
  let merged: [String: Variable]

  package init(
    name: String, directGroups: [String], groups: [String], layers: [VariableLayer] = [],
    span: Span? = nil, source: String? = nil, isImplicit: Bool = false
  ) {
    self.name = name
    self.directGroups = directGroups
    self.groups = groups
    self.layers = layers
    self.span = span
    self.source = source
    self.isImplicit = isImplicit
    merged = layers.merged
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
  /// The hosts right in it, in the order in which they were named.
  package let directHosts: [String]
  /// The groups right below it.
  package let children: [String]
  /// The groups right above it.
  package let parents: [String]
  /// The longest way from `all`, which is 0.
  package let depth: Int
  /// Among groups of one depth the greater wins: `ansible_group_priority`, 1 unless set.
  package let priority: Int
  /// What is set for the group, weakest first.
  package let layers: [VariableLayer]
  /// Where it was first named.
  package let span: Span?
  /// Where each host was put right into it; hosts of the command line have no place.
  package let hostPlaces: [String: Span]
  /// Where each group was put right below it.
  package let childPlaces: [String: Span]

  package init(
    name: String, hosts: [String], directHosts: [String] = [], children: [String] = [],
    parents: [String] = [], depth: Int,
    priority: Int = 1, layers: [VariableLayer] = [], span: Span? = nil,
    hostPlaces: [String: Span] = [:], childPlaces: [String: Span] = [:]
  ) {
    self.name = name
    self.hosts = hosts
    self.directHosts = directHosts
    self.children = children
    self.parents = parents
    self.depth = depth
    self.priority = priority
    self.layers = layers
    self.span = span
    self.hostPlaces = hostPlaces
    self.childPlaces = childPlaces
  }
}

/// Variables that one place sets for a host or a group: a line of the inventory, a file of `group_vars`.
package struct VariableLayer: Sendable {
  package let level: VariableLevel
  /// Among layers of one level the greater is stronger: the number of the source whose folder it lies beside.
  package let rank: Int
  package let variables: [String: Variable]

  package init(_ level: VariableLevel, rank: Int = 0, _ variables: [String: Variable]) {
    self.level = level
    self.rank = rank
    self.variables = variables
  }
}

extension [VariableLayer] {
  /// The strongest variable of each name, of layers that go from weak to strong.
  package var merged: [String: Variable] {
    guard let first else { return [:] }
    return dropFirst().reduce(into: first.variables) { merged, layer in
      merged.merge(layer.variables) { _, later in later }
    }
  }
}
