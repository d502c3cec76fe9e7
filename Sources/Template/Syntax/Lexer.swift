/// Cuts a template text into data and the tokens of its tags, as Jinja2's lexer does.
///
/// White space is settled here: a data token is a range of the text that is already stripped on both
/// sides as the tags around it ask.
struct Lexer {
  let source: SourceText
  let options: TemplateOptions
  var tokens: [Token] = []
  var position = 0
  /// Whether the last tag ended with a newline (a text start counts), for `lstripBlocks`.
  private var isLineStart = true

  private let blockStart: [UInt8]
  private let variableStart: [UInt8]
  private let commentStart: [UInt8]
  private let lineStatement: [UInt8]?
  private let lineComment: [UInt8]?
  private let opener: [(bytes: [UInt8], tag: Tag)]
  private let canOpen: [Bool]

  private enum Tag { case block, variable, comment, lineStatement, lineComment, raw }

  /// How the end of a tag was found.
  struct TagEnd {
    var start: Int
    var end: Int
  }

  init(_ source: SourceText, options: TemplateOptions) {
    self.source = source
    self.options = options
    blockStart = Array(options.blockStart.utf8)
    variableStart = Array(options.variableStart.utf8)
    commentStart = Array(options.commentStart.utf8)
    lineStatement = options.lineStatementPrefix.map { Array($0.utf8) }
    lineComment = options.lineCommentPrefix.map { Array($0.utf8) }
    opener = [
      (variableStart, Tag.variable), (blockStart, .block), (commentStart, .comment),
    ].sorted { $0.0.count > $1.0.count }
    var canOpen = [Bool](repeating: false, count: 256)
    for bytes in [blockStart, variableStart, commentStart] {
      if let first = bytes.first { canOpen[Int(first)] = true }
    }
    self.canOpen = canOpen
  }

  var bytes: [UInt8] { source.bytes }

  /// All tokens of the text, an `end` token last.
  mutating func tokenize() throws(SyntaxFailure) -> [Token] {
    while position < source.bytes.count { try root() }
    tokens.append(Token(kind: .end, start: source.bytes.count, end: source.bytes.count))
    return tokens
  }

  /// One stretch of data and the tag after it.
  private mutating func root() throws(SyntaxFailure) {
    guard let (tag, start, afterStart) = nextTag(from: position) else {
      appendData(position, source.bytes.count)
      position = source.bytes.count
      return
    }
    var body = afterStart
    var sign: UInt8 = 0
    if body < bytes.count, bytes[body] == 0x2D || bytes[body] == 0x2B {
      sign = bytes[body]
      body += 1
    }
    let dataEnd = strippedEnd(from: position, to: start, sign: sign, isVariable: tag == .variable)
    appendData(position, dataEnd)
    switch tag {
    case .comment: try skipComment(from: body, start: start)
    case .lineComment: skipLineComment(from: body)
    case .variable:
      tokens.append(Token(kind: .variableBegin, start: start, end: body))
      try expression(from: body, until: .variable, opened: start)
    case .block:
      if let raw = rawBegin(from: body) {
        try readRaw(from: raw, start: start)
      } else {
        tokens.append(Token(kind: .blockBegin, start: start, end: body))
        try expression(from: body, until: .block, opened: start)
      }
    case .lineStatement:
      tokens.append(Token(kind: .blockBegin, start: start, end: body))
      try expression(from: body, until: .line, opened: start)
    case .raw: break
    }
    if position > 0 { isLineStart = bytes[position - 1] == 0x0A }
  }

  private mutating func appendData(_ start: Int, _ end: Int) {
    guard end > start else { return }
    tokens.append(Token(kind: .data, start: start, end: end))
  }

  // MARK: Finding tags

  private func nextTag(from start: Int) -> (Tag, start: Int, after: Int)? {
    let bytes = source.bytes
    let hasLinePrefixes = lineStatement != nil || lineComment != nil
    var index = start
    while index < bytes.count {
      if hasLinePrefixes, let found = lineTag(at: index) { return found }
      if canOpen[Int(bytes[index])] {
        for (spelling, tag) in opener where starts(with: spelling, at: index) {
          return (tag, index, index + spelling.count)
        }
      }
      index += 1
    }
    return nil
  }

