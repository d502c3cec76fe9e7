import Diagnostics

/// Who has the turn in blocks where hosts go one after another (`rolling`).
///
/// A block's first turn begins when every host of the play has come to its first step there, has passed without one, or
/// has failed: only then it is known who goes first.
actor RollingTurns {
  /// A block in a play, or in one batch of it.
  struct Block: Hashable, Sendable {
    let play: Int
    let span: Span
  }

  /// What a host that comes to a step is told.
  enum Answer: Sendable, Equatable {
    /// It is in its turn already.
    case held
    /// The turn is its own now; what it knew before may be outdated.
    case begun
    /// It may not begin, because of these hosts.
    case refused(because: String)
  }

  private struct Waiting {
    let host: String
    let order: Int
    let limit: Int
    let continuation: CheckedContinuation<Answer, Never>
  }

  private struct Group {
    let hosts: [String]
    var inTurn: Set<String> = []
    var passed: Set<String> = []
    var failed: [String] = []
    var waiting: [Waiting] = []
  }

  private var groups: [Block: Group] = [:]
  /// Hosts whose part of a play is over, and whether it failed.
  private var ended: [Int: [String: Bool]] = [:]

  /// Waits for the host's turn.
  ///
  /// `hosts`: those of the play, in its order. `limit`: how many may be in their turn or have failed.
  func take(
    _ block: Block, _ host: String, of hosts: [String], order: Int, limit: Int
  ) async -> Answer {
    var group = group(block, hosts)
    if group.inTurn.contains(host) { return .held }
    group.passed.remove(host)
    return await withCheckedContinuation { continuation in
      group.waiting.append(
        Waiting(host: host, order: order, limit: max(1, limit), continuation: continuation))
      groups[block] = admitting(group)
    }
  }

  /// The host has left the block, or failed in it.
  func leave(_ block: Block, _ host: String, of hosts: [String], failed: Bool) {
    var group = group(block, hosts)
    guard group.inTurn.remove(host) != nil || !group.passed.contains(host) else { return }
    group.passed.insert(host)
    if failed, !group.failed.contains(host) { group.failed.append(host) }
    groups[block] = admitting(group)
  }

  /// The host's part of the play is over.
  func end(_ play: Int, _ host: String, failed: Bool) {
    ended[play, default: [:]][host] = failed
    for (block, group) in groups where block.play == play {
      leave(block, host, of: group.hosts, failed: failed)
    }
  }

  private func group(_ block: Block, _ hosts: [String]) -> Group {
    if let group = groups[block] { return group }
    var group = Group(hosts: hosts)
    for (host, failed) in ended[block.play] ?? [:] {
      group.passed.insert(host)
      if failed { group.failed.append(host) }
    }
    return group
  }

  /// Lets those go on who may.
  private func admitting(_ group: Group) -> Group {
    var group = group
    let known = group.passed.union(group.inTurn).union(group.waiting.map(\.host))
    guard group.hosts.allSatisfy(known.contains) else { return group }
    let places = Dictionary(
      zip(group.hosts, group.hosts.indices), uniquingKeysWith: { first, _ in first })
    group.waiting.sort { left, right in
      (left.order, places[left.host] ?? 0) < (right.order, places[right.host] ?? 0)
    }
    while let first = group.waiting.first {
      if group.failed.count >= first.limit {
        group.waiting.removeFirst()
        group.passed.insert(first.host)
        first.continuation.resume(
          returning: .refused(because: group.failed.sorted().joined(separator: ", ")))
      } else if group.inTurn.count + group.failed.count < first.limit {
        group.waiting.removeFirst()
        group.inTurn.insert(first.host)
        first.continuation.resume(returning: .begun)
      } else {
        break
      }
    }
    return group
  }
}
