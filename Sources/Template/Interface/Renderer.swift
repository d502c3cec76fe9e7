import OrderedCollections
import Schema

/// Renders templates over variables.
///
/// Equal inputs, clock and seed give equal results.
package struct Renderer: Sendable {
  package let variables: any Variables
  package let resources: any TemplateResources
  /// Seconds since 1970 that `now()` and `strftime` take as the present; nil asks the system.
  package let clock: Double?
  /// The seed of `random`, `shuffle` and the like; nil takes the system's randomness.
  package let seed: UInt64?

  package init(
    variables: any Variables, resources: any TemplateResources = NoResources(),
    clock: Double? = nil, seed: UInt64? = nil
  ) {
    self.variables = variables
    self.resources = resources
    self.clock = clock
    self.seed = seed
  }

  /// Renders every text inside that is marked as a template; everything else passes through.
  ///
  /// Elements and entries that are `omit` are left out. Keys are rendered too.
  /// - Throws: the first failure; `omitted` where the whole value is `omit`.
  package func render(_ value: Value) throws(TemplateError) -> Value {
    guard value.holdsTemplate else { return value }
    guard let rendered = try deep(value) else {
      throw TemplateError(
        .omitted, "`omit` is the whole value, and nothing can be left out here")
    }
    return rendered
  }

  /// Renders the arguments of a task: entries that are `omit` are left out.
  package func renderArguments(_ map: ValueMap) throws(TemplateError) -> ValueMap {
    try deep(.dict(map))?.dict ?? ValueMap()
  }

  /// Nil for `omit`.
  private func deep(_ value: Value) throws(TemplateError) -> Value? {
    switch value {
    case .text(let text) where text.marks.contains(.encrypted): return try decrypted(text)
    case .text(let text) where text.marks.contains(.template): return try rendered(text)
    case .list(let elements):
      var result: [Value] = []
      result.reserveCapacity(elements.count)
      for element in elements {
        if let rendered = try deep(element) { result.append(rendered) }
      }
      return .list(result)
    case .dict(let map):
      var result: OrderedDictionary<Value, Value> = [:]
      for (key, value) in map.entries {
        guard let rendered = try deep(value) else { continue }
        result[key.withoutTemplateMarks] = rendered
      }
      return .dict(ValueMap(result))
    default: return value
    }
  }

  /// The secret in a text that is encrypted.
  func decrypted(_ text: Text) throws(TemplateError) -> Value {
    .text(Text(try resources.decrypted(text.string), marks: .secret))
  }

  private func rendered(_ text: Text) throws(TemplateError) -> Value? {
    guard hasTemplateSyntax(text.string) else {
      return .text(Text(text.string, marks: text.marks.subtracting(.template)))
    }
    let unit = try CompileCache.shared.unit(for: text.string)
    let value = try evaluate(unit)
    return text.marks.contains(.secret) ? value?.concealed : value
  }

  /// Renders a compiled template: a value to its native type, a file to a text.
  package func render(_ template: CompiledTemplate) throws(TemplateError) -> Value {
    guard let value = try evaluate(template.unit) else {
      throw TemplateError(
        .omitted, "`omit` is the whole value, and nothing can be left out here")
    }
    return value
  }

  /// Decides a condition.
  ///
  /// - Throws: `notBoolean` where it gives anything but a boolean, and whatever rendering throws.
  package func condition(_ template: CompiledTemplate) throws(TemplateError) -> Truth {
    try run(template.unit) { context in
      var item = try context.runTemplate(template.unit, scope: context.scope)
      if template.unit.syntax != .condition, case .value(.text(let text)) = item {
        item = try condition(text, in: context)
      }
      switch item {
      case .value(.bool(let bool)): return bool ? .yes : .no
      case .value(.unknown(let unknown)): return .unknown(unknown)
      case .undefined(let undefined): throw Interrupt.undefined(undefined)
      default:
        throw context.fail(
          .notBoolean, "the condition gives \(context.phrase(item)) instead of a boolean")
      }
    }
  }

  /// A condition that a template gave as a text: its own author's text may be one.
  private func condition(_ text: Text, in context: Context) throws -> Item {
    guard text.marks.contains(.template) else {
      throw context.fail(
        .notBoolean, "the condition gives a string instead of a boolean")
    }
    let unit = try Unit.compile(
      text.string, syntax: .condition, options: .value, name: nil)
    return try context.within(unit, scope: Scope(parent: nil)) {
      try context.runTemplate(unit, scope: context.scope)
    }
  }

  /// Evaluates a bare expression, such as one typed on a command line.
  package func expression(_ source: String) throws(TemplateError) -> Value {
    try render(CompiledTemplate.compile(expression: source))
  }

  // MARK: Running

  /// Nil for `omit`.
  private func evaluate(_ unit: Unit) throws(TemplateError) -> Value? {
    try run(unit) { context in
      let item = try context.runTemplate(unit, scope: context.scope)
      if case .omit = item { return nil }
      var value = try context.exported(item)
      if context.usesSecretTemplate { value = value.marked(.secret) }
      switch (unit.syntax, value) {
      case (.file, .text), (.file, .unknown): return value
      case (.file, .null): return .string("")
      case (.file, _):
        let text = try context.string(Item(data: value))
        return .text(Text(text, marks: value.deepMarks.intersection(.secret)))
      default: return value
      }
    }
  }

  /// Runs something over a template; whatever it throws becomes an error with its place.
  private func run<Result>(
    _ unit: Unit, _ body: (Context) throws -> Result
  ) throws(TemplateError) -> Result {
    let context = Context(self, unit: unit)
    do {
      return try body(context)
    } catch let error as TemplateError {
      throw unit.located(error, at: context.site)
    } catch Interrupt.undefined(let undefined) {
      throw undefined.error { context.names }
    } catch {
      throw unit.located(
        TemplateError(.runtime, "the template ended early: \(error)", line: 0), at: context.site)
    }
  }
}