  /// A line statement or line comment whose match begins at `index`.
  private func lineTag(at index: Int) -> (Tag, start: Int, after: Int)? {
    let isStart = index == 0 || bytes[index - 1] == 0x0A
    var candidates: [(prefix: [UInt8], tag: Tag)] = []
    if let lineComment, isStart || !Self.isSpace(bytes[index - 1]) {
      candidates.append((lineComment, .lineComment))
    }
    if let lineStatement, isStart { candidates.append((lineStatement, .lineStatement)) }
    candidates.sort { $0.prefix.count > $1.prefix.count }
    var after = index
    while after < bytes.count, Self.isSpace(bytes[after]), bytes[after] != 0x0A { after += 1 }
    for (prefix, tag) in candidates where starts(with: prefix, at: after) {
      return (tag, index, after + prefix.count)
    }
    return nil
  }

  func starts(with spelling: [UInt8], at index: Int) -> Bool {
    guard index + spelling.count <= source.bytes.count else { return false }
    for (offset, byte) in spelling.enumerated() where source.bytes[index + offset] != byte {
      return false
    }
    return !spelling.isEmpty
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)
  }

  /// Where data ends once the tag after it has stripped what it asks for.
  private func strippedEnd(from start: Int, to end: Int, sign: UInt8, isVariable: Bool) -> Int {
    if sign == 0x2D {
      var stripped = end
      while stripped > start, Self.isSpace(bytes[stripped - 1]) { stripped -= 1 }
      return stripped
    }
    guard sign != 0x2B, options.lstripBlocks, !isVariable else { return end }
    var line = end
    while line > start, bytes[line - 1] != 0x0A { line -= 1 }
    guard line > start || isLineStart else { return end }
    return bytes[line..<end].allSatisfy(Self.isSpace) ? line : end
  }

  // MARK: Comments and raw blocks

  private mutating func skipComment(from body: Int, start: Int) throws(SyntaxFailure) {
    // Jinja2 reads on only where something follows.
    guard body < bytes.count else { return position = body }
    let spelling = Array(options.commentEnd.utf8)
    var index = body
    while index < bytes.count {
      if let end = closing(spelling, at: index, trims: options.trimBlocks) {
        position = end
        return
      }
      index += 1
    }
    throw SyntaxFailure("missing end of comment tag", at: Site(start: start, end: body))
  }

  private mutating func skipLineComment(from body: Int) {
    position = body
    while position < bytes.count, bytes[position] != 0x0A { position += 1 }
  }

  /// The end of a closing delimiter at `index` with its sign and the white space it takes; nil where
  /// there is none.
  func closing(_ spelling: [UInt8], at index: Int, trims: Bool, allowsPlus: Bool = true) -> Int? {
    if bytes[index] == 0x2D, starts(with: spelling, at: index + 1) {
      var end = index + 1 + spelling.count
      while end < bytes.count, Self.isSpace(bytes[end]) { end += 1 }
      return end
    }
    if allowsPlus, bytes[index] == 0x2B, starts(with: spelling, at: index + 1) {
      return index + 1 + spelling.count
    }
    guard starts(with: spelling, at: index) else { return nil }
    let end = index + spelling.count
    return trims && end < bytes.count && bytes[end] == 0x0A ? end + 1 : end
  }

  private func skippingSpace(_ start: Int) -> Int {
    var index = start
    while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
    return index
  }

  private func keyword(_ word: String, at start: Int) -> Int? {
    let index = skippingSpace(start)
    return starts(with: Array(word.utf8), at: index)
      ? skippingSpace(index + word.utf8.count) : nil
  }

  /// The start of the content of a raw block whose tag body begins at `body`; nil where it is none.
  private func rawBegin(from body: Int) -> Int? {
    guard let index = keyword("raw", at: body), index < bytes.count else { return nil }
    return closing(Array(options.blockEnd.utf8), at: index, trims: false, allowsPlus: false)
  }

  private mutating func readRaw(from content: Int, start: Int) throws(SyntaxFailure) {
    guard content < bytes.count else { return position = content }
    isLineStart = content > 0 && bytes[content - 1] == 0x0A
    var index = content
    while index < bytes.count {
      if starts(with: blockStart, at: index) {
        var body = index + blockStart.count
        var sign: UInt8 = 0
        if body < bytes.count, bytes[body] == 0x2D || bytes[body] == 0x2B {
          sign = bytes[body]
          body += 1
        }
        if let after = keyword("endraw", at: body), after < bytes.count,
          let end = closing(Array(options.blockEnd.utf8), at: after, trims: options.trimBlocks)
        {
          appendData(
            content, strippedEnd(from: content, to: index, sign: sign, isVariable: false))
          position = end
          return
        }
      }
      index += 1
    }
    throw SyntaxFailure(
      "missing end of raw directive", at: Site(start: start, end: content))
  }
}
