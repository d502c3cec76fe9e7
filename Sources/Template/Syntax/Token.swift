/// A piece of a template text: a range of bytes and what it is.
struct Token: Sendable {
  enum Kind: UInt8, Sendable {
    case data, variableBegin, variableEnd, blockBegin, blockEnd
    case name, string, integer, float
    case add, assign, colon, comma, div, dot, eq, floordiv, gt, gteq, lbrace, lbracket, lparen
    case lt, lteq, mod, mul, ne, pipe, pow, rbrace, rbracket, rparen, semicolon, sub, tilde
    case end
  }

  var kind: Kind
  var start: Int
  var end: Int

  var site: Site { Site(start: start, end: end) }
}

extension Token.Kind {
  /// The kind in the words of Jinja's error messages.
  var phrase: String {
    switch self {
    case .data: "template data / text"
    case .variableBegin: "begin of print statement"
    case .variableEnd: "end of print statement"
    case .blockBegin: "begin of statement block"
    case .blockEnd: "end of statement block"
    case .end: "end of template"
    case .name: "name"
    case .string: "string"
    case .integer: "integer"
    case .float: "float"
    default: spelling
    }
  }

  /// The characters of an operator; empty for every other kind.
  var spelling: String {
    Self.operators.first { $0.kind == self }?.spelling ?? ""
  }

  /// All operators, longer ones before their prefixes.
  static let operators: [(spelling: String, kind: Token.Kind)] = [
    ("//", .floordiv), ("**", .pow), ("==", .eq), ("!=", .ne), (">=", .gteq), ("<=", .lteq),
    ("+", .add), ("-", .sub), ("/", .div), ("*", .mul), ("%", .mod), ("~", .tilde),
    ("[", .lbracket), ("]", .rbracket), ("(", .lparen), (")", .rparen), ("{", .lbrace),
    ("}", .rbrace), (">", .gt), ("<", .lt), ("=", .assign), (".", .dot), (":", .colon),
    ("|", .pipe), (",", .comma), (";", .semicolon),
  ]
}

/// A range of bytes in a template text.
struct Site: Sendable, Hashable {
  var start: Int
  var end: Int

  static let none = Site(start: -1, end: -1)

  /// From the start of this site to the end of another.
  func through(_ other: Site) -> Site { Site(start: start, end: max(end, other.end)) }
}
