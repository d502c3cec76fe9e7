import Diagnostics

/// Documents and directives: what stands between the nodes.
extension Parser {
  mutating func parseStream() {
    var mayHaveDirectives = true
    while !isOver {
      skipByteOrderMark()
      var content = nextLine()
      if byte(position) == 0xEF, hasByteOrderMark {
        skipByteOrderMark()
        content = nextLine()
      }
      handles = [:]
      if content == .content, byte(lineStart) == .percent, mayHaveDirectives {
        guard directives() else { return }
        content = .marker
      }
      switch content {
      case .end:
        return
      case .marker where byte(position) == .dot:
        position += 3
        finishMarkerLine()
        mayHaveDirectives = true
      case .marker:
        let start = position
        position += 3
        contentEnd = position
        mayHaveDirectives = document(explicitAt: start)
      case .content:
        position = lineStart
        contentEnd = position
        mayHaveDirectives = document(explicitAt: nil)
      }
    }
  }

  private var hasByteOrderMark: Bool {
    byte(position) == 0xEF && byte(position + 1) == 0xBB && byte(position + 2) == 0xBF
  }

  private mutating func skipByteOrderMark() {
    guard hasByteOrderMark else { return }
    position += 3
    lineStart = position
  }

  /// Behind `...` nothing but a comment may follow.
  private mutating func finishMarkerLine() {
    guard !finishLine() else { return }
    _ = fault(
      "text-after-document-end", "nothing may follow `...` on its line", at: restOfLine(position))
    skipToLineEnd()
    skipLineBreak()
  }

  /// Reads one document; whether it was closed with `...`, so that directives may follow.
  private mutating func document(explicitAt marker: Int?) -> Bool {
    beginDocument()
    var step = Step.node(Slot(indent: -1, sameLine: marker != nil))
    while true {
      do throws(Fault) {
        switch step {
        case .node(let slot): step = try blockNode(slot)
        case .next: step = try nextEntry()
        case .flow: step = try flow()
        case .done:
          let isClosed = byte(position) == .dot && isMarker(.dot, at: position)
          endDocument(isExplicit: marker != nil, isClosed: isClosed)
          return isClosed && closeDocument()
        }
      } catch {
        step = recover(from: error)
      }
      if diagnostics.count >= limits.errors || isOver {
        isOver = true
        while frames.count > 1 { close() }
        endDocument(isExplicit: marker != nil, isClosed: false)
        return false
      }
    }
  }

  private mutating func closeDocument() -> Bool {
    position += 3
    finishMarkerLine()
    return true
  }

  private mutating func beginDocument() {
    frames = [Frame(kind: .document)]
    records = []
    properties = []
    anchors = [:]
    hasAliases = false
    isMidLine = false
    recoveredTo = -1
  }

  private mutating func endDocument(isExplicit: Bool, isClosed: Bool) {
    if frames.first?.children == 0 { addEmpty() }
    guard diagnostics.isEmpty || mode == .tree else { return }
    if hasAliases, mode == .tree, !checkExpansion() { return }
    documents.append(
      Tree(
        file: file, records: records, properties: properties, isExplicit: isExplicit,
        isClosed: isClosed))
  }

  // MARK: Directives

  /// Reads directives up to and including the `---` they belong to.
  private mutating func directives() -> Bool {
    var version: Range<Int>?
    while true {
      let start = position
      skipToLineEnd()
      var lineEnd = position
      while isOf(ByteClass.blank, at: lineEnd - 1), lineEnd > start { lineEnd -= 1 }
      let line = start..<lineEnd
      directive(line, &version)
      skipLineBreak()
      switch nextLine() {
      case .content where byte(lineStart) == .percent:
        continue
      case .marker where byte(position) == .dash:
        return true
      default:
        _ = fault(
          "directive-without-document",
          "a directive must be followed by a document that begins with `---`",
          at: line)
        isOver = true
        return false
      }
    }
  }

  private mutating func directive(_ line: Range<Int>, _ version: inout Range<Int>?) {
    let words = words(of: line)
    switch words.first.map({ text($0) }) {
    case "%YAML":
      if version != nil {
        _ = fault("two-versions", "a document can have one %YAML directive only", at: line)
      }
      version = line
      guard words.count == 2, isVersion(words[1]) else {
        _ = fault(
          "version", "the %YAML directive takes one version", at: line, help: "%YAML 1.2")
        return
      }
      if byte(words[1].lowerBound) != UInt8(ascii: "1") || byte(words[1].lowerBound + 1) != .dot {
        _ = fault(
          "version", "YAML \(text(words[1])) is not known; this reads YAML 1.2", at: words[1])
      }
    case "%TAG":
      guard words.count == 3, isHandle(words[1]), isPrefix(words[2]) else {
        _ = fault(
          "tag-directive", "the %TAG directive takes a handle and a prefix", at: line,
          help: "%TAG !e! tag:example.org,2000:")
        return
      }
      let handle = text(words[1])
      if handles[handle] != nil {
        _ = fault("two-handles", "the handle \(handle) is declared twice", at: line)
      }
      handles[handle] = text(words[2])
    default:
      return
    }
  }

  /// The words of a directive, a comment left out.
  private func words(of line: Range<Int>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var offset = line.lowerBound
    while offset < line.upperBound {
      while offset < line.upperBound, isOf(ByteClass.blank, at: offset) { offset += 1 }
      let start = offset
      while offset < line.upperBound, !isOf(ByteClass.blank, at: offset) { offset += 1 }
      if byte(start) == .hash { break }
      if start < offset { words.append(start..<offset) }
    }
    return words
  }

  private func isVersion(_ word: Range<Int>) -> Bool {
    let parts = source[word].split(separator: .dot, omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }
  }

  private func isHandle(_ word: Range<Int>) -> Bool {
    let bytes = source[word]
    guard bytes.first == .exclamation, bytes.last == .exclamation else { return false }
    return bytes.dropFirst().dropLast().allSatisfy(isWordByte)
  }

  private func isPrefix(_ word: Range<Int>) -> Bool {
    let bytes = source[word]
    guard let first = bytes.first, bytes.allSatisfy(isURIByte) else { return false }
    return first == .exclamation || !(ByteClass.isFlowByte(first))
  }
}
