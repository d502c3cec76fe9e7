import Diagnostics

/// What can be wrong, in words: building blocks and the errors about structure.
extension Parser {
  /// Reports an error; throw the answer to give up the node.
  mutating func fault(
    _ id: String, _ message: String, at range: Range<Int>, underline: String? = nil,
    labels: [(range: Range<Int>, text: String)] = [], notes: [String] = [], help: String? = nil,
    resume: Int? = nil
  ) -> Fault {
    let span = span(range)
    if diagnostics.last?.span?.start != span.start, diagnostics.count < limits.errors {
      diagnostics.append(
        Diagnostic(
          .error,
          id, message, at: span, underline: underline,
          labels: labels.map { Diagnostic.Label(self.span($0.range), $0.text) }, notes: notes,
          help: help.map(shortened)))
    }
    return Fault(resume: resume ?? max(range.lowerBound, position))
  }

  /// A help that quotes the source, cut where the source has a line of absurd length.
  private func shortened(_ help: String) -> String {
    help.unicodeScalars.count <= 400 ? help : String(help.unicodeScalars.prefix(400)) + "…"
  }

  func span(_ range: Range<Int>) -> Span {
    let start = min(range.lowerBound, end)
    return Span(file, start..<max(start, min(range.upperBound, end)))
  }

  /// Line and column of an offset, as messages name it: `3:5`.
  func place(_ offset: Int) -> String {
    let position = file.position(at: offset)
    return "\(position.line):\(position.column)"
  }

  /// From an offset to the end of its line, without white space at the end.
  func restOfLine(_ offset: Int) -> Range<Int> {
    var lineEnd = offset
    while !isOf(ByteClass.lineEnd, at: lineEnd) { lineEnd += 1 }
    while lineEnd > offset, isOf(ByteClass.blank, at: lineEnd - 1) { lineEnd -= 1 }
    return offset..<lineEnd
  }

  /// A text in quotes, so that YAML takes it as it is.
  func quoted(_ text: String) -> String {
    if !text.contains("\"") && !text.contains("\\") { return "\"\(text)\"" }
    var escaped = ""
    for character in text.unicodeScalars {
      escaped.unicodeScalars.append(character)
      if character == "'" { escaped.unicodeScalars.append(character) }
    }
    return "'\(escaped)'"
  }

  /// The character at an offset.
  func character(at offset: Int) -> String {
    guard offset < end else { return "" }
    let rest = UnsafeBufferPointer(rebasing: source[offset..<min(offset + 4, end)])
    return String(decoding: rest, as: UTF8.self).unicodeScalars.first.map { String($0) } ?? ""
  }

  /// The line an offset lies in, up to the offset.
  func startOfLine(_ offset: Int) -> Int {
    var start = min(offset, end)
    while start > 0, classes[Int(source[start - 1])] & ByteClass.lineBreak == 0 { start -= 1 }
    return start
  }

  // MARK: Indentation

  mutating func tabFault(_ candidate: Candidate, _ tab: Int) -> Fault {
    let isIndentation = source[candidate.lineStart..<tab].allSatisfy { $0 == .space }
    if isIndentation { return tabIndentationFault(at: tab) }
    return fault(
      "tab-after-indicator", "a tab stands between the indicator and a nested block",
      at: tab..<tab + 1,
      underline: "this is a tab", help: "use one space here", resume: tab)
  }

  mutating func tabIndentationFault(at tab: Int) -> Fault {
    var tabEnd = tab
    while byte(tabEnd) == .tab { tabEnd += 1 }
    let level = frames.last(where: { $0.indent >= 0 })?.indent ?? 0
    return fault(
      "tab-indentation", "a tab cannot indent a line", at: tab..<tabEnd, underline: "tab",
      help: "indent with spaces; the block above is indented by \(level)", resume: tab)
  }

  /// The line begins in a column where no open block has its entries.
  mutating func noLevelFault(isDash: Bool) -> Fault {
    let place = position..<max(position + 1, restOfLine(position).upperBound)
    if let index = frames.lastIndex(where: { $0.indent <= lineIndent && $0.isBlock }),
      frames[index].indent == lineIndent
    {
      return mixedFault(frames[index], place)
    }
    if let block = lastBlockScalar, isInBlockScalar(block) {
      return fault(
        "block-scalar-under-indented",
        "this line is indented less than the text that `\(character(at: block.start))` began",
        at: place, labels: [(block.start..<block.start + 1, "the text begins here")],
        help:
          "indent it by \(block.indent) spaces to keep it in the text, or as deep as the keys around it"
      )
    }
    if let start = brokenKeyBefore() {
      if frames.count == 1 { forgetRoot() }
      return brokenKeyFault(at: start, next: place)
    }
    guard let top = frames.last, top.isBlock else {
      return fault(
        "text-after-document", "the document has ended before this line", at: place,
        labels: rootLabel(),
        help: byte(position) == .percent
          ? "a directive needs a line with `...` before it"
          : "indent it to match what it belongs to, or begin a new document with `---`")
    }
    if lineIndent > top.indent { return tooDeepFault(top, place) }
    return fault(
      "indent-matches-no-level", "column \(lineIndent + 1) closes no open block", at: place,
      notes: openLevels(), help: "indent the line to one of the open columns")
  }

