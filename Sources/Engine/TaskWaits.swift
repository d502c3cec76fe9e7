import Diagnostics
import Model

/// Something that a task waits for, or that waits for it, and why.
package struct TaskWait: Sendable, Hashable {
  /// What makes it so.
  package enum Cause: Sendable, Hashable {
    /// A task follows the one before it.
    case order
    /// A `needs` of a task or play, and where it is written.
    case needs(Span?)
    /// One of two neighbours may concern other hosts: why.
    case linear(String)
    /// A play without `needs` waits for the play before it.
    case playOrder
    /// `serial`: hosts go in batches.
    case batch
  }

  /// The other task or play as it is shown.
  package let title: String
  /// Whether the other is a play as a whole.
  package let isPlay: Bool
  /// Where the other is written.
  package let span: Span?
  /// The hosts whose part of the other counts, in the order of its play.
  package let hosts: [String]
  /// Whether the later one runs only when the earlier one succeeded; else its end is enough.
  package let needsSuccess: Bool
  package let cause: Cause
}

extension Program {
  /// What a task on a host waits for: as the graph has it, joins passed through.
  package func predecessors(of position: Int, host: Int, in play: CompiledPlay) -> [TaskWait] {
    var found: [TaskWait] = []
    let instruction = play.instructions[position]
    if instruction.task?.needs == nil {
      if position > 0 {
        found.append(own(play, position - 1, host, .order))
      } else {
        found += beginning(of: play, host)
      }
    }
    for edge in graph.predecessors(of: play.nodes.task(position, host)) {
      found += waits(before: edge, position, play)
    }
    return found
  }

  /// What waits for a task on a host.
  package func successors(of position: Int, host: Int, in play: CompiledPlay) -> [TaskWait] {
    var found: [TaskWait] = []
    let next = position + 1
    if play.instructions.indices.contains(next), play.instructions[next].task?.needs == nil {
      found.append(own(play, next, host, .order))
    }
    for edge in graph.successors(of: play.nodes.task(position, host)) {
      switch place(of: edge.to) {
      case .line:
        let cause = TaskWait.Cause.linear(linearReason(play, next))
        found.append(wait(play, next, play.hosts, false, cause))
      case .task(let other, let position, let host):
        let cause = needCause(of: other.instructions[position], for: instruction(at: edge.from))
        found.append(
          wait(other, position, [other.hosts[host]], edge.kind == .needs, cause))
      case .start, .end, .join, nil: continue
      }
    }
    if next == play.instructions.count { found += followers(of: play, host) }
    return merged(found)
  }

  // MARK: Tasks

  private func own(
    _ play: CompiledPlay, _ position: Int, _ host: Int, _ cause: TaskWait.Cause
  ) -> TaskWait {
    wait(play, position, [play.hosts[host]], true, cause)
  }

  private func wait(
    _ play: CompiledPlay, _ position: Int, _ hosts: [String], _ needsSuccess: Bool,
    _ cause: TaskWait.Cause
  ) -> TaskWait {
    let instruction = play.instructions[position]
    return TaskWait(
      title: instruction.title, isPlay: false, span: instruction.span, hosts: hosts,
      needsSuccess: needsSuccess, cause: cause)
  }

  private func waits(
    before edge: TaskGraph.Edge, _ position: Int, _ play: CompiledPlay
  ) -> [TaskWait] {
    switch place(of: edge.from) {
    case .line:
      let cause = TaskWait.Cause.linear(linearReason(play, position))
      return [wait(play, position - 1, play.hosts, false, cause)]
    case .task(let other, let there, let host):
      let cause = needCause(of: play.instructions[position], for: other.instructions[there])
      return [wait(other, there, [other.hosts[host]], edge.kind == .needs, cause)]
    case .start, .end, .join, nil: return []
    }
  }

  private func needCause(of later: Instruction, for earlier: Instruction?) -> TaskWait.Cause {
    let need = later.task?.needs?.first { $0.id.text == earlier?.task?.id?.text }
    return .needs(need?.id.span)
  }

  private func instruction(at node: Int) -> Instruction? {
    guard case .task(let play, let position, _) = place(of: node) else { return nil }
    return play.instructions[position]
  }

  /// Why the steps of an instruction and those of the one before it wait for each other on all hosts.
  private func linearReason(_ play: CompiledPlay, _ position: Int) -> String {
    let later = play.instructions[position]
    return later.isLinear ? later.linearReason : play.instructions[position - 1].linearReason
  }

