import Diagnostics

/// Plain and quoted scalars: where they end; what they say is worked out when somebody asks.
extension Parser {
  /// Checks that a plain scalar may begin here.
  mutating func expectPlainStart(isFlow: Bool) throws(Fault) {
    switch byte(position) {
    case 0x80...:
      guard mode == .tree, !isFlow, position == lineStart + lineIndent, let name = oddSpace() else {
        return
      }
      throw oddSpaceFault(name)
    case .dash, .question, .colon:
      let stops = isFlow ? ByteClass.space | ByteClass.flow : ByteClass.space
      guard isOf(stops, at: position + 1) else { return }
      throw loneIndicatorFault()
    case .comma, .closeBracket, .closeBrace, .openBracket, .openBrace, .hash, .ampersand, .star,
      .exclamation, .pipe, .greater, .singleQuote, .doubleQuote, .percent,
      UInt8(ascii: "@"), UInt8(ascii: "`"):
      throw reservedFault()
    default:
      return
    }
  }

  /// Reads a plain scalar to its end, over further lines where they belong to it.
  mutating func plain(indent: Int, isFlow: Bool, isKey: Bool) throws(Fault) -> Record {
    let start = position
    var record = Record(.scalar, start: start, end: start)
    var contentEnd = start
    while true {
      let isAtLineEnd = plainLine(isFlow: isFlow, &record.flags)
      contentEnd = position
      while contentEnd > start, isOf(ByteClass.blank, at: contentEnd - 1) { contentEnd -= 1 }
      let endLine = lineStart
      guard isAtLineEnd, !isKey, position < end, continues(indent: indent, isFlow: isFlow) else {
        position = contentEnd
        lineStart = endLine
        break
      }
      record.flags.insert(.cooked)
    }
    record.end = UInt32(truncatingIfNeeded: contentEnd)
    try expectSize(start..<contentEnd)
    return record
  }

  /// Reads what belongs to a plain scalar on this line; whether it went to the end of the line.
  private mutating func plainLine(isFlow: Bool, _ flags: inout Record.Flags) -> Bool {
    let stop = isFlow ? ByteClass.flowPlainStop : ByteClass.plainStop
    while true {
      while position < end, classes[Int(source[position])] & stop == 0 { position += 1 }
      switch byte(position) {
      case .colon:
        let stops = isFlow ? ByteClass.space | ByteClass.flow : ByteClass.space
        if isOf(stops, at: position + 1) { return false }
      case .hash:
        if isOf(ByteClass.blank, at: position - 1) { return false }
      case .openBrace where !isFlow:
        if isTemplate(at: position) { flags.insert(.template) }
      case .lineFeed, .carriageReturn, 0:
        return true
      default:
        return false
      }
      position += 1
    }
  }

  /// Whether `{{`, `{%` or `{#` is at an offset.
  func isTemplate(at offset: Int) -> Bool {
    switch byte(offset + 1) {
    case .openBrace, .percent, .hash: true
    default: false
    }
  }

  /// Goes to the next line that continues a plain scalar; `position` is on it when there is one.
  private mutating func continues(indent: Int, isFlow: Bool) -> Bool {
    repeat {
      skipLineBreak()
      while byte(position) == .space { position += 1 }
      lineIndent = position - lineStart
      lineTab = skipBlanks()
    } while isOf(ByteClass.lineBreak, at: position)
    guard position < end, lineIndent > indent, byte(position) != .hash else { return false }
    if position == lineStart, isAnyMarker(at: position) { return false }
    let stops = isFlow ? ByteClass.space | ByteClass.flow : ByteClass.space
    if byte(position) == .colon, isOf(stops, at: position + 1) { return false }
    return !(isFlow && isOf(ByteClass.flow, at: position))
  }

  mutating func singleQuoted(indent: Int) throws(Fault) -> Record {
    let start = position
    var record = Record(.scalar, style: .singleQuoted, start: start, end: start)
    position += 1
    while true {
      while position < end, classes[Int(source[position])] & ByteClass.singleStop == 0 {
        position += 1
      }
      switch byte(position) {
      case .singleQuote:
        guard byte(position + 1) == .singleQuote else {
          return try finishQuoted(&record)
        }
        record.flags.insert(.cooked)
        position += 2
      case .openBrace:
        if isTemplate(at: position) { record.flags.insert(.template) }
        position += 1
      default:
        try nextQuotedLine(from: start, indent: indent)
        record.flags.insert(.cooked)
      }
    }
  }

  mutating func doubleQuoted(indent: Int) throws(Fault) -> Record {
    let start = position
    var record = Record(.scalar, style: .doubleQuoted, start: start, end: start)
    position += 1
    while true {
      while position < end, classes[Int(source[position])] & ByteClass.doubleStop == 0 {
        position += 1
      }
      switch byte(position) {
      case .doubleQuote:
        return try finishQuoted(&record)
      case .backslash:
        record.flags.insert(.cooked)
        if isOf(ByteClass.lineBreak, at: position + 1) {
          position += 1
          try nextQuotedLine(from: start, indent: indent)
        } else {
          try skipEscape(from: start)
        }
      case .openBrace:
        if isTemplate(at: position) { record.flags.insert(.template) }
        position += 1
      default:
        try nextQuotedLine(from: start, indent: indent)
        record.flags.insert(.cooked)
      }
    }
  }

  private mutating func finishQuoted(_ record: inout Record) throws(Fault) -> Record {
    position += 1
    record.end = UInt32(truncatingIfNeeded: position)
    try expectSize(record.range)
    return record
  }

  /// From the end of a line to the first character of the next line with text in a quoted scalar.
  private mutating func nextQuotedLine(from start: Int, indent: Int) throws(Fault) {
    repeat {
      guard position < end else { throw unterminatedFault(from: start) }
      skipLineBreak()
      if isAnyMarker(at: position) { throw unterminatedFault(from: start, at: position) }
      while byte(position) == .space { position += 1 }
      lineIndent = position - lineStart
      lineTab = skipBlanks()
    } while isOf(ByteClass.lineBreak, at: position)
    guard position < end else { throw unterminatedFault(from: start) }
    guard lineIndent > indent || allowsShallowLine(from: start) else {
      throw unterminatedFault(from: start, at: position)
    }
  }

  /// Steps over an escape sequence in double quotes.
  private mutating func skipEscape(from start: Int) throws(Fault) {
    guard position + 1 < end else { throw unterminatedFault(from: start) }
    guard let escape = Escape(byte(position + 1)) else { throw escapeFault() }
    guard case .digits(let count) = escape else {
      position += 2
      return
    }
    var value: UInt32 = 0
    for offset in position + 2..<position + 2 + count {
      guard let digit = hexDigit(byte(offset)) else { throw escapeFault(digits: count) }
      value = value << 4 | UInt32(digit)
    }
    let next = position + 2 + count
    if value & 0xFFFF_FC00 == 0xD800, count == 4,
      let low = Escape.lowSurrogate(at: next, in: source), Unicode.Scalar(low) == nil
    {
      position = next + 6
      return
    }
    guard Unicode.Scalar(value) != nil else { throw escapeFault(digits: count) }
    position = next
  }
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
