extension DirectedGraph {
  /// A shortest cycle through the smallest node of the first knot; nil when there is none.
  ///
  /// Each node waits for the one before it, and the first for the last.
  package func cycle() -> [Int]? { cycles().first }

  /// One cycle for every set of nodes that wait for each other, by the smallest node in it.
  ///
  /// Linear for finding the sets, and for each set linear in its edges.
  package func cycles() -> [[Int]] {
    var components = ComponentSearch(graph: self)
    return components.run()
      .filter { $0.count > 1 || edgeBetween($0[0], $0[0]) != nil }
      .map { component in shortestCycle(within: component.sorted()) }
      .sorted { $0[0] < $1[0] }
  }

  /// A shortest cycle through the first of nodes that can all reach each other.
  private func shortestCycle(within component: [Int]) -> [Int] {
    let start = component[0]
    let members = Set(component)
    var previous: [Int: Int] = [:]
    var queue = [start]
    var next = 0
    while next < queue.count {
      let node = queue[next]
      next += 1
      for edge in edges(from: node) where members.contains(edge.to) {
        if edge.to == start {
          return path(to: node, from: start, previous)
        }
        guard previous[edge.to] == nil else { continue }
        previous[edge.to] = node
        queue.append(edge.to)
      }
    }
    return component
  }

  private func path(to end: Int, from start: Int, _ previous: [Int: Int]) -> [Int] {
    var path = [end]
    while let last = path.last, last != start, let before = previous[last] { path.append(before) }
    return path.reversed()
  }
}

/// Strongly connected components by Tarjan's algorithm, without recursion: a graph may be deep.
private struct ComponentSearch {
  let graph: DirectedGraph
  var index: [Int]
  var low: [Int]
  var onStack: [Bool]
  var stack: [Int] = []
  var count = 0
  var found: [[Int]] = []

  init(graph: DirectedGraph) {
    self.graph = graph
    index = Array(repeating: -1, count: graph.nodeCount)
    low = index
    onStack = Array(repeating: false, count: graph.nodeCount)
  }

  mutating func run() -> [[Int]] {
    for node in 0..<graph.nodeCount where index[node] < 0 { visit(node) }
    return found
  }

  private mutating func visit(_ root: Int) {
    var work: [(node: Int, edge: Int)] = [(root, 0)]
    enter(root)
    while let (node, edge) = work.last {
      let edges = graph.edges(from: node)
      if edge < edges.count {
        work[work.count - 1].edge += 1
        let other = edges[edge].to
        if index[other] < 0 {
          enter(other)
          work.append((other, 0))
        } else if onStack[other] {
          low[node] = min(low[node], index[other])
        }
        continue
      }
      work.removeLast()
      if let parent = work.last?.node { low[parent] = min(low[parent], low[node]) }
      if low[node] == index[node] { leave(node) }
    }
  }

  private mutating func enter(_ node: Int) {
    index[node] = count
    low[node] = count
    count += 1
    stack.append(node)
    onStack[node] = true
  }

  private mutating func leave(_ node: Int) {
    var component: [Int] = []
    while let top = stack.popLast() {
      onStack[top] = false
      component.append(top)
      if top == node { break }
    }
    found.append(component)
  }
}
