import Diagnostics

extension Parser {
  /// What a node means once aliases are followed.
  private struct Extent {
    var nodes = 1
    var height = 1

    /// Takes in a child; counts stop far below the end of `Int`.
    mutating func add(_ child: Extent) {
      nodes = min(nodes + child.nodes, Int.max / 4)
      height = max(height, child.height + 1)
    }
  }

  /// Checks how much the aliases of the document stand for, so that nobody who follows them is led into a bomb.
  ///
  /// Answers whether it is little enough.
  mutating func checkExpansion() -> Bool {
    var open: [(record: Int, extent: Extent)] = []
    var extents: [Int: Extent] = [:]
    var added = 0
    for index in records.indices {
      while let last = open.last, Int(records[last.record].next) <= index {
        closeExtent(&open, &extents)
      }
      var extent = Extent()
      let record = records[index]
      switch record.kind {
      case .gap: continue
      case .sequence, .mapping:
        open.append((index, extent))
        continue
      case .alias:
        extent = extents[Int(record.value)] ?? Extent()
        added = min(added + extent.nodes, Int.max / 2)
        if added > limits.aliasNodes || open.count + extent.height > limits.depth {
          reportExpansion(record, isDepth: added <= limits.aliasNodes)
          return false
        }
      case .scalar: break
      }
      guard let top = open.indices.last else { continue }
      open[top].extent.add(extent)
    }
    if added > 100_000, added / records.count >= limits.aliasRatio,
      let alias = records.last(where: { $0.kind == .alias })
    {
      reportExpansion(alias, isDepth: false)
      return false
    }
    return true
  }

  private func closeExtent(
    _ open: inout [(record: Int, extent: Extent)], _ extents: inout [Int: Extent]
  ) {
    guard let closed = open.popLast() else { return }
    if records[closed.record].properties != 0 { extents[closed.record] = closed.extent }
    guard let top = open.indices.last else { return }
    open[top].extent.add(closed.extent)
  }

  private mutating func reportExpansion(_ alias: Record, isDepth: Bool) {
    if isDepth {
      _ = limitFault(
        "depth-limit", "with aliases followed, more than \(limits.depth) blocks lie in each other",
        "yaml.depth", at: alias.range)
    } else {
      _ = limitFault(
        "alias-limit", "the aliases of this document stand for too many nodes (an alias bomb)",
        "yaml.alias-nodes", at: alias.range)
    }
    isOver = true
  }
}
