/// The tokens between the delimiters of a tag.
extension Lexer {
  /// What ends the expression: a delimiter, the line of a line statement, or only the end of the text.
  enum Closer { case variable, block, line, text }

  mutating func expression(
    from start: Int, until closer: Closer, opened: Int
  ) throws(SyntaxFailure) {
    var brackets: [UInt8] = []
    let variableEnd = Array(options.variableEnd.utf8)
    let blockEnd = Array(options.blockEnd.utf8)
    var index = start
    while index < bytes.count {
      if brackets.isEmpty {
        let end: Int? =
          switch closer {
          case .variable: closing(variableEnd, at: index, trims: false, allowsPlus: false)
          case .block: closing(blockEnd, at: index, trims: options.trimBlocks)
          case .line: lineEnd(at: index)
          case .text: nil
          }
        if let end {
          tokens.append(
            Token(kind: closer == .variable ? .variableEnd : .blockEnd, start: index, end: end))
          position = end
          return
        }
      }
      if Self.isSpace(bytes[index]) {
        index += 1
        continue
      }
      index = try token(at: index, brackets: &brackets)
    }
    if closer == .line, brackets.isEmpty {
      tokens.append(Token(kind: .blockEnd, start: index, end: index))
    }
    position = index
  }

  /// The end of a line statement at `index`: blank up to a newline or the end of the text.
  private func lineEnd(at index: Int) -> Int? {
    var end = index
    var newline: Int?
    while end < bytes.count, Self.isSpace(bytes[end]) {
      if bytes[end] == 0x0A { newline = end + 1 }
      end += 1
    }
    return end == bytes.count ? end : newline
  }

  private mutating func token(
    at index: Int, brackets: inout [UInt8]
  ) throws(SyntaxFailure) -> Int {
    let byte = bytes[index]
    if byte >= 0x30 && byte <= 0x39 { return number(at: index) }
    if Self.isNameByte(byte), let end = nameEnd(at: index) {
      tokens.append(Token(kind: .name, start: index, end: end))
      return end
    }
    if byte == 0x22 || byte == 0x27, let end = stringEnd(at: index) {
      tokens.append(Token(kind: .string, start: index, end: end))
      return end
    }
    guard let (length, kind) = operatorToken(at: index) else {
      throw SyntaxFailure(
        "unexpected char \(quoted(at: index)) at \(index)",
        at: Site(start: index, end: index + scalarLength(at: index)),
        hint: hint(forCharacter: byte))
    }
    try balance(kind, at: index, &brackets)
    tokens.append(Token(kind: kind, start: index, end: index + length))
    return index + length
  }

  private func hint(forCharacter byte: UInt8) -> String? {
    switch byte {
    case 0x22, 0x27: "the quote is never closed"
    case 0x26: "write `and` instead of `&&`"
    case 0x21: "write `not` instead of `!`"
    case 0x3F: "write `a if condition else b` instead of `condition ? a : b`"
    case 0x24: "names are written without `$`"
    default: nil
    }
  }

  private func balance(
    _ kind: Token.Kind, at index: Int, _ brackets: inout [UInt8]
  ) throws(SyntaxFailure) {
    switch kind {
    case .lbrace: brackets.append(0x7D)
    case .lparen: brackets.append(0x29)
    case .lbracket: brackets.append(0x5D)
    case .rbrace, .rparen, .rbracket:
      let found = Character(Unicode.Scalar(bytes[index]))
      guard let expected = brackets.popLast() else {
        throw SyntaxFailure("unexpected '\(found)'", at: Site(start: index, end: index + 1))
      }
      guard expected == bytes[index] else {
        let wanted = Character(Unicode.Scalar(expected))
        throw SyntaxFailure(
          "unexpected '\(found)', expected '\(wanted)'", at: Site(start: index, end: index + 1))
      }
    default: break
    }
  }

  private func operatorToken(at index: Int) -> (Int, Token.Kind)? {
    let next = index + 1 < bytes.count ? bytes[index + 1] : 0
    switch (bytes[index], next) {
    case (0x2F, 0x2F): return (2, .floordiv)
    case (0x2A, 0x2A): return (2, .pow)
    case (0x3D, 0x3D): return (2, .eq)
    case (0x21, 0x3D): return (2, .ne)
    case (0x3E, 0x3D): return (2, .gteq)
    case (0x3C, 0x3D): return (2, .lteq)
    case (0x2B, _): return (1, .add)
    case (0x2D, _): return (1, .sub)
    case (0x2F, _): return (1, .div)
    case (0x2A, _): return (1, .mul)
    case (0x25, _): return (1, .mod)
    case (0x7E, _): return (1, .tilde)
    case (0x5B, _): return (1, .lbracket)
    case (0x5D, _): return (1, .rbracket)
    case (0x28, _): return (1, .lparen)
    case (0x29, _): return (1, .rparen)
    case (0x7B, _): return (1, .lbrace)
    case (0x7D, _): return (1, .rbrace)
    case (0x3E, _): return (1, .gt)
    case (0x3C, _): return (1, .lt)
    case (0x3D, _): return (1, .assign)
    case (0x2E, _): return (1, .dot)
    case (0x3A, _): return (1, .colon)
    case (0x7C, _): return (1, .pipe)
    case (0x2C, _): return (1, .comma)
    case (0x3B, _): return (1, .semicolon)
    default: return nil
    }
  }

