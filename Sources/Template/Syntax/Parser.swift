import Schema

/// Builds the compiled form of a template from its tokens, with Jinja2's grammar.
struct Parser {
  /// Names whose mention changes how the code around them is compiled.
  struct Mentions: OptionSet {
    let rawValue: UInt8
    static let loop = Mentions(rawValue: 1)
    static let caller = Mentions(rawValue: 2)
    static let varargs = Mentions(rawValue: 4)
    static let kwargs = Mentions(rawValue: 8)
  }

  let source: SourceText
  let syntax: TemplateSyntax
  let options: TemplateOptions
  var tokens: [Token]
  var index = 0
  /// Whether the tag being read is `{{ }}`, where values keep their backslashes.
  var isInOutput = false
  /// How many branches that may never run surround this place: unknown plugins in them are errors
  /// only when reached.
  var softDepth = 0
  /// How deep the expression being read is nested.
  var depth = 0
  var mentions: Mentions = []
  /// How many loops surround this place in the same function; `break` and `continue` need one.
  var loopDepth = 0
  /// Where the text stopped making tokens; reported once everything before it was read.
  private let lexicalFailure: SyntaxFailure?
  /// The words that may end the statements being read, innermost last.
  var endStack: [(words: [String], tag: String, site: Site)] = []

  /// How deep expressions and statements may be nested.
  static let depthLimit = 160

  init(_ source: SourceText, syntax: TemplateSyntax, options: TemplateOptions) {
    self.source = source
    self.syntax = syntax
    self.options = options
    var lexer = Lexer(source, options: options)
    do {
      tokens = try lexer.tokenize()
      lexicalFailure = nil
    } catch {
      tokens = lexer.tokens
      let end = source.bytes.count
      tokens.append(Token(kind: .end, start: end, end: end))
      lexicalFailure = error
    }
  }

  /// A parser of one bare expression.
  init(expression source: SourceText, syntax: TemplateSyntax) throws(SyntaxFailure) {
    self.source = source
    self.syntax = syntax
    options = .value
    var lexer = Lexer(source, options: .value)
    try lexer.expression(from: 0, until: .text, opened: 0)
    lexicalFailure = nil
    tokens = lexer.tokens
    tokens.append(Token(kind: .end, start: source.bytes.count, end: source.bytes.count))
  }

  /// The whole template.
  mutating func template() throws(SyntaxFailure) -> [Statement] {
    let body: [Statement]
    do {
      body = try statements(until: [], tag: "")
    } catch {
      if let lexicalFailure, current.kind == .end { throw lexicalFailure }
      throw error
    }
    if let lexicalFailure { throw lexicalFailure }
    return body
  }

  // MARK: Tokens

  var current: Token { tokens[index] }
  var next: Token { tokens[min(index + 1, tokens.count - 1)] }

  mutating func advance() {
    if index < tokens.count - 1 { index += 1 }
  }

  func text(_ token: Token) -> String { source.text(token.start, token.end) }

  /// Whether the current token is a given word.
  func isName(_ word: StaticString) -> Bool { isName(word, current) }

  func isName(_ word: StaticString, _ token: Token) -> Bool {
    guard token.kind == .name, token.end - token.start == word.utf8CodeUnitCount else {
      return false
    }
    for offset in 0..<word.utf8CodeUnitCount
    where source.bytes[token.start + offset] != word.utf8Start[offset] {
      return false
    }
    return true
  }

  mutating func skip(_ kind: Token.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  mutating func skipName(_ word: StaticString) -> Bool {
    guard isName(word) else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: Token.Kind) throws(SyntaxFailure) -> Token {
    let token = current
    guard token.kind == kind else {
      throw SyntaxFailure(
        "expected \(Self.article(kind)), got \(describe(token))", at: token.site)
    }
    advance()
    return token
  }

  private static func article(_ kind: Token.Kind) -> String {
    switch kind {
    case .name: "a name"
    case .variableEnd, .blockEnd, .end: "the \(kind.phrase)"
    default: "`\(kind.phrase)`"
    }
  }

  /// What a token is, for messages.
  func describe(_ token: Token) -> String {
    switch token.kind {
    case .name: "`\(text(token))`"
    case .string, .integer, .float: "\(token.kind.phrase) `\(text(token))`"
    case .end, .variableEnd, .blockEnd, .data, .variableBegin, .blockBegin:
      "the \(token.kind.phrase)"
    default: "`\(token.kind.phrase)`"
    }
  }

  /// Runs something one level deeper; the limit keeps hostile texts from exhausting the stack.
  mutating func nested<Result>(
    _ body: (inout Parser) throws(SyntaxFailure) -> Result
  ) throws(SyntaxFailure) -> Result {
    guard depth < Self.depthLimit else {
      throw SyntaxFailure("nested more than \(Self.depthLimit) levels deep", at: current.site)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }
}
