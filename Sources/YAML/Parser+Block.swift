import Diagnostics

/// Block context: indentation decides what belongs together.
extension Parser {
  /// Reads the node of a slot as far as its first token goes.
  mutating func blockNode(_ slot: Slot) throws(Fault) -> Step {
    var candidate = Candidate(
      start: position, lineStart: lineStart, isEntry: false,
      mayOpen: slot.compact, indent: slot.indent)
    if slot.sameLine {
      candidate.tab = skipBlanks()
      if isOf(ByteClass.lineEnd, at: position) || isComment() {
        _ = finishLine()
        guard try reachNode(&candidate, slot) else { return .next }
      }
    } else {
      guard try reachNode(&candidate, slot) else { return .next }
    }
    while true {
      candidate.start = candidate.inner.start ?? position
      candidate.lineStart = lineStart
      guard byte(position) == .ampersand || byte(position) == .exclamation else {
        return try blockContent(candidate)
      }
      try readProperty(into: &candidate.inner)
      guard isOf(ByteClass.space, at: position) else { throw unseparatedFault(&candidate) }
      let end = position
      _ = skipBlanks()
      guard isOf(ByteClass.lineEnd, at: position) || (isComment() && position > end) else {
        continue
      }
      _ = finishLine()
      candidate.outer = try merged(candidate.outer, candidate.inner)
      candidate.inner = Properties()
      guard try reachNode(&candidate, slot) else { return .next }
    }
  }

  /// Whether a comment begins here.
  func isComment() -> Bool {
    byte(position) == .hash && (position == lineStart || isOf(ByteClass.blank, at: position - 1))
  }

  /// Goes to the line on which the node of a slot begins; when there is none, stores an empty one and answers false.
  private mutating func reachNode(_ candidate: inout Candidate, _ slot: Slot) throws(Fault) -> Bool
  {
    let content = nextLine()
    candidate.tab = lineTab
    candidate.mayOpen = true
    if content == .content {
      if lineIndent > slot.indent { return true }
      let isDash = byte(position) == .dash && isOf(ByteClass.space, at: position + 1)
      if slot.zeroIndented, lineIndent == slot.indent, lineTab == nil, isDash { return true }
    }
    addEmpty(candidate.outer)
    position = lineStart
    isMidLine = false
    return false
  }

  /// The first token of a node in block context, its properties read.
  private mutating func blockContent(_ candidate: Candidate) throws(Fault) -> Step {
    let first = byte(position)
    let isIndicator = isOf(ByteClass.space, at: position + 1)
    switch first {
    case .dash where isIndicator:
      try expectCollection(candidate, "sequence")
      try open(.blockSequence, indent: position - lineStart, start: position, candidate.outer)
      return sequenceItem()
    case .question where isIndicator:
      try expectCollection(candidate, "mapping")
      try open(.blockMapping, indent: position - lineStart, start: position, candidate.outer)
      return explicitKey()
    case .colon where isIndicator:
      try beginMapping(candidate)
      add(Record(.scalar, start: position, end: position), candidate.inner)
      return implicitValue()
    case .pipe, .greater:
      return try blockScalar(candidate)
    default:
      return try keyOrNode(candidate)
    }
  }

  /// A scalar, alias or flow collection: a key when a colon follows, else a node.
  mutating func keyOrNode(_ candidate: Candidate) throws(Fault) -> Step {
    let first = byte(position)
    if first == .openBracket || first == .openBrace {
      return try openOutermostFlow(candidate)
    }
    var record: Record
    switch first {
    case .star:
      record = try alias(candidate.inner, candidate.outer)
    case .doubleQuote:
      record = try doubleQuoted(indent: candidate.indent)
    case .singleQuote:
      record = try singleQuoted(indent: candidate.indent)
    default:
      try expectPlainStart(isFlow: false)
      record = try plain(indent: candidate.indent, isFlow: false, isKey: candidate.isEntry)
    }
    return try settle(record, candidate)
  }

  /// Decides whether a scalar that ends here is a key, and stores it.
  private mutating func settle(_ record: Record, _ candidate: Candidate) throws(Fault) -> Step {
    let scalarEnd = position
    contentEnd = scalarEnd
    _ = skipBlanks()
    if byte(position) == .colon, isOf(ByteClass.space, at: position + 1) {
      try expectKey(candidate, record)
      try beginMapping(candidate)
      add(record, candidate.inner)
      return implicitValue()
    }
    if candidate.isEntry { throw missingColonFault(candidate, record) }
    position = scalarEnd
    add(record, try merged(candidate.outer, candidate.inner))
    isMidLine = true
    return .next
  }

