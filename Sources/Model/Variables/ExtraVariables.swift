import Diagnostics
import Schema
import Template
import YAML

/// Variables of the command line: `-e name=value`, `-e '{"name": value}'`, `-e @file.yml`.
package enum ExtraVariables {
  /// The variables of all `-e`, later ones over earlier ones.
  ///
  /// Values of `name=value` are texts, as in Ansible; those of YAML and JSON have their types.
  package static func parse(
    _ arguments: [String], disk: ControllerDisk = .system, into bag: inout DiagnosticBag
  ) -> [String: Variable] {
    var builder = SourceBuilder()
    var variables: [String: Variable] = [:]
    for argument in arguments {
      variables.merge(read(argument, disk, &builder)) { _, later in later }
    }
    bag.add(contentsOf: builder.bag.all)
    return variables
  }

  private static func read(
    _ argument: String, _ disk: ControllerDisk, _ builder: inout SourceBuilder
  ) -> [String: Variable] {
    let origin = Origin(.extraVars, owner: "-e")
    let text = trimmed(argument[...])
    if text.hasPrefix("@") {
      return VariableFiles(disk: disk).variables(
        ofFile: String(text.dropFirst()), origin: origin, at: nil, builder: &builder)
    }
    if text.hasPrefix("{") || text.hasPrefix("[") {
      return inline(String(text), origin, &builder)
    }
    let form = FreeForm(String(text)) { isIdentifier($0) }
    if let rest = form.rest {
      builder.bag.add(
        Diagnostic(
          .warning, "extra-vars", "`-e \(rest)` sets no variable",
          help: "write `-e name=value`, `-e @FILE` or `-e '{\"name\": value}'`"))
    }
    return Dictionary(
      form.pairs.map { pair in (pair.name, variable(pair, origin, &builder)) },
      uniquingKeysWith: { _, later in later })
  }

  private static func variable(
    _ pair: FreeForm.Pair, _ origin: Origin, _ builder: inout SourceBuilder
  ) -> Variable {
    var value = Value.string(pair.value)
    if pair.value.contains("{{") || pair.value.contains("{%") {
      _ = builder.compile(pair.value, .value, node: nil, offset: 0)
      value = value.marked(.template)
    }
    if VariableReader.isSecret(pair.name) { value = value.concealed }
    return Variable(value, origin)
  }

  private static func inline(_ text: String, _ origin: Origin, _ builder: inout SourceBuilder)
    -> [String: Variable]
  {
    let file = SourceFile(name: "<extra vars>", text: text)
    guard let root = parseYAML(file, into: &builder.bag).first?.root else { return [:] }
    guard root.kind == .mapping else {
      builder.bag.add(
        Diagnostic(
          .error, "extra-vars", "extra variables are a mapping, found a \(root.kindName)",
          at: root.span))
      return [:]
    }
    return VariableReader.variables(root, origin: origin, builder: &builder)
  }
}
