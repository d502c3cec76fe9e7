import Model

/// What became of the plays of earlier parts of a run: a part ends where hosts or groups are added.
struct EarlierPlays: Sendable {
  private struct Outcome: Sendable {
    let id: String?
    var hosts: Set<String>
    /// Hosts that have failed, and why.
    var failed: [String: String]
    /// Why it was given up for all hosts.
    var abortion: String?
  }

  /// In order.
  private var outcomes: [(number: Int, outcome: Outcome)] = []

  /// The same with the plays of a part that has ended.
  ///
  /// `failed` are, by play number, the hosts that have failed, and why; `abortions` say why plays were given up.
  func followed(
    by program: Program, failed: [Int: [String: String]], _ abortions: [Int: String]
  ) -> EarlierPlays {
    var copy = self
    for play in program.plays {
      let number = play.play.number
      let failed = failed[number] ?? [:]
      if let last = copy.outcomes.indices.last, copy.outcomes[last].number == number {
        copy.outcomes[last].outcome.hosts.formUnion(play.hosts)
        continue
      }
      copy.outcomes.append(
        (
          number,
          Outcome(
            id: play.play.id?.text, hosts: Set(play.hosts), failed: failed,
            abortion: abortions[number])
        ))
    }
    return copy
  }

  /// Why hosts may not begin a play that waits for the one before it.
  func barred(_ hosts: [String]) -> [String: String] {
    guard let last = outcomes.last?.outcome else { return [:] }
    if let abortion = last.abortion {
      return Dictionary(hosts.map { ($0, abortion) }, uniquingKeysWith: { first, _ in first })
    }
    return last.failed.filter { hosts.contains($0.key) }
  }

  /// Whether a play has the id.
  func knows(_ id: String) -> Bool { outcomes.contains { $0.outcome.id == id } }

  /// Why hosts may not begin a play that needs another one, and those that take no part in that one.
  func barred(_ hosts: [String], _ need: Need) -> (barred: [String: String], missing: [String]) {
    var barred: [String: String] = [:]
    var taking: Set<String> = []
    for (_, outcome) in outcomes where outcome.id == need.id.text {
      taking.formUnion(outcome.hosts)
      for (host, cause) in outcome.failed {
        for other in need.reach == .all ? hosts : [host] { barred[other] = cause }
      }
    }
    if need.reach == .all { return (barred, taking.isEmpty ? hosts : []) }
    return (barred.filter { hosts.contains($0.key) }, hosts.filter { !taking.contains($0) })
  }
}
