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

  /// The same, and the filters and tests in its branches that do not exist: these fail only where rendering comes to
  /// them.
  package var usage: (references: [Reference], unknown: [UnknownPlugin]) {
    ReferenceFinder.usage(of: unit)
  }
}

/// A filter or a test that does not exist, in a branch of a template.
package struct UnknownPlugin: Sendable, Hashable {
  /// `filter` or `test`.
  package let kind: String
  package let name: String
  /// Its name in the text, as UTF-8 offsets.
  package let range: Range<Int>
  /// What was probably meant.
  package let suggestion: String?
}