  /// Where the plain scalar before this line began, if it stands alone on a line and in the same column: it was meant as a key.
  private func brokenKeyBefore() -> Int? {
    guard let last = records.last, last.kind == .scalar, last.style == .plain,
      last.end > last.start, lineIndent > frames.last?.indent ?? 0, !isDashLine
    else { return nil }
    let start = Int(last.start)
    let line = startOfLine(start)
    guard start - line == lineIndent, source[line..<start].allSatisfy({ $0 == .space }) else {
      return nil
    }
    return start
  }

  private var isDashLine: Bool {
    byte(position) == .dash && isOf(ByteClass.space, at: position + 1)
  }

  /// Lets a document begin anew whose root was no more than a broken key.
  private mutating func forgetRoot() {
    records = []
    properties = []
    anchors = [:]
    frames[0].children = 0
  }

  private func rootLabel() -> [(range: Range<Int>, text: String)] {
    guard let root = records.first(where: { $0.kind != .gap }) else { return [] }
    let start = Int(root.start)
    return [(start..<min(start + 1, end), "the document is this \(noun(root.kind))")]
  }

  private func noun(_ kind: Record.Kind) -> String {
    switch kind {
    case .sequence: "list"
    case .mapping: "mapping"
    case .gap, .scalar, .alias: "value"
    }
  }

  private func isInBlockScalar(_ block: (start: Int, indent: Int)) -> Bool {
    guard let last = records.last, Int(last.start) == block.start else { return false }
    return lineIndent < block.indent && lineIndent > (frames.last?.indent ?? -1)
  }

  private mutating func mixedFault(_ frame: Frame, _ place: Range<Int>) -> Fault {
    let start = frame.start..<min(frame.start + 1, end)
    if frame.kind == .blockMapping {
      return fault(
        "sequence-item-in-mapping", "a list item cannot follow the keys of a mapping", at: place,
        labels: [(start, "the mapping begins here")],
        help:
          "the block at \(self.place(frame.start)) is a mapping: give the list a key, or indent it below one"
      )
    }
    return fault(
      "key-in-sequence", "a key cannot follow the items of a list", at: place,
      labels: [(start, "the list begins here")],
      help:
        "the block at \(self.place(frame.start)) is a list: begin the line with `- `, or change its indentation"
    )
  }

  private mutating func tooDeepFault(_ top: Frame, _ place: Range<Int>) -> Fault {
    let difference = lineIndent - top.indent
    let columns = difference == 1 ? "one column" : "\(difference) columns"
    let what = top.kind == .blockMapping ? "the key above" : "the items"
    return fault(
      "indent-too-deep", "this line is \(columns) deeper than \(what) at column \(top.indent + 1)",
      at: place, labels: [(top.start..<min(top.start + 1, end), "the block begins here")],
      help: "indent it by \(top.indent) spaces, if it belongs to the same block")
  }

  /// The columns in which a line could go on, the innermost last.
  private func openLevels() -> [String] {
    frames.filter(\.isBlock).map { frame in
      let kind = frame.kind == .blockSequence ? "list items" : "keys"
      return "column \(frame.indent + 1): \(kind), begun at \(place(frame.start))"
    }
  }

  // MARK: Limits

  mutating func depthFault(at offset: Int) -> Fault {
    isOver = true
    return limitFault(
      "depth-limit", "more than \(limits.depth) blocks lie in each other", "yaml.depth",
      at: offset..<offset + 1)
  }

  mutating func expectSize(_ range: Range<Int>) throws(Fault) {
    guard range.count > limits.scalarBytes else { return }
    throw limitFault(
      "scalar-limit", "a value is larger than \(limits.scalarBytes) bytes", "yaml.scalar-bytes",
      at: range.lowerBound..<range.lowerBound + 1)
  }

  mutating func limitFault(
    _ id: String, _ message: String, _ setting: String, at range: Range<Int>
  ) -> Fault {
    fault(
      id, message, at: range,
      help: "if the text is meant to be like this, raise the limit `\(setting)`")
  }
}
