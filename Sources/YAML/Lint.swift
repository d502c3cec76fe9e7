import Diagnostics

/// Doubtful places in documents that are correct YAML: what was written may not be what was meant.
package func lintYAML(_ trees: [Tree]) -> [Diagnostic] {
  trees.flatMap { tree in
    tree.file.bytes.withUnsafeBufferPointer { source in
      var lint = Lint(tree: tree, source: source)
      lint.run()
      return lint.found
    }
  }
}

private struct Lint {
  let tree: Tree
  let source: UnsafeBufferPointer<UInt8>
  private(set) var found: [Diagnostic] = []

  init(tree: Tree, source: UnsafeBufferPointer<UInt8>) {
    self.tree = tree
    self.source = source
  }

  mutating func run() {
    for index in tree.records.indices {
      let record = tree.records[index]
      switch record.kind {
      case .scalar where record.style == .plain && record.end > record.start: scalar(index, record)
      case .sequence: booleans(Node(tree: tree, index: index))
      case .scalar, .mapping, .alias, .gap: break
      }
    }
  }

  private mutating func report(
    _ id: String, _ message: String, at range: Range<Int>, help: String,
    severity: Diagnostic.Severity = .warning
  ) {
    found.append(Diagnostic(severity, id, message, at: Span(tree.file, range), help: help))
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: source[range]), as: UTF8.self)
  }

  private mutating func scalar(_ index: Int, _ record: Record) {
    let range = record.range
    switch source[range.lowerBound] {
    case UInt8(ascii: "0") where isOctal(range): octal(index, range)
    case 0xE2: typographicQuotes(range)
    default: break
    }
    if record.flags.contains(.cooked) { dashes(range) }
    comment(after: range)
  }

  // MARK: Types

  /// `[no, se, dk]`: a word that is a boolean among texts.
  private mutating func booleans(_ list: Node) {
    let elements = list.elements
    guard elements.contains(where: { $0.kind == .scalar && $0.resolved(.ansible).isString }) else {
      return
    }
    for element in elements where !element.isAlias && element.tag == nil {
      guard element.kind == .scalar, element.style == .plain,
        case .bool(let value) = element.resolved(.ansible),
        element.resolved(.core).isString
      else { continue }
      report(
        "lint-implicit-bool", "`\(element.text)` is the boolean \(value), between texts",
        at: element.written.range, help: "quote it if text is meant: \"\(element.text)\"")
    }
  }

  private func isOctal(_ range: Range<Int>) -> Bool {
    range.count > 1
      && source[range].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
  }

  private mutating func octal(_ index: Int, _ range: Range<Int>) {
    guard case .int(let value) = Node(tree: tree, index: index).resolved(.ansible),
      tree.records[index].properties == 0
    else { return }
    report(
      "lint-octal", "`\(text(range))` is read as an octal number: \(value)", at: range,
      help: "write \"\(text(range))\" where text or a file mode is meant")
  }

  // MARK: Text

  /// `“text”`: these quotes are a part of the value.
  private mutating func typographicQuotes(_ range: Range<Int>) {
    guard range.count >= 3, source[range.lowerBound + 1] == 0x80,
      (0x98...0x9F).contains(source[range.lowerBound + 2])
    else { return }
    report(
      "lint-typographic-quotes", "typographic quotes do not quote: they are a part of the value",
      at: range.lowerBound..<range.lowerBound + 3, help: "use plain quotes: \" or '")
  }

  /// A further line of a text that begins with `- `: a list was meant.
  private mutating func dashes(_ range: Range<Int>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      while offset < range.upperBound, !isBreak(source[offset]) { offset += 1 }
      while offset < range.upperBound, isBreak(source[offset]) || isBlank(source[offset]) {
        offset += 1
      }
      guard offset + 1 < range.upperBound, source[offset] == .dash, isBlank(source[offset + 1])
      else { continue }
      let isFirstToo = source[range.lowerBound] == .dash
      report(
        "lint-dash-without-space", "these lines are one text, not a list",
        at: isFirstToo ? range.lowerBound..<range.lowerBound + 1 : offset..<offset + 1,
        help: isFirstToo ? "put a space after the first `-`" : "put the list below a key of its own"
      )
      return
    }
  }

  /// `pass: ab #cd`: a comment without a space after its mark is often a part of the value.
  private mutating func comment(after range: Range<Int>) {
    var offset = range.upperBound
    while offset < source.count, isBlank(source[offset]) { offset += 1 }
    guard offset > range.upperBound, offset + 1 < source.count, source[offset] == .hash,
      source[offset + 1] > 0x20, source[offset + 1] != .hash, source[offset + 1] != .exclamation
    else { return }
    var end = offset
    while end < source.count, !isBreak(source[end]) { end += 1 }
    report(
      "lint-comment-cut", "the value is `\(text(range))`: ` #` begins a comment", at: offset..<end,
      help: "quote the value if `#` is a part of it, or write `# ` for a comment")
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == .space || byte == .tab }

  private func isBreak(_ byte: UInt8) -> Bool { byte == .lineFeed || byte == .carriageReturn }
}
