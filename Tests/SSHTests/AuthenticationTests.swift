import Foundation
import Synchronization
import Testing
import Transport

@testable import SSH

/// An ssh-agent of its own.
private final class TestAgent {
  let path: String
  private let child: Child

  init(_ scratch: Scratch, keys: [String]) throws {
    path = scratch.file("agent")
    child = try Child("ssh-agent", ["-D", "-a", path], readsOutput: false)
    for _ in 0..<100 where !FileManager.default.fileExists(atPath: path) { usleep(10_000) }
    try run("env", ["SSH_AUTH_SOCK=\(path)", "ssh-add", "-q"] + keys.map { scratch.file($0) })
  }
}

private func logsIn(_ connector: SSHConnector, _ endpoint: Endpoint) async throws -> Bool {
  let connection = try await connector.connect(to: endpoint)
  let channel = try await connection.openChannel()
  let answer = try await channel.ask("echo in")
  await connection.close()
  return answer == "in\n"
}

/// Every way to log in, against a real sshd.
@Suite(.serialized, .timeLimit(.minutes(2))) struct AuthenticationTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(
    arguments: [
      ("ed25519", nil, []), ("ecdsa", 256, []), ("ecdsa", 384, []), ("ecdsa", 521, []),
      ("rsa", 2048, []), ("rsa", 4096, ["-m", "PEM"]),
    ] as [(String, Int?, [String])])
  func `a key file logs in`(type: String, bits: Int?, extra: [String]) async throws {
    try makeKey(scratch, "id", type: type, bits: bits, extra: extra)
    let server = try Sshd(scratch, authorized: ["id"])
    let connector = try makeConnector(scratch)
    #expect(try await logsIn(connector, server.endpoint(key: "id")))
    await connector.shutDown()
  }

  @Test(arguments: [("ed25519", []), ("rsa", []), ("rsa", ["-m", "PEM"])])
  func `a passphrase is asked for once for all hosts`(
    type: String, extra: [String]
  ) async throws {
    try makeKey(scratch, "id", type: type, passphrase: "open sesame", extra: extra)
    let server = try Sshd(scratch, authorized: ["id"])
    let asked = Mutex<[String]>([])
    let connector = try makeConnector(scratch) {
      $0.passphrasePrompt = { path in
        asked.withLock { $0.append(path) }
        return "open sesame"
      }
    }
    let endpoint = try server.endpoint(key: "id")
    let results = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 { group.addTask { try await logsIn(connector, endpoint) } }
      return try await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(results == [true, true, true, true])
    #expect(asked.withLock(\.self) == [scratch.file("id")])
    await connector.shutDown()
  }

  @Test func `the passphrase of the inventory opens the key`() async throws {
    try makeKey(scratch, "id", passphrase: "open sesame")
    let server = try Sshd(scratch, authorized: ["id"])
    let connector = try makeConnector(scratch)
    var endpoint = try server.endpoint(key: "id")
    endpoint.passphrase = "open sesame"
    #expect(try await logsIn(connector, endpoint))
    await connector.shutDown()
  }

  @Test func `a key nobody can open is told without its passphrase`() async throws {
    try makeKey(scratch, "id", passphrase: "open sesame")
    let server = try Sshd(scratch, authorized: ["id"])
    let connector = try makeConnector(scratch)
    var endpoint = try server.endpoint(key: "id")
    endpoint.passphrase = "wrong guess"
    let error = try await failure(connector, endpoint)
    #expect(error.code == .authenticationFailed)
    #expect(error.message.contains("\(scratch.file("id")) the passphrase is wrong"))
    #expect(error.message.contains("the server allows publickey"))
    #expect(!"\(error)".contains("guess"))
    await connector.shutDown()
  }

  @Test(arguments: ["ed25519", "ecdsa", "rsa"])
  func `the agent signs`(type: String) async throws {
    try makeKey(scratch, "id", type: type)
    let agent = try TestAgent(scratch, keys: ["id"])
    let server = try Sshd(scratch, authorized: ["id"])
    try run("rm", [scratch.file("id")])
    let connector = try makeConnector(scratch) { $0.agentPath = agent.path }
    #expect(try await logsIn(connector, server.endpoint(key: nil)))
    // Named by its public half, the key comes from the agent too.
    #expect(try await logsIn(connector, server.endpoint(key: "id")))
    await connector.shutDown()
  }

  @Test func `a long list of agent keys does not spoil the chosen one`() async throws {
    for number in 0..<8 { try makeKey(scratch, "k\(number)") }
    let agent = try TestAgent(scratch, keys: (0..<8).map { "k\($0)" })
    let server = try Sshd(scratch, authorized: ["k7"], lines: ["MaxAuthTries 3"])
    let connector = try makeConnector(scratch) { $0.agentPath = agent.path }
    #expect(try await logsIn(connector, server.endpoint(key: "k7")))
    let error = try await failure(connector, server.endpoint(key: nil))
    #expect(error.code == .authenticationFailed)
    #expect(error.message.contains("only 4 of 8 keys were offered"))
    await connector.shutDown()
  }

  @Test func `a refused key is named with what the server allows`() async throws {
    try makeKey(scratch, "wrong")
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let error = try await failure(connector, server.endpoint(key: "wrong"))
    #expect(error.code == .authenticationFailed)
    #expect(error.phase == .authentication)
    #expect(error.host == "target")
    let key = try #require(
      Base64.decode(scratch.read("wrong.pub").split(separator: " ")[1].utf8))
    let fingerprint = try #require(PublicKeyBlob(key)?.fingerprint)
    #expect(error.message.contains("tried key \(scratch.file("wrong")) (ED25519 \(fingerprint))"))
    #expect(error.message.contains("the server allows publickey"))
    await connector.shutDown()
  }

  @Test func `a missing key file is told`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let error = try await failure(connector, server.endpoint(key: "nowhere"))
    #expect(error.message.contains("there was nothing to try"))
    #expect(error.message.contains("nowhere cannot be read: No such file or directory"))
    await connector.shutDown()
  }

  @Test func `a server with an RSA host key only gets a precise answer`() async throws {
    let server = try Sshd(scratch, hostKeys: ["rsa"])
    let connector = try makeConnector(scratch)
    let endpoint = try server.endpoint(trusting: ["rsa"])
    guard LibSSH2.upgradesRSA else {
      let error = try await failure(connector, endpoint)
      #expect(error.code == .algorithmMismatch)
      #expect(error.message.contains("no common host key algorithm"))
      #expect(error.message.contains("libssh2 \(LibSSH2.version)"))
      #expect(error.help?.contains("1.11.1") == true)
      return await connector.shutDown()
    }
    #expect(try await logsIn(connector, endpoint))
    await connector.shutDown()
  }

  @Test func `a server with encrypt-then-MAC only gets a precise answer`() async throws {
    let server = try Sshd(scratch, lines: ["MACs hmac-sha2-256-etm@openssh.com"])
    let connector = try makeConnector(scratch)
    guard LibSSH2.upgradesRSA else {
      let error = try await failure(connector, server.endpoint())
      #expect(error.code == .algorithmMismatch)
      #expect(error.message.contains("no common MAC"))
      #expect(error.message.contains("libssh2 \(LibSSH2.version)"))
      return await connector.shutDown()
    }
    #expect(try await logsIn(connector, server.endpoint()))
    await connector.shutDown()
  }
}

