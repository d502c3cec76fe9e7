extension Manual {
  /// The manual as a Markdown section under a heading of a level from 1.
  package func markdown(level: Int = 1) -> String {
    let heading = String(repeating: "#", count: level)
    var blocks = ["\(heading) \(name)", summary]
    if !aliases.isEmpty {
      blocks.append("Also: \(aliases.map { "`\($0)`" }.joined(separator: ", ")).")
    }
    blocks.append(shape.explanation)
    blocks += notes
    blocks += parameterBlocks(heading + "#")
    if !results.isEmpty {
      blocks.append("\(heading)# Result")
      blocks.append(results.map { "* `\($0.name)`: \($0.summary)" }.joined(separator: "\n"))
    }
    if !examples.isEmpty {
      blocks.append("\(heading)# Examples")
      blocks.append("```yaml\n\(examples.joined(separator: "\n\n"))\n```")
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private func parameterBlocks(_ heading: String) -> [String] {
    guard !parameters.isEmpty || takesAnyParameter else { return [] }
    var blocks = ["\(heading) Parameters"]
    if !parameters.isEmpty {
      blocks.append(parameters.map(line).joined(separator: "\n"))
    }
    if takesAnyParameter { blocks.append("Parameters of any other name are taken too.") }
    if let freeForm { blocks.append("Text without a name is for `\(freeForm)`.") }
    blocks += exclusive.map { "At most one of \(listed($0)) may be given." }
    blocks += oneOf.map { "At least one of \(listed($0)) must be given." }
    return blocks
  }

  private func line(_ parameter: ParameterManual) -> String {
    var facts = [parameter.type]
    if !parameter.choices.isEmpty {
      facts.append("one of " + listed(parameter.choices))
    }
    if parameter.isRequired { facts.append("required") }
    if let shown = parameter.fallbackShown { facts.append("default `\(shown)`") }
    if !parameter.aliases.isEmpty { facts.append("also " + listed(parameter.aliases)) }
    if parameter.isSecret { facts.append("secret") }
    return "* `\(parameter.name)` (\(facts.joined(separator: "; "))): \(parameter.summary)"
  }

  private func listed(_ names: [String]) -> String {
    names.map { "`\($0)`" }.joined(separator: ", ")
  }
}

extension Manual.Shape {
  /// What the shape means for a plan.
  fileprivate var explanation: String {
    switch self {
    case .state: "A state: compared, changed only where it differs, and compared again."
    case .query: "A query: reads the host and never changes it."
    case .action:
      "An action: runs every time unless a guard says that there is nothing to do."
    case .controller: "Works on the controller alone."
    }
  }
}

/// The manuals of many modules as one Markdown page, by name.
package func moduleReference(_ manuals: [Manual]) -> String {
  let head = """
    # Modules

    Made from the manuals by `spile module doc --all`: do not edit.

    """
  let index = manuals.map { "* `\($0.name)`: \($0.summary)" }.joined(separator: "\n")
  return head + "\n" + index + "\n\n"
    + manuals.map { $0.markdown(level: 2) }.joined(separator: "\n")
}
