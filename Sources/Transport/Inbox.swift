import Synchronization

/// What happens while a shell waits.
enum Note: Sendable {
  case input(ChannelInput)
  /// The channel cannot be read or written any more.
  case lost(TransportError)
  /// The attempt to kill an overdue frame is over.
  case killed(exchange: Int, KillReport)
  /// The task that waits for the exchange was cancelled.
  case cancelled(exchange: Int)
  /// What was sent last is on its way.
  case sent
}

/// A queue of notes that one task waits on, up to a point in time.
final class Inbox: Sendable {
  private struct State {
    var notes: [Note] = []
    var bytes = 0
    var reader: CheckedContinuation<Note?, Never>?
    /// Counts waits, so that a late alarm wakes nobody else.
    var wait = 0
    var writer: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Beyond this many bytes unread the channel is not read further; its window then holds the host
  /// back.
  private static let bound = 1 << 20

  func post(_ note: Note) {
    let reader = state.withLock { state -> CheckedContinuation<Note?, Never>? in
      guard let reader = state.reader else {
        state.notes.append(note)
        state.bytes += Inbox.size(of: note)
        return nil
      }
      state.reader = nil
      return reader
    }
    reader?.resume(returning: note)
  }

  /// Returns once little enough is unread.
  func waitForRoom() async {
    await withCheckedContinuation { continuation in
      let hasRoom = state.withLock { state in
        guard state.bytes > Inbox.bound else { return true }
        state.writer = continuation
        return false
      }
      if hasRoom { continuation.resume() }
    }
  }

  /// The next note; nil when `deadline` has passed before there was one.
  func next(until deadline: ContinuousClock.Instant) async -> Note? {
    if let note = take() { return note }
    let alarm = Mutex<Task<Void, Never>?>(nil)
    let note = await withCheckedContinuation { (continuation: CheckedContinuation<Note?, Never>) in
      let wait = state.withLock { state -> Int? in
        guard state.notes.isEmpty else { return nil }
        state.wait += 1
        state.reader = continuation
        return state.wait
      }
      guard let wait else {
        continuation.resume(returning: take())
        return
      }
      let task = Task {
        try? await Task.sleep(until: deadline, clock: .continuous)
        if !Task.isCancelled { self.expire(wait) }
      }
      alarm.withLock { $0 = task }
    }
    alarm.withLock { $0 }?.cancel()
    return note
  }

  private func take() -> Note? {
    let (note, writer) = state.withLock { state -> (Note?, CheckedContinuation<Void, Never>?) in
      guard !state.notes.isEmpty else { return (nil, nil) }
      let note = state.notes.removeFirst()
      state.bytes -= Inbox.size(of: note)
      guard state.bytes <= Inbox.bound else { return (note, nil) }
      defer { state.writer = nil }
      return (note, state.writer)
    }
    writer?.resume()
    return note
  }

  private func expire(_ wait: Int) {
    let reader = state.withLock { state -> CheckedContinuation<Note?, Never>? in
      guard state.wait == wait else { return nil }
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: nil)
  }

  private static func size(of note: Note) -> Int {
    switch note {
    case .input(.output(let bytes)), .input(.errors(let bytes)): bytes.count
    default: 0
    }
  }
}
