import Testing

@testable import Graph

/// A graph from `from>to` (needs) and `from~to` (after) words.
func graph(_ count: Int, _ words: String) -> DirectedGraph {
  var graph = DirectedGraph(nodeCount: count)
  for word in words.split(separator: " ") {
    let kind: DirectedGraph.EdgeKind = word.contains("~") ? .after : .needs
    let ends = word.split { $0 == ">" || $0 == "~" }.compactMap { Int($0) }
    graph.addEdge(from: ends[0], to: ends[1], kind: kind)
  }
  return graph
}

/// The edges of a graph in the form that `graph` reads.
func words(_ graph: DirectedGraph) -> String {
  graph.edges.map { "\($0.from)\($0.kind == .after ? "~" : ">")\($0.to)" }.joined(separator: " ")
}

@Suite struct DirectedGraphTests {
  @Test(arguments: [
    ("0>1 0>1", "0>1"), ("0~1 0>1", "0>1"), ("0>1 0~1", "0>1"), ("0~1 0~1", "0~1"),
    ("0>1 1>2 0~2", "0>1 0~2 1>2"),
  ])
  func `of two edges between the same nodes the stricter stays`(given: String, kept: String) {
    #expect(words(graph(3, given)) == kept)
  }

  @Test func `both ends know an edge`() {
    let graph = graph(3, "0>2 1~2")
    #expect(graph.edges(to: 2).map(\.from) == [0, 1])
    #expect(graph.edges(from: 1).map(\.kind) == [.after])
    #expect(graph.edgeBetween(2, 0) == nil)
    #expect(graph.edgeCount == 2)
  }

  @Test(arguments: [
    (4, "3>1 1>0 2>0", [2, 3, 1, 0]),
    (3, "", [0, 1, 2]),
    (4, "0>1 0>2 1>3 2>3", [0, 1, 2, 3]),
  ])
  func `the order respects every edge and is stable`(count: Int, given: String, order: [Int]) {
    #expect(graph(count, given).topologicalOrder() == order)
  }

  @Test func `a graph with a cycle has no order and no critical path`() {
    let graph = graph(3, "0>1 1>2 2>1")
    #expect(graph.topologicalOrder() == nil)
    #expect(graph.criticalPath(weights: [1, 1, 1]) == nil)
  }

  @Test(arguments: [
    (3, "0>1 1>2", [[Int]]()),
    (3, "0>1 1>2 2>0", [[0, 1, 2]]),
    (2, "1>1", [[1]]),
    (6, "0>1 1>0 2>3 3~4 4>2 0>5", [[0, 1], [2, 3, 4]]),
    (4, "0>1 1>2 2>3 3>0 2>0", [[0, 1, 2]]),
  ])
  func `each knot gives a shortest cycle from its smallest node`(
    count: Int, given: String, cycles: [[Int]]
  ) {
    #expect(graph(count, given).cycles() == cycles)
  }

  @Test func `a chain of a hundred thousand nodes is searched without recursion`() {
    var graph = DirectedGraph(nodeCount: 100_000)
    for node in 1..<100_000 { graph.addEdge(from: node - 1, to: node) }
    #expect(graph.cycle() == nil)
    graph.addEdge(from: 99_999, to: 0)
    #expect(graph.cycle()?.count == 100_000)
  }

  @Test func `reachability follows the kinds asked for`() {
    let graph = graph(5, "0>1 1~2 2>3")
    #expect(graph.reachable(from: [0]) == [true, true, true, true, false])
    #expect(graph.reachable(from: [0], along: [.needs]) == [true, true, false, false, false])
    #expect(graph.ancestors(of: [3]) == [true, true, true, true, false])
  }

  @Test func `the critical path is the heaviest chain`() {
    let graph = graph(5, "0>1 0>2 1>3 2>3 3>4")
    let path = graph.criticalPath(weights: [1, 5, 2, 1, 1])
    #expect(path?.nodes == [0, 1, 3, 4])
    #expect(path?.weight == 8)
    #expect(path?.earliestStart == [0, 1, 1, 6, 7])
  }

  @Test func `an empty graph has an empty critical path`() {
    #expect(DirectedGraph().criticalPath(weights: [])?.nodes.isEmpty == true)
  }

  @Test(arguments: [
    ("0>1 1>2 0>2", "0>1 1>2"),
    ("0>1 1>2 0~2", "0>1 1>2"),
    ("0~1 1>2 0>2", "0>2 0~1 1>2"),
    ("0>1 0>2 1>3 2>3 0>3", "0>1 0>2 1>3 2>3"),
  ])
  func `an edge that follows from others is not printed`(given: String, kept: String) {
    let reduced = Set(words(graph(4, given).transitiveReduction()).split(separator: " "))
    #expect(reduced == Set(kept.split(separator: " ")))
  }
}
