import Diagnostics
import Model
import Report
import Schema
import Template

/// An inventory as Ansible's users know its listings.
struct InventoryListing {
  let context: HostContext

  private var inventory: Inventory { context.inventory }

  /// As `ansible-inventory --list`.
  var json: Value {
    let shown = Set(context.hosts.map(\.name))
    var map = ValueMap()
    var hostvars = ValueMap()
    for host in context.hosts {
      let variables = VariableListing(context: context, host: host, showsLosers: false)
      hostvars[host.name] = .dict(variables.map)
    }
    map["_meta"] = ["hostvars": .dict(hostvars)]
    for group in inventory.groups {
      var entry = ValueMap()
      let direct = inventory.hosts.filter {
        $0.directGroups.contains(group.name) && shown.contains($0.name)
      }
      if !direct.isEmpty { entry["hosts"] = .list(direct.map { .string($0.name) }) }
      if !group.children.isEmpty { entry["children"] = .list(group.children.map(Value.string)) }
      if !entry.isEmpty { map[group.name] = .dict(entry) }
    }
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
    for host in context.hosts where host.directGroups.contains(group.name) {
      lines.append("\(indentation(depth + 1))\(host.name)")
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

  /// Names and values; secrets masked.
  var map: ValueMap {
    ValueMap(
      names.compactMap { name in
        variables.variable(named: name).map {
          (Value.string(name), JSONReport.masked(rendered($0.value)))
        }
      })
  }

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
    var text = origin.level.title
    if let owner = origin.owner, owner != "-e" { text += " `\(owner)`" }
    if let span = origin.span {
      text += ", \(span.file.name):\(span.position.line)"
    }
    return text
  }
}
