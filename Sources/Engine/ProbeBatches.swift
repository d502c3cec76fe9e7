import ModuleKit
import Synchronization

/// Batches of probes, kept for the next host that is asked the same: most hosts of a play are.
final class ProbeBatches: Sendable {
  private struct Known: Sendable {
    let requests: [FactKey: FactRequest]
    let batch: ProbeBatch
  }

  private static let limit = 4

  private let deadline: Duration
  private let known = Mutex<[Known]>([])

  /// The deadline is that of each probe.
  init(deadline: Duration) {
    self.deadline = deadline
  }

  func batch(asking requests: [FactRequest]) -> ProbeBatch {
    let merged = ProbeBatch.merged(requests)
    if let same = known.withLock({ $0 }).first(where: { $0.requests == merged }) {
      return same.batch
    }
    let batch = ProbeBatch(merged, deadline: deadline)
    known.withLock { known in
      if known.count >= Self.limit { known.removeLast() }
      known.insert(Known(requests: merged, batch: batch), at: 0)
    }
    return batch
  }

  /// What is asked for one by one, after it timed out together with others.
  func batch(askingAgain request: FactRequest) -> ProbeBatch {
    ProbeBatch([request.key: request], deadline: deadline / 4)
  }
}
