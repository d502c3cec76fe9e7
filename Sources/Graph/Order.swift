extension DirectedGraph {
  /// Every node after all that it waits for; nil when there is a cycle.
  ///
  /// Otherwise by number of steps from the start and then by number. Linear.
  package func topologicalOrder() -> [Int]? {
    var waiting = (0..<nodeCount).map { edges(to: $0).count }
    var order = (0..<nodeCount).filter { waiting[$0] == 0 }
    order.reserveCapacity(nodeCount)
    var next = 0
    while next < order.count {
      for edge in edges(from: order[next]) {
        waiting[edge.to] -= 1
        if waiting[edge.to] == 0 { order.append(edge.to) }
      }
      next += 1
    }
    return order.count == nodeCount ? order : nil
  }

  /// The nodes themselves and whatever waits for them, directly or not, as flags by node; linear.
  package func reachable(from nodes: [Int], along kinds: Set<EdgeKind> = Set(EdgeKind.allCases))
    -> [Bool]
  {
    spread(nodes) { node in
      edges(from: node).lazy.filter { kinds.contains($0.kind) }.map(\.to)
    }
  }

  /// The nodes themselves and whatever they wait for, directly or not, as flags by node; linear.
  package func ancestors(of nodes: [Int], along kinds: Set<EdgeKind> = Set(EdgeKind.allCases))
    -> [Bool]
  {
    spread(nodes) { node in
      edges(to: node).lazy.filter { kinds.contains($0.kind) }.map(\.from)
    }
  }

  private func spread<Next: Sequence<Int>>(_ start: [Int], _ next: (Int) -> Next) -> [Bool] {
    var seen = Array(repeating: false, count: nodeCount)
    var stack: [Int] = []
    for node in start where !seen[node] {
      seen[node] = true
      stack.append(node)
    }
    while let node = stack.popLast() {
      for other in next(node) where !seen[other] {
        seen[other] = true
        stack.append(other)
      }
    }
    return seen
  }
}

/// The longest chain of nodes that wait for each other.
package struct CriticalPath: Sendable, Equatable {
  /// From the first to the last.
  package let nodes: [Int]
  /// The sum of the weights along it.
  package let weight: Double
  /// When each node can start at the earliest, in the unit of the weights, by node.
  package let earliestStart: [Double]
}

extension DirectedGraph {
  /// The chain of the greatest weight; nil when there is a cycle.
  ///
  /// Weights say how long each node takes, by node, and are not negative. Linear.
  package func criticalPath(weights: [Double]) -> CriticalPath? {
    guard let order = topologicalOrder() else { return nil }
    var start = Array(repeating: 0.0, count: nodeCount)
    var previous = Array(repeating: -1, count: nodeCount)
    for node in order {
      let finish = start[node] + weights[node]
      for edge in edges(from: node) where finish > start[edge.to] || previous[edge.to] < 0 {
        start[edge.to] = finish
        previous[edge.to] = node
      }
    }
    func finish(_ node: Int) -> Double { start[node] + weights[node] }
    guard var node = order.max(by: { finish($0) < finish($1) }) else {
      return CriticalPath(nodes: [], weight: 0, earliestStart: [])
    }
    let weight = finish(node)
    var path = [node]
    while previous[node] >= 0 {
      node = previous[node]
      path.append(node)
    }
    return CriticalPath(nodes: path.reversed(), weight: weight, earliestStart: start)
  }
}