/// Who the server is, against a real sshd.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HostKeyTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func `an unknown key is refused with its fingerprint`() async throws {
    let server = try Sshd(scratch)
    let connector = try makeConnector(scratch)
    let error = try await failure(connector, server.endpoint(trusting: []))
    #expect(error.code == .hostKeyUnknown)
    #expect(error.phase == .hostKey)
    let printed = try run("ssh-keygen", ["-lf", scratch.file("sshd-\(server.port)-host-ed25519")])
    let fingerprint = try #require(printed.split(separator: " ").dropFirst().first)
    #expect(error.message.contains(fingerprint))
    #expect(error.help?.contains("--accept-new") == true)
    await connector.shutDown()
  }

  @Test(arguments: [true, false])
  func `a new key is stored once and trusted from then on`(isHashed: Bool) async throws {
    let server = try Sshd(scratch)
    let known = scratch.file("folder/known_hosts")
    let options = [
      "userknownhostsfile": known, "hashknownhosts": isHashed ? "yes" : "no",
    ]
    let connector = try makeConnector(scratch) { $0.acceptsNewHostKeys = true }
    let endpoint = try server.endpoint(options: options)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 { group.addTask { try await logsIn(connector, endpoint) } }
      for try await isIn in group { #expect(isIn) }
    }
    await connector.shutDown()
    let text = try String(contentsOfFile: known, encoding: .utf8)
    #expect(text.split(separator: "\n").count == 1)
    #expect(text.hasPrefix("|1|") == isHashed)
    let mode = try FileManager.default.attributesOfItem(atPath: known)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    #expect(try run("ssh-keygen", ["-F", "[127.0.0.1]:\(server.port)", "-f", known]) != "")
    let strict = try makeConnector(scratch)
    #expect(try await logsIn(strict, endpoint))
    await strict.shutDown()
  }

  @Test func `a changed key is refused even when new ones are accepted`() async throws {
    let server = try Sshd(scratch)
    try makeKey(scratch, "other")
    let key = try scratch.read("other.pub").split(separator: " ")[1]
    let path = try scratch.write(
      "old", "# old\n[127.0.0.1]:\(server.port) ssh-ed25519 \(key)\n")
    let connector = try makeConnector(scratch) { $0.acceptsNewHostKeys = true }
    let error = try await failure(
      connector, server.endpoint(options: ["userknownhostsfile": path]))
    #expect(error.code == .hostKeyChanged)
    let stored = try #require(Base64.decode(key.utf8).flatMap(PublicKeyBlob.init))
    #expect(error.message.contains("\(stored.fingerprint) (\(path):2)"))
    #expect(error.message.components(separatedBy: "SHA256:").count == 3)
    #expect(error.help?.contains("ssh-keygen -R '[127.0.0.1]:\(server.port)'") == true)
    await connector.shutDown()
  }

  @Test func `a revoked key is refused`() async throws {
    let server = try Sshd(scratch)
    let line = try server.knownHosts()
    let path = try scratch.write(
      "revoked",
      line + "@revoked * "
        + line.split(separator: " ")[1...]
        .joined(separator: " "))
    let connector = try makeConnector(scratch)
    let error = try await failure(
      connector, server.endpoint(options: ["userknownhostsfile": path]))
    #expect(error.code == .hostKeyRevoked)
    #expect(error.message.contains("\(path):2"))
    await connector.shutDown()
  }

  @Test func `the stored type is asked for although the server prefers another`() async throws {
    let server = try Sshd(scratch, hostKeys: ["ecdsa", "ed25519"])
    let connector = try makeConnector(scratch)
    #expect(try await logsIn(connector, server.endpoint(trusting: ["ecdsa"])))
    #expect(try await logsIn(connector, server.endpoint(trusting: ["ed25519"])))
    await connector.shutDown()
  }

  @Test func `an alias stands for the name`() async throws {
    let server = try Sshd(scratch)
    let line = try server.knownHosts().split(separator: " ").dropFirst().joined(separator: " ")
    let path = try scratch.write("alias", "cluster-a " + line)
    let connector = try makeConnector(scratch)
    let options = ["userknownhostsfile": path, "hostkeyalias": "cluster-a"]
    #expect(try await logsIn(connector, server.endpoint(options: options)))
    await connector.shutDown()
  }
}
