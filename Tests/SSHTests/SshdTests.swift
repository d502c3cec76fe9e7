import Foundation
import Testing
import Transport

@testable import SSH

/// Against a real sshd.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SshdTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func `a shell answers over a verified connection`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    #expect(connection.label == "\(server.user)@127.0.0.1:\(server.port)")
    let channel = try await connection.openChannel()
    #expect(try await channel.ask("echo hello") == "hello\n")
    try await channel.send(Array("echo bad >&2; exit 3\n".utf8))
    let rest = try await channel.rest()
    #expect(rest.errors == Array("bad\n".utf8))
    #expect(rest.end == .end(status: 3, signal: nil))
    #expect(try await channel.receive() == .end(status: 3, signal: nil))
    await connection.close()
    await connector.shutDown()
  }

  @Test func `eight channels on one connection answer each for itself`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    for _ in 0..<5 {
      let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for number in 0..<8 {
          group.addTask {
            let channel = try await connection.openChannel()
            let answer = try await channel.ask("echo \(number)")
            await channel.close()
            return (number, answer)
          }
        }
        return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
      }
      #expect(answers == Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, "\($0)\n") }))
    }
    await connector.shutDown()
  }

  @Test func `more channels than MaxSessions wait for their turn`() async throws {
    let server = try Sshd(scratch, lines: ["MaxSessions 2"])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<6 {
        group.addTask {
          let channel = try await connection.openChannel()
          let answer = try await channel.ask("echo \(number)")
          await channel.close()
          return answer == "\(number)\n" ? 1 : 0
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(count == 6)
    await connector.shutDown()
  }

  @Test(arguments: ["exec false\n", "exit 0\n", "sleep 600 & echo $! >&2; exit 1\n"])
  func `input for a command that ended is refused, not waited for`(command: String) async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    try await channel.send(Array(command.utf8))
    await #expect(throws: TransportError.self) {
      try await channel.send([UInt8](repeating: 0x20, count: 16 << 20))
    }
    if command.contains("sleep"), case .errors(let bytes) = try await channel.receive(),
      let child = Int32(String(decoding: bytes, as: UTF8.self).dropLast())
    {
      kill(child, SIGKILL)
    }
    await connector.shutDown()
  }

  @Test func `a bulk upload survives rekeying and a small send buffer`() async throws {
    let server = try Sshd(scratch, lines: ["RekeyLimit 1M"])
    let connector = try makeConnector(scratch) { $0.sendBuffer = 16 * 1024 }
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    let size = 12 << 20
    let file = scratch.file("expected")
    try run("sh", ["-c", "head -c \(size) /dev/urandom > \(file)"])
    let bytes = try Files.read(file)
    let expected = try run("sha256sum", [file]).prefix(64)
    // The shell reads ahead, so the data must not be on its way before the shell is replaced.
    let command = "echo ready; exec sh -c 'head -c \(size) | sha256sum'\n"
    try await channel.send(Array(command.utf8))
    #expect(try await channel.output(until: "ready\n") == "")
    try await channel.send(bytes)
    let rest = try await channel.rest()
    #expect(String(decoding: rest.output, as: UTF8.self).prefix(64) == expected)
    await connector.shutDown()
  }

  @Test func `a bulk download arrives whole while nobody hurries to read`() async throws {
    let server = try Sshd(scratch, lines: ["RekeyLimit 1M"])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    let other = try await connection.openChannel()
    try await channel.send(Array("exec head -c 20000000 /dev/zero\n".utf8))
    // The first channel is full now; the second must go on all the same.
    for number in 0..<20 { #expect(try await other.ask("echo \(number)") == "\(number)\n") }
    #expect(try await channel.rest().output.count == 20_000_000)
    await connector.shutDown()
  }

  @Test(arguments: [true, false])
  func `an idle connection answers the server's signs of life`(hasShell: Bool) async throws {
    let server = try Sshd(scratch, lines: ["ClientAliveInterval 1", "ClientAliveCountMax 2"])
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let shell = hasShell ? try await connection.openChannel() : nil
    try await Task.sleep(for: .seconds(8))
    let channel: any ByteChannel
    if let shell { channel = shell } else { channel = try await connection.openChannel() }
    #expect(try await channel.ask("echo alive") == "alive\n")
    #expect(!server.log.contains("Timeout, client not responding"))
    await connector.shutDown()
  }

  @Test func `connections beyond MaxStartups are tried again`() async throws {
    let server = try Sshd(scratch, lines: ["MaxStartups 2:100:2"])
    let connector = try makeConnector(scratch) { $0.handshakesPerServer = 10 }
    let endpoint = try server.endpoint()
    let answers = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<12 {
        group.addTask {
          let connection = try await connector.connect(to: endpoint)
          let channel = try await connection.openChannel()
          let answer = try await channel.ask("echo \(number)")
          await connection.close()
          return answer
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(answers.count == 12)
    #expect(server.log.contains("MaxStartups"))
    await connector.shutDown()
  }

  @Test func `a killed server is a loss at once and never a status`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    let parent = try await channel.ask("echo $PPID").dropLast()
    let waiting = Task { try await channel.receive() }
    let process = try #require(Int32(parent))
    #expect(kill(process, SIGKILL) == 0)
    do {
      let input = try await waiting.value
      Issue.record("received \(input)")
    } catch let error as TransportError {
      #expect(error.code == .closed)
      #expect(error.phase == .exchange)
      #expect(error.host == "target")
    }
    await #expect(throws: TransportError.self) { try await channel.send([1]) }
    await #expect(throws: TransportError.self) { try await connection.openChannel() }
    await connector.shutDown()
  }

  @Test func `a shell killed by a signal tells which`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    try await channel.send(Array("kill -KILL $$\n".utf8))
    #expect(try await channel.rest().end == .end(status: nil, signal: "KILL"))
    await connector.shutDown()
  }

  @Test func `closing a channel ends only that one`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let one = try await connection.openChannel()
    let two = try await connection.openChannel()
    try await one.send(Array("exec sleep 600\n".utf8))
    let waiting = Task { try await one.receive() }
    await one.close()
    await one.close()
    await #expect(throws: TransportError.self) { try await waiting.value }
    #expect(try await two.ask("echo here") == "here\n")
    await connection.close()
    await connection.close()
    await connector.shutDown()
  }

  @Test func `a reader that is cancelled is told so and the channel lives on`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let connection = try await connector.connect(to: server.endpoint())
    let channel = try await connection.openChannel()
    let waiting = Task { try await channel.receive() }
    waiting.cancel()
    do {
      _ = try await waiting.value
      Issue.record("it received something")
    } catch let error as TransportError {
      #expect(error.code == .cancelled)
    }
    #expect(try await channel.ask("echo on") == "on\n")
    await connector.shutDown()
  }
}
