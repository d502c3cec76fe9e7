/// The content of a scalar that is not simply the bytes as written: escapes resolved, lines folded, indentation removed.
///
/// The parser has checked the syntax; this only builds the text, and on request remembers where each piece came from.
struct ScalarText {
  /// A stretch of the text that begins at `text` was written at `source`; it goes on to the next piece.
  struct Piece {
    var text: Int
    var source: Int
    /// The bytes are the same on both sides; else the whole stretch is one place.
    var isVerbatim: Bool
  }

  private let source: UnsafeBufferPointer<UInt8>
  private let isTraced: Bool
  private(set) var bytes: [UInt8] = []
  private(set) var pieces: [Piece] = []

  init(_ record: Record, in source: UnsafeBufferPointer<UInt8>, traced: Bool = false) {
    self.source = source
    isTraced = traced
    let range = record.range
    switch record.style {
    case .plain: flowLines(range)
    case .singleQuoted: flowLines(inner(range), quote: .singleQuote)
    case .doubleQuoted: flowLines(inner(range), quote: .doubleQuote)
    case .literal, .folded:
      block(range, indent: Int(record.value), isFolded: record.style == .folded)
    }
  }

  private func inner(_ range: Range<Int>) -> Range<Int> {
    range.count < 2
      ? range.lowerBound..<range.lowerBound : range.lowerBound + 1..<range.upperBound - 1
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == .space || byte == .tab }

  private func isBreak(_ byte: UInt8) -> Bool { byte == .lineFeed || byte == .carriageReturn }

  private func afterBreak(_ offset: Int, _ end: Int) -> Int {
    source[offset] == .carriageReturn && offset + 1 < end && source[offset + 1] == .lineFeed
      ? offset + 2 : offset + 1
  }

  // MARK: Output

  private mutating func copy(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    if isTraced {
      pieces.append(Piece(text: bytes.count, source: range.lowerBound, isVerbatim: true))
    }
    bytes.append(contentsOf: source[range])
  }

  private mutating func put(_ byte: UInt8, count: Int = 1, from offset: Int) {
    guard count > 0 else { return }
    if isTraced {
      pieces.append(Piece(text: bytes.count, source: offset, isVerbatim: false))
    }
    for _ in 0..<count { bytes.append(byte) }
  }

  // MARK: Plain and quoted

  private mutating func flowLines(_ range: Range<Int>, quote: UInt8 = 0) {
    var run = range.lowerBound
    var offset = run
    /// No white space before this place may be trimmed at the end of a line: it was escaped.
    var firm = run
    while offset < range.upperBound {
      let byte = source[offset]
      if isBreak(byte) {
        var textEnd = offset
        while textEnd > max(run, firm), isBlank(source[textEnd - 1]) { textEnd -= 1 }
        copy(run..<textEnd)
        offset = fold(from: offset, to: range.upperBound, isEscaped: false)
        run = offset
        firm = offset
      } else if byte == .singleQuote, quote == .singleQuote {
        copy(run..<offset + 1)
        offset += 2
        run = offset
      } else if byte == .backslash, quote == .doubleQuote, offset + 1 < range.upperBound {
        copy(run..<offset)
        if isBreak(source[offset + 1]) {
          offset = fold(from: offset + 1, to: range.upperBound, isEscaped: true)
        } else {
          offset = unescape(at: offset)
        }
        run = offset
        firm = offset
      } else {
        offset += 1
      }
    }
    copy(run..<max(run, range.upperBound))
  }

  /// One line break is a space, further ones stay; answers where the text goes on.
  private mutating func fold(from start: Int, to end: Int, isEscaped: Bool) -> Int {
    var offset = start
    var breaks = 0
    while offset < end {
      if isBreak(source[offset]) {
        breaks += 1
        offset = afterBreak(offset, end)
      } else if isBlank(source[offset]) {
        offset += 1
      } else {
        break
      }
    }
    if breaks == 1, !isEscaped {
      put(.space, from: start)
    } else {
      put(.lineFeed, count: breaks - 1, from: start)
    }
    return offset
  }

  private mutating func unescape(at offset: Int) -> Int {
    guard let escape = Escape(source[offset + 1]) else { return offset + 2 }
    if isTraced {
      pieces.append(Piece(text: bytes.count, source: offset, isVerbatim: false))
    }
    switch escape {
    case .scalar(let scalar):
      bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      return offset + 2
    case .digits(let count):
      var next = offset + 2 + count
      var value = Escape.hex(at: offset + 2, count: count, in: source) ?? 0xFFFD
      if value & 0xFFFF_FC00 == 0xD800, let low = Escape.lowSurrogate(at: next, in: source) {
        value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
        next += 6
      }
      let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
      bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      return min(next, source.count)
    }
  }

  // MARK: Literal and folded

  private enum Chomp {
    case strip, clip, keep
  }

  private mutating func block(_ range: Range<Int>, indent: Int, isFolded: Bool) {
    var offset = range.lowerBound + 1
    var chomp = Chomp.clip
    header: while offset < range.upperBound {
      switch source[offset] {
      case UInt8(ascii: "+"): chomp = .keep
      case .dash: chomp = .strip
      case UInt8(ascii: "1")...UInt8(ascii: "9"): break
      default: break header
      }
      offset += 1
    }
    while offset < range.upperBound, !isBreak(source[offset]) { offset += 1 }
    if offset < range.upperBound { offset = afterBreak(offset, range.upperBound) }
    var pending = 0
    var wasSpaced = false
    var hasText = false
    while offset < range.upperBound {
      let line = offset
      while offset < range.upperBound, offset - line < indent, source[offset] == .space {
        offset += 1
      }
      let text = offset
      while offset < range.upperBound, !isBreak(source[offset]) { offset += 1 }
      if text < offset {
        let isSpaced = isBlank(source[text])
        if isFolded, hasText, !isSpaced, !wasSpaced {
          if pending == 1 { put(.space, from: line) }
          put(.lineFeed, count: pending - 1, from: line)
        } else {
          put(.lineFeed, count: pending, from: line)
        }
        copy(text..<offset)
        pending = 0
        hasText = true
        wasSpaced = isSpaced
      }
      pending += 1
      if offset < range.upperBound { offset = afterBreak(offset, range.upperBound) }
    }
    switch chomp {
    case .strip: break
    case .clip: if hasText { put(.lineFeed, from: range.upperBound) }
    case .keep: put(.lineFeed, count: pending, from: range.upperBound)
    }
  }

  // MARK: Places

  /// The source offsets of a range of the text; needs a traced text.
  func sourceRange(of range: Range<Int>) -> Range<Int>? {
    guard let start = sourceOffset(of: range.lowerBound), let last = range.last else { return nil }
    guard let end = sourceOffset(of: last), end >= start else { return nil }
    let limit = source.count
    return min(start, limit)..<min(end + 1, limit)
  }

  private func sourceOffset(of offset: Int) -> Int? {
    guard offset < bytes.count, let index = pieces.lastIndex(where: { $0.text <= offset }) else {
      return nil
    }
    let piece = pieces[index]
    return piece.isVerbatim ? piece.source + offset - piece.text : piece.source
  }
}
