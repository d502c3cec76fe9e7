import CLibSSH2
import Glibc
import Transport

/// One SSH session: libssh2's state for one server, moved on by one actor on the reactor's thread.
///
/// Calls that wait for an answer are tried strictly first in, first out, one at a time: libssh2
/// takes the answer to one request for the failure of another otherwise. Channels are read and
/// written beside them in every turn, and a turn is bounded so that bulk data starves nobody.
actor Session: EventTarget {
  nonisolated let reactor: Reactor
  /// The inventory's name of the host, for errors.
  nonisolated let host: String
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  /// Bytes moved in one turn before others get theirs.
  static let turnBudget = 256 * 1024

  let wire: Wire
  let tunnel: Tunnel?
  private var socket: Descriptor?
  private var token: UInt64 = 0
  private var armed: UInt32 = 0
  private var hasTurn = false
  var handle: SessionHandle?

  /// Why the session ended; nothing works after it.
  private(set) var failure: TransportError?
  /// The phase named by errors that are not about one call.
  var phase = TransportError.Phase.connect
  private var calls: [PendingCall] = []
  var channels: [Int: Channel] = [:]
  var closing: [OpaquePointer] = []
  var nextChannelID = 1
  private var lastSendNumber: UInt64 = 0
  var channelLimit = 10
  var openingCount = 0
  var slotWaiters: [SlotWaiter] = []
  var opensSpare = false
  var isOpeningSpare = false
  /// The signature that is being made, during one authentication attempt.
  var signing: Signing?
  /// What the server last said it would take.
  var lastMethods: [String] = []

  private var liveness: Liveness?
  private var livenessTimer: TimerQueue.Token?

  /// A session over a connected, non-blocking socket.
  init(reactor: Reactor, host: String, socket: consuming Descriptor) {
    self.reactor = reactor
    self.host = host
    wire = Wire(.socket(socket.raw))
    tunnel = nil
    self.socket = consume socket
  }

  /// A session through a channel of a bastion's session.
  init(reactor: Reactor, host: String, tunnel: sending Tunnel) {
    self.reactor = reactor
    self.host = host
    self.tunnel = tunnel
    wire = Wire(.tunnel(tunnel))
    socket = nil
  }

  isolated deinit { release() }

  // MARK: - Life

  /// Allocates libssh2's state and joins the reactor.
  func start() throws(TransportError) {
    guard let handle = SessionHandle(wire: wire) else {
      throw error(.other, "no memory for an SSH session")
    }
    self.handle = consume handle
    if let tunnel {
      tunnel.attach(self)
      return
    }
    guard let descriptor = socket?.raw else { return }
    do {
      token = try reactor.register(descriptor, for: self)
    } catch {
      throw self.error(.other, "the socket cannot be watched: \(error.text)")
    }
  }

  /// Ends everything with `error`; whoever waits gets it.
  func fail(_ error: TransportError) {
    guard failure == nil else { return }
    failure = error
    let waiting = calls
    calls = []
    for call in waiting { call.finish(.failure(error), on: reactor) }
    for channel in channels.values { channel.fail(error) }
    channels = [:]
    for waiter in slotWaiters { waiter.continuation.resume(returning: .failure(error)) }
    slotWaiters = []
    release()
  }

  /// Says goodbye and ends everything.
  func close() {
    guard failure == nil else { return }
    if let session = handle?.raw, phase == .exchange || phase == .channel {
      _ = libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "", "")
      _ = wire.flush()
    }
    fail(error(.closed, phase: .disconnect, "the connection was closed"))
  }

  private func release() {
    wire.sever()
    closing = []
    handle = nil
    if let livenessTimer { reactor.cancel(livenessTimer) }
    livenessTimer = nil
    tunnel?.close()
    guard let descriptor = socket?.raw else { return }
    if token != 0 { reactor.unregister(descriptor, token) }
    socket = nil
  }

  // MARK: - Turns

  nonisolated func ready(_ events: UInt32) {
    assumeIsolated { session in
      session.hasTurn = false
      if events != 0 { session.armed = 0 }
      session.turn(events)
    }
  }

  /// Asks for a turn soon.
  func requestTurn() {
    guard !hasTurn, failure == nil else { return }
    hasTurn = true
    reactor.requestTurn(self)
  }

  private func turn(_ events: UInt32) {
    guard failure == nil, handle != nil else { return }
    wire.mayReceive()
    guard wire.flush() else { return fail(lost()) }
    let gone = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
    if events & gone != 0, calls.isEmpty, channels.isEmpty { return fail(lost()) }
    var budget = Session.turnBudget
    var hasProgress = true
    while hasProgress, budget > 0 {
      hasProgress = tryCalls()
      for channel in channels.values {
        guard failure == nil else { return }
        if drain(channel, &budget) { hasProgress = true }
        guard failure == nil else { return }
        if feed(channel, &budget) { hasProgress = true }
      }
      guard failure == nil else { return }
      freeClosing()
    }
    guard failure == nil else { return }
    if hasProgress { requestTurn() }
    openSpareIfIdle()
    arm()
  }

  private func arm() {
    guard let descriptor = socket?.raw else { return }
    var wanted = EPOLLRDHUP.rawValue
    if !calls.isEmpty || !channels.isEmpty || !closing.isEmpty { wanted |= EPOLLIN.rawValue }
    if wire.hasUnsent { wanted |= EPOLLOUT.rawValue }
    guard wanted != armed else { return }
    armed = wanted
    reactor.arm(descriptor, token, events: wanted)
  }

  // MARK: - Calls

  /// Tries `attempt` now and whenever the server said something, until it returns anything but
  /// LIBSSH2_ERROR_EAGAIN; the whole session fails when that takes longer than `limit`.
  func perform(
    within limit: Duration, onTimeout: @escaping @Sendable (isolated Session) -> TransportError,
    _ attempt: @escaping @Sendable (isolated Session) -> Int
  ) async throws(TransportError) -> Int {
    try await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        enqueue(within: limit, onTimeout: onTimeout, attempt) { result in
          continuation.resume(returning: result)
        }
      }
    } onCancel: {
      Task { await self.cancel() }
    }.get()
  }

  /// As `perform`, for calls nobody waits for.
  func enqueue(
    within limit: Duration, onTimeout: @escaping @Sendable (isolated Session) -> TransportError,
    _ attempt: @escaping @Sendable (isolated Session) -> Int,
    completion: @escaping (Result<Int, TransportError>) -> Void
  ) {
    if let failure { return completion(.failure(failure)) }
    let timer = reactor.schedule(after: limit) { [weak self] in
      self?.assumeIsolated { session in session.fail(onTimeout(session)) }
    }
    calls.append(PendingCall(attempt: attempt, timer: timer, completion: completion))
    requestTurn()
  }

  private func cancel() {
    fail(error(.cancelled, "cancelled"))
  }

  /// Whether the first call came to an end.
  private func tryCalls() -> Bool {
    guard let call = calls.first else { return false }
    let code = call.attempt(self)
    guard code != Int(LIBSSH2_ERROR_EAGAIN), failure == nil else { return false }
    calls.removeFirst()
    call.finish(.success(code), on: reactor)
    return true
  }

  /// Names one send, so that it can be cancelled.
  func nextSendNumber() -> UInt64 {
    lastSendNumber += 1
    return lastSendNumber
  }

  // MARK: - Liveness

  /// Asks the server for a sign of life every interval in which it said nothing.
  func watch(_ liveness: Liveness) {
    guard liveness.interval > .zero, failure == nil else { return }
    self.liveness = liveness
    scheduleLiveness()
  }

  private func scheduleLiveness() {
    guard let interval = liveness?.interval, let session = handle?.raw else { return }
    libssh2_keepalive_config(session, 1, 1)
    livenessTimer = reactor.schedule(after: interval) { [weak self] in
      self?.assumeIsolated { $0.checkLiveness() }
    }
  }

  private func checkLiveness() {
    guard failure == nil, let session = handle?.raw, var liveness else { return }
    let isAlive = liveness.observe(received: wire.receivedCount)
    self.liveness = liveness
    guard isAlive else {
      return fail(
        error(
          .timedOut, "the server did not answer \(liveness.limit) signs of life in a row",
          help:
            "check the network path; ServerAliveInterval and ServerAliveCountMax set the patience"
        ))
    }
    if liveness.missed > 0 {
      var next: Int32 = 0
      _ = libssh2_keepalive_send(session, &next)
      requestTurn()
    }
    scheduleLiveness()
  }

  // MARK: - Errors

  /// An error about this host; in the current phase when none is given.
  func error(
    _ code: TransportError.Code, phase: TransportError.Phase? = nil, _ message: String,
    serverSaid: String? = nil, help: String? = nil
  ) -> TransportError {
    TransportError(
      code, phase: phase ?? self.phase, host: host, message,
      serverSaid: serverSaid ?? wire.farewell, help: help)
  }

  /// The error for a carrier that ended.
  func lost() -> TransportError {
    if phase == .banner, wire.greeting.version == nil {
      return bannerError(wire.greeting.textBeforeVersion)
    }
    let words: String
    switch wire.endCode {
    case nil, 0: words = "the server closed the connection"
    case .some(let code): words = "the connection was lost: \(SystemError(code).text)"
    }
    return error(.closed, words, help: "the next connect starts anew; see the server's sshd log")
  }

  /// What libssh2 says about the last call.
  func lastError() -> String {
    guard let session = handle?.raw else { return "the session is closed" }
    var text: UnsafeMutablePointer<CChar>?
    var length: Int32 = 0
    let code = libssh2_session_last_error(session, &text, &length, 0)
    guard let text else { return "libssh2 error \(code)" }
    return "\(String(cString: text)) (libssh2 error \(code))"
  }
}

/// A call of libssh2 that is tried until it is done.
struct PendingCall {
  let attempt: @Sendable (isolated Session) -> Int
  let timer: TimerQueue.Token
  let completion: (Result<Int, TransportError>) -> Void

  func finish(_ result: Result<Int, TransportError>, on reactor: Reactor) {
    reactor.cancel(timer)
    completion(result)
  }
}

/// How long a silent server is believed to be there.
struct Liveness {
  let interval: Duration
  let limit: Int
  private(set) var missed = 0
  private var lastReceived: UInt64 = 0

  /// A sign of life is asked for every `interval`; `limit` unanswered ones end the session.
  init(interval: Duration, limit: Int) {
    self.interval = interval
    self.limit = limit
  }

  /// Notes how many bytes came in so far; false when the server has been silent for too long.
  mutating func observe(received: UInt64) -> Bool {
    defer { lastReceived = received }
    missed = received == lastReceived ? missed + 1 : 0
    return missed <= limit
  }
}
