import Diagnostics
import Schema
import YAML

/// Reads named values from a mapping.
enum VariableReader {
  /// The variables of a mapping; names that cannot be variables are reported.
  static func variables(_ node: Node, origin: Origin, builder: inout SourceBuilder)
    -> [String: Variable]
  {
    var variables: [String: Variable] = [:]
    for (key, value) in node.pairs {
      guard key.kind == .scalar, isIdentifier(key.text) else {
        reportName(key, &builder)
        continue
      }
      variables[key.text] = variable(key.text, value, origin: origin, builder: &builder)
    }
    return variables
  }

  /// One variable; secret by its name where that says so.
  static func variable(
    _ name: String, _ node: Node, origin: Origin, builder: inout SourceBuilder
  ) -> Variable {
    var origin = origin
    origin.span = node.span
    var value = builder.variable(node)
    if isSecret(name) { value = value.concealed }
    return Variable(value, origin)
  }

  /// Whether a variable holds a password by its name, as Ansible's connection variables do.
  static func isSecret(_ name: String) -> Bool {
    guard name.hasPrefix("ansible_") || name.contains("become_") else { return false }
    return ["password", "_pass", "passphrase"].contains { name.hasSuffix($0) }
  }

  private static func reportName(_ key: Node, _ builder: inout SourceBuilder) {
    guard key.kind == .scalar else {
      _ = builder.variable(key)
      builder.bag.add(
        Diagnostic(
          .error, "complex-key", "a \(key.kindName) cannot be the name of a variable",
          at: key.span))
      return
    }
    reportName(key.text, at: key.span, &builder)
  }

  /// Notes a name that cannot be that of a variable.
  static func reportName(_ name: String, at span: Span?, _ builder: inout SourceBuilder) {
    let fixed = String(name.map { $0 == "-" || $0 == "." || $0 == " " ? "_" : $0 })
    builder.bag.add(
      Diagnostic(
        .error, "variable-name", "`\(name)` cannot be the name of a variable", at: span,
        help: isIdentifier(fixed)
          ? "use letters, digits and `_`, such as `\(fixed)`" : "use letters, digits and `_`"))
  }
}
