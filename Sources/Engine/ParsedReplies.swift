import ModuleKit
import Synchronization

/// What probes' replies mean, kept for the next host that answers the same: parsing depends on the reply alone.
final class ParsedReplies: Sendable {
  private struct Known: Sendable {
    let requests: [FactRequest]
    let reply: ProbeReply
    let observations: [FactKey: Observation]
  }

  /// How many replies of a kind are kept, and how long they may be, in bytes.
  private static let limit = (replies: 3, bytes: 64 << 10)

  private let known = Mutex<[String: [Known]]>([:])

  /// What a reply says of the things that were asked for.
  func read(_ entry: ProbeBatch.Entry, _ reply: ProbeReply) -> [FactKey: Observation] {
    let kind = entry.kind.kind
    let candidates = known.withLock { $0[kind] ?? [] }
    if let same = candidates.first(where: { $0.reply == reply && $0.requests == entry.requests }) {
      return same.observations
    }
    let observations = ProbeBatch.read(entry.kind, reply, entry.requests)
    guard reply.output.count + reply.errors.count <= Self.limit.bytes else { return observations }
    known.withLock { known in
      var kept = known[kind] ?? []
      if kept.count >= Self.limit.replies { kept.removeLast() }
      kept.insert(
        Known(requests: entry.requests, reply: reply, observations: observations), at: 0)
      known[kind] = kept
    }
    return observations
  }
}
