import Diagnostics
import Model
import Report
import Schema
import Template

/// An inventory as Ansible's users know its listings.
struct InventoryListing {
  let context: HostContext

  private var inventory: Inventory { context.inventory }

  /// As `ansible-inventory --list` (ansible-core 2.19), secrets masked.
  ///
  /// Hosts that only `all` names stand under `ungrouped`; groups and hosts with nothing to say are left out.
  var json: Value {
    let shown = Set(context.hosts.map(\.name))
    var map = ValueMap()
    for group in inventory.groups {
      var entry = ValueMap()
      let hosts = group.name == "all" ? [] : group.directHosts.filter(shown.contains)
      if !hosts.isEmpty { entry["hosts"] = .list(hosts.map(Value.string)) }
      if !group.children.isEmpty { entry["children"] = .list(group.children.map(Value.string)) }
      if !entry.isEmpty { map[group.name] = .dict(entry) }
    }
    var hostvars = ValueMap()
    for host in context.hosts {
      let variables = context.store.variables(for: host).written
      if !variables.isEmpty { hostvars[host.name] = JSONReport.masked(.dict(variables)) }
    }
    map["_meta"] = ["hostvars": .dict(hostvars), "profile": .string("inventory_legacy")]
    return .dict(map)
  }

  /// As `ansible-inventory --graph`.
  var tree: String {
    guard let all = inventory.group(named: "all") else { return "@all:" }
    return branch(all, depth: 0, above: []).joined(separator: "\n")
  }

  private func branch(_ group: Group, depth: Int, above: Set<String>) -> [String] {
    let lead = indentation(depth)
    guard !above.contains(group.name) else { return [] }
    var lines = ["\(lead)@\(group.name):"]
    for child in group.children.compactMap(inventory.group(named:)) {
      lines += branch(child, depth: depth + 1, above: above.union([group.name]))
    }
    for host in group.name == "all" ? [] : group.directHosts {
      lines.append("\(indentation(depth + 1))\(host)")
    }
    return lines
  }

  private func indentation(_ depth: Int) -> String {
    depth == 0 ? "" : "  " + String(repeating: "|  ", count: depth - 1) + "|--"
  }
}

/// The variables of a host: what each is, and where it was set.
struct VariableListing {
  let context: HostContext
  let host: Host
  /// Whether values that others override are shown too.
  let showsLosers: Bool

  private var variables: HostVariables { context.store.variables(for: host) }

  var lines: [String] { names.flatMap(lines) }

  /// The names that somebody wrote; what Spile sets itself is left out.
  private var names: [String] {
    variables.names.filter { variables.variable(named: $0) != nil }.sorted()
  }

  private func lines(_ name: String) -> [String] {
    let found = variables.explain(name)
    guard let winner = found.first else { return [] }
    let value = ValueText.lines(.dict(ValueMap([(.string(name), rendered(winner.value))])))
    var lines = value + ["    # \(described(winner.origin))"]
    guard showsLosers else { return lines }
    for loser in found.dropFirst() {
      let text = ValueText.lines(loser.value).joined(separator: " ")
      lines.append("    # overrides \(text) from \(described(loser.origin))")
    }
    return lines
  }

  /// The value with its templates rendered; as written where that cannot be done here.
  private func rendered(_ value: Value) -> Value {
    (try? context.renderer(for: host, folders: context.inventory.folders).render(value)) ?? value
  }

  private func described(_ origin: Origin) -> String {
    origin.described + (origin.span.map { ", \($0.line)" } ?? "")
  }
}

extension HostVariables {
  /// The variables that somebody wrote, templates as written, by name.
  var written: ValueMap {
    ValueMap(names.compactMap { name in variable(named: name).map { (.string(name), $0.value) } })
  }
}
