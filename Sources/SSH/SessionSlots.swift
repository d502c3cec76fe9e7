import Transport

/// Somebody who waits until the connection may have another channel.
struct SlotWaiter {
  let continuation: UnsafeContinuation<Result<Void, TransportError>, Never>
  let timer: TimerQueue.Token
}

extension Session {
  /// Channels the server counts: running, being opened, closed but not yet confirmed.
  var usedSlots: Int {
    channels.values.count { $0.kind == .shell } + openingCount + closing.count
  }

  /// Waits for the right to open a channel; to be followed by `openingCount -= 1` when that is done.
  func takeSlot(within limit: Duration) async throws(TransportError) {
    if let failure { throw failure }
    if slotWaiters.isEmpty, usedSlots < channelLimit {
      openingCount += 1
      return
    }
    try await withUnsafeContinuation { continuation in
      let timer = reactor.schedule(after: limit) { [weak self] in
        self?.assumeIsolated { $0.dismissFirstWaiter(limit) }
      }
      slotWaiters.append(SlotWaiter(continuation: continuation, timer: timer))
    }.get()
  }

  /// Waiters have equal patience, so the first is the one whose time is up.
  private func dismissFirstWaiter(_ limit: Duration) {
    guard !slotWaiters.isEmpty else { return }
    let waiter = slotWaiters.removeFirst()
    waiter.continuation.resume(
      returning: .failure(
        error(
          .timedOut, phase: .channel,
          "all \(channelLimit) channels of the connection were in use for \(limit.words)",
          help: "raise MaxSessions in the server's sshd_config, or run less side by side")))
  }

  /// Lets those in who waited, as far as channels became free.
  func grantSlots() {
    while usedSlots < channelLimit, !slotWaiters.isEmpty {
      let waiter = slotWaiters.removeFirst()
      reactor.cancel(waiter.timer)
      openingCount += 1
      waiter.continuation.resume(returning: .success(()))
    }
  }
}
