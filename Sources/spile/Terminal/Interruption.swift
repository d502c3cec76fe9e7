import Glibc
import Synchronization

/// SIGINT and SIGTERM: the first asks the run to stop at the next safe point, the second ends the process at once.
enum Interruption {
  private struct State {
    var signal: Int32?
    var stop: (@Sendable () -> Void)?
    var cleanUp: (@Sendable () -> Void)?
  }

  private static let state = Mutex(State())

  /// Blocks the signals and waits for them on a thread of its own; to be called before any other thread exists.
  static func install() {
    Glibc.signal(SIGPIPE, SIG_IGN)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        Interruption.wait()
        return nil
      }, nil)
    pthread_detach(thread)
  }

  /// The signal that came; nil when none did.
  static var signal: Int32? { state.withLock { $0.signal } }

  /// While the operation runs, the first signal calls `stop` once.
  /// - Parameter cleanUp: called before the process ends at a second signal: it restores the terminal.
  static func guarding<Result>(
    stop: @escaping @Sendable () -> Void, cleanUp: @escaping @Sendable () -> Void,
    _ operation: () async -> Result
  ) async -> Result {
    state.withLock {
      $0.stop = stop
      $0.cleanUp = cleanUp
    }
    defer {
      state.withLock {
        $0.stop = nil
        $0.cleanUp = nil
      }
    }
    return await operation()
  }

  private static func wait() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    while true {
      var number: Int32 = 0
      guard sigwait(&signals, &number) == 0 else { continue }
      let (stop, cleanUp) = state.withLock { state in
        defer {
          state.signal = state.signal ?? number
          state.stop = nil
        }
        return (state.stop, state.cleanUp)
      }
      if let stop {
        StandardStream.errors.line("stopping at the next safe point; once more to stop at once")
        stop()
      } else {
        cleanUp?()
        _exit(128 + number)
      }
    }
  }
}
