/// A directed graph over the integers `0..<nodeCount`; an edge leads from a prerequisite to what waits for it.
package struct DirectedGraph: Sendable {
  /// What an edge asks of its prerequisite.
  package enum EdgeKind: String, Sendable, Hashable, CaseIterable {
    /// It must have succeeded.
    case needs
    /// It must have finished, with any outcome.
    case after
  }

  /// One edge; `to` waits for `from`.
  package struct Edge: Sendable, Hashable {
    package let from: Int
    package let to: Int
    package let kind: EdgeKind

    package init(from: Int, to: Int, kind: EdgeKind) {
      self.from = from
      self.to = to
      self.kind = kind
    }
  }

  private var outgoing: [[Edge]]
  private var incoming: [[Edge]]
  private var joined: Set<Pair> = []

  private struct Pair: Hashable, Sendable {
    let from: Int
    let to: Int
  }

  /// A graph of so many nodes without edges.
  package init(nodeCount: Int = 0) {
    outgoing = Array(repeating: [], count: nodeCount)
    incoming = Array(repeating: [], count: nodeCount)
  }

  package var nodeCount: Int { outgoing.count }

  /// How many edges there are; two between the same nodes count once.
  package var edgeCount: Int { joined.count }

  /// Adds a node and returns its number.
  @discardableResult
  package mutating func addNode() -> Int {
    outgoing.append([])
    incoming.append([])
    return nodeCount - 1
  }

  /// Adds an edge between existing nodes; of two between the same nodes the stricter one, `needs`, stays.
  package mutating func addEdge(from: Int, to: Int, kind: EdgeKind = .needs) {
    let edge = Edge(from: from, to: to, kind: kind)
    if joined.insert(Pair(from: from, to: to)).inserted {
      outgoing[from].append(edge)
      incoming[to].append(edge)
    } else if kind == .needs {
      let weaker = Edge(from: from, to: to, kind: .after)
      if let place = outgoing[from].firstIndex(of: weaker) { outgoing[from][place] = edge }
      if let place = incoming[to].firstIndex(of: weaker) { incoming[to][place] = edge }
    }
  }

  /// The edges to what waits for a node, in the order added.
  package func edges(from node: Int) -> [Edge] { outgoing[node] }

  /// The edges from what a node waits for, in the order added.
  package func edges(to node: Int) -> [Edge] { incoming[node] }

  /// Every edge, by the node it leaves.
  package var edges: [Edge] { outgoing.flatMap(\.self) }

  /// The edge between two nodes; nil where there is none.
  package func edgeBetween(_ from: Int, _ to: Int) -> Edge? {
    guard joined.contains(Pair(from: from, to: to)) else { return nil }
    return outgoing[from].first { $0.to == to }
  }
}
