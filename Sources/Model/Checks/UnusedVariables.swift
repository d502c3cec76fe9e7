import Diagnostics
import OrderedCollections
import Schema
import Template

/// Finds variables that are set in the inventory or on a play and that nothing mentions.
struct UnusedVariables {
  let walk: NameWalk

  func run() -> [Diagnostic] {
    let used = walk.mentionedNames
    var variables: [String: Variable] = [:]
    func add(_ more: [String: Variable]) {
      variables.merge(more) { first, _ in first }
    }
    for host in walk.inventory.hosts {
      let view = walk.store.variables(for: host)
      for name in view.inventoryNames {
        if let variable = view.variable(named: name) { add([name: variable]) }
      }
    }
    for play in walk.playbook.plays {
      for scope in play.keywords.scope.map({ Array($0.chain) }) ?? []
      where scope.level == .playVars || scope.level == .playVarsFiles {
        add(scope.variables)
      }
    }
    var texts: Set<String> = []
    for variable in variables.values { collect(variable.value, &texts) }
    let mentioned = texts.reduce(into: used) { names, text in
      names.formUnion(walk.references(of: text).map(\.name))
    }
    return variables.sorted { $0.key < $1.key }.compactMap { name, variable in
      guard !mentioned.contains(name), !name.hasPrefix("ansible_"), let span = variable.origin.span
      else { return nil }
      return Diagnostic(
        .note, "unused-variable", "nothing uses the variable `\(name)`", at: span,
        underline: suggestion(for: name, among: mentioned).map { "did you mean `\($0)`?" })
    }
  }

  private func collect(_ value: Value, _ texts: inout Set<String>) {
    switch value {
    case .text(let text): if text.marks.contains(.template) { texts.insert(text.string) }
    case .list(let elements): for element in elements { collect(element, &texts) }
    case .dict(let map): for (_, element) in map.entries { collect(element, &texts) }
    case .null, .bool, .int, .bigInt, .float, .unknown: return
    }
  }
}

extension NameWalk {
  /// Every name that a template which was met mentions, and names given as texts to lookups.
  var mentionedNames: Set<String> {
    references.values.reduce(into: Set(flow.names)) { names, found in
      names.formUnion(found.map(\.name))
    }
  }
}
