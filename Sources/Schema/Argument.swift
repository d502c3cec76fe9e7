import Diagnostics
import YAML

/// One argument as it was given: its value, and where and how it was written.
package struct Argument: Sendable {
  /// The value after rendering; typed by the `.ansible` policy when it was written without a template.
  package var value: Value
  /// The node, when the value was written literally: parameters type a scalar from its source text.
  package var node: Node?
  /// Where it was written; nil for arguments of the command line.
  package var span: Span?
  /// Where its name was written; nil for arguments of the command line and for elements of others.
  package var keySpan: Span?
  /// `mode`, `value.min`, `groups[2]`: for messages.
  package var path: String
  /// What the engine read for a parameter that names something on the controller.
  package var content: ControllerContent?
  /// What is in the bundle that a parameter of the treatment `bundle` names.
  package var bundle: BundleOffer?
  /// The text of the expression that was evaluated, for a parameter of the treatment `expression`.
  package var expression: String?

  package init(
    _ value: Value, node: Node? = nil, span: Span? = nil, path: String,
    content: ControllerContent? = nil
  ) {
    self.value = value
    self.node = node
    self.span = span ?? node?.span
    self.path = path
    self.content = content
  }

  /// The characters of a scalar as written (`0644`, `1.10`, `no`), or of the value where it was
  /// computed.
  ///
  /// nil for lists, dictionaries and null.
  package var sourceText: String? {
    if let node, node.kind == .scalar, node.style != .plain || node.resolved(.ansible) != .null {
      return node.text
    }
    switch value {
    case .text(let text): return text.string
    case .bool(let flag): return flag ? "True" : "False"
    case .int(let number): return String(number)
    case .bigInt(let number): return String(number)
    case .float(let number): return String(number)
    case .null, .list, .dict, .unknown: return nil
    }
  }

  /// Where its name was written, else its value.
  package var nameSpan: Span? { keySpan ?? span }

  /// Whether the value is missing in the sense of the language: null, or an empty plain scalar.
  package var isNull: Bool { value == .null }

  /// Whether a secret is somewhere inside.
  package var isSecret: Bool { value.deepMarks.contains(.secret) }

  /// The elements of a list, each with its own place; nil when it is no list.
  package var elements: [Argument]? {
    guard let list = value.list else { return nil }
    var nodes = node?.kind == .sequence ? node?.elements : nil
    if nodes?.count != list.count { nodes = nil }
    return list.enumerated().map { index, element in
      let child = nodes?[index]
      return Argument(
        element, node: child.flatMap(\.literal), span: child?.span ?? span,
        path: "\(path)[\(index)]")
    }
  }

  /// The entries of a dictionary with text keys, each with its own place; nil when it is no dictionary.
  package var entries: [(name: String, argument: Argument)]? {
    guard let map = value.dict else { return nil }
    return map.entries.compactMap { key, value in
      guard let name = key.string else { return nil }
      let child = node?.kind == .mapping ? node?[name] : nil
      return (
        name,
        Argument(
          value, node: child.flatMap(\.literal), span: child?.span ?? span,
          path: "\(path).\(name)")
      )
    }
  }

  /// A diagnostic about this argument's value.
  package func wrong(_ id: String = "argument-type", _ message: String, help: String? = nil)
    -> Diagnostic
  {
    var diagnostic = Diagnostic(.error, id, "`\(path)` \(message)", at: span, help: help)
    diagnostic.hidesSource = isSecret
    return diagnostic
  }

  /// The value in a few words for a message; a secret is not shown.
  package var shown: String {
    if isSecret { return "a secret" }
    if let sourceText { return "`\(sourceText)`" }
    return "a \(value.typeName)"
  }
}

/// The arguments of one task, by the names of the parameters they were given under.
package struct Arguments: Sendable {
  /// The module, as the task names it.
  package let module: String
  /// The place of the module's name in the task.
  package let span: Span?
  package var given: [String: Argument]
  /// The inventory's name of the host that the task is for; nil where there is none yet, and for modules whose
  /// manual does not ask for it.
  package var host: String?
  /// The present: seconds since 1970 when the run began; 0 where nothing runs.
  package var now = 0

  package init(module: String, span: Span? = nil, given: [String: Argument]) {
    self.module = module
    self.span = span
    self.given = given
  }

  /// The argument under the parameter's name or one of its aliases; null counts as not given.
  package func argument(_ parameter: ParameterManual) -> Argument? {
    for name in [parameter.name] + parameter.aliases {
      if let argument = given[name], !argument.isNull { return argument }
    }
    return nil
  }

  /// The typed value of a parameter: what was given, else its default.
  package subscript<T: ParameterType>(_ parameter: Parameter<T>) -> T {
    get throws(Diagnostic) {
      if let argument = argument(parameter.manual) { return try T(argument) }
      if let value = parameter.fallback { return value }
      throw Diagnostic(
        .error, "missing-parameter",
        "module `\(module)` needs the parameter `\(parameter.manual.name)`",
        at: span, help: parameter.manual.summary)
    }
  }

  /// The span of an argument, else of the module's name.
  package func span(of parameter: ParameterManual) -> Span? { argument(parameter)?.span ?? span }
}

extension Node {
  /// The node itself; nil for a text that is rendered, of which only the place says something.
  fileprivate var literal: Node? { hasTemplate || isEncrypted ? nil : self }
}
