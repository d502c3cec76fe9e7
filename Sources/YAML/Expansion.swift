import Diagnostics

extension Parser {
  /// What a node means once aliases are followed.
  private struct Extent {
    var nodes = 1
    var height = 1
  }

  /// Checks how much the aliases of the document stand for, so that nobody who follows them is led into a bomb.
  mutating func checkExpansion() {
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
          return
        }
      case .scalar: break
      }
      guard let top = open.indices.last else { continue }
      open[top].extent.nodes += extent.nodes
      open[top].extent.height = max(open[top].extent.height, extent.height + 1)
    }
    if added > max(100_000, records.count * limits.aliasRatio),
      let alias = records.last(where: { $0.kind == .alias })
    {
      reportExpansion(alias, isDepth: false)
    }
  }

  private func closeExtent(
    _ open: inout [(record: Int, extent: Extent)], _ extents: inout [Int: Extent]
  ) {
    guard let closed = open.popLast() else { return }
    if records[closed.record].properties != 0 { extents[closed.record] = closed.extent }
    guard let top = open.indices.last else { return }
    open[top].extent.nodes += closed.extent.nodes
    open[top].extent.height = max(open[top].extent.height, closed.extent.height + 1)
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
