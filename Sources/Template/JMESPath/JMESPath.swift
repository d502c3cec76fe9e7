import Schema

/// A JMESPath expression (jmespath.org, grammar of 2014 with the raw strings of JEP 12), as
/// `json_query` takes it.
indirect enum JMESPath {
  case current
  case field(String)
  case index(Int)
  case slice(start: Int?, stop: Int?, step: Int?)
  case literal(Value)
  /// One after the other, each over what the one before gave.
  case chain([JMESPath])
  /// Over each element of the list that the first gives.
  case projection(JMESPath, JMESPath)
  /// Over each value of the dictionary that the first gives.
  case valueProjection(JMESPath, JMESPath)
  case filter(JMESPath, JMESPath, condition: JMESPath)
  case flatten(JMESPath)
  case list([JMESPath])
  case dict([(key: String, value: JMESPath)])
  case not(JMESPath)
  case and(JMESPath, JMESPath)
  case or(JMESPath, JMESPath)
  case comparison(JMESToken.Kind, JMESPath, JMESPath)
  case call(String, [JMESPath])
  /// `&expression`: not evaluated, but handed to a function.
  case reference(JMESPath)

  /// Reads an expression.
  init(_ text: String) throws {
    guard !text.isEmpty else { throw Self.failure("the expression is empty", at: 0) }
    var parser = JMESParser(try JMESLexer.tokens(of: text))
    self = try parser.parse()
  }

  static func failure(_ message: String, at position: Int) -> TemplateError {
    TemplateError(.plugin, "\(message) (column \(position + 1) of the query)", line: 0)
  }
}
