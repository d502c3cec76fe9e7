import ModuleKit
import Transport

/// Requests for facts as frames of a message: each kind is asked once, for all its keys together.
struct ProbeBatch: Sendable {
  /// One frame: a kind and what it is asked for.
  struct Entry: Sendable {
    let kind: any Fact.Type
    let requests: [FactRequest]
  }

  let entries: [Entry]
  /// In the order of `entries`.
  let frames: [Frame]

  /// The order of kinds is fixed, so equal requests make equal messages.
  init(_ requests: [FactKey: FactRequest], deadline: Duration) {
    let byKind = Dictionary(grouping: requests.values) { $0.key.kind }
    entries = byKind.keys.sorted().compactMap { kind in
      guard let requests = byKind[kind], let type = requests.first?.key.type else { return nil }
      return Entry(kind: type, requests: requests.sorted { $0.key.name < $1.key.name })
    }
    frames = entries.map { entry in
      Frame(
        "probe \(entry.kind.kind)", entry.kind.probe(entry.requests), isStep: false, accepts: nil,
        deadline: deadline, runsAlways: true)
    }
  }

  /// Requests by key: those for one key are merged.
  static func merged(_ requests: [FactRequest]) -> [FactKey: FactRequest] {
    var merged: [FactKey: FactRequest] = [:]
    for request in requests {
      merged[request.key, default: request].wants.formUnion(request.wants)
    }
    return merged
  }

  /// What the replies say; kinds that timed out with more than one key are left out and returned to be asked one by one.
  func observations(from replies: some Collection<FrameReply>, _ parsed: ParsedReplies) -> (
    known: [FactKey: Observation], again: [FactRequest]
  ) {
    var known: [FactKey: Observation] = [:]
    var again: [FactRequest] = []
    for (entry, reply) in zip(entries, replies) {
      switch reply {
      case .finished(let status, let output, let errors, _):
        let reply = ProbeReply(status: status, output: output, errors: errors)
        known.merge(parsed.read(entry, reply)) { _, new in new }
      case .timedOut where entry.requests.count > 1:
        again += entry.requests
      case .timedOut:
        for request in entry.requests {
          known[request.key] = Observation(.timedOut, wants: request.wants)
        }
      case .preconditionFailed(let text):
        for request in entry.requests {
          known[request.key] = Observation(.unreadable(text), wants: request.wants)
        }
      case .skipped:
        again += entry.requests
      }
    }
    return (known, again)
  }

  static func read<F: Fact>(
    _ kind: F.Type, _ reply: ProbeReply, _ requests: [FactRequest]
  ) -> [FactKey: Observation] {
    let readings = kind.parse(reply, for: requests)
    var observations: [FactKey: Observation] = [:]
    for request in requests {
      let reading = readings[request.key.name] ?? .unreadable(missing(reply))
      observations[request.key] = Observation(reading, wants: request.wants)
    }
    return observations
  }

  /// What to say of a key that a probe did not answer.
  private static func missing(_ reply: ProbeReply) -> String {
    let said = String(decoding: reply.errors, as: UTF8.self)
      .split(separator: "\n").first.map(String.init)
    return said ?? "the probe ended with status \(reply.status) and did not answer"
  }
}
