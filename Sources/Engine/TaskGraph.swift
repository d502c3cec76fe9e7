/// The nodes of a run and what each waits for, as dense integers: (task, host) pairs, and virtual
/// nodes that begin, end and join plays.
///
/// Built by `GraphBuilder`, obeyed by `Coordinator`, drawn by `spile graph`.
package struct TaskGraph: Sendable {
  package enum EdgeKind: UInt8, Sendable, Hashable {
    /// The later one runs only when the earlier one succeeded.
    case needs
    /// The later one waits for the earlier one, whatever became of it.
    case after
  }

  package struct Edge: Sendable, Hashable {
    package let from: Int
    package let to: Int
    package let kind: EdgeKind
  }

  package let nodeCount: Int
  private let edges: [Edge]
  /// Edges by their end, and by their beginning: offsets into the index arrays.
  private let incomingStarts: [Int32]
  private let incoming: [Int32]
  private let outgoingStarts: [Int32]
  private let outgoing: [Int32]
  private let virtualNodes: [Bool]

  init(nodeCount: Int, edges: [Edge], virtualNodes: [Bool]) {
    self.nodeCount = nodeCount
    self.edges = edges
    self.virtualNodes = virtualNodes
    (incomingStarts, incoming) = TaskGraph.index(edges, nodeCount) { $0.to }
    (outgoingStarts, outgoing) = TaskGraph.index(edges, nodeCount) { $0.from }
  }

  /// Whether a node has nothing to do but to join others.
  package func isVirtual(_ node: Int) -> Bool { virtualNodes[node] }

  package func predecessors(of node: Int) -> [Edge] {
    incoming[Int(incomingStarts[node])..<Int(incomingStarts[node + 1])].map { edges[Int($0)] }
  }

  package func successors(of node: Int) -> [Edge] {
    outgoing[Int(outgoingStarts[node])..<Int(outgoingStarts[node + 1])].map { edges[Int($0)] }
  }

  /// How many edges lead to each node.
  var predecessorCounts: [Int32] {
    (0..<nodeCount).map { incomingStarts[$0 + 1] - incomingStarts[$0] }
  }

  /// Edges grouped by one of their ends, by counting: linear in nodes and edges.
  private static func index(
    _ edges: [Edge], _ nodeCount: Int, by end: (Edge) -> Int
  ) -> (starts: [Int32], order: [Int32]) {
    var starts = [Int32](repeating: 0, count: nodeCount + 1)
    for edge in edges { starts[end(edge) + 1] += 1 }
    for node in 0..<nodeCount { starts[node + 1] += starts[node] }
    var next = starts
    var order = [Int32](repeating: 0, count: edges.count)
    for (number, edge) in edges.enumerated() {
      let node = end(edge)
      order[Int(next[node])] = Int32(number)
      next[node] += 1
    }
    return (starts, order)
  }
}
