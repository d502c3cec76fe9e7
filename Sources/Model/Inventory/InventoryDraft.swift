import Diagnostics
import Schema

/// An inventory while its sources are being read.
struct InventoryDraft {
  struct HostDraft {
    var span: Span?
    var source: String?
    var groups: [String] = []
    var layers: [VariableLayer] = []
  }

  struct GroupDraft {
    var span: Span?
    var hosts: [String] = []
    var hostPlaces: [String: Span] = [:]
    var children: [String] = []
    var childPlaces: [String: Span] = [:]
    var parents: [String] = []
    var priority = 1
    var layers: [VariableLayer] = []
  }

  private(set) var hostOrder: [String] = []
  private(set) var groupOrder: [String] = []
  var hosts: [String: HostDraft] = [:]
  var groups: [String: GroupDraft] = [:]

  init() {
    addGroup("all", at: nil)
    addGroup("ungrouped", at: nil)
    addChild("ungrouped", to: "all", at: nil)
  }

  mutating func addGroup(_ name: String, at span: Span?) {
    guard groups[name] == nil else {
      if groups[name]?.span == nil { groups[name]?.span = span }
      return
    }
    groups[name] = GroupDraft(span: span)
    groupOrder.append(name)
  }

  mutating func addHost(_ name: String, to group: String, at span: Span?, source: String? = nil) {
    if hosts[name] == nil {
      hosts[name] = HostDraft(span: span, source: source)
      hostOrder.append(name)
    }
    guard hosts[name]?.groups.contains(group) == false else { return }
    hosts[name]?.groups.append(group)
    groups[group]?.hosts.append(name)
    groups[group]?.hostPlaces[name] = span
  }

  mutating func addChild(_ child: String, to parent: String, at span: Span?) {
    guard groups[parent]?.children.contains(child) == false else { return }
    groups[parent]?.children.append(child)
    groups[parent]?.childPlaces[child] = span
    groups[child]?.parents.append(parent)
  }

  /// Adds variables to a host, over those of the same level and below those of stronger ones.
  mutating func addLayer(_ layer: VariableLayer, toHost name: String) {
    guard !layer.variables.isEmpty, let layers = hosts[name]?.layers else { return }
    let place = layers.firstIndex { $0.level > layer.level } ?? layers.count
    hosts[name]?.layers.insert(layer, at: place)
  }

  mutating func addLayer(_ layer: VariableLayer, toGroup name: String) {
    if !layer.variables.isEmpty { groups[name]?.layers.append(layer) }
  }

  /// Whether a group is another one or lies below it.
  func isBelow(_ group: String, _ other: String) -> Bool {
    descendants(of: other).contains(group)
  }

  /// A group and those below it, level by level.
  func descendants(of group: String) -> [String] { walk(from: [group]) { groups[$0]?.children } }

  /// The groups above some groups, and these.
  func ancestors(of names: [String]) -> [String] { walk(from: names) { groups[$0]?.parents } }

  private func walk(from start: [String], _ next: (String) -> [String]?) -> [String] {
    var found = start
    var seen = Set(start)
    var place = 0
    while place < found.count {
      for other in next(found[place]) ?? [] where seen.insert(other).inserted {
        found.append(other)
      }
      place += 1
    }
    return found
  }

  // MARK: The result

  /// Puts every group below `all`, hosts without a group into `ungrouped`, and works out depths and orders.
  mutating func inventory(sources: [String], folders: [String]) -> Inventory {
    for name in groupOrder where name != "all" && groups[name]?.parents.isEmpty == true {
      addChild(name, to: "all", at: nil)
    }
    groupHosts()
    let depths = self.depths()
    func isWeaker(_ left: String, _ right: String) -> Bool {
      let (first, second) = (self.groups[left]?.priority ?? 1, self.groups[right]?.priority ?? 1)
      return (depths[left] ?? 0, first, left) < (depths[right] ?? 0, second, right)
    }
    let hosts = hostOrder.compactMap { name -> Host? in
      guard let draft = self.hosts[name] else { return nil }
      let all = Set(ancestors(of: draft.groups)).union(["all"]).sorted(by: isWeaker)
      return Host(
        name: name, directGroups: draft.groups, groups: all, layers: draft.layers,
        span: draft.span, source: draft.source)
    }
    let groups = groupOrder.compactMap { name -> Group? in
      guard let draft = self.groups[name] else { return nil }
      let members = unique(descendants(of: name).flatMap { self.groups[$0]?.hosts ?? [] })
      return Group(
        name: name, hosts: members, directHosts: draft.hosts, children: draft.children,
        parents: draft.parents,
        depth: depths[name] ?? 0, priority: draft.priority, layers: draft.layers,
        span: draft.span, hostPlaces: draft.hostPlaces, childPlaces: draft.childPlaces)
    }
    return Inventory(hosts: hosts, groups: groups, folders: folders, sources: sources)
  }

  /// A host that only `all` or `ungrouped` names is in `ungrouped`; any other is not.
  private mutating func groupHosts() {
    for name in hostOrder {
      let direct = hosts[name]?.groups ?? []
      let isGrouped = direct.contains { $0 != "all" && $0 != "ungrouped" }
      if isGrouped, direct.contains("ungrouped") {
        hosts[name]?.groups.removeAll { $0 == "ungrouped" }
        groups["ungrouped"]?.hosts.removeAll { $0 == name }
      } else if !isGrouped {
        addHost(name, to: "ungrouped", at: nil)
      }
    }
  }

  /// The longest way from `all` to each group.
  private func depths() -> [String: Int] {
    var depths: [String: Int] = ["all": 0]
    var waiting = groups.mapValues(\.parents.count)
    var ready = ["all"]
    while let group = ready.popLast() {
      for child in groups[group]?.children ?? [] {
        depths[child] = max(depths[child] ?? 0, (depths[group] ?? 0) + 1)
        waiting[child, default: 0] -= 1
        if waiting[child] == 0 { ready.append(child) }
      }
    }
    return depths
  }
}
