import Diagnostics
import Testing

@testable import Vault

@Suite struct EnvelopeTests {
  private static let sesame = VaultPassword(id: "default", bytes: Array("sesame\n".utf8))
  private static let other = VaultPassword(id: "prod", bytes: Array("other".utf8))
  private static let keys = VaultKeys([sesame, other].compactMap(\.self))

  private func plain(_ text: String, _ keys: VaultKeys = Self.keys) throws -> [UInt8] {
    try keys.open(try Envelope(Array(text.utf8)))
  }

  @Test(arguments: [
    (Samples.plain, Array("db_password: correct horse\n".utf8)),
    (Samples.labelled, Array("db_password: correct horse\n".utf8)),
    (Samples.empty, []), (Samples.block, Array("0123456789abcdef".utf8)),
    (Samples.binary, Array(0...255)),
  ])
  func `what ansible-vault wrote is read`(envelope: String, expected: [UInt8]) throws {
    #expect(try plain(envelope) == expected)
  }

  @Test func `an envelope is written as it was read`() throws {
    for text in [Samples.plain, Samples.labelled, Samples.binary] {
      #expect(try Envelope(Array(text.utf8)).text == text)
    }
  }

  @Test func `blanks around lines and other line breaks do not matter`() throws {
    let indented = Samples.plain.split(separator: "\n").map { "      \($0) " }
      .joined(separator: "\r\n")
    #expect(try plain(indented) == Array("db_password: correct horse\n".utf8))
  }

  @Test(arguments: [0, 1, 15, 16, 17, 4096])
  func `what is sealed opens to the same`(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let password = try #require(Self.other)
    let sealed = try Envelope.sealing(bytes, with: password)
    #expect(sealed.label == "prod")
    #expect(sealed.text.hasPrefix("$ANSIBLE_VAULT;1.2;AES256;prod\n"))
    #expect(sealed.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 80 })
    #expect(try plain(sealed.text) == bytes)
  }

  @Test func `every seal has a salt of its own`() throws {
    let password = try #require(Self.sesame)
    let first = try Envelope.sealing([1], with: password)
    #expect(first.text.hasPrefix("$ANSIBLE_VAULT;1.1;AES256\n"))
    #expect(try Envelope.sealing([1], with: password) != first)
  }

  @Test func `the id of an envelope is only a hint`() throws {
    let misnamed = VaultPassword(id: "staging", bytes: Array("other".utf8))
    let keys = VaultKeys([Self.sesame, misnamed].compactMap(\.self))
    #expect(try plain(Samples.labelled, keys) == Array("db_password: correct horse\n".utf8))
  }

  @Test func `a wrong password names the ids that were tried`() throws {
    let keys = VaultKeys(
      ["default", "prod", "old"].compactMap { VaultPassword(id: $0, bytes: [0x78]) })
    let error = #expect(throws: VaultRefusal.self) { try plain(Samples.labelled, keys) }
    #expect(error == .noneFits(tried: ["prod", "default", "old"]))
    let text = try #require(error).message("the file `a.yml`", label: "prod")
    #expect(text.contains("tried: `prod`, `default`, `old`"))
  }

  @Test func `without a password nothing opens`() {
    #expect(throws: VaultRefusal.noPassword) { try plain(Samples.plain, VaultKeys()) }
  }

  @Test func `a password of blanks is none`() {
    #expect(VaultPassword(id: "default", bytes: Array(" \n".utf8)) == nil)
  }

  // MARK: Damage

  private static let header = "$ANSIBLE_VAULT;1.1;AES256\n"

  /// Hexadecimal digits of text, as the outer layer has them.
  private static func hex(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = Array("0123456789abcdef")
      return "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }.joined()
  }

  private static let hmac = String(repeating: "ab", count: 32)

  private static let damaged: [(String, EnvelopeFault)] = [
    ("", .noHeader),
    ("secret", .noHeader),
    ("$ANSIBLE_VAULT;", .header),
    ("$ANSIBLE_VAULT;1.1\n00", .header),
    ("$ANSIBLE_VAULT;1.2;AES256\n00", .header),
    ("$ANSIBLE_VAULT;1.2;AES256;\n00", .header),
    ("$ANSIBLE_VAULT;1.1;AES256;a;b\n00", .header),
    ("$ANSIBLE_VAULT;1.0;AES\n00", .version("1.0")),
    ("$ANSIBLE_VAULT;9;AES256\n00", .version("9")),
    ("$ANSIBLE_VAULT;1.1;AES\n00", .cipher("AES")),
    (header, .parts(1)),
    (header + "123", .cutOff),
    (header + "12zz", .notHex),
    (header + hex("aa\nbb"), .parts(2)),
    (header + hex("aa\nbb\ncc"), .parts(3)),
    (header + hex("aa\n\(hmac)\nxx"), .notHex),
    (header + hex("aa\n\(hmac)\n"), .cutOff),
    (header + hex("aa\n\(hmac)\nabcdef"), .cutOff),
    (header + hex("\n\(hmac)\n00000000000000000000000000000000"), .parts(3)),
  ]

  @Test(arguments: damaged)
  func `damage is told`(text: String, fault: EnvelopeFault) {
    #expect(throws: fault) { try Envelope(Array(text.utf8)) }
    let diagnostic = fault.diagnostic("the file `a`", at: nil)
    #expect(diagnostic.id == "vault-format")
    #expect(diagnostic.help?.isEmpty == false)
  }

  @Test func `an envelope that was cut anywhere is refused`() throws {
    let bytes = Array(Samples.labelled.utf8)
    for count in stride(from: 0, to: bytes.count - 2, by: 7) {
      #expect(throws: (any Error).self) {
        try Self.keys.open(try Envelope(Array(bytes.prefix(count))))
      }
    }
  }

  @Test func `an altered digit is noticed`() throws {
    let envelope = try Envelope(Array(Samples.plain.utf8))
    var ciphertext = envelope.ciphertext
    ciphertext[3] ^= 1
    let altered = Envelope(
      label: nil, salt: envelope.salt, tag: envelope.tag, ciphertext: ciphertext)
    #expect(throws: VaultRefusal.noneFits(tried: ["default", "prod"])) {
      try Self.keys.open(altered)
    }
  }
}
