import Schema

/// A word of a JMESPath expression and where it starts, in code points.
struct JMESToken {
  enum Kind: Hashable {
    case end, identifier, quotedIdentifier, literal, number, current, reference
    case pipe, or, and, not, equal, unequal, less, lessOrEqual, greater, greaterOrEqual
    case dot, star, comma, colon, flatten, filter
    case leftBracket, rightBracket, leftBrace, rightBrace, leftParenthesis, rightParenthesis
  }

  var kind: Kind
  var text = ""
  /// What a literal or number stands for.
  var value = Value.null
  var position: Int

  /// How strongly it binds what stands to its left (the table of the JMESPath specification's
  /// parser; what binds less than 10 ends a projection).
  var power: Int {
    switch kind {
    case .pipe: 1
    case .or: 2
    case .and: 3
    case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual: 5
    case .flatten: 9
    case .star: 20
    case .filter: 21
    case .dot: 40
    case .not: 45
    case .leftBrace: 50
    case .leftBracket: 55
    case .leftParenthesis: 60
    default: 0
    }
  }
}

/// Cuts a JMESPath expression into words.
struct JMESLexer {
  private let scalars: [Unicode.Scalar]
  private var index = 0

  static func tokens(of text: String) throws -> [JMESToken] {
    var lexer = JMESLexer(scalars: Array(text.unicodeScalars))
    var tokens: [JMESToken] = []
    while let token = try lexer.next() { tokens.append(token) }
    tokens.append(JMESToken(kind: .end, position: lexer.index))
    return tokens
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private static let single: [Unicode.Scalar: JMESToken.Kind] = [
    ".": .dot, "*": .star, "]": .rightBracket, ",": .comma, ":": .colon, "@": .current,
    "(": .leftParenthesis, ")": .rightParenthesis, "{": .leftBrace, "}": .rightBrace,
  ]

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    index += 1
    return true
  }

  private mutating func next() throws -> JMESToken? {
    while let scalar = current, " \t\r\n".unicodeScalars.contains(scalar) { index += 1 }
    guard let scalar = current else { return nil }
    let start = index
    index += 1
    func token(_ kind: JMESToken.Kind) -> JMESToken {
      JMESToken(kind: kind, text: String(scalar), position: start)
    }
    if let kind = Self.single[scalar] { return token(kind) }
    switch scalar {
    case "[": return token(take("]") ? .flatten : take("?") ? .filter : .leftBracket)
    case "|": return token(take("|") ? .or : .pipe)
    case "&": return token(take("&") ? .and : .reference)
    case "<": return token(take("=") ? .lessOrEqual : .less)
    case ">": return token(take("=") ? .greaterOrEqual : .greater)
    case "!": return token(take("=") ? .unequal : .not)
    case "=" where take("="): return token(.equal)
    case "'":
      let text = PythonText.replace(try quoted("'", start), "\\'", "'")
      return JMESToken(kind: .literal, text: text, value: .string(text), position: start)
    case "\"":
      let text = "\"\(try quoted("\"", start))\""
      guard let name = (try? JSON.parse(text))?.string else {
        throw JMESPath.failure("the quoted name \(text) is not valid", at: start)
      }
      return JMESToken(kind: .quotedIdentifier, text: name, position: start)
    case "`": return try literal(start)
    case "-", "0"..."9": return try number(scalar, start)
    case "a"..."z", "A"..."Z", "_": return identifier(start)
    default:
      throw JMESPath.failure("`\(scalar)` cannot be read", at: start)
    }
  }

  private mutating func identifier(_ start: Int) -> JMESToken {
    while let scalar = current {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_": index += 1
      default: return identifier(start..<index)
      }
    }
    return identifier(start..<index)
  }

  private func identifier(_ range: Range<Int>) -> JMESToken {
    JMESToken(
      kind: .identifier, text: String(String.UnicodeScalarView(scalars[range])),
      position: range.lowerBound)
  }

  private mutating func number(_ first: Unicode.Scalar, _ start: Int) throws -> JMESToken {
    while let scalar = current, ("0"..."9").contains(scalar) { index += 1 }
    let text = String(String.UnicodeScalarView(scalars[start..<index]))
    guard let number = Int(text) else {
      throw JMESPath.failure("`\(text)` is no usable number", at: start)
    }
    return JMESToken(kind: .number, text: text, value: .int(number), position: start)
  }

  /// JSON between backquotes; what is not JSON is a text, as in the first version of the language.
  private mutating func literal(_ start: Int) throws -> JMESToken {
    let text = PythonText.replace(try quoted("`", start), "\\`", "`")
    let bare = PythonText.stripped(text, nil, .left)
    guard let value = (try? JSON.parse(text)) ?? (try? JSON.parse("\"\(bare)\"")) else {
      throw JMESPath.failure("the literal `\(text)` is no JSON", at: start)
    }
    return JMESToken(kind: .literal, text: text, value: value, position: start)
  }

  /// The characters up to an unescaped delimiter, escapes left in.
  private mutating func quoted(_ delimiter: Unicode.Scalar, _ start: Int) throws -> String {
    var text = String.UnicodeScalarView()
    while let scalar = current {
      index += 1
      if scalar == delimiter { return String(text) }
      text.append(scalar)
      if scalar == "\\", let escaped = current {
        text.append(escaped)
        index += 1
      }
    }
    throw JMESPath.failure("the \(delimiter) is never closed", at: start)
  }
}
