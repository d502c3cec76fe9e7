import Foundation
import Testing
import Transport

@testable import SSH

/// Against a real sshd.
@Suite(.serialized) struct SshdTests {
  @Test(.timeLimit(.minutes(1)))
  func `a shell answers over a verified connection`() async throws {
    let scratch = try Scratch()
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
}
