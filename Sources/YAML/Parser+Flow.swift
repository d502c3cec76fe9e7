import Diagnostics

/// Flow context: inside of `[ ]` and `{ }` indentation hardly matters.
extension Parser {
  /// Opens a flow collection that lies in block context.
  mutating func openOutermostFlow(_ candidate: Candidate) throws(Fault) -> Step {
    try expectNoTemplate()
    flowCandidate = candidate
    flowIndent = candidate.indent
    let gap = candidate.mayOpen && !candidate.isEntry && candidate.tab == nil ? addGap() : -1
    try openFlow(candidate.inner, gap: gap)
    return .flow
  }

  private mutating func openFlow(_ nodeProperties: Properties, gap: Int) throws(Fault) {
    let kind = byte(position) == .openBracket ? Frame.Kind.flowSequence : .flowMapping
    try open(kind, indent: 0, start: position, nodeProperties, gap: gap)
    position += 1
    contentEnd = position
  }

  /// Reads until the outermost flow collection is closed.
  mutating func flow() throws(Fault) -> Step {
    while true {
      let top = frames.count - 1
      try skipFlowSpace()
      let first = byte(position)
      switch (frames[top].kind, frames[top].phase) {
      case (_, .after):
        switch first {
        case .comma:
          position += 1
          contentEnd = position
          frames[top].phase = .entry
        case .closeBracket, .closeBrace:
          if let step = try closeFlow() { return step }
        default:
          throw flowFault()
        }
      case (.flowSequence, .entry):
        if first == .closeBracket || first == .closeBrace {
          if let step = try closeFlow() { return step }
        } else {
          try flowSequenceEntry(first)
        }
      case (.flowMapping, .entry):
        if first == .closeBracket || first == .closeBrace {
          if let step = try closeFlow() { return step }
        } else {
          try flowKey(first)
        }
      case (_, .explicitKey):
        try flowKey(first)
      case (_, .afterKey):
        try flowAfterKey(first)
      case (_, .value):
        if first == .comma || first == .closeBracket || first == .closeBrace {
          addEmpty()
          flowNodeDone()
        } else {
          try flowNode(isItem: false)
        }
      default:
        throw flowFault()
      }
    }
  }

  /// Whether a colon here separates a key from its value.
  private func isFlowColon(adjacent: Bool) -> Bool {
    byte(position) == .colon
      && (adjacent || isOf(ByteClass.space | ByteClass.flow, at: position + 1))
  }

  private mutating func flowSequenceEntry(_ first: UInt8) throws(Fault) {
    if first == .comma { throw flowFault() }
    if first == .question, isOf(ByteClass.space, at: position + 1) {
      try open(.flowPair, indent: 0, start: position, Properties())
      frames[frames.count - 1].phase = .explicitKey
      position += 1
      contentEnd = position
      return
    }
    if isFlowColon(adjacent: false) {
      try open(.flowPair, indent: 0, start: position, Properties())
      add(Record(.scalar, start: position, end: position))
      frames[frames.count - 1].phase = .value
      position += 1
      contentEnd = position
      return
    }
    try flowNode(isItem: true)
  }

  private mutating func flowKey(_ first: UInt8) throws(Fault) {
    let top = frames.count - 1
    let isExplicit = frames[top].phase == .explicitKey
    if first == .question, !isExplicit, isOf(ByteClass.space, at: position + 1) {
      frames[top].phase = .explicitKey
      position += 1
      contentEnd = position
      return
    }
    let isEmpty = first == .comma || first == .closeBrace || first == .closeBracket
    if isExplicit, isEmpty {
      addEmpty()
      frames[top].phase = .afterKey
      return
    }
    if first == .comma { throw flowFault() }
    if isFlowColon(adjacent: false) {
      add(Record(.scalar, start: position, end: position))
      frames[top].phase = .value
      position += 1
      contentEnd = position
      return
    }
    try flowNode(isItem: false)
  }

  private mutating func flowAfterKey(_ first: UInt8) throws(Fault) {
    let top = frames.count - 1
    if isFlowColon(adjacent: isLastAdjacent) {
      frames[top].phase = .value
      position += 1
      contentEnd = position
      return
    }
    guard first == .comma || first == .closeBrace || first == .closeBracket else {
      throw flowFault()
    }
    addEmpty()
    frames[top].phase = .value
    flowNodeDone()
  }

