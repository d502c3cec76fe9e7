import Foundation
import Testing
import Transport

@testable import SSH

private let ed25519 =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBcGwFxhJ4kpD2oO0jyqQ7hAs3oy1rLNKE0wY7kqV9L"
private let other =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
private let ecdsa = "ecdsa-sha2-nistp256 " + Base64.encode(wire("ecdsa-sha2-nistp256"))

private func wire(_ type: String) -> [UInt8] {
  var writer = WireWriter()
  writer.text(type)
  writer.text("anything")
  return writer.bytes
}

private func key(_ text: String) throws -> PublicKeyBlob {
  let field = try #require(text.split(separator: " ").last)
  return try #require(Base64.decode(field.utf8).flatMap(PublicKeyBlob.init))
}

private func index(_ text: String) -> KnownHosts {
  KnownHosts([(name: "hosts", text: Array(text.utf8))])
}

/// The verdict in one word and the line it rests on.
private func judge(_ text: String, _ name: String, _ offered: String = ed25519) throws -> String {
  switch index(text).check(try key(offered), for: name) {
  case .trusted(let entry): "trusted \(entry.line)"
  case .unknown(let authority): authority.map { "unknown authority \($0.line)" } ?? "unknown"
  case .changed(let entries): "changed \(entries.map(\.line))"
  case .revoked(let entry): "revoked \(entry.line)"
  }
}

@Suite struct KnownHostsTests {
  @Test(arguments: [
    ("web1 \(ed25519)", "web1", "trusted 1"),
    ("# comment\n\nweb1 \(ed25519) with a comment", "web1", "trusted 3"),
    ("web1,10.0.0.7 \(ed25519)", "10.0.0.7", "trusted 1"),
    ("WEB1 \(ed25519)", "Web1", "trusted 1"),
    ("web1 \(ed25519)\r", "web1", "trusted 1"),
    ("web1\t\(ed25519)", "web1", "trusted 1"),
    ("web2 \(ed25519)", "web1", "unknown"),
    ("web1 \(other)", "web1", "changed [1]"),
    ("web1 \(other)\nweb1 \(ed25519)", "web1", "trusted 2"),
    ("web1 \(ecdsa)", "web1", "changed [1]"),
    ("web1 \(ecdsa)\nweb1 \(other)", "web1", "changed [2]"),
    ("[web1]:2222 \(ed25519)", "[web1]:2222", "trusted 1"),
    ("[web1]:2222 \(ed25519)", "web1", "unknown"),
    ("web* \(ed25519)", "web1", "trusted 1"),
    ("web? \(ed25519)", "web12", "unknown"),
    ("*.example.org,!bad.example.org \(ed25519)", "good.example.org", "trusted 1"),
    ("*.example.org,!bad.example.org \(ed25519)", "bad.example.org", "unknown"),
    ("@revoked * \(ed25519)\nweb1 \(ed25519)", "web1", "revoked 1"),
    ("web1 \(ed25519)\n@revoked web1 \(ed25519)", "web1", "revoked 2"),
    ("@revoked web1 \(other)\nweb1 \(ed25519)", "web1", "trusted 2"),
    ("@revoked web2 \(ed25519)\nweb1 \(ed25519)", "web1", "trusted 2"),
    ("@cert-authority *.example.org \(ed25519)", "a.example.org", "unknown authority 1"),
    ("@cert-authority * \(other)\nweb1 \(ed25519)", "web1", "trusted 2"),
    ("@something web1 \(ed25519)", "web1", "unknown"),
    ("web1 ssh-ed25519 not*base64", "web1", "unknown"),
    ("web1 ssh-rsa \(ed25519.split(separator: " ")[1])", "web1", "unknown"),
  ])
  func `a line is judged as ssh does`(text: String, name: String, verdict: String) throws {
    #expect(try judge(text, name) == verdict)
  }

  @Test func `lines hashed by ssh-keygen are found`() throws {
    let scratch = try Scratch()
    let lines = (0..<50).map { "host\($0).example.org \($0 == 31 ? ed25519 : other)" }
    try scratch.write("hosts", lines.joined(separator: "\n") + "\n[odd]:2200 \(ed25519)\n")
    try run("ssh-keygen", ["-q", "-H", "-f", scratch.file("hosts")])
    let text = try scratch.read("hosts")
    #expect(!text.contains("example.org"))
    let hosts = index(text)
    for (name, isKnown) in [("host31.example.org", true), ("[odd]:2200", true), ("odd", false)] {
      for _ in 0..<2 {
        let verdict = hosts.check(try key(ed25519), for: name)
        switch verdict {
        case .trusted: #expect(isKnown)
        case .unknown: #expect(!isKnown)
        default: Issue.record("\(name): \(verdict)")
        }
      }
    }
    #expect(try judge(text, "host30.example.org") == "changed [31]")
    #expect(hosts.storedTypes(for: "host12.example.org") == ["ssh-ed25519"])
    #expect(hosts.storedTypes(for: "nobody") == [])
  }

  @Test func `a revoked line that is hashed counts`() throws {
    let scratch = try Scratch()
    try scratch.write("hosts", "web1 \(ed25519)\n")
    try run("ssh-keygen", ["-q", "-H", "-f", scratch.file("hosts")])
    let hashed = try scratch.read("hosts")
    #expect(try judge("web1 \(ed25519)\n@revoked \(hashed)", "web1") == "revoked 2")
  }

  @Test func `all stored types are told`() {
    let types = index("web1 \(ecdsa)\nweb1 \(ed25519)\n@revoked web1 ssh-rsa AAAA\n")
      .storedTypes(for: "web1")
    #expect(types == ["ecdsa-sha2-nistp256", "ssh-ed25519"])
  }

  @Test func `fifteen thousand hashed lines are searched from where the last one was`() throws {
    var lines: [String] = []
    for host in 0..<15_000 {
      var salt = WireWriter()
      for _ in 0..<5 { salt.uint32(UInt32(host)) }
      let digest = HMACSHA1(key: salt.bytes).authenticate(PaddedMessage("h\(host)"))
      lines.append("|1|\(Base64.encode(salt.bytes))|\(Base64.encode(digest.bytes)) \(ed25519)")
    }
    let hosts = index(lines.joined(separator: "\n"))
    for host in 0..<2000 {
      guard case .trusted(let entry) = hosts.check(try key(ed25519), for: "h\(host)") else {
        Issue.record("h\(host) is not found")
        return
      }
      #expect(entry.line == host + 1)
    }
  }

  @Test(
    arguments: [
      ("", "key", "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"),  // RFC 2104's algorithm
      (
        "The quick brown fox jumps over the lazy dog", "key",
        "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"
      ),
    ].dropFirst())
  func `HMAC-SHA1 gives the published digest`(text: String, key: String, digest: String) {
    let bytes = HMACSHA1(key: Array(key.utf8)).authenticate(PaddedMessage(text)).bytes
    #expect(bytes.map { String(format: "%02x", $0) }.joined() == digest)
  }

  @Test func `fingerprints are those of ssh-keygen`() throws {
    let scratch = try Scratch()
    let path = try makeKey(scratch, "id")
    let blob = try key(String(scratch.read("id.pub").split(separator: " ")[1]))
    #expect(try run("ssh-keygen", ["-lf", path]).contains(" \(blob.fingerprint) "))
  }
}
