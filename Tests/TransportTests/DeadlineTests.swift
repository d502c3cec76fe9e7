import Glibc
import ModuleKit
import Schema
import Testing

@testable import Transport

/// Frames that do not end by themselves.
@Suite struct DeadlineTests {
  /// Short bounds, so that the tests do not wait for what never comes.
  private var limits: ShellLimits {
    var limits = ShellLimits()
    limits.grace = .milliseconds(500)
    return limits
  }

  private static let soon = Duration.milliseconds(200)

  @Test(arguments: TestShell.installed)
  func `an overdue probe is killed with its tree and the rest is run`(
    _ test: TestShell
  ) async throws {
    let folder = try Scratch()
    try await test.use(limits: limits) { shell in
      let answers = try await shell.answers(
        probe("echo before"),
        probe(
          "sleep 1000 & echo $! >\(folder.path)/pid; sh -c 'sleep 1001; echo no'; echo no",
          deadline: DeadlineTests.soon), step("echo after"))
      #expect(answers == [.done("before\n"), .timedOut, .done("after\n")])
      let pid = try #require(Int32(folder.text(of: "pid").dropLast()))
      #expect(!isRunning(pid))
      #expect(await shell.exchanges == 1)
      #expect(try await shell.output(of: "echo alive") == "alive\n")
    }
  }

  @Test(arguments: TestShell.installed)
  func `an overdue step stops the steps behind it`(_ test: TestShell) async throws {
    try await test.use(limits: limits) { shell in
      var stuck = step("echo part; while :; do sleep 1000; done", deadline: DeadlineTests.soon)
      stuck.accepts = nil
      var always = probe("echo always")
      always.runsAlways = true
      let replies = try await shell.exchange(Message([stuck, step("echo no"), always]))
      #expect(replies.map(Answer.init) == [.timedOut, .skipped, .done("always\n")])
      guard case .timedOut(let output, _) = replies[0] else { return }
      #expect(output == Array("part\n".utf8))
    }
  }

  /// The second kind of script runs in a shell of its own, because it names its process.
  @Test(arguments: TestShell.installed, [":", ": $$"] as [Script])
  func `processes that ignore SIGTERM are killed, and traps of a script are run`(
    _ test: TestShell, first: Script
  ) async throws {
    let folder = try Scratch()
    try await test.use(limits: limits) { shell in
      let script: Script = """
        \(first)
        trap 'echo cleared >\(folder.path)/trap' EXIT
        trap 'exit 143' TERM
        sh -c 'trap "" TERM; read -r pid _ </proc/self/stat
          echo $pid >\(folder.path)/pid; while :; do sleep 1; done'
        """
      let answers = try await shell.answers(
        probe(script, deadline: .seconds(1)), probe("echo after"))
      #expect(answers == [.timedOut, .done("after\n")])
      let pid = try #require(Int32(folder.text(of: "pid").dropLast()))
      #expect(!isRunning(pid))
      #expect(folder.text(of: "trap") == "cleared\n")
    }
  }

  @Test(arguments: TestShell.installed)
  func `several frames can be overdue`(_ test: TestShell) async throws {
    try await test.use(limits: limits) { shell in
      let stuck = probe("sleep 1000", deadline: DeadlineTests.soon)
      let answers = try await shell.answers(
        stuck, stuck, probe("echo mid"), stuck, probe("echo end"))
      #expect(answers == [.timedOut, .timedOut, .done("mid\n"), .timedOut, .done("end\n")])
    }
  }

  @Test(.enabled(if: isRoot, "only root can become another account"))
  func `an overdue frame of another account is killed`() async throws {
    try await TestShell.installed[0].use(limits: limits) { shell in
      var frame = step("sleep 1000; echo no", deadline: DeadlineTests.soon)
      frame.user = "nobody"
      let answers = try await shell.answers(frame, probe(":"))
      #expect(answers == [.timedOut, .skipped])
    }
  }

  @Test(arguments: TestShell.installed)
  func `a cancelled exchange ends what runs and begins nothing more`(
    _ test: TestShell
  ) async throws {
    let folder = try Scratch()
    try await test.use(limits: limits) { shell in
      var always = step("touch \(folder.path)/always")
      always.runsAlways = true
      let frames = [
        step("echo $$ >\(folder.path)/pid; sleep 1000"), step("touch \(folder.path)/next"), always,
      ]
      let running = Task { try await shell.exchange(Message(frames)) }
      try await eventually { folder.text(of: "pid").hasSuffix("\n") }
      running.cancel()
      let error = await #expect(throws: TransportError.self) { try await running.value }
      #expect(error?.code == .cancelled)
      #expect(folder.entries == ["pid"])
      let pid = try #require(Int32(folder.text(of: "pid").dropLast()))
      #expect(!isRunning(pid))
      #expect(try await shell.output(of: "echo alive") == "alive\n")
    }
  }

  @Test func `a shell whose frame cannot be ended is given up`() async throws {
    let endpoint = Endpoint(kind: .local, name: "here")
    let connection = OneChannel(
      try await LocalConnector(shell: TestShell.installed[0].command).connect(to: endpoint))
    let shell = try await Shell.open(
      on: connection, host: "here", privilege: .none, limits: limits)
    let answers = try await shell.answers(
      probe("echo one"), probe("sleep 1000", deadline: DeadlineTests.soon), probe("echo no"))
    #expect(answers == [.done("one\n"), .timedOut, .timedOut])
    let error = await #expect(throws: TransportError.self) { try await shell.answers(probe(":")) }
    #expect(error?.code == .closed)
    #expect(error?.message.contains("\"probe\" was overdue") == true)
    try await eventually { !isRunning(shell.identity) }
  }

  @Test(arguments: TestShell.installed)
  func `a new shell waits until the one before is gone`(_ test: TestShell) async throws {
    let folder = try Scratch()
    var limits = limits
    limits.predecessor = .milliseconds(300)
    let old = try await test.open(limits: limits)
    let frames = [step("sh -c 'echo $$ >\(folder.path)/pid; sleep 1000'; echo more"), step(":")]
    let running = Task { try await old.exchange(Message(frames)) }
    try await eventually { folder.text(of: "pid").hasSuffix("\n") }
    let new = try await test.open(limits: limits, previous: old.identity)
    #expect(!isRunning(old.identity))
    let pid = try #require(Int32(folder.text(of: "pid").dropLast()))
    #expect(!isRunning(pid))
    #expect(await new.exchanges == 0)
    #expect(try await new.output(of: "echo new") == "new\n")
    await #expect(throws: TransportError.self) { try await running.value }
    var stranger = old.identity
    stranger.pid = new.identity.pid
    let third = try await test.open(limits: limits, previous: stranger)
    #expect(try await new.output(of: "echo still") == "still\n")
    await new.close()
    await third.close()
  }
}

/// A server that gives one channel and no second one.
private actor OneChannel: Connection {
  nonisolated let label = "one channel"
  private let connection: any Connection
  private var isUsed = false

  init(_ connection: any Connection) { self.connection = connection }

  func openChannel() async throws(TransportError) -> any ByteChannel {
    guard !isUsed else {
      throw TransportError(
        .refused, phase: .channel, host: "here", "the server allows no more channels")
    }
    isUsed = true
    return try await connection.openChannel()
  }

  func close() async { await connection.close() }
}
