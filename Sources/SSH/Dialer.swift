import CLibSSH2
import Glibc
import Transport

/// Makes TCP connections without blocking.
actor Dialer {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    reactor.asUnownedSerialExecutor()
  }

  private let sendBuffer: Int32?

  init(reactor: Reactor, sendBuffer: Int32?) {
    self.reactor = reactor
    self.sendBuffer = sendBuffer
  }

  /// Tries one address after the other; each gets its share of the time that is left.
  func connect(
    to addresses: [SocketAddress], port: Int, for host: String, within limit: Duration
  ) async throws(TransportError) -> Descriptor {
    let end = ContinuousClock.now + limit
    var problems: [(SocketAddress, SystemError)] = []
    for (index, address) in addresses.enumerated() {
      guard !Task.isCancelled else {
        throw TransportError(.cancelled, phase: .connect, host: host, "cancelled")
      }
      let left = (end - ContinuousClock.now) / (addresses.count - index)
      do {
        return try await connect(to: address, within: max(left, .milliseconds(100)))
      } catch {
        problems.append((address, error))
      }
    }
    throw Dialer.error(problems, port: port, host: host, limit: limit)
  }

  private func connect(
    to address: SocketAddress, within limit: Duration
  ) async throws(SystemError) -> Descriptor {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor(socket(address.family, kind, 0))
    configure(descriptor.raw)
    let code = address.bytes.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) {
        Glibc.connect(descriptor.raw, $0.baseAddress, socklen_t(bytes.count))
      }
    }
    if code == 0 { return descriptor }
    guard errno == EINPROGRESS else { throw SystemError() }
    let waiter = try Waiter(descriptor.raw, reactor)
    let isReady = await withTaskCancellationHandler {
      await wait(waiter, within: limit)
    } onCancel: {
      Task { await self.dismiss(waiter) }
    }
    guard isReady else { throw SystemError(Task.isCancelled ? ECANCELED : ETIMEDOUT) }
    var result: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor.raw, SOL_SOCKET, SO_ERROR, &result, &size) == 0 else {
      throw SystemError()
    }
    guard result == 0 else { throw SystemError(result) }
    return descriptor
  }

  private func wait(_ waiter: Waiter, within limit: Duration) async -> Bool {
    await withUnsafeContinuation { waiter.begin($0, within: limit) }
  }

  private func dismiss(_ waiter: Waiter) { waiter.finish(false) }

  /// Small packets go out at once; a dead path is noticed within a minute (tcp(7)).
  private func configure(_ descriptor: Int32) {
    func set(_ level: Int32, _ option: Int32, _ value: Int32) {
      var value = value
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
    set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10)
    set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 60_000)
    if let sendBuffer { set(SOL_SOCKET, SO_SNDBUF, sendBuffer) }
  }

  private static func error(
    _ problems: [(SocketAddress, SystemError)], port: Int, host: String, limit: Duration
  ) -> TransportError {
    let words = problems.map { "\($0.0.text) port \(port): \($0.1.text)" }
    let text = words.isEmpty ? "the name has no address" : words.joined(separator: "; ")
    let codes = problems.map { $0.1.code }
    if codes.contains(ECONNREFUSED) {
      return TransportError(
        .refused, phase: .connect, host: host, text,
        help: "is sshd running there, and is the port right?")
    }
    if codes.contains(ECANCELED) {
      return TransportError(.cancelled, phase: .connect, host: host, "cancelled")
    }
    if codes.contains(ETIMEDOUT) {
      return TransportError(
        .timedOut, phase: .connect, host: host, "\(text) (no answer within \(limit.words))",
        help: "is the machine up, and does a firewall let the controller through?")
    }
    return TransportError(
      .unreachable, phase: .connect, host: host, text, help: "check address, route and network")
  }
}

/// Waits once for a descriptor to become writable; used on the reactor's thread only.
private final class Waiter: EventTarget, @unchecked Sendable {
  private let descriptor: Int32
  private let reactor: Reactor
  private var token: UInt64 = 0
  private var timer: TimerQueue.Token?
  private var continuation: UnsafeContinuation<Bool, Never>?
  private var result: Bool?

  init(_ descriptor: Int32, _ reactor: Reactor) throws(SystemError) {
    self.descriptor = descriptor
    self.reactor = reactor
    token = try reactor.register(descriptor, for: self)
  }

  func begin(_ continuation: UnsafeContinuation<Bool, Never>, within limit: Duration) {
    if let result { return continuation.resume(returning: result) }
    self.continuation = continuation
    timer = reactor.schedule(after: limit) { [self] in finish(false) }
    reactor.arm(descriptor, token, events: EPOLLOUT.rawValue)
  }

  func ready(_ events: UInt32) { finish(true) }

  func finish(_ isReady: Bool) {
    guard result == nil else { return }
    result = isReady
    reactor.unregister(descriptor, token)
    if let timer { reactor.cancel(timer) }
    continuation?.resume(returning: isReady)
    continuation = nil
  }
}
