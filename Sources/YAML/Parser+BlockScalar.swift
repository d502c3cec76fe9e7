import Diagnostics

/// Literal (`|`) and folded (`>`) scalars.
extension Parser {
  mutating func blockScalar(_ candidate: Candidate) throws(Fault) -> Step {
    let start = position
    let isLiteral = byte(start) == .pipe
    let nodeProperties = try merged(candidate.outer, candidate.inner)
    var record = Record(.scalar, style: isLiteral ? .literal : .folded, start: start, end: start)
    record.flags.insert(.cooked)
    let explicit = try blockScalarHeader()
    var indent = max(candidate.indent, 0) + (explicit ?? 0)
    if explicit == nil { indent = try detectIndent(below: candidate.indent) }
    try blockScalarLines(indent, &record.flags)
    record.end = UInt32(truncatingIfNeeded: position)
    record.value = UInt32(truncatingIfNeeded: indent)
    try expectSize(start..<position)
    add(record, nodeProperties)
    lastBlockScalar = (start, indent)
    return .next
  }

  /// Reads `|2-` and the rest of its line; the indentation, where it is given.
  private mutating func blockScalarHeader() throws(Fault) -> Int? {
    position += 1
    var indent: Int?
    var hasChomp = false
    while true {
      switch byte(position) {
      case UInt8(ascii: "+") where !hasChomp, .dash where !hasChomp:
        hasChomp = true
      case UInt8(ascii: "1")...UInt8(ascii: "9") where indent == nil:
        indent = Int(byte(position) - UInt8(ascii: "0"))
      default:
        contentEnd = position
        guard finishLine() else { throw blockHeaderFault() }
        return indent
      }
      position += 1
    }
  }

  /// The indentation of the first line with text, or of the longest line when there is none.
  private mutating func detectIndent(below parent: Int) throws(Fault) -> Int {
    var offset = position
    var longest = (indent: 0, offset: position)
    while true {
      let line = offset
      while byte(offset) == .space { offset += 1 }
      let indent = offset - line
      if offset < end, isOf(ByteClass.lineBreak, at: offset) {
        if indent > longest.indent { longest = (indent, line) }
        offset += byte(offset) == .carriageReturn && byte(offset + 1) == .lineFeed ? 2 : 1
        continue
      }
      guard offset < end, indent > parent, !(indent == 0 && isAnyMarker(at: offset)) else {
        return max(longest.indent, parent + 1, offset >= end ? indent : 0)
      }
      guard longest.indent <= indent else {
        throw leadingBlankFault(at: longest.offset, indent: longest.indent, text: offset)
      }
      return indent
    }
  }

  /// Goes over the lines that belong to the scalar.
  private mutating func blockScalarLines(_ indent: Int, _ flags: inout Record.Flags) throws(Fault) {
    while position < end {
      lineStart = position
      while byte(position) == .space, position - lineStart < indent { position += 1 }
      if position - lineStart < indent, !isOf(ByteClass.lineEnd, at: position) {
        if byte(position) == .tab { throw tabIndentationFault(at: position) }
        position = lineStart
        return
      }
      if position == lineStart, isAnyMarker(at: position) { return }
      while position < end, classes[Int(source[position])] & ByteClass.lineBreak == 0 {
        if source[position] == .openBrace, isTemplate(at: position) { flags.insert(.template) }
        position += 1
      }
      if position > lineStart + indent { contentEnd = position }
      skipLineBreak()
    }
  }
}
