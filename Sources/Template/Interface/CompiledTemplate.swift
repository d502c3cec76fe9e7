import Schema

/// A compiled template: parsed once, rendered many times.
package struct CompiledTemplate: Sendable {
  package let source: String
  package let syntax: TemplateSyntax
  package let options: TemplateOptions

  /// Parses a template text.
  ///
  /// - Throws: a `syntax` or `unknownPlugin` error at its place in the text.
  package static func compile(
    _ source: String, syntax: TemplateSyntax, options: TemplateOptions? = nil
  ) throws(TemplateError) -> CompiledTemplate {
    CompiledTemplate(
      source: source, syntax: syntax, options: options ?? .usual(for: syntax))
  }

  /// Every free variable that is read, in the order of the text.
  package var references: [Reference] { [] }
}