  /// The outermost flow collection is closed: a key when a colon follows, else a node.
  mutating func settleFlow(_ frame: Frame) throws(Fault) -> Step {
    let candidate = flowCandidate
    let flowEnd = position
    _ = skipBlanks()
    if byte(position) == .colon, isOf(ByteClass.space, at: position + 1) {
      try expectKey(candidate, records[frame.record])
      if !candidate.isEntry {
        try expectMapping(candidate)
        try open(
          .blockMapping, indent: candidate.start - candidate.lineStart, start: candidate.start,
          candidate.outer, before: frame.gap)
      }
      return implicitValue()
    }
    if candidate.isEntry { throw missingColonFault(candidate, records[frame.record]) }
    position = flowEnd
    if !candidate.outer.isEmpty {
      let both = try merged(candidate.outer, candidate.inner)
      properties.append(both)
      records[frame.record].properties = UInt32(truncatingIfNeeded: properties.count)
      if let anchor = candidate.outer.anchor { anchors[anchor.name] = frame.record }
    }
    isMidLine = true
    return .next
  }

  /// Opens the mapping that a first key asks for; nothing to do for the further keys.
  private mutating func beginMapping(_ candidate: Candidate) throws(Fault) {
    guard !candidate.isEntry else { return }
    try expectMapping(candidate)
    try open(
      .blockMapping, indent: candidate.start - candidate.lineStart, start: candidate.start,
      candidate.outer)
  }

  /// Whether a mapping may begin where its first key was found.
  private mutating func expectMapping(_ candidate: Candidate) throws(Fault) {
    guard candidate.mayOpen else { throw nestedMappingFault(candidate) }
    if let tab = candidate.tab { throw tabFault(candidate, tab) }
  }

  /// Whether `- ` or `? ` may begin a collection here.
  private mutating func expectCollection(_ candidate: Candidate, _ kind: String) throws(Fault) {
    guard candidate.mayOpen, !candidate.isEntry else {
      throw collectionOnLineFault(candidate, kind)
    }
    if let tab = candidate.tab { throw tabFault(candidate, tab) }
    guard candidate.inner.isEmpty else { throw propertiesBeforeIndicatorFault(candidate, kind) }
  }

  // MARK: Entries

  private mutating func sequenceItem() -> Step {
    position += 1
    contentEnd = position
    return .node(Slot(indent: frames[frames.count - 1].indent, sameLine: true, compact: true))
  }

  private mutating func explicitKey() -> Step {
    position += 1
    contentEnd = position
    return .node(
      Slot(
        indent: frames[frames.count - 1].indent, sameLine: true, compact: true, zeroIndented: true))
  }

  private mutating func implicitValue() -> Step {
    position += 1
    contentEnd = position
    return .node(
      Slot(indent: frames[frames.count - 1].indent, sameLine: true, zeroIndented: true))
  }

  /// The node before is complete: finds the next line and the collection it belongs to.
  mutating func nextEntry() throws(Fault) -> Step {
    if isMidLine {
      guard finishLine() else { throw trailingFault() }
      isMidLine = false
    }
    guard nextLine() == .content else {
      while frames.count > 1 { close() }
      return .done
    }
    if let tab = lineTab { throw tabIndentationFault(at: tab) }
    let isDash = byte(position) == .dash && isOf(ByteClass.space, at: position + 1)
    guard let level = openLevel(at: lineIndent, isDash: isDash) else {
      throw noLevelFault(isDash: isDash)
    }
    while frames.count > level + 1 { close() }
    return try frames[level].kind == .blockSequence ? sequenceItem() : mappingEntry()
  }

  /// The frame whose entries begin in a column; a sequence below the key of a mapping may share its column.
  func openLevel(at column: Int, isDash: Bool) -> Int? {
    guard let level = frames.lastIndex(where: { $0.indent <= column }) else { return nil }
    let frame = frames[level]
    guard frame.indent == column, frame.isBlock else { return nil }
    if (frame.kind == .blockSequence) == isDash { return level }
    guard frame.kind == .blockSequence, level > 0, frames[level - 1].kind == .blockMapping,
      frames[level - 1].indent == column
    else { return nil }
    return level - 1
  }

  /// A key, or the value of an explicit key, in the open mapping.
  private mutating func mappingEntry() throws(Fault) -> Step {
    let isIndicator = isOf(ByteClass.space, at: position + 1)
    let wantsValue = frames[frames.count - 1].children % 2 == 1
    if byte(position) == .colon, isIndicator {
      if wantsValue { return explicitKey() }
      add(Record(.scalar, start: position, end: position))
      return implicitValue()
    }
    if wantsValue { addEmpty() }
    if byte(position) == .question, isIndicator { return explicitKey() }
    var candidate = Candidate(
      start: position, lineStart: lineStart, isEntry: true, mayOpen: false,
      indent: frames[frames.count - 1].indent)
    while byte(position) == .ampersand || byte(position) == .exclamation {
      try readProperty(into: &candidate.inner)
      guard isOf(ByteClass.blank, at: position) else { throw unseparatedFault(&candidate) }
      _ = skipBlanks()
    }
    if byte(position) == .colon, isOf(ByteClass.space, at: position + 1) {
      add(Record(.scalar, start: position, end: position), candidate.inner)
      return implicitValue()
    }
    if byte(position) == .pipe || byte(position) == .greater {
      throw reservedFault()
    }
    return try keyOrNode(candidate)
  }
}
