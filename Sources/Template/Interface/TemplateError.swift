/// Why a template could not be compiled or rendered, and where in its text.
package struct TemplateError: Error, Sendable, Hashable {
  /// The class of a failure; messages differ, kinds are few and stable.
  package enum Kind: String, Sendable, Hashable {
    /// A name, attribute or index that is not there was used.
    case undefined
    /// The template text cannot be parsed.
    case syntax
    /// A filter, test or lookup that does not exist.
    case unknownPlugin
    /// A filter, test, lookup or function refused its input.
    case plugin
    /// An operator met operands it cannot work on.
    case type
    /// A value of the right type that cannot be used.
    case value
    /// A division by zero.
    case zeroDivision
    /// A condition that gave something else than a boolean.
    case notBoolean
    /// `omit` as the whole value, where nothing can be left out.
    case omitted
    /// A template that needs itself, or nesting past the limit.
    case recursion
    /// An included, imported or extended template that is not there.
    case templateNotFound
    /// A result that is not data, such as a function or a range.
    case unsupportedType
    /// Text from outside where only the author's templates are allowed.
    case untrusted
    /// Any other failure while rendering.
    case runtime
  }

  /// A text that was being rendered on the way to the failure, such as the value of a variable.
  package struct Frame: Sendable, Hashable {
    /// The template text, as written.
    package var text: String
    /// The line inside `text`, from 1.
    package var line: Int
    /// The UTF-8 offset inside `text`, where known.
    package var offset: Int?

    package init(text: String, line: Int, offset: Int?) {
      self.text = text
      self.line = line
      self.offset = offset
    }
  }

  package var kind: Kind
  /// The fact, lower case and without a full stop.
  package var message: String
  /// The line within the template text, from 1.
  package var line: Int
  /// The UTF-8 offset within the template text, where known.
  package var offset: Int?
  /// The UTF-8 length of what is at fault, where known.
  package var length: Int?
  /// What to do about it, where something can be said.
  package var hint: String?
  /// The name of the included file that `line` and `offset` belong to; nil for the template itself.
  package var template: String?
  /// The undefined name or the unknown plugin.
  package var name: String?
  /// Known names that look like `name`, best first.
  package var suggestions: [String]
  /// The texts rendered between the template and the failure (values of variables), outermost first.
  package var frames: [Frame]

  package init(
    _ kind: Kind, _ message: String, line: Int = 1, offset: Int? = nil, length: Int? = nil,
    hint: String? = nil, template: String? = nil, name: String? = nil, suggestions: [String] = [],
    frames: [Frame] = []
  ) {
    self.kind = kind
    self.message = message
    self.line = line
    self.offset = offset
    self.length = length
    self.hint = hint
    self.template = template
    self.name = name
    self.suggestions = suggestions
    self.frames = frames
  }
}
