import Diagnostics
import Schema
import YAML

/// Reads groups and hosts from one YAML file into a draft.
struct InventoryYAML {
  var draft: InventoryDraft
  var builder: SourceBuilder

  /// The groups at the root of a file.
  mutating func read(_ root: Node) {
    guard root.kind == .mapping else {
      report(
        "wrong-type", "an inventory is a mapping of groups, found a \(root.kindName)",
        at: root.span, help: "begin with `all:` and `hosts:` below it")
      return
    }
    if let plugin = root["plugin"] {
      report(
        "not-supported", "inventory plugins are not supported", at: plugin.span,
        help: "write the result to a file: `ansible-inventory --list --yaml --output FILE`")
      return
    }
    if let meta = root["_meta"] {
      report(
        "not-supported", "this is the output of an inventory script", at: meta.span,
        help: "write the inventory as YAML: `ansible-inventory --list --yaml --output FILE`")
      return
    }
    for (key, value) in root.pairs { readGroup(key, value) }
  }

  private mutating func readGroup(_ key: Node, _ body: Node) {
    guard let name = name(key, title: "group") else { return }
    draft.addGroup(name, at: key.span)
    if body.isNull { return }
    guard body.kind == .mapping else {
      report(
        "wrong-type", "the group `\(name)` is a mapping, found a \(body.kindName)", at: body.span,
        help: "put its hosts under `hosts:`")
      return
    }
    for (word, value) in body.pairs {
      switch word.text {
      case "vars": readVariables(of: name, value)
      case "children": readChildren(of: name, value)
      case "hosts": readHosts(of: name, value)
      default:
        let known = ["vars", "children", "hosts"]
        let near = suggestion(for: word.text, among: known)
        report(
          "unknown-key", "unknown key `\(word.text)` in the group `\(name)`", at: word.span,
          underline: near.map { "did you mean `\($0)`?" },
          help: "a group has `hosts`, `children` and `vars`")
      }
    }
  }

  private mutating func readVariables(of group: String, _ node: Node) {
    guard isMapping(node, "vars", of: group) else { return }
    let origin = Origin(.inventoryFileGroup, owner: group)
    var variables = VariableReader.variables(node, origin: origin, builder: &builder)
    if let priority = variables["ansible_group_priority"] {
      if case .int(let number) = priority.value {
        draft.groups[group]?.priority = number
      } else {
        report(
          "wrong-type", "`ansible_group_priority` must be an integer", at: priority.origin.span)
      }
      variables["ansible_group_priority"] = nil
    }
    draft.groups[group]?.variables[.inventoryFileGroup, default: [:]]
      .merge(variables) { _, later in later }
  }

  private mutating func readChildren(of group: String, _ node: Node) {
    if node.kind == .scalar, !node.isNull {
      addChild(node, body: nil, to: group)
      return
    }
    guard isMapping(node, "children", of: group) else { return }
    for (key, value) in node.pairs { addChild(key, body: value, to: group) }
  }

  private mutating func addChild(_ key: Node, body: Node?, to group: String) {
    guard let name = name(key, title: "group") else { return }
    draft.addGroup(name, at: key.span)
    if draft.isBelow(group, name) {
      report(
        "group-cycle",
        name == group
          ? "the group `\(name)` cannot be its own child"
          : "the group `\(name)` contains `\(group)` already, and cannot be its child",
        at: key.span)
      return
    }
    draft.addChild(name, to: group)
    if let body { readGroup(key, body) }
  }

  private mutating func readHosts(of group: String, _ node: Node) {
    if node.kind == .scalar, !node.isNull {
      _ = addHosts(node, to: group)
      return
    }
    guard isMapping(node, "hosts", of: group) else { return }
    for (key, value) in node.pairs {
      let (names, port) = addHosts(key, to: group)
      let origin = Origin(.inventoryFileHost)
      var variables: [String: Variable] = [:]
      if let port {
        variables["ansible_port"] = Variable(
          .int(port), Origin(.inventoryFileHost, span: key.span))
      }
      if value.kind == .mapping {
        variables.merge(
          VariableReader.variables(value, origin: origin, builder: &builder)
        ) { _, later in later }
      } else if !value.isNull {
        report(
          "wrong-type",
          "the variables of `\(key.text)` are a mapping, found a \(value.kindName)",
          at: value.span)
      }
      for name in names {
        draft.hosts[name]?.variables[.inventoryFileHost, default: [:]]
          .merge(variables) { _, later in later }
      }
    }
  }

  private mutating func addHosts(_ key: Node, to group: String) -> ([String], port: Int?) {
    guard let text = name(key, title: "host") else { return ([], nil) }
    let (pattern, port) = HostRange.address(text)
    do throws(HostRange.Failure) {
      let names = try HostRange.names(pattern)
      for name in names { draft.addHost(name, to: group, at: key.span) }
      return (names, port)
    } catch {
      report("host-range", "`\(text)`: \(error.message)", at: key.span)
      return ([], nil)
    }
  }

  // MARK: Mistakes

  private mutating func name(_ key: Node, title: String) -> String? {
    guard key.kind == .scalar, !key.text.isEmpty, !key.hasTemplate else {
      report(
        "wrong-type", "the name of a \(title) is a plain text", at: key.span)
      return nil
    }
    return key.text
  }

  private mutating func isMapping(_ node: Node, _ word: String, of group: String) -> Bool {
    if node.isNull { return false }
    guard node.kind != .mapping else { return true }
    report(
      "wrong-type", "`\(word)` of the group `\(group)` is a mapping, found a \(node.kindName)",
      at: node.span,
      help: word == "vars" ? nil : "end each name with a colon instead of beginning it with a dash")
    return false
  }

  private mutating func report(
    _ id: String, _ message: String, at span: Span?, underline: String? = nil, help: String? = nil
  ) {
    builder.bag.add(
      Diagnostic(.error, id, message, at: span, underline: underline, help: help))
  }
}
