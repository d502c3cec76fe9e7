import Diagnostics

/// What can be wrong with keys and values, in words.
extension Parser {
  // MARK: Keys

  /// A key must lie on one line and be no longer than 1024 characters (YAML 1.2.2, section 7.4).
  mutating func expectKey(_ candidate: Candidate, _ record: Record) throws(Fault) {
    guard candidate.lineStart != lineStart else {
      guard position - candidate.start > 1024 * 4 || scalars(candidate.start..<position) > 1024
      else {
        return
      }
      throw fault(
        "key-too-long", "a key is longer than 1024 characters",
        at: candidate.start..<candidate.start + 1,
        help: "write it as `? key` with `: value` on the next line")
    }
    throw multilineKeyFault(candidate, record)
  }

  private func scalars(_ range: Range<Int>) -> Int {
    range.count <= 1024 ? range.count : source[range].count { $0 & 0xC0 != 0x80 }
  }

  /// The key of a pair in `[ ]` must lie on one line.
  mutating func expectOneLine(start: Int, lineStart: Int) throws(Fault) {
    guard lineStart == self.lineStart, scalars(start..<position) <= 1024 else {
      throw fault(
        "multiline-key", "a key in `[ ]` must be on one line with its colon", at: start..<start + 1,
        labels: [(position..<position + 1, "its colon")],
        help: "put the pair in `{ }`, or the key on one line")
    }
  }

  /// A scalar over several lines is followed by a colon: a line that should have been a key of its own.
  private mutating func multilineKeyFault(_ candidate: Candidate, _ record: Record) -> Fault {
    let colon = position
    if record.kind == .scalar, record.style == .plain {
      if missingSpace(in: restOfLine(candidate.start)) != nil {
        return brokenKeyFault(at: candidate.start, next: colon..<colon + 1)
      }
      let line = startOfLine(colon)
      var key = line
      while isOf(ByteClass.blank, at: key) { key += 1 }
      return strayKeyFault(candidate, line: line, key: key..<colon)
    }
    return fault(
      "multiline-key", "a key must be on one line", at: candidate.start..<candidate.start + 1,
      labels: [(colon..<colon + 1, "this colon makes it a key")],
      help: "write it on one line, or as `? key` with `: value` on the next line")
  }

  private mutating func strayKeyFault(
    _ candidate: Candidate, line: Int, key: Range<Int>
  ) -> Fault {
    let name = text(key)
    let isBelow = candidate.start - candidate.lineStart != key.lowerBound - line
    if isBelow, let top = frames.last, top.kind == .blockMapping, top.children % 2 == 1 {
      let columns = key.lowerBound - line - top.indent
      return fault(
        "indent-too-deep",
        "`\(name)` is \(columns == 1 ? "one column" : "\(columns) columns") deeper than the key it should stand under",
        at: key,
        labels: [(candidate.start..<candidate.start + 1, "read as more text of this value")],
        help: "indent `\(name)` by \(top.indent) spaces", resume: key.lowerBound)
    }
    return brokenKeyFault(at: candidate.start, next: key)
  }

  /// A line without a colon, or without the space behind it, is followed by a key in the same column.
  mutating func brokenKeyFault(at start: Int, next key: Range<Int>) -> Fault {
    let line = restOfLine(start)
    let resume = startOfLine(key.lowerBound) - 1
    if let gap = missingSpace(in: line) {
      return fault(
        "missing-space-after-colon", "a space is missing after the colon", at: gap..<gap + 1,
        help: spaced(line, gap), resume: resume)
    }
    return fault(
      "missing-colon", "this line is neither a key nor a list item", at: line,
      labels: [(key, "a key follows")], help: withColon(line), resume: resume)
  }

  /// A line with a colon behind its first word.
  private func withColon(_ line: Range<Int>) -> String {
    var offset = line.lowerBound
    while offset < line.upperBound, !isOf(ByteClass.blank, at: offset) { offset += 1 }
    return text(line.lowerBound..<offset) + ":" + text(offset..<line.upperBound)
  }

  /// The colon of `a:1`, unless it is one of a time or an address like `http://`.
  private func missingSpace(in range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    while offset < range.upperBound,
      isWordByte(source[offset]) || source[offset] == UInt8(ascii: "_")
    {
      offset += 1
    }
    guard offset > range.lowerBound, byte(offset) == .colon, offset + 1 < range.upperBound,
      byte(offset + 1) != .colon,
      !(byte(offset + 1) == UInt8(ascii: "/") && byte(offset + 2) == UInt8(ascii: "/"))
    else { return nil }
    return offset
  }

  private func spaced(_ line: Range<Int>, _ colon: Int) -> String {
    text(line.lowerBound..<colon + 1) + " " + text(colon + 1..<line.upperBound)
  }

