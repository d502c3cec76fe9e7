/// Who has finished what: the one place where hosts wait for each other.
///
/// Nodes are those of the `TaskGraph`. Virtual nodes (starts and ends of plays, joins) finish by themselves.
actor Coordinator {
  enum Outcome: Sendable, Hashable {
    case succeeded
    /// It failed, or something it needs did; the name is that of the first cause.
    case failed(cause: String)
  }

  private let graph: TaskGraph
  private var outcomes: [Outcome?]
  private var waitingFor: [Int32]
  private var waiters: [Int: [CheckedContinuation<Outcome, Never>]] = [:]

  init(_ graph: TaskGraph) {
    self.graph = graph
    outcomes = Array(repeating: nil, count: graph.nodeCount)
    waitingFor = graph.predecessorCounts
  }

  /// Ends the virtual nodes that wait for nothing; to be called once, before anybody waits.
  func begin() {
    for node in 0..<graph.nodeCount where waitingFor[node] == 0 && graph.isVirtual(node) {
      settle(node)
    }
  }

  /// Records what became of a node; a second call for the same node is ignored.
  func finish(_ node: Int, _ outcome: Outcome) {
    guard outcomes[node] == nil else { return }
    outcomes[node] = outcome
    for waiter in waiters.removeValue(forKey: node) ?? [] { waiter.resume(returning: outcome) }
    for edge in graph.successors(of: node) {
      waitingFor[edge.to] -= 1
      if waitingFor[edge.to] == 0 { ready(edge.to) }
    }
  }

  /// Waits until everything before the node has finished; failed when something it needs has failed.
  func ready(for node: Int) async -> Outcome {
    for edge in graph.predecessors(of: node) {
      let outcome = await finished(edge.from)
      if edge.kind == .needs, case .failed = outcome { return outcome }
    }
    return .succeeded
  }

  /// Waits until a node has finished.
  func finished(_ node: Int) async -> Outcome {
    if let outcome = outcomes[node] { return outcome }
    return await withCheckedContinuation { waiters[node, default: []].append($0) }
  }

  /// What became of a node; nil while it is open.
  func outcome(of node: Int) -> Outcome? { outcomes[node] }

  private func ready(_ node: Int) {
    guard graph.isVirtual(node) else { return }
    settle(node)
  }

  /// A virtual node succeeds when everything it needs did.
  private func settle(_ node: Int) {
    for edge in graph.predecessors(of: node) where edge.kind == .needs {
      if case .failed(let cause) = outcomes[edge.from] {
        finish(node, .failed(cause: cause))
        return
      }
    }
    finish(node, .succeeded)
  }
}
