import BigInt
import Schema

/// Expressions, loosest binding first.
extension Parser {
  mutating func expression() throws(SyntaxFailure) -> Expression {
    try nested { (parser) throws(SyntaxFailure) in try parser.conditional() }
  }

  private mutating func conditional() throws(SyntaxFailure) -> Expression {
    var result = try disjunction()
    while isName("if") {
      advance()
      softDepth += 1
      defer { softDepth -= 1 }
      let test = try disjunction()
      var otherwise: Expression?
      if skipName("else") { otherwise = try expression() }
      let end = otherwise?.site ?? test.site
      result = .conditional(
        test: test, then: result, otherwise: otherwise, result.site.through(end))
    }
    return result
  }

  private mutating func disjunction() throws(SyntaxFailure) -> Expression {
    var left = try conjunction()
    while skipName("or") { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(SyntaxFailure) -> Expression {
    var left = try negation()
    while skipName("and") { left = .and(left, try negation()) }
    return left
  }

  private mutating func negation() throws(SyntaxFailure) -> Expression {
    guard isName("not") else { return try comparison() }
    let site = current.site
    advance()
    let operand = try nested { (parser) throws(SyntaxFailure) in try parser.negation() }
    return .not(operand, site.through(operand.site))
  }

  private mutating func comparison() throws(SyntaxFailure) -> Expression {
    let left = try sum()
    var comparisons: [Expression.Comparison] = []
    while let comparator = comparator() {
      let site = current.site
      advance()
      if comparator == .notContained { advance() }
      comparisons.append(
        Expression.Comparison(comparator: comparator, operand: try sum(), site: site))
    }
    guard let last = comparisons.last else { return left }
    return .compare(left, comparisons, left.site.through(last.operand.site))
  }

  private func comparator() -> Comparator? {
    switch current.kind {
    case .eq: .equal
    case .ne: .notEqual
    case .lt: .less
    case .lteq: .lessOrEqual
    case .gt: .greater
    case .gteq: .greaterOrEqual
    case .name:
      if isName("in") {
        .contained
      } else if isName("not"), isName("in", next) {
        .notContained
      } else {
        nil
      }
    default: nil
    }
  }

  private mutating func sum() throws(SyntaxFailure) -> Expression {
    var left = try concatenation()
    while current.kind == .add || current.kind == .sub {
      let operation: BinaryOperator = current.kind == .add ? .add : .subtract
      advance()
      let right = try concatenation()
      left = .binary(operation, left, right, left.site.through(right.site))
    }
    return left
  }

  private mutating func concatenation() throws(SyntaxFailure) -> Expression {
    let first = try product()
    guard current.kind == .tilde else { return first }
    var parts = [first]
    while skip(.tilde) { parts.append(try product()) }
    return .concat(parts, first.site.through(parts[parts.count - 1].site))
  }

  private mutating func product() throws(SyntaxFailure) -> Expression {
    var left = try power()
    while true {
      let operation: BinaryOperator
      switch current.kind {
      case .mul: operation = .multiply
      case .div: operation = .divide
      case .floordiv: operation = .floorDivide
      case .mod: operation = .modulo
      default: return left
      }
      advance()
      let right = try power()
      left = .binary(operation, left, right, left.site.through(right.site))
    }
  }

  private mutating func power() throws(SyntaxFailure) -> Expression {
    var left = try unary(takesFilters: true)
    while skip(.pow) {
      let right = try unary(takesFilters: true)
      left = .binary(.power, left, right, left.site.through(right.site))
    }
    return left
  }

  mutating func unary(takesFilters: Bool) throws(SyntaxFailure) -> Expression {
    var result: Expression
    let site = current.site
    switch current.kind {
    case .sub:
      advance()
      let operand = try nested { (parser) throws(SyntaxFailure) in
        try parser.unary(takesFilters: false)
      }
      result = .negate(operand, site.through(operand.site))
    case .add:
      advance()
      let operand = try nested { (parser) throws(SyntaxFailure) in
        try parser.unary(takesFilters: false)
      }
      result = .plus(operand, site.through(operand.site))
    default: result = try primary()
    }
    result = try postfix(result)
    return takesFilters ? try filtersAndTests(result) : result
  }

  // MARK: Primaries

  mutating func primary() throws(SyntaxFailure) -> Expression {
    let token = current
    switch token.kind {
    case .name: return name()
    case .string: return try stringConstant()
    case .integer:
      advance()
      return .constant(try integer(token), token.site)
    case .float:
      advance()
      let digits = text(token).filter { $0 != "_" }
      return .constant(.float(Double(digits) ?? .infinity), token.site)
    case .lparen:
      advance()
      let inner = try nested { (parser) throws(SyntaxFailure) in
        try parser.tuple(isParenthesized: true)
      }
      _ = try expect(.rparen)
      return inner
    case .lbracket: return try list()
    case .lbrace: return try dict()
    default: throw SyntaxFailure("unexpected \(describe(token))", at: token.site)
    }
  }

  private mutating func name() -> Expression {
    let token = current
    advance()
    let word = text(token)
    switch word {
    case "true", "True": return .constant(.bool(true), token.site)
    case "false", "False": return .constant(.bool(false), token.site)
    case "none", "None": return .constant(.null, token.site)
    case "loop": mentions.insert(.loop)
    case "caller": mentions.insert(.caller)
    case "varargs": mentions.insert(.varargs)
    case "kwargs": mentions.insert(.kwargs)
    default: break
    }
    return .name(word, token.site)
  }

  private mutating func stringConstant() throws(SyntaxFailure) -> Expression {
    var site = current.site
    var result = ""
    while current.kind == .string {
      let body = source.bytes[current.start + 1..<current.end - 1]
      if syntax == .value, isInOutput {
        result += String(decoding: body, as: UTF8.self)
      } else if let characters = unescapedLiteral(body) {
        result += characters
      } else {
        throw SyntaxFailure("a truncated or impossible escape in a string", at: current.site)
      }
      site = site.through(current.site)
      advance()
    }
    let marks: Text.Marks = hasTemplateSyntax(result) ? .template : []
    return .constant(.text(Text(result, marks: marks)), site)
  }

  private func integer(_ token: Token) throws(SyntaxFailure) -> Value {
    let digits = text(token).filter { $0 != "_" }.lowercased()
    let (body, radix): (Substring, Int) =
      if digits.hasPrefix("0x") {
        (digits.dropFirst(2), 16)
      } else if digits.hasPrefix("0o") {
        (digits.dropFirst(2), 8)
      } else if digits.hasPrefix("0b") {
        (digits.dropFirst(2), 2)
      } else {
        (digits[...], 10)
      }
    if let small = Int(body, radix: radix) { return .int(small) }
    guard body.utf8.count <= 4300, let big = BigInt(body, radix: radix) else {
      throw SyntaxFailure("an integer with more than 4300 digits", at: token.site)
    }
    return .integer(big)
  }

  /// Whether the current token ends a tuple without parentheses.
  private var endsTuple: Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .rparen, .end: true
    default: false
    }
  }

