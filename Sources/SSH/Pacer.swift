import Synchronization

/// Bounds how many handshakes run at the same time: in all, and per server (sshd's MaxStartups
/// drops unauthenticated connections beyond a handful).
final class Pacer: Sendable {
  private struct Waiting {
    let number: UInt64
    let key: String
    let continuation: UnsafeContinuation<Bool, Never>
  }

  private struct State {
    var running = 0
    var perKey: [String: Int] = [:]
    var queue: [Waiting] = []
    var nextNumber: UInt64 = 0
    var cancelled: Set<UInt64> = []
  }

  private let state = Mutex(State())
  private let total: Int
  private let perKey: Int

  init(total: Int, perKey: Int) {
    self.total = max(total, 1)
    self.perKey = max(perKey, 1)
  }

  /// Waits for a turn, to be followed by `leave`; false when cancelled meanwhile.
  func enter(_ key: String) async -> Bool {
    let number = state.withLock { state in
      defer { state.nextNumber += 1 }
      return state.nextNumber
    }
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.cancelled.remove(number) != nil { return false }
          if admits(state, key) {
            admit(&state, key)
            return true
          }
          state.queue.append(Waiting(number: number, key: key, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiting = state.withLock { state -> Waiting? in
        guard let index = state.queue.firstIndex(where: { $0.number == number }) else {
          state.cancelled.insert(number)
          return nil
        }
        return state.queue.remove(at: index)
      }
      waiting?.continuation.resume(returning: false)
    }
  }

  /// Lets the next one in.
  func leave(_ key: String) {
    let next = state.withLock { state -> [Waiting] in
      state.running -= 1
      state.perKey[key, default: 1] -= 1
      if state.perKey[key] == 0 { state.perKey[key] = nil }
      var admitted: [Waiting] = []
      var index = 0
      while state.running < total, index < state.queue.count {
        guard admits(state, state.queue[index].key) else {
          index += 1
          continue
        }
        let waiting = state.queue.remove(at: index)
        admit(&state, waiting.key)
        admitted.append(waiting)
      }
      return admitted
    }
    for waiting in next { waiting.continuation.resume(returning: true) }
  }

  private func admits(_ state: borrowing State, _ key: String) -> Bool {
    state.running < total && state.perKey[key, default: 0] < perKey
  }

  private func admit(_ state: inout State, _ key: String) {
    state.running += 1
    state.perKey[key, default: 0] += 1
  }
}
