import CLibSSH2
import Glibc
import Transport

extension Session {
  // MARK: - Opening

  /// Opens a session channel and starts exactly `exec sh` in it.
  func openShell(within limit: Duration) async throws(TransportError) -> Int {
    let opened = try await openChannel(within: limit)
    let command = Array("exec sh".utf8CString.dropLast())
    let code = try await perform(
      within: limit,
      onTimeout: { $0.error(.timedOut, phase: .channel, "no answer to the request for a shell") }
    ) { session in
      guard let raw = session.channels[opened]?.raw else {
        return Int(LIBSSH2_ERROR_CHANNEL_CLOSED)
      }
      return Int(
        libssh2_channel_process_startup(raw, "exec", 4, command, UInt32(command.count)))
    }
    guard code == 0 else {
      let words = lastError()
      closeChannel(opened)
      throw failure
        ?? error(
          .noShell, phase: .channel, "the server refused to run a command", serverSaid: words,
          help: "the account may be limited to file transfer (ForceCommand internal-sftp)")
    }
    return opened
  }

  /// Opens a channel as soon as there is room; a server that has less room than was thought
  /// lowers the limit.
  private func openChannel(within limit: Duration) async throws(TransportError) -> Int {
    while true {
      try await takeSlot(within: limit)
      let code: Int
      do throws(TransportError) {
        code = try await performOpen(within: limit)
      } catch {
        openingCount -= 1
        throw error
      }
      openingCount -= 1
      if code > 0 { return code }
      defer { grantSlots() }
      guard failure == nil, usedSlots > 0 else {
        throw failure
          ?? error(
            .refused, phase: .channel, "the server refused to open a channel",
            serverSaid: lastError(),
            help: "MaxSessions in its sshd_config must not be 0, and the account needs a shell")
      }
      channelLimit = usedSlots
    }
  }

  private func performOpen(within limit: Duration) async throws(TransportError) -> Int {
    try await perform(
      within: limit,
      onTimeout: { $0.error(.timedOut, phase: .channel, "no answer to the request for a channel") }
    ) { session in
      if let spare = session.channels.values.first(where: { $0.kind == .spare }) {
        spare.kind = .shell
        return spare.id
      }
      return session.tryOpen(.shell)
    }
  }

  /// Opens a channel to `address` as the server sees it.
  func openTunnel(
    to address: String, port: Int, within limit: Duration
  ) async throws(TransportError) -> Tunnel {
    let code = try await perform(
      within: limit,
      onTimeout: {
        $0.error(
          .timedOut, phase: .connect,
          "the bastion \($0.host) did not reach \(address) port \(port) in time")
      }
    ) { session in
      guard let handle = session.handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
      let raw = libssh2_channel_direct_tcpip_ex(handle, address, Int32(port), "127.0.0.1", 22)
      return session.adopt(raw, .tunnel)
    }
    guard code > 0 else {
      throw failure
        ?? error(
          .unreachable, phase: .connect,
          "the bastion \(host) could not connect to \(address) port \(port)",
          serverSaid: lastError(),
          help: "check address and port as seen from the bastion, and AllowTcpForwarding there")
    }
    return Tunnel(outer: self, id: code)
  }

  fileprivate func tryOpen(_ kind: Channel.Kind) -> Int {
    guard let session = handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
    let raw = libssh2_channel_open_ex(
      session, "session", 7, UInt32(Channel.window), 32 * 1024, nil, 0)
    return adopt(raw, kind)
  }

  /// The ID of an opened channel, or the error code.
  private func adopt(_ raw: OpaquePointer?, _ kind: Channel.Kind) -> Int {
    guard let raw else {
      guard let session = handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
      let code = Int(libssh2_session_last_errno(session))
      return code < 0 ? code : Int(LIBSSH2_ERROR_CHANNEL_FAILURE)
    }
    let id = nextChannelID
    nextChannelID += 1
    channels[id] = Channel(id: id, raw: raw, kind: kind)
    return id
  }

  /// A session without any channel cannot answer the server's signs of life (reading a channel is
  /// what drains the socket), so one is kept open; it also saves the next one a round trip.
  func openSpareIfIdle() {
    guard opensSpare, !isOpeningSpare, channels.isEmpty, closing.isEmpty else { return }
    isOpeningSpare = true
    enqueue(
      within: .seconds(60),
      onTimeout: { $0.error(.timedOut, phase: .channel, "no answer to the request for a channel") },
      { $0.tryOpen(.spare) },
      completion: { [weak self] result in
        self?.assumeIsolated { session in
          session.isOpeningSpare = false
          if case .success(let code) = result, code <= 0 { session.opensSpare = false }
        }
      })
  }

