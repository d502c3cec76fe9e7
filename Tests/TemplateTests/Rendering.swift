import Schema
import Template

/// The value of a template text over variables whose texts are templates.
func render(_ source: String, _ variables: ValueMap = [:]) throws(TemplateError) -> Value {
  try renderer(variables).render(.text(Text(source, marks: .template)))
}

/// A renderer over variables as an author wrote them: texts with braces are templates.
func renderer(_ variables: ValueMap) -> Renderer {
  var marked = ValueMap()
  for (key, value) in variables { marked[key] = asWritten(value) }
  return Renderer(variables: marked)
}

private func asWritten(_ value: Value) -> Value {
  switch value {
  case .text(let text):
    text.string.contains("{{") || text.string.contains("{%")
      ? .text(Text(text.string, marks: text.marks.union(.template))) : value
  case .list(let elements): .list(elements.map(asWritten))
  case .dict(let map):
    .dict(map.reduce(into: ValueMap()) { $0[$1.key] = asWritten($1.value) })
  default: value
  }
}

/// What rendering a template fails with; nil where it does not fail.
func failure(
  _ source: String, _ variables: ValueMap = [:], syntax: TemplateSyntax = .value
) -> TemplateError? {
  do throws(TemplateError) {
    _ = try renderer(variables).render(try CompiledTemplate.compile(source, syntax: syntax))
    return nil
  } catch {
    return error
  }
}

/// A condition over variables.
func condition(_ source: String, _ variables: ValueMap = [:]) throws(TemplateError) -> Truth {
  try renderer(variables).condition(
    try CompiledTemplate.compile(source, syntax: .condition))
}

extension Value {
  /// A text that must not be shown.
  static func secret(_ string: String) -> Value { .text(Text(string, marks: .secret)) }
}
