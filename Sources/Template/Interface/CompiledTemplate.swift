import Schema

/// A compiled template: parsed once, rendered many times.
package struct CompiledTemplate: Sendable {
  let unit: Unit

  /// The text it was compiled from.
  package var source: String { unit.text }

  package var options: TemplateOptions { unit.options }

  /// Parses a template text.
  ///
  /// - Throws: a `syntax` or `unknownPlugin` error at its place in the text; `notBoolean` for an
  ///   empty condition.
  package static func compile(
    _ source: String, syntax: TemplateSyntax, options: TemplateOptions? = nil
  ) throws(TemplateError) -> CompiledTemplate {
    CompiledTemplate(
      unit: try Unit.compile(
        source, syntax: syntax, options: options ?? .usual(for: syntax), name: nil))
  }

  /// Parses a bare expression, as it stands between `{{` and `}}`.
  package static func compile(expression source: String) throws(TemplateError) -> CompiledTemplate {
    CompiledTemplate(unit: try Unit.compile(expression: source))
  }

  /// Every free variable that is read, in the order of the text.
  package var references: [Reference] { ReferenceFinder.references(in: unit) }
}
