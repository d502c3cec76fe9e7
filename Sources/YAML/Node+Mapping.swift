import Diagnostics

/// Mappings: pairs in order, merge keys, access by name.
extension Node {
  /// The pairs of a mapping in order, merge keys `<<` resolved (<https://yaml.org/type/merge.html>):
  /// explicit keys win, and of a list the earlier mapping wins.
  ///
  /// What is merged stands first, of a list the last mapping before the others, as PyYAML has it.
  package var pairs: [(key: Node, value: Node)] {
    let (written, hasMerge) = pairsAndMerge
    guard hasMerge else { return written }
    let merged = written.filter { $0.key.isMergeKey }.flatMap { pair in
      pair.value.mergeSources.reversed().flatMap(\.pairs)
    }
    var result: [(key: Node, value: Node)] = []
    var places: [String: Int] = [:]
    for pair in merged + written.filter({ !$0.key.isMergeKey }) {
      let name = pair.key.text
      if let place = places[name] {
        result[place].value = pair.value
      } else {
        places[name] = result.count
        result.append(pair)
      }
    }
    return result
  }

  /// The pairs as written, merge keys among them.
  package var writtenPairs: [(key: Node, value: Node)] { pairsAndMerge.pairs }

  /// The pairs as written, and whether a merge key is among them.
  private var pairsAndMerge: (pairs: [(key: Node, value: Node)], hasMerge: Bool) {
    guard kind == .mapping else { return ([], false) }
    let parent = meant
    let count = Int(tree.records[parent].value) / 2
    var result: [(key: Node, value: Node)] = []
    result.reserveCapacity(count)
    var hasMerge = false
    var next = tree.skippingGaps(parent + 1)
    while result.count < count, next < tree.records.count {
      let key = Node(tree: tree, index: next)
      next = tree.skippingGaps(Int(tree.records[next].next))
      guard next < tree.records.count else { break }
      result.append((key, Node(tree: tree, index: next)))
      hasMerge = hasMerge || key.isMergeKey
      next = tree.skippingGaps(Int(tree.records[next].next))
    }
    return (result, hasMerge)
  }

  /// A plain `<<`.
  private var isMergeKey: Bool {
    let written = written
    return written.end &- written.start == 2 && written.kind == .scalar && written.style == .plain
      && written.properties == 0 && text == "<<"
  }

  /// The mappings that a merge key takes in.
  private var mergeSources: [Node] {
    switch kind {
    case .mapping: [self]
    case .sequence: elements.filter { $0.kind == .mapping }
    case .scalar: []
    }
  }

  /// The value of a key, merged ones included; nil when there is none or this is no mapping.
  package subscript(_ key: String) -> Node? {
    guard kind == .mapping else { return nil }
    var hasMerge = false
    var next = tree.skippingGaps(meant + 1)
    let end = Int(record.next)
    while next < end {
      let name = Node(tree: tree, index: next)
      let value = tree.skippingGaps(Int(tree.records[next].next))
      guard value < end else { return nil }
      if name.hasText(key) { return Node(tree: tree, index: value) }
      hasMerge = hasMerge || name.isMergeKey
      next = tree.skippingGaps(Int(tree.records[value].next))
    }
    return hasMerge ? pairs.first { $0.key.hasText(key) }?.value : nil
  }

  /// Whether this is a scalar with exactly this content.
  private func hasText(_ other: String) -> Bool {
    let record = record
    guard record.kind == .scalar else { return false }
    guard !record.flags.contains(.cooked) else { return text == other }
    let content = tree.file.bytes[Tree.verbatimRange(of: record)]
    return content.count == other.utf8.count && content.elementsEqual(other.utf8)
  }
}
