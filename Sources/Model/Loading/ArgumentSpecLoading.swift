import Diagnostics
import Schema
import Template
import YAML

/// The comparison of a role's variables with its `meta/argument_specs.yml`.
extension LoadSession {
  private static let module = "validate_argument_spec"

  /// The task that a role begins with; nil where nothing is said of the entry point.
  ///
  /// `entryPoint`: the name of the file of tasks.
  func argumentValidation(
    of role: Role, _ entryPoint: String, _ context: TaskContext, path: String
  ) -> Task? {
    let stem = [".yml", ".yaml"].first(where: entryPoint.hasSuffix).map {
      String(entryPoint.dropLast($0.count))
    }
    let point = stem ?? entryPoint
    guard let node = role.argumentSpecs?[point], let options = node["options"],
      options.kind == .mapping
    else { return nil }
    var keywords = context.keywords
    if !keywords.tags.contains("always") { keywords.tags.append("always") }
    let title = node["short_description"].map { " - \($0.text)" } ?? ""
    return Task(
      number: nextTaskNumber(), id: nil,
      name: TextSource("Validating arguments against arg spec '\(point)'\(title)"),
      module: Self.module, moduleSpan: options.span,
      arguments: [
        "argument_spec": ArgumentSource(
          .literal(Value(options, trusted: false, into: &builder.bag), options),
          span: options.span, path: "argument_spec"),
        "variables": variables(named: options),
      ], argumentsTemplate: nil, loop: nil, register: nil, notify: [], listen: [],
      changedWhen: nil, failedWhen: nil, until: nil, retries: nil, delay: nil, needs: nil,
      touches: nil, keywords: keywords, folders: context.folders, role: role.name,
      span: options.span, path: "\(path)<\(role.name)>.argument_specs")
  }

  /// The arguments of the module where a task uses it itself: with the variables that its specification names.
  func withVariables(
    _ arguments: [String: ArgumentSource], of module: String
  ) -> [String: ArgumentSource] {
    guard LanguageModules.plainName(module) == Self.module, arguments["variables"] == nil,
      case .literal(_, let node?)? = arguments["argument_spec"]?.source, node.kind == .mapping
    else { return arguments }
    return arguments.merging(["variables": variables(named: node)]) { own, _ in own }
  }

  /// The variables of the options' names, those that are there.
  private func variables(named options: Node) -> ArgumentSource {
    let entries = options.pairs.compactMap { key, _ -> (key: Value, value: ValueSource)? in
      guard isIdentifier(key.text) else { return nil }
      return builder.compile("{{ \(key.text) | default(omit) }}", .value, node: nil, offset: 0)
        .map { (.string(key.text), .template($0)) }
    }
    let source: ValueSource =
      entries.isEmpty ? .literal(.dict([:]), options) : .dict(entries, options)
    return ArgumentSource(source, span: options.span, path: "variables")
  }
}
