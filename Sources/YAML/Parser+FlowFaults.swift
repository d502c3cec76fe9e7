import Diagnostics

/// What can be wrong in `[ ]` and `{ }`, in words.
extension Parser {
  mutating func flowFault() -> Fault {
    guard let top = frames.last else { return Fault(resume: position) }
    let opener = character(at: Int(records[top.record].start))
    let found = character(at: position)
    let label = (range: top.start..<top.start + 1, text: "the collection begins here")
    switch (top.kind, byte(position)) {
    case (_, .hash):
      return reservedFault()
    case (_, .comma):
      return fault(
        "empty-flow-item", "nothing stands before this comma", at: position..<position + 1,
        labels: [label], help: "remove the comma, or write \"\" for an empty text")
    case (.flowSequence, .closeBrace), (.flowMapping, .closeBracket), (.flowPair, .closeBrace):
      return fault(
        "mismatched-bracket", "`\(found)` does not close `\(opener)`", at: position..<position + 1,
        labels: [label])
    case (_, .colon):
      return fault(
        "misplaced-colon", "this colon has no key of its own", at: position..<position + 1,
        labels: [label],
        help: "separate pairs with commas; a key is on one line with its colon, and a space follows"
      )
    default:
      return fault(
        "missing-comma", "a comma or the closing bracket is missing before this",
        at: position..<position + 1, labels: [label], help: "separate the items with `, `")
    }
  }

  mutating func unclosedFlowFault() -> Fault {
    let frame = frames.last ?? Frame(kind: .document)
    let opener = character(at: frame.start)
    return fault(
      "unclosed-flow", "this `\(opener)` is not closed", at: frame.start..<frame.start + 1,
      underline: "opened here", labels: [(position..<position, "the document ends here")],
      help: "close it with `\(opener == "[" ? "]" : "}")`", resume: flowCandidate.start)
  }

  mutating func underIndentedFlowFault() -> Fault {
    let frame = frames.last ?? Frame(kind: .document)
    let opener = character(at: frame.start)
    if lineTab != nil { return tabIndentationFault(at: lineTab ?? position) }
    return fault(
      "unclosed-flow", "this `\(opener)` is not closed before the block ends",
      at: frame.start..<frame.start + 1, underline: "opened here",
      labels: [(position..<position + 1, "this line must be indented deeper to belong to it")],
      help:
        "close it with `\(opener == "[" ? "]" : "}")`, or indent the line by more than \(max(flowIndent, 0)) spaces",
      resume: flowCandidate.start)
  }
}