  /// An expression, or several with commas between them; without conditional ones in the head of a loop.
  mutating func tuple(
    isParenthesized: Bool = false, takesConditional: Bool = true
  ) throws(SyntaxFailure) -> Expression {
    var elements: [Expression] = []
    var isTuple = false
    let start = current.site
    while true {
      if !elements.isEmpty { _ = try expect(.comma) }
      if endsTuple || (!takesConditional && (isName("recursive") || isName("if"))) { break }
      elements.append(takesConditional ? try expression() : try disjunction())
      guard current.kind == .comma else { break }
      isTuple = true
    }
    if !isTuple {
      if let only = elements.first { return only }
      guard isParenthesized else {
        throw SyntaxFailure(
          "expected an expression, got \(describe(current))", at: current.site)
      }
    }
    return .tuple(elements, start.through(elements.last?.site ?? start))
  }

  private mutating func list() throws(SyntaxFailure) -> Expression {
    let start = try expect(.lbracket)
    var elements: [Expression] = []
    while current.kind != .rbracket {
      if !elements.isEmpty { _ = try expect(.comma) }
      if current.kind == .rbracket { break }
      elements.append(try expression())
    }
    return .list(elements, start.site.through(try expect(.rbracket).site))
  }

  private mutating func dict() throws(SyntaxFailure) -> Expression {
    let start = try expect(.lbrace)
    var items: [Expression.DictItem] = []
    while current.kind != .rbrace {
      if !items.isEmpty { _ = try expect(.comma) }
      if current.kind == .rbrace { break }
      let key = try expression()
      _ = try expect(.colon)
      items.append(Expression.DictItem(key: key, value: try expression()))
    }
    return .dict(items, start.site.through(try expect(.rbrace).site))
  }
}
