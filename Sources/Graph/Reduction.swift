extension DirectedGraph {
  /// The graph without edges that follow from others, for printing; the graph itself when there is a cycle.
  ///
  /// A `needs` edge stays unless a path of `needs` edges says the same. Time and memory are nodes times edges by
  /// machine words.
  package func transitiveReduction() -> DirectedGraph {
    guard let order = topologicalOrder() else { return self }
    var rank = Array(repeating: 0, count: nodeCount)
    for (place, node) in order.enumerated() { rank[node] = place }
    var reach = Array(repeating: BitRow(count: nodeCount), count: nodeCount)
    var reachByNeeds = reach
    var kept: Set<Edge> = []
    for node in order.reversed() {
      for edge in edges(from: node).sorted(by: { rank[$0.to] < rank[$1.to] }) {
        let implied = edge.kind == .needs ? reachByNeeds[node] : reach[node]
        if !implied[edge.to] { kept.insert(edge) }
        reach[node].insert(edge.to)
        reach[node].formUnion(reach[edge.to])
        guard edge.kind == .needs else { continue }
        reachByNeeds[node].insert(edge.to)
        reachByNeeds[node].formUnion(reachByNeeds[edge.to])
      }
    }
    var reduced = DirectedGraph(nodeCount: nodeCount)
    for edge in edges where kept.contains(edge) {
      reduced.addEdge(from: edge.from, to: edge.to, kind: edge.kind)
    }
    return reduced
  }
}

/// A set of small integers, one bit each.
private struct BitRow {
  private var words: [UInt64]

  init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

  subscript(_ bit: Int) -> Bool { words[bit / 64] & (1 << UInt64(bit % 64)) != 0 }

  mutating func insert(_ bit: Int) { words[bit / 64] |= 1 << UInt64(bit % 64) }

  mutating func formUnion(_ other: BitRow) {
    for place in words.indices { words[place] |= other.words[place] }
  }
}
