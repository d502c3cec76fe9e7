import Glibc
import Synchronization

/// Runs `body` on a detached thread of its own; throws the error of pthread_create(3).
func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
  final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let start = Unmanaged.passRetained(Start(body))
  let code = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, start.toOpaque())
  guard code == 0 else {
    start.release()
    throw SystemError(code)
  }
  pthread_detach(thread)
}

/// A few threads for calls that block (name resolution, the agent, key files); they end when idle.
final class BlockingThreads: Sendable {
  private struct State {
    var queue: [@Sendable () -> Void] = []
    var head = 0
    var running = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// At most `limit` calls block at the same time; the rest wait in order.
  init(limit: Int) { self.limit = limit }

  /// Runs `body` off the caller's executor.
  func run<Output: Sendable>(_ body: @escaping @Sendable () -> Output) async -> Output {
    await withUnsafeContinuation { continuation in
      submit { continuation.resume(returning: body()) }
    }
  }

  private func submit(_ work: @escaping @Sendable () -> Void) {
    let needsThread = state.withLock { state in
      state.queue.append(work)
      guard state.running < limit else { return false }
      state.running += 1
      return true
    }
    guard needsThread else { return }
    do {
      try startThread { [self] in drain() }
    } catch {
      drain()
    }
  }

  private func drain() {
    while let work = next() { work() }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.head < state.queue.count else {
        state.queue.removeAll()
        state.head = 0
        state.running -= 1
        return nil
      }
      defer { state.head += 1 }
      return state.queue[state.head]
    }
  }
}
