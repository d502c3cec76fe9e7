import Diagnostics
import Schema
import YAML

/// Checks the arguments of a task against the manual of its module: names, and the types of what is literal.
struct ArgumentCheck {
  let task: Task
  let modules: ModuleCatalog

  func run() -> [Diagnostic] {
    guard let manual = modules.manual(task.module) else { return [] }
    var given: [String: Argument] = [:]
    var deferred: [String: Span?] = [:]
    var found: [Diagnostic] = []
    for (name, source) in task.effectiveArguments(manual) {
      if case .literal(let value, let node) = source.source {
        let isSecret = manual.parameter(named: name)?.isSecret == true
        given[name] = Argument(
          isSecret ? value.concealed : value, node: node, span: source.span, path: name)
        given[name]?.keySpan = source.keySpan
        if let warning = decimalMode(name, node, manual) { found.append(warning) }
      } else {
        deferred[name] = source.nameSpan
      }
    }
    if let template = task.argumentsTemplate {
      for parameter in manual.parameters where given[parameter.name] == nil {
        deferred[parameter.name] = .some(template.span)
      }
    }
    let arguments = Arguments(module: task.module, span: task.moduleSpan, given: given)
    found += manual.check(arguments, deferred: deferred)
    return found.map { diagnostic in
      var diagnostic = diagnostic
      diagnostic.path = diagnostic.path ?? "\(task.path).\(task.module)"
      return diagnostic
    }
  }

  /// `mode: 644` works, but means 1204 to other tools that read YAML.
  private func decimalMode(_ name: String, _ node: Node?, _ manual: Manual) -> Diagnostic? {
    guard let node, node.kind == .scalar, node.style == .plain,
      manual.parameter(named: name)?.type.contains(FileMode.typeDescription) == true,
      case .int = node.resolved(.ansible), !node.text.hasPrefix("0")
    else { return nil }
    return Diagnostic(
      .warning, "decimal-mode", "`\(name): \(node.text)` is read as the octal mode 0\(node.text)",
      at: node.span, underline: "a decimal integer to other tools",
      help: "write \"0\(node.text)\"")
  }
}