  // MARK: Names, strings, numbers

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte == 0x5F || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
      || byte >= 0x80
  }

  private func nameEnd(at start: Int) -> Int? {
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        guard Self.isNameByte(byte) || (byte >= 0x30 && byte <= 0x39) else { break }
        index += 1
      } else {
        let length = scalarLength(at: index)
        guard let scalar = scalar(at: index, length: length),
          index == start ? scalar.properties.isXIDStart : scalar.properties.isXIDContinue
        else { break }
        index += length
      }
    }
    return index > start ? index : nil
  }

  private func scalarLength(at index: Int) -> Int {
    let length =
      switch bytes[index] {
      case 0..<0x80: 1
      case 0..<0xE0: 2
      case 0..<0xF0: 3
      default: 4
      }
    return min(length, bytes.count - index)
  }

  private func scalar(at index: Int, length: Int) -> Unicode.Scalar? {
    String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars.first
  }

  private func quoted(at index: Int) -> String {
    let character = String(
      decoding: bytes[index..<index + scalarLength(at: index)], as: UTF8.self)
    return character == "'" ? "\"'\"" : "'\(character)'"
  }

  private func stringEnd(at start: Int) -> Int? {
    var index = start + 1
    while index < bytes.count {
      if bytes[index] == 0x5C {
        index += 2
      } else if bytes[index] == bytes[start] {
        return index + 1
      } else {
        index += 1
      }
    }
    return nil
  }

  private mutating func number(at start: Int) -> Int {
    let followsDot = start > 0 && bytes[start - 1] == 0x2E
    if !followsDot, let end = floatEnd(at: start) {
      tokens.append(Token(kind: .float, start: start, end: end))
      return end
    }
    let end = integerEnd(at: start)
    tokens.append(Token(kind: .integer, start: start, end: end))
    return end
  }

  /// Digits with single underscores between them; nil where there is none.
  private func digitsEnd(at start: Int, where isDigit: (UInt8) -> Bool) -> Int? {
    guard start < bytes.count, isDigit(bytes[start]) else { return nil }
    var index = start + 1
    while index < bytes.count {
      if isDigit(bytes[index]) {
        index += 1
      } else if bytes[index] == 0x5F, index + 1 < bytes.count, isDigit(bytes[index + 1]) {
        index += 2
      } else {
        break
      }
    }
    return index
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private func floatEnd(at start: Int) -> Int? {
    guard var end = digitsEnd(at: start, where: Self.isDigit) else { return nil }
    var isFloat = false
    if end < bytes.count, bytes[end] == 0x2E,
      let fraction = digitsEnd(at: end + 1, where: Self.isDigit)
    {
      end = fraction
      isFloat = true
    }
    if end < bytes.count, bytes[end] | 0x20 == 0x65 {
      var digits = end + 1
      if digits < bytes.count, bytes[digits] == 0x2B || bytes[digits] == 0x2D { digits += 1 }
      if let exponent = digitsEnd(at: digits, where: Self.isDigit) { return exponent }
    }
    return isFloat ? end : nil
  }

  private func integerEnd(at start: Int) -> Int {
    if bytes[start] == 0x30, start + 1 < bytes.count {
      let isDigit: ((UInt8) -> Bool)? =
        switch bytes[start + 1] | 0x20 {
        case 0x62: { $0 == 0x30 || $0 == 0x31 }
        case 0x6F: { $0 >= 0x30 && $0 <= 0x37 }
        case 0x78: { Self.isDigit($0) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) }
        default: nil
        }
      if let isDigit {
        let underscore = start + 2 < bytes.count && bytes[start + 2] == 0x5F ? 1 : 0
        if let end = digitsEnd(at: start + 2 + underscore, where: isDigit) { return end }
      }
      return digitsEnd(at: start, where: { $0 == 0x30 }) ?? start + 1
    }
    return digitsEnd(at: start, where: Self.isDigit) ?? start + 1
  }
}
