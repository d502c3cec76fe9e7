import Engine
import Graph
import Model

/// A program's graph with the hosts folded: a node for each task of each play.
struct ProgramDrawing {
  /// Without edges that follow from others.
  let graph: DirectedGraph
  private let labels: [NodeLabel]

  init(_ program: Program) {
    var folding = Folding(program: program)
    folding.fold()
    graph = folding.graph.transitiveReduction()
    labels = folding.labels
  }

  func label(_ node: Int) -> NodeLabel { labels[node] }
}

/// Folds the hosts of a task graph; nodes that only join others are passed through.
private struct Folding {
  typealias EdgeKind = DirectedGraph.EdgeKind

  let program: Program
  var graph = DirectedGraph()
  var labels: [NodeLabel] = []
  /// The drawn node of each (play, position) that is drawn.
  private var drawn: [[Int?]] = []
  /// What the nodes of the task graph are.
  private var places: [Int: Place] = [:]
  private var known: [Int: [Int: EdgeKind]] = [:]

  private enum Place {
    case start
    case task(play: Int, position: Int, host: Int)
    case end(play: Int, host: Int)
  }

  init(program: Program) { self.program = program }

  mutating func fold() {
    for (number, play) in program.plays.enumerated() {
      drawn.append(play.instructions.map { addNode(for: $0, in: play) })
      for host in play.hosts.indices {
        places[play.nodes.start(host)] = .start
        places[play.nodes.end(host)] = .end(play: number, host: host)
        for position in play.instructions.indices {
          places[play.nodes.task(position, host)] = .task(
            play: number, position: position, host: host)
        }
      }
    }
    for (number, play) in program.plays.enumerated() {
      for (position, target) in drawn[number].enumerated() {
        guard let target else { continue }
        for host in play.hosts.indices {
          for (source, kind) in predecessors(of: play.nodes.task(position, host))
          where source != target {
            graph.addEdge(from: source, to: target, kind: kind)
          }
        }
      }
    }
  }

  private mutating func addNode(for instruction: Instruction, in play: CompiledPlay) -> Int? {
    switch instruction.act {
    case .task, .include: break
    case .flushHandlers, .handlers, .close: return nil
    }
    let count = play.hosts.count
    labels.append(
      NodeLabel(
        "\(instruction.title) (\(count) \(count == 1 ? "host" : "hosts"))", group: play.name))
    return graph.addNode()
  }

  /// The drawn nodes right before a node of the task graph.
  private mutating func predecessors(of node: Int) -> [Int: EdgeKind] {
    if let found = known[node] { return found }
    known[node] = [:]
    var found: [Int: EdgeKind] = [:]
    for edge in program.graph.predecessors(of: node) {
      merge(edge.from, edge.kind == .needs ? .needs : .after, into: &found)
    }
    if let before = before(node) { merge(before, .needs, into: &found) }
    known[node] = found
    return found
  }

  private mutating func merge(_ node: Int, _ kind: EdgeKind, into found: inout [Int: EdgeKind]) {
    if case .task(let play, let position, _)? = places[node], let target = drawn[play][position] {
      if found[target] != .needs { found[target] = kind }
      return
    }
    for (source, inner) in predecessors(of: node) {
      let joined: EdgeKind = kind == .needs && inner == .needs ? .needs : .after
      if found[source] != .needs { found[source] = joined }
    }
  }

  /// The node before it on its own host, where the order of the play says so.
  private func before(_ node: Int) -> Int? {
    switch places[node] {
    case .task(let number, let position, let host):
      let play = program.plays[number]
      guard position > 0 else { return play.nodes.start(host) }
      guard play.instructions[position].task?.needs == nil else { return nil }
      return play.nodes.task(position - 1, host)
    case .end(let number, let host):
      let play = program.plays[number]
      guard let last = play.instructions.indices.last else { return play.nodes.start(host) }
      return play.nodes.task(last, host)
    case .start, nil: return nil
    }
  }
}
