import Foundation
import Testing
import Transport

@testable import SSH

/// ProxyJump, against real and scripted servers.
@Suite(.serialized, .timeLimit(.minutes(2))) struct BastionTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// A configuration in which `bastion` is a server, reached with the key `user`.
  private func configure(_ server: Sshd, name: String = "bastion", more: String = "") throws {
    let known = try scratch.write("known-\(name)", server.knownHosts())
    let text = """
      Host \(name)
        HostName 127.0.0.1
        Port \(server.port)
        User \(server.user)
        IdentityFile \(scratch.file("user"))
        UserKnownHostsFile \(known)
      \(more)

      """
    let old = (try? scratch.read("config")) ?? ""
    try scratch.write("config", old + text)
  }

  @Test func `many hosts share one connection to their bastion`() async throws {
    let bastion = try Sshd(scratch)
    let target = try Sshd(scratch)
    try configure(bastion)
    let connector = try makeConnector(scratch)
    let endpoint = try target.endpoint(options: ["proxyjump": "bastion"])
    let answers = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<10 {
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
    #expect(answers.count == 10)
    #expect(bastion.log.components(separatedBy: "Accepted publickey").count - 1 == 1)
    #expect(target.log.components(separatedBy: "Accepted publickey").count - 1 == 10)
    await connector.shutDown()
  }

  @Test func `a bastion behind a bastion works, and bulk data goes through`() async throws {
    let first = try Sshd(scratch)
    let second = try Sshd(scratch)
    let target = try Sshd(scratch)
    try configure(first, name: "first")
    try configure(second, name: "second")
    let connector = try makeConnector(scratch)
    var endpoint = try target.endpoint()
    endpoint.jumps = ["first", "second"]
    let connection = try await connector.connect(to: endpoint)
    let channel = try await connection.openChannel()
    let size = 4 << 20
    let command = "echo ready; exec sh -c 'head -c \(size) | wc -c; head -c \(size) /dev/zero'\n"
    try await channel.send(Array(command.utf8))
    #expect(try await channel.output(until: "ready\n") == "")
    try await channel.send([UInt8](repeating: 7, count: size))
    let rest = try await channel.rest()
    #expect(rest.output.count == size + "\(size)\n".utf8.count)
    await connector.shutDown()
  }

  @Test func `a bastion that dies takes its hosts along at once, and the next connect works`()
    async throws
  {
    let bastion = try Sshd(scratch)
    let target = try Sshd(scratch)
    try configure(bastion)
    let connector = try makeConnector(scratch)
    let endpoint = try target.endpoint(options: ["proxyjump": "bastion"])
    let connection = try await connector.connect(to: endpoint)
    let channel = try await connection.openChannel()
    #expect(try await channel.ask("echo here") == "here\n")
    let waiting = Task { try await channel.receive() }
    try run("pkill", ["-KILL", "-P", String(bastion.processID)])
    do {
      Issue.record("received \(try await waiting.value)")
    } catch let error as TransportError {
      #expect(error.code == .closed)
    }
    let again = try await connector.connect(to: endpoint)
    #expect(try await again.openChannel().ask("echo back") == "back\n")
    await connector.shutDown()
  }

  @Test func `trouble with the bastion names host and bastion`() async throws {
    let target = try Sshd(scratch)
    try scratch.write("config", "Host bastion\nHostName 127.0.0.1\nPort \(freePort())\n")
    let connector = try makeConnector(scratch)
    let error = try await failure(
      connector, target.endpoint(options: ["proxyjump": "bastion"]))
    #expect(error.host == "target")
    #expect(error.code == .refused)
    #expect(error.message.contains("through the bastion bastion: 127.0.0.1 port"))
    await connector.shutDown()
  }

  @Test func `a target the bastion cannot reach is told as such`() async throws {
    let bastion = try Sshd(scratch)
    try configure(bastion)
    let connector = try makeConnector(scratch)
    var endpoint = Endpoint(kind: .ssh, name: "target", address: "127.0.0.1", port: try freePort())
    endpoint.jumps = ["bastion"]
    let error = try await failure(connector, endpoint)
    #expect(error.code == .unreachable)
    #expect(error.host == "target")
    #expect(error.message.contains("the bastion bastion could not connect to 127.0.0.1"))
    await connector.shutDown()
  }

  @Test func `bastions in a circle are an error`() async throws {
    try scratch.write("config", "Host a\nProxyJump b\nHost b\nProxyJump a\n")
    let connector = try makeConnector(scratch)
    let error = try await failure(connector, Endpoint(kind: .ssh, name: "a"))
    #expect(error.code == .invalidConfiguration)
    #expect(error.host == "a")
    await connector.shutDown()
  }
}
