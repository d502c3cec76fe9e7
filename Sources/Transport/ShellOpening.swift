import ModuleKit

/// A channel on its way to a shell: privilege first, then the bootstrap and the hello.
struct ShellOpening {
  let pump: ChannelPump
  let host: String
  let limits: ShellLimits
  let nonce = randomHex(digits: 32)
  let tag = randomHex(digits: 16)

  init(channel: any ByteChannel, host: String, limits: ShellLimits) {
    pump = ChannelPump(channel)
    self.host = host
    self.limits = limits
  }

  /// Takes on the privilege and has the shell say who it is; ends early when the task is cancelled.
  func shell(as privilege: Privilege) async throws(TransportError) -> ShellIdentity {
    let inbox = pump.inbox
    let result = await withTaskCancellationHandler {
      do throws(TransportError) {
        try await takeOn(privilege)
        return Result<ShellIdentity, TransportError>.success(try await hello())
      } catch {
        return .failure(error)
      }
    } onCancel: {
      inbox.post(.cancelled(exchange: 0))
    }
    return try result.get()
  }

  var cancelled: TransportError {
    TransportError(.cancelled, phase: .shell, host: host, "cancelled before a shell answered")
  }

  /// Sends the bootstrap and waits for the shell to say who it is; nothing else is sent before.
  func hello() async throws(TransportError) -> ShellIdentity {
    var parser = StreamParser(nonce: nonce, cap: 0)
    var said = Said()
    pump.post(Array(ShellProgram.bootstrap(nonce: nonce, tag: tag).source.utf8))
    let deadline = ContinuousClock.now + limits.hello
    while true {
      guard let note = await pump.inbox.next(until: deadline) else {
        throw noShell("no shell answered within \(limits.hello)", said)
      }
      switch note {
      case .input(.output(let bytes)):
        said.takeOutput(bytes)
        for mark in parser.take(bytes) {
          if case .hello(let words) = mark, let identity = identity(words) { return identity }
          if case .gaveUp(let reason) = mark {
            throw noShell(reason, said, help: "install what is missing on the host")
          }
        }
      case .input(.errors(let bytes)): said.takeErrors(bytes)
      case .input(.end(let status, let signal)):
        throw noShell("the login ended before a shell answered\(how(status, signal))", said)
      case .lost(let error): throw error
      case .cancelled: throw cancelled
      case .killed, .sent: continue
      }
    }
  }

  /// Process, start time, user id and name, machine-id, boot id, program.
  private func identity(_ words: [String]) -> ShellIdentity? {
    guard words.count == 7, let pid = Int32(words[0]), let start = UInt64(words[1]),
      let uid = UInt32(words[2])
    else { return nil }
    return ShellIdentity(
      pid: pid, startTime: start, uid: uid, userName: words[3],
      machineID: words[4] == "-" ? nil : words[4], bootID: words[5] == "-" ? nil : words[5],
      kind: ShellIdentity.Kind(rawValue: words[6]) ?? .other, tag: tag)
  }

  private func how(_ status: Int32?, _ signal: String?) -> String {
    if let status { return " (status \(status))" }
    if let signal { return " (signal \(signal))" }
    return ""
  }

  static let helpWithoutShell = """
    see whether the account has a login shell, or a forced command (ForceCommand in sshd_config, \
    command= in authorized_keys)
    """

  private func noShell(_ message: String, _ said: Said, help: String? = nil) -> TransportError {
    TransportError(
      .noShell, phase: .shell, host: host, message, serverSaid: said.text,
      help: help ?? ShellOpening.helpWithoutShell)
  }
}

/// The first bytes a server said, for errors.
struct Said {
  private static let bound = 4096
  private(set) var output: [UInt8] = []
  private(set) var errors: [UInt8] = []

  mutating func takeOutput(_ bytes: [UInt8]) {
    output += bytes.prefix(max(0, Said.bound - output.count))
  }

  mutating func takeErrors(_ bytes: [UInt8]) {
    errors += bytes.prefix(max(0, Said.bound - errors.count))
  }

  /// Standard output, then standard error; nil when there was nothing.
  var text: String? {
    let text = String(decoding: output + errors, as: UTF8.self)
    return text.isEmpty ? nil : text
  }
}
