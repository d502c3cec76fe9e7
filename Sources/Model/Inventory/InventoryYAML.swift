import Diagnostics
import Schema
import YAML

/// YAML: a mapping of groups.
extension InventoryReading {
  /// The groups at the root of a file.
  mutating func readYAML(_ root: Node) {
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
        help: "give the script itself, or make one of the file: `#!/bin/sh` and `cat FILE`")
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
    addVariables(
      VariableReader.variables(node, origin: origin, builder: &builder), toGroup: group)
  }

  private mutating func readChildren(of group: String, _ node: Node) {
    if node.kind == .scalar, !node.isNull {
      readChild(node, body: nil, to: group)
      return
    }
    guard isMapping(node, "children", of: group) else { return }
    for (key, value) in node.pairs { readChild(key, body: value, to: group) }
  }

  private mutating func readChild(_ key: Node, body: Node?, to group: String) {
    guard let name = name(key, title: "group") else { return }
    draft.addGroup(name, at: key.span)
    let isCircle = draft.isBelow(group, name)
    addChild(name, to: group, at: key.span)
    if isCircle { return }
    if let body { readGroup(key, body) }
  }

  private mutating func readHosts(of group: String, _ node: Node) {
    if node.kind == .scalar, !node.isNull {
      _ = addHosts(node, to: group)
      return
    }
    guard isMapping(node, "hosts", of: group) else { return }
    for (key, value) in node.pairs {
      let names = addHosts(key, to: group)
      if value.kind == .mapping {
        let variables = VariableReader.variables(
          value, origin: Origin(.inventoryFileHost), builder: &builder)
        for name in names { addVariables(variables, toHost: name) }
      } else if !value.isNull {
        report(
          "wrong-type",
          "the variables of `\(key.text)` are a mapping, found a \(value.kindName)",
          at: value.span)
      }
    }
  }

  private mutating func addHosts(_ key: Node, to group: String) -> [String] {
    name(key, title: "host").map { addHosts($0, to: group, at: key.span) } ?? []
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
}
