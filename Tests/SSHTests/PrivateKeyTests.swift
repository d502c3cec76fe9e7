import Foundation
import Testing

@testable import SSH

@Suite struct PrivateKeyTests {
  private func publicBlob(_ scratch: Scratch, _ name: String) throws -> [UInt8] {
    let field = try scratch.read("\(name).pub").split(separator: " ")[1]
    return try #require(Base64.decode(field.utf8))
  }

  @Test(
    arguments: [
      ("ed25519", nil, "", []), ("ed25519", nil, "secret", []),
      ("ecdsa", 256, "", []), ("ecdsa", 384, "secret", []), ("ecdsa", 521, "", []),
      ("rsa", 2048, "", []), ("rsa", 3072, "secret", []),
      ("ed25519", nil, "secret", ["-Z", "aes256-cbc"]),
      ("ed25519", nil, "secret", ["-Z", "aes128-ctr", "-a", "2"]),
      ("rsa", 2048, "", ["-m", "PEM"]), ("rsa", 2048, "secret", ["-m", "PEM"]),
      ("ecdsa", 256, "", ["-m", "PEM"]), ("ecdsa", 521, "secret", ["-m", "PEM"]),
      ("rsa", 2048, "", ["-m", "PKCS8"]), ("ecdsa", 384, "", ["-m", "PKCS8"]),
    ] as [(String, Int?, String, [String])])
  func `a key of ssh-keygen is read`(
    type: String, bits: Int?, passphrase: String, extra: [String]
  ) throws {
    let scratch = try Scratch()
    try makeKey(scratch, "id", type: type, bits: bits, passphrase: passphrase, extra: extra)
    let file = try PrivateKeyFile(Array(scratch.read("id").utf8))
    #expect(file.isEncrypted == !passphrase.isEmpty)
    let key = try file.unlock(passphrase: passphrase.isEmpty ? nil : passphrase)
    let expected = try publicBlob(scratch, "id")
    #expect(key.publicBlob == expected)
    if let blob = file.publicBlob { #expect(blob == expected) }
    guard file.isEncrypted else { return }
    #expect(throws: KeyFileProblem.passphraseNeeded) { try file.unlock(passphrase: nil) }
    #expect(throws: KeyFileProblem.passphraseWrong) { try file.unlock(passphrase: "wrong") }
  }

  @Test func `an Ed25519 key of OpenSSL is read`() throws {
    let scratch = try Scratch()
    try run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", scratch.file("id")])
    let key = try PrivateKeyFile(Array(scratch.read("id").utf8)).unlock(passphrase: nil)
    #expect(PublicKeyBlob(key.publicBlob)?.type == "ssh-ed25519")
  }

  @Test(arguments: [
    ("nothing here", KeyFileProblem.malformed("there is no -----BEGIN ...----- block in it")),
    (
      "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
      KeyFileProblem.malformed("the magic bytes are missing")
    ),
  ])
  func `what is no key is said to be none`(text: String, problem: KeyFileProblem) {
    #expect(throws: problem) { try PrivateKeyFile(Array(text.utf8)) }
  }

  /// Vectors published with bcrypt_pbkdf implementations (OpenBSD regress, pyca/bcrypt).
  @Test(arguments: [
    ("salt", 4, "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9"),
    ("\0", 4, "c12b566235eee04c212598970a579a67"),
  ])
  func `bcrypt_pbkdf gives the published keys`(salt: String, rounds: Int, key: String) {
    let derived = BcryptPBKDF.derive(
      passphrase: Array("password".utf8), salt: Array(salt.utf8), rounds: rounds,
      count: key.utf8.count / 2)
    #expect(derived.map { String(format: "%02x", $0) }.joined() == key)
  }

  @Test func `base64 goes there and back`() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
      #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }
    #expect(Base64.decode("A".utf8) == nil)
    #expect(Base64.decode("AA=A".utf8) == nil)
    #expect(Base64.decode("A*AA".utf8) == nil)
  }
}