  /// A node in flow context; an item of a sequence may turn out to be the key of a pair.
  private mutating func flowNode(isItem: Bool) throws(Fault) {
    let start = position
    let startLine = lineStart
    var nodeProperties = Properties()
    while byte(position) == .ampersand || byte(position) == .exclamation {
      try readProperty(into: &nodeProperties)
      guard isOf(ByteClass.space | ByteClass.flow, at: position),
        byte(position) != .openBracket, byte(position) != .openBrace
      else {
        throw fault(
          "missing-space", "a space is missing after an anchor or a tag",
          at: position..<position + 1)
      }
      try skipFlowSpace()
    }
    let record: Record
    var isAdjacent = false
    switch byte(position) {
    case .openBracket, .openBrace:
      try expectNoTemplate()
      let gap = isItem ? addGap() : -1
      try openFlow(nodeProperties, gap: gap)
      frames[frames.count - 1].start = start
      frames[frames.count - 1].lineStart = startLine
      return
    case .doubleQuote:
      record = try doubleQuoted(indent: flowIndent)
      isAdjacent = true
    case .singleQuote:
      record = try singleQuoted(indent: flowIndent)
      isAdjacent = true
    case .star:
      record = try alias(nodeProperties, Properties())
    case .comma, .closeBrace, .closeBracket:
      guard !nodeProperties.isEmpty else { throw flowFault() }
      record = Record(.scalar, start: contentEnd, end: contentEnd)
    case .colon where !nodeProperties.isEmpty && isFlowColon(adjacent: false):
      record = Record(.scalar, start: contentEnd, end: contentEnd)
    default:
      try expectPlainStart(isFlow: true)
      record = try plain(indent: flowIndent, isFlow: true, isKey: false)
    }
    isLastAdjacent = isAdjacent
    contentEnd = max(contentEnd, position)
    if isItem, try isPairColon(start: start, lineStart: startLine) {
      try open(.flowPair, indent: 0, start: start, Properties())
      add(record, nodeProperties)
      beginPairValue()
      return
    }
    add(record, nodeProperties)
    flowNodeDone()
  }

  /// Whether the item that ends here is the key of a pair; it must lie on one line.
  private mutating func isPairColon(start: Int, lineStart: Int) throws(Fault) -> Bool {
    let itemEnd = position
    _ = skipBlanks()
    guard isFlowColon(adjacent: isLastAdjacent) else {
      position = itemEnd
      return false
    }
    try expectOneLine(start: start, lineStart: lineStart)
    return true
  }

  private mutating func beginPairValue() {
    frames[frames.count - 1].phase = .value
    position += 1
    contentEnd = position
  }

  /// The phase of the open collection after a node in it.
  private mutating func flowNodeDone() {
    let top = frames.count - 1
    switch frames[top].phase {
    case .entry where frames[top].kind == .flowSequence: frames[top].phase = .after
    case .entry, .explicitKey: frames[top].phase = .afterKey
    case .afterKey, .value, .after:
      guard frames[top].kind == .flowPair else {
        frames[top].phase = .after
        return
      }
      close()
      frames[top - 1].phase = .after
    }
  }

  /// Closes the open flow collection; answers the step when it was the outermost.
  private mutating func closeFlow() throws(Fault) -> Step? {
    let frame = frames[frames.count - 1]
    let closer: UInt8 = frame.kind == .flowSequence ? .closeBracket : .closeBrace
    guard byte(position) == closer else { throw flowFault() }
    position += 1
    contentEnd = position
    close()
    isLastAdjacent = true
    let parent = frames[frames.count - 1]
    if parent.isBlock || parent.kind == .document { return try settleFlow(frame) }
    let isItem = parent.kind == .flowSequence && parent.phase == .entry
    if isItem, try isPairColon(start: frame.start, lineStart: frame.lineStart) {
      try open(.flowPair, indent: 0, start: frame.start, Properties(), before: frame.gap)
      beginPairValue()
      return nil
    }
    flowNodeDone()
    return nil
  }

  /// Skips white space, comments and line breaks; content on a further line must be indented.
  mutating func skipFlowSpace() throws(Fault) {
    while true {
      _ = skipBlanks()
      if isComment() { skipToLineEnd() }
      guard isOf(ByteClass.lineEnd, at: position) else { return }
      if position >= end { throw unclosedFlowFault() }
      skipLineBreak()
      switch nextLine() {
      case .end, .marker:
        throw unclosedFlowFault()
      case .content:
        let isCloser = byte(position) == .closeBracket || byte(position) == .closeBrace
        guard lineIndent > flowIndent || (isCloser && lineIndent == flowIndent) else {
          throw underIndentedFlowFault()
        }
      }
    }
  }
}
