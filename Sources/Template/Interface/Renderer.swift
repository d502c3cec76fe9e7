import Schema

/// Renders templates over variables. Equal inputs, clock and seed give equal results.
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
  /// Elements and entries that are `omit` are left out.
  /// - Throws: the first failure; `omitted` where the whole value is `omit`.
  package func render(_ value: Value) throws(TemplateError) -> Value { value }

  /// Renders the arguments of a task: entries that are `omit` are left out.
  package func renderArguments(_ map: ValueMap) throws(TemplateError) -> ValueMap { map }

  /// Renders a compiled template: a value to its native type, a file to a text.
  package func render(_ template: CompiledTemplate) throws(TemplateError) -> Value { .null }

  /// Decides a condition.
  ///
  /// - Throws: `notBoolean` where it gives anything but a boolean, and whatever rendering throws.
  package func condition(_ template: CompiledTemplate) throws(TemplateError) -> Truth { .yes }

  /// Evaluates a bare expression, such as one typed on a command line.
  package func expression(_ source: String) throws(TemplateError) -> Value { .null }
}
