import Diagnostics
import Template

/// What a failure of a template means to the person who wrote it.
func templateDiagnostic(
  _ error: TemplateError, in text: String, at place: TemplatePlace, path: String?
) -> Diagnostic {
  var notes = error.frames.map { "while rendering `\(shortened($0.text))`" }
  if let file = error.template { notes.append("in the template `\(file)`, line \(error.line)") }
  return Diagnostic(
    .error, diagnosticID(error.kind), error.message, at: span(of: error, in: text, at: place),
    underline: error.suggestions.first.map { "did you mean `\($0)`?" }, notes: notes,
    help: error.hint, path: path)
}

/// The stable id under which a kind of failure is reported.
private func diagnosticID(_ kind: TemplateError.Kind) -> String {
  switch kind {
  case .undefined: "undefined-name"
  case .syntax: "template-syntax"
  case .unknownPlugin: "unknown-filter"
  case .notBoolean: "condition-not-boolean"
  case .recursion: "template-recursion"
  case .templateNotFound: "template-not-found"
  case .plugin, .type, .value, .zeroDivision, .omitted, .unsupportedType, .untrusted, .runtime:
    "template-failed"
  }
}

private func span(of error: TemplateError, in text: String, at place: TemplatePlace) -> Span? {
  guard error.template == nil, let offset = error.offset else { return place.span }
  let end = text.utf8.count
  let start = min(offset, end)
  return place.span(of: start..<max(start, min(start + max(error.length ?? 1, 1), end)))
}

/// A text in at most 60 characters, on one line.
func shortened(_ text: String) -> String {
  let line = String(text.map { $0.isNewline ? " " : $0 })
  return line.count > 60 ? line.prefix(57) + "..." : line
}
