import Diagnostics

/// One document's nodes in an arena; a class, so that a `Node` is two words.
package final class Tree: Sendable {
  /// The file the document was read from.
  package let file: SourceFile
  /// Whether the document began with `---`.
  let isExplicit: Bool
  /// Whether the document ended with `...`.
  let isClosed: Bool
  let records: [Record]
  let properties: [Properties]

  init(
    file: SourceFile, records: [Record], properties: [Properties], isExplicit: Bool, isClosed: Bool
  ) {
    self.file = file
    self.records = records
    self.properties = properties
    self.isExplicit = isExplicit
    self.isClosed = isClosed
  }

  /// The node that holds all others; of an empty document an empty scalar.
  package var root: Node { Node(tree: self, index: skippingGaps(0)) }

  /// An index, or the first one after it that holds a node.
  func skippingGaps(_ index: Int) -> Int {
    var index = index
    while index < records.count, records[index].kind == .gap { index += 1 }
    return index
  }

  /// Where the content of a scalar lies that is not cooked.
  static func verbatimRange(of record: Record) -> Range<Int> {
    let range = record.range
    guard record.style != .plain, range.count >= 2 else { return range }
    return range.lowerBound + 1..<range.upperBound - 1
  }
}

extension Tree: CustomStringConvertible {
  /// The events of the document, one a line.
  package var description: String {
    events.map(\.description).joined(separator: "\n")
  }
}