  // MARK: Plays

  private func beginning(of play: CompiledPlay, _ host: Int) -> [TaskWait] {
    var found: [TaskWait] = []
    for edge in graph.predecessors(of: play.nodes.start(host)) {
      switch place(of: edge.from) {
      case .join(let other):
        found.append(wait(for: other, of: play, other.hosts, edge.kind == .needs))
      case .end(let other, let host):
        found.append(wait(for: other, of: play, [other.hosts[host]], edge.kind == .needs))
      case .start, .task, .line, nil: continue
      }
    }
    return found
  }

  private func followers(of play: CompiledPlay, _ host: Int) -> [TaskWait] {
    var found: [TaskWait] = []
    for (node, hosts) in [(play.nodes.join, nil), (play.nodes.end(host), [play.hosts[host]])] {
      for edge in graph.successors(of: node) {
        guard case .start(let other, let place) = place(of: edge.to) else { continue }
        let cause = playCause(of: other, for: play)
        found.append(
          TaskWait(
            title: other.name, isPlay: true, span: other.play.span,
            hosts: hosts ?? [other.hosts[place]], needsSuccess: edge.kind == .needs, cause: cause))
      }
    }
    return found
  }

  private func wait(
    for other: CompiledPlay, of play: CompiledPlay, _ hosts: [String], _ needsSuccess: Bool
  ) -> TaskWait {
    TaskWait(
      title: other.name, isPlay: true, span: other.play.span, hosts: hosts,
      needsSuccess: needsSuccess, cause: playCause(of: play, for: other))
  }

  private func playCause(of later: CompiledPlay, for earlier: CompiledPlay) -> TaskWait.Cause {
    if later.play.number == earlier.play.number { return .batch }
    let need = later.play.needs?.first { $0.id.text == earlier.play.id?.text }
    return need.map { .needs($0.id.span) } ?? .playOrder
  }

  /// Equal ones of several hosts as one.
  private func merged(_ waits: [TaskWait]) -> [TaskWait] {
    var merged: [TaskWait] = []
    for wait in waits {
      let place = merged.firstIndex { other in
        other.title == wait.title && other.isPlay == wait.isPlay && other.span == wait.span
          && other.needsSuccess == wait.needsSuccess && other.cause == wait.cause
      }
      guard let place else {
        merged.append(wait)
        continue
      }
      let old = merged[place]
      merged[place] = TaskWait(
        title: old.title, isPlay: old.isPlay, span: old.span,
        hosts: old.hosts + wait.hosts.filter { !old.hosts.contains($0) },
        needsSuccess: old.needsSuccess, cause: old.cause)
    }
    return merged
  }

  // MARK: Nodes

  /// What a node of the graph stands for.
  private enum Place {
    case start(CompiledPlay, host: Int)
    case task(CompiledPlay, position: Int, host: Int)
    case end(CompiledPlay, host: Int)
    case join(CompiledPlay)
    /// Between two neighbours of a play.
    case line
  }

  private func place(of node: Int) -> Place? {
    guard
      let play = plays.first(where: { $0.nodes.base <= node && node < $0.nodes.endIndex })
    else { return nil }
    let nodes = play.nodes
    if node == nodes.join { return .join(play) }
    if node > nodes.join { return .line }
    let (row, host) = (node - nodes.base).quotientAndRemainder(dividingBy: nodes.hostCount)
    if row == 0 { return .start(play, host: host) }
    if row == nodes.instructionCount + 1 { return .end(play, host: host) }
    return .task(play, position: row - 1, host: host)
  }
}

extension Instruction {
  /// Why it and its neighbours wait for each other on all hosts of the play.
  fileprivate var linearReason: String {
    switch act {
    case .include: return "the tasks of an inclusion may concern other hosts"
    case .flushHandlers, .handlers, .close: return "handlers run here"
    case .task(let task):
      if task.keywords.runOnce != nil { return "`run_once`: it runs for all hosts" }
      if task.keywords.delegateTo != nil { return "`delegate_to`: it runs on another host" }
      if task.keywords.throttle != nil { return "`throttle` bounds how many hosts run it" }
      if let name = task.mentions.intersection(Task.wordsOfOthers).min() {
        return "`\(name)` concerns other hosts"
      }
      return "`\(task.module)` acts: what it does is not declared"
    }
  }
}