  /// A line in a mapping has no colon.
  mutating func missingColonFault(_ candidate: Candidate, _ record: Record) -> Fault {
    let line = restOfLine(candidate.start)
    if record.kind == .scalar, record.style == .plain, let gap = missingSpace(in: line) {
      return fault(
        "missing-space-after-colon", "a space is missing after the colon", at: gap..<gap + 1,
        help: spaced(line, gap))
    }
    if isQuoted(record), !isOf(ByteClass.lineEnd, at: position), !isComment() {
      return textAfterQuotedFault(record)
    }
    if lineStart != candidate.lineStart {
      return fault(
        "multiline-key", "a key must be on one line", at: candidate.start..<candidate.start + 1)
    }
    return fault(
      "missing-colon", "a key needs a colon", at: record.range, labels: openMapping(),
      help: withColon(record.range))
  }

  private func openMapping() -> [(range: Range<Int>, text: String)] {
    guard let top = frames.last, top.isBlock else { return [] }
    return [(top.start..<min(top.start + 1, end), "the mapping begins here")]
  }

  /// `a: b: c`.
  mutating func nestedMappingFault(_ candidate: Candidate) -> Fault {
    let colon = position
    let value = restOfLine(candidate.start)
    if frames.count == 1 {
      return fault(
        "mapping-on-document-line", "a mapping cannot begin on the line of `---`",
        at: colon..<colon + 1,
        help: "put it on the next line")
    }
    var notes: [String] = []
    if let quote = typographicQuote(in: value) {
      notes.append(
        "the typographic quotes at \(place(quote)) do not quote in YAML; use plain ones")
    }
    return fault(
      "nested-mapping-on-one-line",
      "this value contains `: `, which makes it a second key on the line",
      at: colon..<colon + 1, labels: [(value, "the value")], notes: notes,
      help: "quote the value: \(quoted(text(value)))", resume: colon)
  }

  /// The first typographic quotation mark (U+2018 to U+201F, two angle quotes) in a range.
  private func typographicQuote(in range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    while offset + 2 < range.upperBound {
      if source[offset] == 0xE2, source[offset + 1] == 0x80,
        (0x98...0x9F).contains(source[offset + 2])
      {
        return offset
      }
      offset += 1
    }
    return nil
  }

  /// `a: - b`, `--- - a`.
  mutating func collectionOnLineFault(_ candidate: Candidate, _ kind: String) -> Fault {
    let indicator = character(at: position)
    return fault(
      "block-on-key-line", "a block \(kind) cannot begin here", at: position..<position + 1,
      help: "put `\(indicator) ` on the next line, or quote the value if it is text",
      resume: position)
  }

  mutating func propertiesBeforeIndicatorFault(_ candidate: Candidate, _ kind: String) -> Fault {
    fault(
      "properties-before-indicator",
      "an anchor or tag of a block \(kind) must be on a line of its own",
      at: candidate.start..<position, help: "break the line before `\(character(at: position)) `")
  }

  mutating func unseparatedFault(_ candidate: inout Candidate) -> Fault {
    let start = candidate.inner.start ?? position
    return fault(
      "missing-space", "an anchor or a tag must be followed by a space",
      at: position..<position + 1, labels: [(start..<position, "the anchor or tag")],
      help: "quote the value, if it is text: \(quoted(text(restOfLine(start))))")
  }

  // MARK: Values

  /// A character that cannot begin a plain scalar.
  mutating func reservedFault() -> Fault {
    let name = character(at: position)
    let value = restOfLine(position)
    if byte(position) == .hash {
      return fault(
        "missing-space-before-comment", "a space is missing before the comment",
        at: position..<position + 1,
        help: "write ` #`")
    }
    return fault(
      "reserved-indicator", "`\(name)` cannot begin an unquoted value", at: position..<position + 1,
      help: "quote the value: \(quoted(text(value)))")
  }

  mutating func loneIndicatorFault() -> Fault {
    let name = character(at: position)
    return fault(
      "lone-indicator", "`\(name)` alone is no value here", at: position..<position + 1,
      help: "quote it if it is text: \"\(name)\"")
  }

  mutating func expectNoTemplate() throws(Fault) {
    guard mode == .tree, byte(position) == .openBrace,
      byte(position + 1) == .openBrace || byte(position + 1) == .percent
    else { return }
    let value = restOfLine(position)
    throw fault(
      "unquoted-template",
      "a value that begins with `\(text(position..<position + 2))` must be quoted",
      at: value, help: templateLine(position, value),
      resume: position)
  }

  /// The line of a value with the value quoted, its indentation left out.
  private func templateLine(_ offset: Int, _ value: Range<Int>) -> String {
    var start = startOfLine(offset)
    while isOf(ByteClass.blank, at: start) { start += 1 }
    return text(start..<offset) + quoted(text(value))
  }

  private func isQuoted(_ record: Record) -> Bool {
    record.kind == .scalar && (record.style == .singleQuoted || record.style == .doubleQuoted)
  }

