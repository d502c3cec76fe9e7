import ModuleKit
import Schema

/// One remote `sh` that lives as long as its channel and runs one message at a time.
package actor Shell {
  /// Who the shell is, as it said in its hello.
  package nonisolated let identity: ShellIdentity
  /// Messages sent; the hello is not counted.
  package internal(set) var exchanges = 0

  nonisolated let host: String
  nonisolated let limits: ShellLimits
  let connection: any Connection
  let privilege: Privilege
  let pump: ChannelPump
  let nonce: String
  /// A second shell for large inputs and for ending processes exists only while it is needed, and
  /// gets none itself.
  let isAuxiliary: Bool
  private let turn = Turn()
  /// Why nothing more can be sent.
  private var end: TransportError?

  init(
    _ opening: ShellOpening, identity: ShellIdentity, connection: any Connection,
    privilege: Privilege, isAuxiliary: Bool
  ) {
    self.identity = identity
    self.connection = connection
    self.privilege = privilege
    self.isAuxiliary = isAuxiliary
    host = opening.host
    limits = opening.limits
    pump = opening.pump
    nonce = opening.nonce
  }

  /// Opens a channel, takes on the privilege and waits for the hello.
  ///
  /// `previous` is the shell of a connection that was lost: nothing is run before its process tree
  /// is gone.
  package static func open(
    on connection: any Connection, host: String, privilege: Privilege,
    limits: ShellLimits = ShellLimits(), previous: ShellIdentity? = nil
  ) async throws(TransportError) -> Shell {
    let shell = try await start(
      on: connection, host: host, privilege: privilege, limits: limits, isAuxiliary: false)
    guard let previous, previous.bootID == shell.identity.bootID else { return shell }
    do throws(TransportError) {
      try await shell.replace(previous)
    } catch {
      await shell.close()
      throw error
    }
    return shell
  }

  static func start(
    on connection: any Connection, host: String, privilege: Privilege, limits: ShellLimits,
    isAuxiliary: Bool
  ) async throws(TransportError) -> Shell {
    let opening = ShellOpening(
      channel: try await connection.openChannel(), host: host, limits: limits)
    do throws(TransportError) {
      let identity = try await opening.shell(as: privilege)
      return Shell(
        opening, identity: identity, connection: connection, privilege: privilege,
        isAuxiliary: isAuxiliary)
    } catch {
      await opening.pump.channel.close()
      throw error
    }
  }

  /// Sends one message and returns a reply for each frame, in order.
  ///
  /// `progress` is called once for each frame as soon as it ended, in order. Throws `closed` when
  /// the channel ended or the shell had to be given up before, `cancelled` when the task was
  /// cancelled; what ran is stopped then.
  package func exchange(
    _ message: Message, progress: (@Sendable (_ frame: Int, _ reply: FrameReply) -> Void)? = nil
  ) async throws(TransportError) -> [FrameReply] {
    await turn.take()
    defer { turn.pass() }
    if let end { throw end }
    guard !Task.isCancelled else { throw cancelled }
    guard !message.frames.isEmpty else { return [] }
    let source = MessageSource(identity: identity, host: host)
    let staged = try await stage(message)
    let bytes = try source.bytes(of: message, staged: staged)
    exchanges += 1
    return try await converse(message, bytes, progress: progress)
  }

  /// Ends the shell and its channel; safe to call twice.
  package func close() async {
    guard end == nil else { return }
    end = TransportError(.closed, phase: .exchange, host: host, "the shell was closed")
    pump.post(Array("Q\n".utf8))
    let patience = ContinuousClock.now + limits.grace
    while let note = await pump.inbox.next(until: patience) {
      if case .input(.end) = note { break }
      if case .lost = note { break }
    }
    await pump.channel.close()
  }

  // MARK: One conversation

  private func converse(
    _ message: Message, _ bytes: [UInt8],
    progress: (@Sendable (_ frame: Int, _ reply: FrameReply) -> Void)?
  ) async throws(TransportError) -> [FrameReply] {
    let inbox = pump.inbox
    let number = exchanges
    let result = await withTaskCancellationHandler {
      var exchange = Exchange(
        message, number: number, nonce: nonce, limits: limits, progress: progress)
      pump.post(bytes)
      return await carryOn(&exchange)
    } onCancel: {
      inbox.post(.cancelled(exchange: number))
    }
    return try result.get()
  }

  /// Takes notes until every frame is answered or the shell is given up.
  private func carryOn(
    _ exchange: inout Exchange
  ) async -> Result<[FrameReply], TransportError> {
    while !exchange.isOver {
      let failure =
        if let note = await pump.inbox.next(until: exchange.deadline) {
          await take(note, &exchange)
        } else {
          await overdue(&exchange)
        }
      if let failure { return .failure(failure) }
    }
    guard exchange.isCancelled else { return .success(exchange.conversation.replies) }
    return .failure(cancelled)
  }

  private func take(_ note: Note, _ exchange: inout Exchange) async -> TransportError? {
    switch note {
    case .input(.output(let bytes)):
      return await answer(exchange.conversation.takeOutput(bytes), &exchange)
    case .input(.errors(let bytes)):
      return await answer(exchange.conversation.takeErrors(bytes), &exchange)
    case .input(.end(let status, let signal)):
      return await lose(exchange.loss(host: host, status: status, signal: signal))
    case .lost(let error):
      return await lose(exchange.loss(host: host, error))
    case .cancelled(exchange.number):
      exchange.isCancelled = true
      endFrame(&exchange)
    case .killed(exchange.number, let report):
      return await proceed(&exchange, after: report)
    case .cancelled, .killed, .sent: break
    }
    return nil
  }

  private func answer(
    _ needs: [Conversation.Need], _ exchange: inout Exchange
  ) async -> TransportError? {
    for need in needs {
      switch need {
      case .clock(let index, let pid):
        exchange.running = (index, pid)
        exchange.deadline = .now + exchange.frames[index].deadline
        if exchange.isCancelled { endFrame(&exchange) }
      case .verdict(let index):
        let halt = exchange.isCancelled ? 2 : exchange.conversation.stopsOthers(index) ? 1 : 0
        pump.post(Array("V \(index) \(halt)\n".utf8))
      case .report(let index):
        exchange.report(index)
        guard exchange.running?.frame == index else { break }
        exchange.running = nil
        exchange.deadline = .now + limits.response
      case .giveUp(let reason):
        return await lose(
          TransportError(
            .protocolViolation, phase: .exchange, host: host,
            "the shell gave up: \(reason)\(exchange.endedFrames)",
            help: "nothing of a message that does not arrive whole is run; run again"))
      }
    }
    return nil
  }

  /// Time has passed: the frame that runs is killed; a host that does not even begin one is given
  /// up.
  private func overdue(_ exchange: inout Exchange) async -> TransportError? {
    guard exchange.killing == nil else { return await surrender(&exchange, because: .stuck) }
    guard let running = exchange.running else {
      return await lose(
        TransportError(
          .timedOut, phase: .exchange, host: host,
          "the host did not go on within \(limits.response)\(exchange.endedFrames)",
          help: "see whether the host is overloaded or the link is dead"))
    }
    guard exchange.conversation.overdue != running.frame else {
      return await surrender(&exchange, because: .stuck)
    }
    exchange.conversation.overdue = running.frame
    endFrame(&exchange)
    return nil
  }

  /// Begins to kill what runs; the word on the outcome arrives as a note.
  private func endFrame(_ exchange: inout Exchange) {
    guard let running = exchange.running, exchange.killing == nil else { return }
    exchange.killing = running.frame
    exchange.deadline = .now + limits.hello + limits.privilege + limits.grace + limits.surrender
    let inbox = pump.inbox
    let number = exchange.number
    Task { inbox.post(.killed(exchange: number, await self.kill(running.pid))) }
  }

  /// A frame was killed, or could not be.
  ///
  /// Another one may have become due meanwhile.
  private func proceed(
    _ exchange: inout Exchange, after report: KillReport
  ) async -> TransportError? {
    let killed = exchange.killing
    exchange.killing = nil
    guard let running = exchange.running else { return nil }
    guard running.frame == killed else {
      if exchange.isCancelled || exchange.conversation.overdue == running.frame {
        endFrame(&exchange)
      }
      return nil
    }
    guard case .gone = report else { return await surrender(&exchange, because: report) }
    exchange.deadline = .now + limits.surrender
    return nil
  }

  /// Gives the shell up: what is unanswered has timed out, and nothing of it can begin any more.
  private func surrender(
    _ exchange: inout Exchange, because report: KillReport
  ) async -> TransportError? {
    let reason =
      switch report {
      case .failed(let error): "its processes could not be ended: \(error.message)"
      case .stuck, .gone: "a process of it does not end, even by SIGKILL"
      }
    let label = exchange.running.map { exchange.frames[$0.frame].label } ?? "a frame"
    end = TransportError(
      .closed, phase: .exchange, host: host,
      "the shell was given up when \"\(label)\" was overdue: \(reason)",
      help: "open a new shell; a process in state D waits for a disk or a network file system")
    exchange.killing = nil
    await Task { await self.killShell() }.value
    await pump.channel.close()
    for index in exchange.conversation.surrender() { exchange.report(index) }
    return exchange.isCancelled ? cancelled : nil
  }

  private func lose(_ error: TransportError) async -> TransportError {
    end = TransportError(
      .closed, phase: .exchange, host: host, "the shell has ended: \(error.message)",
      serverSaid: error.serverSaid, help: "open a new shell")
    await pump.channel.close()
    return error
  }

  var cancelled: TransportError {
    TransportError(.cancelled, phase: .exchange, host: host, "cancelled; what ran was stopped")
  }
}
