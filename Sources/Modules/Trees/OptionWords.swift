import Diagnostics
import Schema

/// Options of another program, as a list of words or one line of them, taken one after another.
struct OptionWords {
  private let argument: Argument
  /// The id of mistakes: `tar-option`.
  private let id: String
  private var words: [String]
  /// The option that was taken last, and what stood behind its `=`.
  private var current: (option: String, value: String?) = ("", nil)

  init(_ argument: Argument, id: String) throws(Diagnostic) {
    self.argument = argument
    self.id = id
    if let elements = argument.elements {
      words = try elements.map { element throws(Diagnostic) in try String(element) }
    } else {
      words = shellWords(try String(argument)) ?? []
    }
  }

  /// The next option, without its value; nil behind the last one.
  mutating func next() -> String? {
    guard !words.isEmpty else { return nil }
    let word = words.removeFirst()
    current = word.halves(at: "=").map { (String($0), String($1)) } ?? (word, nil)
    return current.option
  }

  /// The value of the option that was taken last: behind its `=`, or the next word.
  mutating func value() throws(Diagnostic) -> String {
    if let value = current.value { return value }
    guard !words.isEmpty else { throw wrong("has `\(current.option)` without a value") }
    return words.removeFirst()
  }

  /// A mistake in the option that was taken last.
  func wrong(_ message: String, help: String? = nil) -> Diagnostic {
    argument.wrong(id, message, help: help)
  }
}
