import Crypto
import CryptoExtras

/// A private key in one of the older PEM forms: PKCS#1, SEC 1, PKCS#8.
struct PEMKey: Sendable {
  private let block: PEMBlock

  init(_ block: PEMBlock) { self.block = block }

  var isEncrypted: Bool {
    block.label == "ENCRYPTED PRIVATE KEY" || block.headers["DEK-Info"] != nil
  }

  func open(passphrase: String?) throws(KeyFileProblem) -> SigningKey {
    guard isEncrypted else { return try PEMKey.key(block.label, block.body) }
    guard let passphrase, !passphrase.isEmpty else { throw .passphraseNeeded }
    if let info = block.headers["DEK-Info"] {
      let plain = try PEMKey.decryptLegacy(block.body, info, passphrase)
      do {
        return try PEMKey.key(block.label, plain)
      } catch {
        if case .malformed = error { throw .passphraseWrong }
        throw error
      }
    }
    throw .unsupported("encrypted PKCS#8; ssh-keygen -p -f FILE rewrites it in OpenSSH's format")
  }

  private static func key(_ label: String, _ der: [UInt8]) throws(KeyFileProblem) -> SigningKey {
    switch label {
    case "RSA PRIVATE KEY":
      if let key = try? _RSA.Signing.PrivateKey(unsafeDERRepresentation: der) { return .rsa(key) }
    case "EC PRIVATE KEY":
      if let key = curveKey(pem: PEMKey.pem(label, der)) { return key }
    case "PRIVATE KEY":
      if let key = ed25519(der) { return key }
      if let key = curveKey(pem: PEMKey.pem(label, der)) { return key }
      if let key = try? _RSA.Signing.PrivateKey(unsafeDERRepresentation: der) { return .rsa(key) }
    default: throw .unsupported(label.lowercased())
    }
    throw .malformed("the key in it cannot be decoded")
  }

  private static func pem(_ label: String, _ der: [UInt8]) -> String {
    let letters = Array(Base64.encode(der).utf8)
    let lines = stride(from: 0, to: letters.count, by: 64).map {
      String(decoding: letters[$0..<min($0 + 64, letters.count)], as: UTF8.self)
    }
    return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""])
      .joined(separator: "\n")
  }

  private static func curveKey(pem: String) -> SigningKey? {
    if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) { return .p256(key) }
    if let key = try? P384.Signing.PrivateKey(pemRepresentation: pem) { return .p384(key) }
    if let key = try? P521.Signing.PrivateKey(pemRepresentation: pem) { return .p521(key) }
    return nil
  }

  /// The 32 bytes after the fixed header of RFC 8410 section 7.
  private static func ed25519(_ der: [UInt8]) -> SigningKey? {
    let header: [UInt8] = [
      0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
      0x20,
    ]
    guard der.starts(with: header), der.count >= header.count + 32 else { return nil }
    let secret = der[header.count..<(header.count + 32)]
    return (try? Curve25519.Signing.PrivateKey(rawRepresentation: secret)).map(SigningKey.ed25519)
  }

  /// `Proc-Type: 4,ENCRYPTED`: AES-CBC under a key made by repeated MD5 (EVP_BytesToKey(3)).
  private static func decryptLegacy(
    _ body: [UInt8], _ info: String, _ passphrase: String
  ) throws(KeyFileProblem) -> [UInt8] {
    let parts = info.split(separator: ",").map(String.init)
    let lengths = ["AES-128-CBC": 16, "AES-192-CBC": 24, "AES-256-CBC": 32]
    guard parts.count == 2, let length = lengths[parts[0]] else {
      throw .unsupported("cipher \(parts.first ?? info); ssh-keygen -p -f FILE rewrites the key")
    }
    guard let vector = hexadecimal(parts[1]), vector.count == 16 else {
      throw .malformed("DEK-Info has no initialisation vector")
    }
    var key: [UInt8] = []
    var last: [UInt8] = []
    while key.count < length {
      last = Array(Insecure.MD5.hash(data: last + Array(passphrase.utf8) + vector[..<8]))
      key += last
    }
    guard let iv = try? AES._CBC.IV(ivBytes: vector),
      let plain = try? AES._CBC.decrypt(body, using: SymmetricKey(data: key[..<length]), iv: iv)
    else { throw .passphraseWrong }
    return Array(plain)
  }

  private static func hexadecimal(_ text: String) -> [UInt8]? {
    let letters = Array(text.utf8)
    guard letters.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: letters.count, by: 2) {
      guard
        let byte = UInt8(String(decoding: letters[index...(index + 1)], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