  /// Something follows on the line of a complete node.
  mutating func trailingFault() -> Fault {
    if byte(position) == .hash {
      return fault(
        "missing-space-before-comment", "a space is missing before the comment",
        at: position..<position + 1,
        help: "write ` #`")
    }
    if let last = records.last, isQuoted(last), Int(last.end) <= position {
      return textAfterQuotedFault(last)
    }
    return fault(
      "text-after-value", "the value has ended before this", at: restOfLine(position),
      help: "quote the whole value, if it is one text")
  }

  private mutating func textAfterQuotedFault(_ record: Record) -> Fault {
    let whole = text(Int(record.start)..<restOfLine(position).upperBound)
    let quotes = whole.contains("'") ? "\"" + escapedDouble(whole) + "\"" : "'\(whole)'"
    return fault(
      "text-after-quoted", "text follows the closing quote", at: restOfLine(position),
      labels: [(record.range, "the quoted text")], help: "quote the whole value: \(quotes)")
  }

  private func escapedDouble(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  mutating func unterminatedFault(from start: Int, at place: Int? = nil) -> Fault {
    var labels: [(range: Range<Int>, text: String)] = []
    if let place {
      labels.append(
        (
          place..<min(place + 1, end),
          "this line is not part of the text: it is not indented deeper"
        ))
    }
    let quote = character(at: start)
    return fault(
      "unterminated-string", "the text that begins with this \(quote) is not closed",
      at: start..<start + 1,
      underline: "opened here", labels: labels,
      help: "close it with \(quote), or indent its further lines deeper than its key", resume: start
    )
  }

  /// Whether a line of a quoted text may be indented no deeper than its key: reported once for each text.
  mutating func allowsShallowLine(from start: Int) -> Bool {
    guard quotedLines == .anywhere, !looksLikeKey(restOfLine(position)) else { return false }
    if lastShallow != start {
      lastShallow = start
      diagnostics.append(
        Diagnostic(
          .note, "shallow-quoted-line",
          "this line of a quoted text is not indented deeper than its key",
          at: span(restOfLine(position)), labels: [.init(span(start..<start + 1), "opened here")],
          help: "indent it deeper: YAML 1.2 wants it, and only some readers take it as it is"))
    }
    return true
  }

  /// `name: ` or `- name: `, with the colon before any quote: rather the next key than more text.
  private func looksLikeKey(_ line: Range<Int>) -> Bool {
    var offset = line.lowerBound
    if byte(offset) == .dash, isOf(ByteClass.space, at: offset + 1) {
      offset += 1
      while isOf(ByteClass.blank, at: offset) { offset += 1 }
    }
    let name = offset
    while offset < line.upperBound {
      switch byte(offset) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), .dash, .dot:
        offset += 1
      default:
        return offset > name && byte(offset) == .colon && isOf(ByteClass.space, at: offset + 1)
      }
    }
    return false
  }

  mutating func escapeFault(digits: Int? = nil) -> Fault {
    let name = character(at: position + 1)
    if let digits {
      return fault(
        "bad-escape", "`\\\(name)` needs \(digits) hexadecimal digits of a character",
        at: position..<position + 2, help: "write the backslash twice, or use single quotes")
    }
    return fault(
      "bad-escape", "`\\\(name)` is no escape sequence", at: position..<position + 2,
      help: "write the backslash twice, or use single quotes, in which it has no meaning")
  }

  mutating func blockHeaderFault() -> Fault {
    fault(
      "block-scalar-header",
      "after `|` or `>` only an indentation of 1 to 9, `+` or `-`, and a comment may follow",
      at: restOfLine(position), help: "put the text on the next line")
  }

  mutating func leadingBlankFault(at offset: Int, indent: Int, text: Int) -> Fault {
    fault(
      "block-scalar-leading-blank", "an empty line before the text has more spaces than the text",
      at: offset..<offset + indent, labels: [(text..<text + 1, "the text begins here")],
      help: "remove the spaces, or give the indentation: `|2`", resume: text)
  }

  /// The name of a space that is not U+0020, if one is here.
  func oddSpace() -> String? {
    switch (byte(position), byte(position + 1), byte(position + 2)) {
    case (0xC2, 0xA0, _): "a no-break space (U+00A0)"
    case (0xE2, 0x80, 0x80...0x8A): "a typographic space (U+2000 to U+200A)"
    case (0xE2, 0x80, 0x8B): "a zero width space (U+200B)"
    case (0xE2, 0x80, 0xAF): "a narrow no-break space (U+202F)"
    case (0xE3, 0x80, 0x80): "an ideographic space (U+3000)"
    default: nil
    }
  }

  mutating func oddSpaceFault(_ name: String) -> Fault {
    fault(
      "odd-space-in-indentation", "\(name) does not indent",
      at: position..<position + character(at: position).utf8.count,
      help: "replace it by plain spaces, or quote the text if it belongs to it")
  }
}