  // MARK: - Using

  /// Hands `bytes` to the server as its window allows; returns when all are handed over.
  func send(_ bytes: [UInt8], on id: Int) async throws(TransportError) {
    guard !bytes.isEmpty else { return }
    let number = nextSendNumber()
    try await withTaskCancellationHandler {
      await withUnsafeContinuation {
        (continuation: UnsafeContinuation<Result<Void, TransportError>, Never>) in
        guard let channel = channels[id] else {
          return continuation.resume(returning: .failure(failure ?? closedChannel()))
        }
        guard channel.end == nil else {
          return continuation.resume(returning: .failure(goneShell()))
        }
        channel.outgoing.append(
          Channel.Outgoing(number: number, bytes: bytes, continuation: continuation))
        requestTurn()
      }
    } onCancel: {
      Task { await self.cancelSend(number, on: id) }
    }.get()
  }

  private func cancelSend(_ number: UInt64, on id: Int) {
    guard let channel = channels[id],
      let index = channel.outgoing.firstIndex(where: { $0.number == number })
    else { return }
    let entry = channel.outgoing.remove(at: index)
    entry.continuation.resume(
      returning: .failure(error(.cancelled, phase: .exchange, "cancelled")))
  }

  /// The next piece of output.
  func receive(on id: Int) async throws(TransportError) -> ChannelInput {
    guard let channel = channels[id] else { throw failure ?? closedChannel() }
    let wasFull = !channel.wantsInput
    if let next = channel.take() {
      if wasFull { requestTurn() }
      return try next.get()
    }
    return try await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        channel.wait(
          continuation,
          insteadOf: error(.other, phase: .exchange, "two readers on one channel"))
      }
    } onCancel: {
      Task { await self.cancelReceive(on: id) }
    }.get()
  }

  private func cancelReceive(on id: Int) {
    channels[id]?.dismissReader(error(.cancelled, phase: .exchange, "cancelled"))
  }

  /// Ends a channel whatever runs in it.
  func closeChannel(_ id: Int) {
    guard failure == nil, let channel = channels.removeValue(forKey: id) else { return }
    channel.fail(closedChannel())
    closing.append(channel.raw)
    requestTurn()
  }

  private func closedChannel() -> TransportError {
    error(.closed, phase: .exchange, "the channel is closed")
  }

  private func goneShell() -> TransportError {
    error(.closed, phase: .exchange, "the shell on the machine has ended")
  }

  // MARK: - In turns

  /// Reads what arrived for a channel; whether there was anything.
  func drain(_ channel: Channel, _ budget: inout Int) -> Bool {
    guard channel.wantsInput else {
      pump(channel)
      return false
    }
    var hasProgress = false
    for stream in channel.kind == .tunnel ? [Int32(0)] : [0, 1] {
      while budget > 0, channel.wantsInput {
        let count = read(channel, stream)
        guard count != Int(LIBSSH2_ERROR_EAGAIN) else { break }
        guard count >= 0 else {
          fail(lost(after: count))
          return true
        }
        if count == 0 {
          // Zero means the end, or a packet for a channel that is gone; then more may be buffered.
          if libssh2_channel_eof(channel.raw) != 0 { break }
          hasProgress = true
          if wire.isQuiet { break }
          continue
        }
        hasProgress = true
        budget -= count
      }
    }
    if hasProgress { (channel.tunnelUser as? Session)?.assumeIsolated { $0.requestTurn() } }
    return finishIfEnded(channel) || hasProgress
  }

  private func read(_ channel: Channel, _ stream: Int32) -> Int {
    let buffer = reactor.scratch
    let count = buffer.withMemoryRebound(to: CChar.self) {
      libssh2_channel_read_ex(channel.raw, stream, $0.baseAddress, $0.count)
    }
    if count > 0 {
      channel.deliver(
        UnsafeRawBufferPointer(start: buffer.baseAddress, count: count), fromErrors: stream == 1)
    }
    return count
  }

  /// Lets libssh2 take in packets although nobody reads the channel: a stream that does not exist.
  private func pump(_ channel: Channel) {
    var byte: CChar = 0
    let count = libssh2_channel_read_ex(channel.raw, 0x7fff_ffff, &byte, 1)
    if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN) { fail(lost(after: count)) }
  }

  private func finishIfEnded(_ channel: Channel) -> Bool {
    guard channel.end == nil, libssh2_channel_eof(channel.raw) != 0,
      libssh2_channel_wait_closed(channel.raw) == 0
    else { return false }
    channel.finish(exit(of: channel), refusal: goneShell())
    if channel.kind == .spare { closeChannel(channel.id) }
    return true
  }

  /// What the server told about the end of the command.
  ///
  /// libssh2 (up to 1.11.1) says 0 both for
  /// exit status 0 and for none at all, so 0 counts as none.
  private func exit(of channel: Channel) -> ChannelInput {
    var name: UnsafeMutablePointer<CChar>?
    var length = 0
    if let session = handle?.raw,
      libssh2_channel_get_exit_signal(channel.raw, &name, &length, nil, nil, nil, nil) == 0,
      let text = name
    {
      defer { libssh2_free(session, text) }
      return .end(status: nil, signal: String(cString: text))
    }
    let status = libssh2_channel_get_exit_status(channel.raw)
    return .end(status: status == 0 ? nil : status, signal: nil)
  }

  /// Writes what the window and the wire take; whether anything went out.
  func feed(_ channel: Channel, _ budget: inout Int) -> Bool {
    guard channel.end == nil else { return false }
    if channel.kind == .tunnel { return feedTunnel(channel, &budget) }
    var hasProgress = false
    while budget > 0, wire.hasRoom, let entry = channel.outgoing.first {
      let count = write(channel, entry.bytes, from: entry.sent)
      guard count > 0 else {
        checkWrite(count, channel)
        break
      }
      hasProgress = true
      budget -= count
      channel.outgoing[0].sent += count
      if entry.sent + count == entry.bytes.count {
        channel.outgoing.removeFirst()
        entry.continuation.resume(returning: .success(()))
      }
    }
    return hasProgress
  }

  private func feedTunnel(_ channel: Channel, _ budget: inout Int) -> Bool {
    var hasProgress = false
    while budget > 0, wire.hasRoom, !channel.tunnelUnsent.isEmpty {
      let count = channel.tunnelUnsent.withFirstChunk { chunk in
        chunk.withMemoryRebound(to: CChar.self) {
          libssh2_channel_write_ex(channel.raw, 0, $0.baseAddress, $0.count)
        }
      }
      guard count > 0 else {
        checkWrite(count, channel)
        break
      }
      hasProgress = true
      budget -= count
      channel.tunnelUnsent.removeFirst(count)
    }
    if hasProgress { (channel.tunnelUser as? Session)?.assumeIsolated { $0.requestTurn() } }
    return hasProgress
  }

  private func write(_ channel: Channel, _ bytes: [UInt8], from start: Int) -> Int {
    bytes.withUnsafeBytes { all in
      UnsafeRawBufferPointer(rebasing: all[start...]).withMemoryRebound(to: CChar.self) {
        libssh2_channel_write_ex(channel.raw, 0, $0.baseAddress, $0.count)
      }
    }
  }

  /// Looks at why nothing was written: a broken session, or a command that ended and will never
  /// take its input (its window stays shut although a child may hold its output open).
  private func checkWrite(_ code: Int, _ channel: Channel) {
    if code == 0 || code == Int(LIBSSH2_ERROR_EAGAIN) {
      if libssh2_channel_get_exit_status(channel.raw) != 0 {
        channel.refuseInput(goneShell())
      }
      return
    }
    if code == Int(LIBSSH2_ERROR_CHANNEL_CLOSED) || code == Int(LIBSSH2_ERROR_CHANNEL_EOF_SENT) {
      channel.refuseInput(goneShell())
      return
    }
    fail(lost(after: code))
  }

  /// Frees the channels that were closed, as far as the server has answered.
  func freeClosing() {
    guard !closing.isEmpty else { return }
    closing.removeAll { libssh2_channel_free($0) != LIBSSH2_ERROR_EAGAIN }
    grantSlots()
  }

  private func lost(after code: Int) -> TransportError {
    if wire.endCode != nil { return lost() }
    switch Int32(code) {
    case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND:
      return lost()
    default:
      return error(
        .protocolViolation, "the session broke: \(lastError())",
        help: "the next connect starts anew; see the server's sshd log")
    }
  }
}
