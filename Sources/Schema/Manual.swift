import Diagnostics

/// What a module is and takes: one table that documents, validates and completes.
package struct Manual: Sendable {
  /// What kind of thing a module is; see `ModuleKit`.
  package enum Shape: String, Sendable { case state, query, action, controller }

  /// A key of the result, with what it holds.
  package struct Result: Sendable {
    package let name: String
    package let summary: String
    package init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  package let name: String
  /// Other names that tasks may use: `ansible.builtin.copy` is understood for every module without being listed.
  package let aliases: [String]
  package let shape: Shape
  /// One sentence.
  package let summary: String
  /// What a user must know beyond the parameters: Markdown paragraphs.
  package let notes: [String]
  package let parameters: [ParameterManual]
  /// The parameter that a task's bare text is for: `command: ls -l`.
  package let freeForm: String?
  /// Whether parameters of any name are taken (`set_fact`).
  package let takesAnyParameter: Bool
  /// Whether the module wants to know the host's name (`Arguments.host`).
  package let dependsOnHost: Bool
  /// Parameters of which at most one may be given.
  package let exclusive: [[String]]
  /// Parameters of which at least one must be given.
  package let oneOf: [[String]]
  /// Values of parameters that other tools carry out and this one does not: a mistake only where a host comes to them.
  package let unsupported: [String: Set<String>]
  /// Parameters by which a task may come to write on the controller, so that what is gathered before it is sent first.
  package let controllerWriters: Set<String>
  package let results: [Result]
  /// YAML tasks that are parsed, checked and planned by a test.
  package let examples: [String]

  package init(
    _ name: String, _ shape: Shape, _ summary: String, aliases: [String] = [], notes: [String] = [],
    parameters: [ParameterManual], freeForm: String? = nil, takesAnyParameter: Bool = false,
    dependsOnHost: Bool = false, exclusive: [[String]] = [], oneOf: [[String]] = [],
    unsupported: [String: Set<String>] = [:], controllerWriters: Set<String> = [],
    results: [Result] = [], examples: [String]
  ) {
    self.controllerWriters = controllerWriters
    self.unsupported = unsupported
    self.name = name
    self.aliases = aliases
    self.shape = shape
    self.summary = summary
    self.notes = notes
    self.parameters = parameters
    self.freeForm = freeForm
    self.takesAnyParameter = takesAnyParameter
    self.dependsOnHost = dependsOnHost
    self.exclusive = exclusive
    self.oneOf = oneOf
    self.results = results
    self.examples = examples
  }

  /// The parameter of that name or alias.
  package func parameter(named name: String) -> ParameterManual? {
    parameters.first { $0.name == name || $0.aliases.contains(name) }
  }

  /// Everything wrong with the names and the already known values of arguments; empty when they are fine.
  ///
  /// `deferred`: names given whose values are only known later, with their places; their types are not checked.
  package func check(_ arguments: Arguments, deferred: [String: Span?] = [:]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let names = Set(arguments.given.keys).union(deferred.keys)
    for name in names.sorted() where parameter(named: name) == nil && !takesAnyParameter {
      let known = parameters.flatMap { [$0.name] + $0.aliases }
      found.append(
        Diagnostic(
          .error, "unknown-parameter", "module `\(self.name)` has no parameter `\(name)`",
          at: arguments.given[name]?.nameSpan ?? deferred[name].flatMap { $0 } ?? arguments.span,
          underline: suggestion(for: name, among: known).map { "did you mean `\($0)`?" },
          help: "`spile module doc \(self.name)` lists its parameters"))
    }
    for parameter in parameters {
      if let argument = arguments.argument(parameter) {
        guard parameter.treatment == .plain else { continue }
        if let diagnostic = parameter.check(argument) { found.append(diagnostic) }
      } else if parameter.isRequired,
        ![parameter.name].appending(parameter.aliases).contains(where: deferred.keys.contains)
      {
        found.append(
          Diagnostic(
            .error, "missing-parameter",
            "module `\(self.name)` needs the parameter `\(parameter.name)`",
            at: arguments.span, help: parameter.summary))
      }
    }
    for group in exclusive {
      let given = group.filter { isGiven($0, names) }
      if given.count > 1 {
        found.append(
          Diagnostic(
            .error, "exclusive-parameters",
            "module `\(self.name)` takes only one of \(given.map { "`\($0)`" }.joined(separator: ", "))",
            at: place(of: given[1], arguments, deferred) ?? arguments.span,
            labels: place(of: given[0], arguments, deferred).map { [.init($0, "the other one")] }
              ?? [],
            help: "remove one of them"))
      }
    }
    for group in oneOf where !group.contains(where: { isGiven($0, names) }) {
      found.append(
        Diagnostic(
          .error, "missing-parameter",
          "module `\(self.name)` needs one of \(group.map { "`\($0)`" }.joined(separator: ", "))",
          at: arguments.span, help: "`spile module doc \(self.name)` says what each is for"))
    }
    return found
  }

  /// Where the name of a parameter was written, whichever of its names was used.
  private func place(of name: String, _ arguments: Arguments, _ deferred: [String: Span?]) -> Span?
  {
    let names = parameter(named: name).map { [$0.name] + $0.aliases } ?? [name]
    return names.lazy.compactMap { arguments.given[$0]?.nameSpan ?? deferred[$0].flatMap { $0 } }
      .first
  }

  private func isGiven(_ name: String, _ names: Set<String>) -> Bool {
    guard let parameter = parameter(named: name) else { return names.contains(name) }
    return names.contains(parameter.name) || parameter.aliases.contains(where: names.contains)
  }
}

extension Array {
  fileprivate func appending(_ other: [Element]) -> [Element] { self + other }
}
