import Glibc
import ModuleKit
import Schema
import Synchronization
import Testing

@testable import Transport

/// What a shell does with messages that are cut or changed on the way.
@Suite struct IntegrityTests {
  /// A shell by its channel, below everything that keeps a controller honest.
  private struct Raw {
    let channel: LocalChannel
    let identity: ShellIdentity

    init(_ test: TestShell) async throws {
      channel = try LocalChannel(host: "here", command: test.command)
      let opening = ShellOpening(channel: channel, host: "here", limits: ShellLimits())
      identity = try await opening.hello()
      pump = opening.pump
    }

    private let pump: ChannelPump

    /// Sends bytes, closes the stream, and returns all that the shell says until its end.
    func finish(_ bytes: some Sequence<UInt8>) async throws -> String {
      try await channel.send(Array(bytes))
      channel.endInput()
      var said = ""
      while let note = await pump.inbox.next(until: .now + .seconds(60)) {
        switch note {
        case .input(.output(let bytes)): said += String(decoding: bytes, as: UTF8.self)
        case .input(.end): return said
        default: continue
        }
      }
      Issue.record("the shell did not end")
      return said
    }
  }

  private static let source = MessageSource(
    identity: ShellIdentity(
      pid: 1, startTime: 1, uid: 0, userName: "root", kind: .other, tag: "0"), host: "here")

  private static func message(_ folder: Scratch) throws -> [UInt8] {
    try source.bytes(
      of: Message([
        step("touch \(folder.path)/first"), step("touch \(folder.path)/second"),
      ]))
  }

  @Test(arguments: TestShell.installed)
  func `of a message that is cut anywhere nothing is run`(_ test: TestShell) async throws {
    let folder = try Scratch()
    let message = try IntegrityTests.message(folder)
    for length in 0..<message.count {
      let said = try await Raw(test).finish(message.prefix(length))
      let entries = folder.entries
      #expect(entries == [], "cut behind \(length) bytes, and the shell said \(said)")
    }
    _ = try await Raw(test).finish(message)
    #expect(folder.entries == ["first", "second"])
  }

  @Test(arguments: TestShell.installed)
  func `of a message with a wrong bit nothing is run`(_ test: TestShell) async throws {
    let folder = try Scratch()
    let message = try IntegrityTests.message(folder)
    for position in message.indices {
      var broken = message
      broken[position] ^= 1
      _ = try await Raw(test).finish(broken)
      #expect(folder.entries == [], "wrong bit in byte \(position)")
    }
  }

  @Test(arguments: TestShell.installed)
  func `when the controller is gone the next step does not begin`(_ test: TestShell) async throws {
    let folder = try Scratch()
    let child = try ChildProcess.spawn(test.command)
    let nonce = randomHex(digits: 32)
    let start = Array(ShellProgram.bootstrap(nonce: nonce, tag: "0123").source.utf8)
    #expect(write(child.input, start, start.count) == start.count)
    var said: [UInt8] = []
    try await eventually {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(child.output, &buffer, buffer.count)
      said += buffer.prefix(max(count, 0))
      return find(Array("\(nonce) H ".utf8), in: said) != nil
    }
    let gate = "\(folder.path)/gate"
    let message = try IntegrityTests.source.bytes(
      of: Message([
        step("mkfifo \(gate); read -r line <\(gate)"), step("touch \(folder.path)/second"),
      ]))
    #expect(write(child.input, message, message.count) == message.count)
    try await eventually { folder.entries == ["gate"] }
    ChildProcess.turn.withLock { _ in
      for end in [child.input, child.output, child.errors] { close(end) }
    }
    try folder.write("go\n", to: "gate")
    try await eventually { !isRunning(child.pid) }
    #expect(folder.entries == ["gate"])
    waitpid(child.pid, nil, 0)
  }

  @Test(arguments: TestShell.installed)
  func `a lost link tells which frames had ended`(_ test: TestShell) async throws {
    let shell = try await test.open()
    let frames = [
      Frame("look", "echo done", isStep: false, deadline: .seconds(60)),
      Frame("break", "kill -9 \(Int(shell.identity.pid))", isStep: true, deadline: .seconds(60)),
    ]
    let error = await #expect(throws: TransportError.self) {
      try await shell.exchange(Message(frames))
    }
    #expect(error?.code == .closed)
    #expect(error?.phase == .exchange)
    #expect(error?.message.contains("ended: \"look\"; \"break\" was running") == true)
    let next = await #expect(throws: TransportError.self) {
      try await shell.exchange(Message([probe(":")]))
    }
    #expect(next?.code == .closed)
  }

  @Test func `cksum agrees`() async throws {
    try await TestShell.installed[0].use { shell in
      for text in ["", "a", "spile", String(repeating: "plank ", count: 20_000)] {
        let blob = Blob(Array(text.utf8))
        let reply = try await shell.exchange(Message([step("cksum", input: blob)])).map(Answer.init)
        #expect(reply == [.done("\(Checksum.of(text.utf8)) \(text.utf8.count)\n")])
      }
    }
  }
}
