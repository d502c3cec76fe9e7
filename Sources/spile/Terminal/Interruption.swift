import Glibc
import Synchronization

/// SIGINT and SIGTERM: the first asks the run to stop at the next safe point, the second ends the process at once.
enum Interruption {
  private struct State {
    var signal: Int32?
    var stop: (@Sendable () -> Void)?
    var cleanUp: (@Sendable () -> Void)?
    /// Whether Ctrl-C is meant for somebody else.
    var isHeld = false
  }

  private static let state = Mutex(State())

  /// Blocks the signals for this thread and all that it starts; to be called before any other thread exists.
  static func block() {
    Glibc.signal(SIGPIPE, SIG_IGN)
    var signals = Interruption.signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// The signal that came; nil when none did.
  static var signal: Int32? { state.withLock { $0.signal } }

  /// While the operation runs, the first signal calls `stop`; a second one calls `cleanUp`, which restores the
  /// terminal, and ends the process.
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

  /// While the operation runs, which waits for another program at the terminal, SIGINT does nothing; SIGTERM calls
  /// `cleanUp` and ends the process.
  static func holding<Result>(
    cleanUp: @escaping @Sendable () -> Void, _ operation: () -> Result
  ) -> Result {
    state.withLock {
      $0.isHeld = true
      $0.cleanUp = cleanUp
    }
    defer {
      state.withLock {
        $0.isHeld = false
        $0.cleanUp = nil
      }
    }
    return operation()
  }

  /// Waits for signals, for ever.
  static func wait() -> Never {
    var signals = Interruption.signals
    while true {
      var number: Int32 = 0
      guard sigwait(&signals, &number) == 0 else { continue }
      if number == SIGINT, state.withLock({ $0.isHeld }) { continue }
      let (stop, cleanUp) = state.withLock { state in
        defer {
          state.signal = state.signal ?? number
          state.stop = nil
        }
        return (state.stop, state.cleanUp)
      }
      if let stop {
        stop()
      } else {
        cleanUp?()
        _exit(128 + number)
      }
    }
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }
}
