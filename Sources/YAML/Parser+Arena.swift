import Diagnostics

/// Storing nodes: the arena, the stack of open collections, anchors.
extension Parser {
  /// Stores a node without children as the next child of the open collection.
  mutating func add(_ record: Record, _ nodeProperties: Properties = Properties()) {
    var record = record
    let index = records.count
    record.next = UInt32(truncatingIfNeeded: index + 1)
    record.properties = store(nodeProperties, of: index)
    records.append(record)
    frames[frames.count - 1].children += 1
    contentEnd = max(contentEnd, Int(record.end))
  }

  /// Stores an empty scalar right behind the last token.
  mutating func addEmpty(_ nodeProperties: Properties = Properties()) {
    add(Record(.scalar, start: contentEnd, end: contentEnd), nodeProperties)
  }

  /// Keeps a record free in front of a flow collection.
  mutating func addGap() -> Int {
    var record = Record(.gap, start: position, end: position)
    record.next = UInt32(truncatingIfNeeded: records.count + 1)
    records.append(record)
    return records.count - 1
  }

  /// Stores a collection and makes it the open one.
  mutating func open(
    _ kind: Frame.Kind, indent: Int, start: Int, _ nodeProperties: Properties, gap: Int = -1
  ) throws(Fault) {
    var record = Record(
      kind == .blockSequence || kind == .flowSequence ? .sequence : .mapping, start: start,
      end: start)
    if kind != .blockSequence, kind != .blockMapping { record.flags.insert(.flow) }
    let index = records.count
    record.properties = store(nodeProperties, of: index)
    records.append(record)
    frames[frames.count - 1].children += 1
    try push(kind, indent: indent, record: index, start: start, gap: gap)
  }

  /// Turns the gap before a flow collection that was just stored into a mapping, with the collection as first key.
  mutating func open(
    _ kind: Frame.Kind, indent: Int, start: Int, _ nodeProperties: Properties, before gap: Int
  ) throws(Fault) {
    var record = Record(.mapping, start: start, end: start)
    if kind != .blockMapping { record.flags.insert(.flow) }
    record.properties = store(nodeProperties, of: gap)
    records[gap] = record
    try push(kind, indent: indent, record: gap, start: start, gap: -1)
    frames[frames.count - 1].children = 1
  }

  private mutating func push(
    _ kind: Frame.Kind, indent: Int, record: Int, start: Int, gap: Int
  ) throws(Fault) {
    frames.append(
      Frame(
        kind: kind, indent: indent, record: record, gap: gap, start: start, lineStart: lineStart))
    guard frames.count > limits.depth + 1 else { return }
    throw depthFault(at: start)
  }

  /// Closes the innermost open collection; a key without a value gets an empty one.
  mutating func close() {
    guard let frame = frames.last else { return }
    if frame.isMapping, frame.children % 2 == 1 { addEmpty() }
    frames.removeLast()
    records[frame.record].value = UInt32(truncatingIfNeeded: frames.isEmpty ? 0 : childrenOf(frame))
    records[frame.record].end = UInt32(truncatingIfNeeded: contentEnd)
    records[frame.record].next = UInt32(truncatingIfNeeded: records.count)
    if frame.isMapping, mode == .tree { checkKeys(of: frame.record, resumed: frame.resumed) }
  }

  private func childrenOf(_ frame: Frame) -> Int {
    frame.isMapping ? frame.children + frame.children % 2 : frame.children
  }

  private mutating func store(_ nodeProperties: Properties, of index: Int) -> UInt32 {
    guard !nodeProperties.isEmpty else { return 0 }
    properties.append(nodeProperties)
    if let anchor = nodeProperties.anchor { anchors[anchor.name] = index }
    return UInt32(truncatingIfNeeded: properties.count)
  }

  /// Puts two sets of properties of one node together; each kind may be there once.
  mutating func merged(_ outer: Properties, _ inner: Properties) throws(Fault) -> Properties {
    var result = outer
    if let anchor = inner.anchor {
      if let first = outer.anchor {
        throw fault(
          "two-anchors", "a node can have one anchor only", at: anchor.range,
          labels: [(first.range, "the first anchor")])
      }
      result.anchor = anchor
    }
    if let tag = inner.tag {
      if let first = outer.tag {
        throw fault(
          "two-tags", "a node can have one tag only", at: tag.range,
          labels: [(first.range, "the first tag")])
      }
      result.tag = tag
    }
    return result
  }
}
