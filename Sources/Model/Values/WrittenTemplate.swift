import Diagnostics
import Schema
import Template
import YAML

/// Where a template text was written.
package struct TemplatePlace: Sendable {
  /// The scalar that it is, or is a part of; nil for one of the command line.
  package let node: Node?
  /// The UTF-8 offset of the template's first byte in the text of `node`.
  package let offset: Int
  /// The span of the whole scalar.
  package let span: Span?
  /// The file that the template is as a whole; nil for one inside of a YAML file.
  private let file: SourceFile?

  package init(_ node: Node?, offset: Int = 0, span: Span? = nil) {
    self.node = node
    self.offset = offset
    self.span = span ?? node?.span
    file = nil
  }

  /// A template that is a whole file.
  package init(file: SourceFile) {
    self.init(nil, span: Span(file, 0..<0), file: file)
  }

  private init(_ node: Node?, span: Span?, file: SourceFile) {
    self.node = node
    offset = 0
    self.span = span
    self.file = file
  }

  /// The place of a UTF-8 range of the template text.
  package func span(of range: Range<Int>) -> Span? {
    if let file { return Span(file, range) }
    guard let node else { return span }
    return node.span(ofContent: range.lowerBound + offset..<range.upperBound + offset)
  }
}

/// A template and the place where it was written.
package struct WrittenTemplate: Sendable {
  package let compiled: CompiledTemplate
  package let place: TemplatePlace

  package init(_ compiled: CompiledTemplate, at place: TemplatePlace) {
    self.compiled = compiled
    self.place = place
  }

  /// The span of the whole scalar.
  package var span: Span? { place.span }

  /// Whether it was written in a file that is encrypted: then what it gives is secret.
  package var isSecret: Bool { span?.file.isSecret == true }

  /// What a failure of this template means, at its place.
  package func diagnostic(for error: TemplateError, path: String? = nil) -> Diagnostic {
    templateDiagnostic(error, in: compiled.source, at: place, path: path)
  }
}

/// The outcome of working something out: its value, or why it is only known later.
package enum Resolved<Wrapped: Sendable>: Sendable {
  case known(Wrapped)
  case unknown(Unknown)

  /// The value; nil when it is only known later.
  package var known: Wrapped? {
    guard case .known(let value) = self else { return nil }
    return value
  }
}

extension Resolved: Equatable where Wrapped: Equatable {}

/// A value as written, with its templates compiled: data, templates, and lists and dictionaries of both.
package indirect enum ValueSource: Sendable {
  /// A scalar, list or dictionary without any template.
  case literal(Value, Node?)
  /// A scalar tagged `!vault`.
  case encrypted(Value, Node)
  case template(WrittenTemplate)
  case list([ValueSource], Node)
  case dict([(key: Value, value: ValueSource)], Node)
  /// Conditions whose outcomes are wanted, such as `that` of `assert`.
  case conditions([CompiledCondition])
  /// A bare expression whose value is wanted, such as `var` of `debug`.
  case expression(WrittenTemplate)
}

/// One argument of a module, or the value of a keyword, as written.
package struct ArgumentSource: Sendable {
  package var source: ValueSource
  /// The place of the value.
  package let span: Span?
  /// The place of the name; nil where there is none of its own.
  package let keySpan: Span?
  /// `mode`, `when`: for messages.
  package let path: String

  package init(_ source: ValueSource, span: Span?, keySpan: Span? = nil, path: String) {
    self.source = source
    self.span = span
    self.keySpan = keySpan
    self.path = path
  }

  /// The place of the name, else of the value.
  package var nameSpan: Span? { keySpan ?? span }
}

/// A text that may be a template: a task's name, a handler to notify, a host to delegate to.
package struct TextSource: Sendable {
  /// As written.
  package let text: String
  /// nil when the text is meant literally.
  package let template: WrittenTemplate?
  package let span: Span?

  package init(_ text: String, template: WrittenTemplate? = nil, span: Span? = nil) {
    self.text = text
    self.template = template
    self.span = span
  }
}

/// The value of a keyword that has a type, such as `retries: 3` or `become: "{{ needs_root }}"`.
package struct Setting<T: ParameterType>: Sendable {
  /// The value, where it is written without a template.
  package let literal: T?
  package let written: ArgumentSource

  package init(literal: T?, written: ArgumentSource) {
    self.literal = literal
    self.written = written
  }
}

/// One condition of `when`, `changed_when`, `failed_when` or `until`.
package struct CompiledCondition: Sendable {
  package let template: WrittenTemplate
  /// The condition as written.
  package let text: String

  package init(_ template: WrittenTemplate, text: String) {
    self.template = template
    self.text = text
  }
}
