import Foundation
import Testing
import Transport

@testable import SSH

/// Many connections and faults, against the scripted server.
@Suite(
  .serialized, .timeLimit(.minutes(2)),
  .enabled(if: ScriptedServer.isUsable, ScriptedServer.hint)
)
struct ScriptedServerTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func `fifty connections at once echo their own bytes`() async throws {
    let server = try ScriptedServer(scratch)
    let connector = try makeConnector(scratch) { $0.handshakesPerServer = 50 }
    let endpoint = try server.endpoint()
    let echoes = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<50 {
        group.addTask {
          let connection = try await connector.connect(to: endpoint)
          let channel = try await connection.openChannel()
          let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* number) }
          try await channel.send(bytes)
          var echo: [UInt8] = []
          while echo.count < bytes.count, case .output(let more) = try await channel.receive() {
            echo += more
          }
          await channel.close()
          await connection.close()
          return echo == bytes
        }
      }
      return try await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(echoes == [Bool](repeating: true, count: 50))
    await connector.shutDown()
  }

  @Test(arguments: ["password", "keyboard"])
  func `a password logs in`(method: String) async throws {
    let server = try ScriptedServer(scratch, [method: "hunter2"])
    let connector = try makeConnector(scratch)
    var endpoint = try server.endpoint(key: nil)
    endpoint.password = "hunter2"
    let connection = try await connector.connect(to: endpoint)
    await connection.close()
    endpoint.password = "swordfish"
    let error = try await failure(connector, endpoint)
    #expect(error.code == .authenticationFailed)
    #expect(error.message.contains("tried "))
    #expect(error.message.contains(method))
    #expect(!"\(error)".contains("swordfish"))
    await connector.shutDown()
  }

  @Test func `a key of RSA logs in where the server is not OpenSSH`() async throws {
    try makeKey(scratch, "user", type: "rsa")
    let server = try ScriptedServer(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    await connection.close()
    await connector.shutDown()
  }

  @Test(arguments: [
    ("kex", TransportError.Phase.keyExchange), ("auth", .authentication),
  ])
  func `a phase that hangs is named`(stall: String, phase: TransportError.Phase) async throws {
    let server = try ScriptedServer(scratch, ["stall": stall])
    let connector = try makeConnector(scratch) {
      $0.bannerLimit = .milliseconds(500)
      $0.keyExchangeLimit = .milliseconds(500)
      $0.authenticationLimit = .seconds(2)
    }
    let error = try await failure(connector, server.endpoint())
    #expect(error.code == .timedOut)
    #expect(error.phase == phase)
    #expect(error.host == "target")
    await connector.shutDown()
  }

  @Test func `a server that says nothing is not waited for`() async throws {
    let server = try ScriptedServer(scratch, ["raw": "silent"])
    let connector = try makeConnector(scratch) { $0.bannerLimit = .milliseconds(500) }
    let error = try await failure(connector, server.endpoint())
    #expect(error.code == .timedOut)
    #expect(error.phase == .banner)
    await connector.shutDown()
  }

  @Test func `what is no SSH server is quoted`() async throws {
    let server = try ScriptedServer(
      scratch, ["raw": "text", "text": "220 mail ready\r\n"])
    let connector = try makeConnector(scratch) { $0.bannerLimit = .seconds(1) }
    let error = try await failure(connector, server.endpoint())
    #expect(error.phase == .banner)
    #expect(error.serverSaid == "220 mail ready")
    await connector.shutDown()
  }

  @Test(arguments: ["", "Exceeded MaxStartups\r\n"])
  func `a server that is too busy at first is tried again`(text: String) async throws {
    let server = try ScriptedServer(scratch, ["refuse_first": 3, "text": text])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    await connection.close()
    await connector.shutDown()
  }

  @Test func `a server that stays too busy is told as such`() async throws {
    let server = try ScriptedServer(scratch, ["raw": "close"])
    let connector = try makeConnector(scratch) { $0.retries = 2 }
    let error = try await failure(connector, server.endpoint())
    #expect(error.code == .throttled)
    #expect(error.help?.contains("MaxStartups") == true)
    await connector.shutDown()
  }

  @Test func `a controller shut out by penalties does not knock again`() async throws {
    let server = try ScriptedServer(
      scratch, ["refuse_first": 1, "text": "Not allowed at this time\r\n"])
    let connector = try makeConnector(scratch)
    let error = try await failure(connector, server.endpoint())
    #expect(error.code == .refused)
    #expect(error.serverSaid == "Not allowed at this time")
    #expect(error.help?.contains("PerSourcePenalties") == true)
    await connector.shutDown()
  }

  @Test func `a channel closed without a status has none`() async throws {
    let server = try ScriptedServer(scratch, ["shell": "close"])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let rest = try await connection.openChannel().rest()
    #expect(rest.output == Array("bye\n".utf8))
    #expect(rest.end == .end(status: nil, signal: nil))
    await connector.shutDown()
  }

  @Test func `a connection that drops is a loss`() async throws {
    let server = try ScriptedServer(scratch, ["shell": "drop"])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    #expect(try await channel.output(until: "half") == "")
    try await channel.send([1])
    do {
      Issue.record("received \(try await channel.receive())")
    } catch let error as TransportError {
      #expect(error.code == .closed)
      #expect(error.phase == .exchange)
    }
    await connector.shutDown()
  }

  @Test func `a send nobody takes can be cancelled`() async throws {
    let server = try ScriptedServer(scratch, ["shell": "deaf"])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    let sending = Task { try await channel.send([UInt8](repeating: 0, count: 32 << 20)) }
    try await Task.sleep(for: .milliseconds(200))
    sending.cancel()
    do {
      try await sending.value
      Issue.record("all was sent")
    } catch let error as TransportError {
      #expect(error.code == .cancelled)
    }
    await connection.close()
    await connector.shutDown()
  }

  @Test func `a server that talks without end starves nobody`() async throws {
    let talker = try ScriptedServer(scratch, ["shell": "talk"])
    let server = try ScriptedServer(scratch)
    let connector = try makeConnector(scratch)
    let loud = try await connector.connect(to: talker.endpoint()).openChannel()
    let drain = Task {
      var count = 0
      while case .output(let bytes) = try await loud.receive() { count += bytes.count }
      return count
    }
    let quiet = try await connector.connect(to: server.endpoint()).openChannel()
    for number in 0..<50 {
      try await quiet.send([UInt8(number)])
      #expect(try await quiet.receive() == .output([UInt8(number)]))
    }
    await loud.close()
    drain.cancel()
    await connector.shutDown()
  }

  @Test func `a connect that is cancelled ends`() async throws {
    let server = try ScriptedServer(scratch, ["raw": "silent"])
    let connector = try makeConnector(scratch)
    let endpoint = try server.endpoint()
    let connecting = Task { try await connector.connect(to: endpoint) }
    try await Task.sleep(for: .milliseconds(200))
    connecting.cancel()
    do {
      _ = try await connecting.value
      Issue.record("connected")
    } catch let error as TransportError {
      #expect(error.code == .cancelled)
    }
    await connector.shutDown()
  }

  @Test func `a bastion that forbids tunnels is named`() async throws {
    let bastion = try ScriptedServer(scratch, ["refuse_tunnels": true])
    let known = try bastion.endpoint().options["userknownhostsfile"] ?? ""
    try scratch.write(
      "config",
      """
      Host bastion
        HostName 127.0.0.1
        Port \(bastion.port)
        IdentityFile \(scratch.file("user"))
        UserKnownHostsFile \(known)

      """)
    let connector = try makeConnector(scratch)
    var endpoint = Endpoint(kind: .ssh, name: "target", address: "127.0.0.1", port: 22)
    endpoint.jumps = ["bastion"]
    let error = try await failure(connector, endpoint)
    #expect(error.code == .unreachable)
    #expect(error.serverSaid?.contains("prohibited") == true)
    await connector.shutDown()
  }

  @Test func `a server that falls silent is given up`() async throws {
    let server = try ScriptedServer(scratch)
    let connector = try makeConnector(scratch)
    let options = ["serveraliveinterval": "1", "serveralivecountmax": "1"]
    let connection = try await connector.connect(to: server.endpoint(options: options))
    let channel = try await connection.openChannel()
    let waiting = Task { try await channel.receive() }
    kill(server.processID, SIGSTOP)
    defer { kill(server.processID, SIGCONT) }
    do {
      Issue.record("received \(try await waiting.value)")
    } catch let error as TransportError {
      #expect(error.code == .timedOut)
      #expect(error.message.contains("signs of life"))
    }
    await connector.shutDown()
  }

  @Test func `rekeying by the server goes unnoticed`() async throws {
    let server = try ScriptedServer(scratch, ["rekey_bytes": 100_000])
    let connector = try makeConnector(scratch)
    let channel = try await connector.connect(to: server.endpoint()).openChannel()
    let bytes = [UInt8](repeating: 42, count: 1_500_000)
    async let sending: Void = channel.send(bytes)
    var count = 0
    while count < bytes.count, case .output(let more) = try await channel.receive() {
      count += more.count
    }
    try await sending
    #expect(count == bytes.count)
    await connector.shutDown()
  }
}

/// Without any server.
@Suite(.timeLimit(.minutes(1))) struct UnreachableTests {
  @Test func `a closed port is refused`() async throws {
    let scratch = try Scratch()
    let connector = try makeConnector(scratch)
    let port = try freePort()
    let error = try await failure(
      connector, Endpoint(kind: .ssh, name: "down", address: "127.0.0.1", port: port))
    #expect(error.code == .refused)
    #expect(error.phase == .connect)
    #expect(error.host == "down")
    #expect(error.message == "127.0.0.1 port \(port): Connection refused")
    await connector.shutDown()
  }

  @Test func `a name without address is not found`() async throws {
    let scratch = try Scratch()
    let connector = try makeConnector(scratch)
    let error = try await failure(connector, Endpoint(kind: .ssh, name: "no.such.host.invalid"))
    #expect(error.code == .notFound)
    #expect(error.phase == .resolve)
    await connector.shutDown()
  }
}
