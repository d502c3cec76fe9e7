/// Lets a bounded number of tasks through at a time, in the order they came.
///
/// With one permit it is a lock; with many it bounds how many hosts are talked to at once (`--forks`).
actor Turnstile {
  private var permits: Int
  private var queue: [CheckedContinuation<Void, Never>] = []

  init(permits: Int) { self.permits = max(1, permits) }

  /// Runs the body when it is this caller's turn.
  nonisolated func pass<Result: Sendable, Failure: Error>(
    _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    await enter()
    do throws(Failure) {
      let result = try await body()
      await leave()
      return result
    } catch {
      await leave()
      throw error
    }
  }

  private func enter() async {
    if permits > 0 {
      permits -= 1
      return
    }
    await withCheckedContinuation { queue.append($0) }
  }

  private func leave() {
    if queue.isEmpty {
      permits += 1
    } else {
      queue.removeFirst().resume()
    }
  }
}
