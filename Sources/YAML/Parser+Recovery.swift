/// Going on after an error, so that one run reports several independent ones.
extension Parser {
  /// Leaves the broken node and goes to the next line that is as deep as the entries of an open block.
  mutating func recover(from fault: Fault) -> Step {
    while let top = frames.last, !top.isBlock, top.kind != .document { close() }
    isMidLine = false
    let floor = max(recoveredTo, fault.resume, 0)
    position = min(floor, end)
    contentEnd = min(contentEnd, end)
    while true {
      skipToLineEnd()
      guard position < end else { return finish() }
      skipLineBreak()
      recoveredTo = max(recoveredTo, position)
      switch nextLine() {
      case .end, .marker:
        return finish()
      case .content:
        if let step = resume() { return step }
      }
    }
  }

  private mutating func finish() -> Step {
    while frames.count > 1 { close() }
    return .done
  }

  /// The step to go on with at this line; nil when it belongs to no open block.
  private mutating func resume() -> Step? {
    guard lineTab == nil else { return nil }
    if frames.count == 1 {
      guard frames[0].children == 0 else { return nil }
      position = lineStart
      return .node(Slot(indent: -1, sameLine: false))
    }
    let isDash = byte(position) == .dash && isOf(ByteClass.space, at: position + 1)
    guard let level = openLevel(at: lineIndent, isDash: isDash) else { return nil }
    frames[level].resumed = records.count
    recoveredTo = lineStart
    position = lineStart
    return .next
  }
}
