import Crypto
import CryptoExtras

/// A private key in memory, ready to sign; decrypted once, used for every host.
enum SigningKey: Sendable {
  case ed25519(Curve25519.Signing.PrivateKey)
  case p256(P256.Signing.PrivateKey)
  case p384(P384.Signing.PrivateKey)
  case p521(P521.Signing.PrivateKey)
  case rsa(_RSA.Signing.PrivateKey)

  /// Whether a signature costs so little that it may be made on the reactor's thread.
  var isCheap: Bool {
    switch self {
    case .ed25519, .p256: true
    case .p384, .p521, .rsa: false
    }
  }

  /// The public half.
  var publicBlob: [UInt8] {
    var writer = WireWriter()
    switch self {
    case .ed25519(let key):
      writer.text("ssh-ed25519")
      writer.string(key.publicKey.rawRepresentation)
    case .p256(let key): writer.curve("nistp256", key.publicKey.x963Representation)
    case .p384(let key): writer.curve("nistp384", key.publicKey.x963Representation)
    case .p521(let key): writer.curve("nistp521", key.publicKey.x963Representation)
    case .rsa(let key):
      guard let numbers = try? key.publicKey.getKeyPrimitives() else { return [] }
      writer.text("ssh-rsa")
      writer.magnitude(numbers.publicExponent)
      writer.magnitude(numbers.modulus)
    }
    return writer.bytes
  }

  /// The signature without its algorithm's name (RFC 4253 6.6, RFC 5656 3.1.2, RFC 8332 3,
  /// RFC 8709 6); nil when the key cannot sign with `algorithm`.
  func sign(_ bytes: [UInt8], algorithm: String) -> [UInt8]? {
    switch self {
    case .ed25519(let key): (try? key.signature(for: bytes)).map { Array($0) }
    case .p256(let key):
      (try? key.signature(for: bytes)).map { SigningKey.pair(Array($0.rawRepresentation)) }
    case .p384(let key):
      (try? key.signature(for: bytes)).map { SigningKey.pair(Array($0.rawRepresentation)) }
    case .p521(let key):
      (try? key.signature(for: bytes)).map { SigningKey.pair(Array($0.rawRepresentation)) }
    case .rsa(let key): SigningKey.signRSA(key, bytes, algorithm)
    }
  }

  private static func signRSA(
    _ key: _RSA.Signing.PrivateKey, _ bytes: [UInt8], _ algorithm: String
  ) -> [UInt8]? {
    let padding = _RSA.Signing.Padding.insecurePKCS1v1_5
    let signature =
      switch algorithm {
      case "rsa-sha2-512": try? key.signature(for: SHA512.hash(data: bytes), padding: padding)
      case "rsa-sha2-256": try? key.signature(for: SHA256.hash(data: bytes), padding: padding)
      case "ssh-rsa":
        try? key.signature(for: Insecure.SHA1.hash(data: bytes), padding: padding)
      default: _RSA.Signing.RSASignature?.none
      }
    return signature.map { Array($0.rawRepresentation) }
  }

  /// Two numbers of equal length as two `mpint`.
  private static func pair(_ raw: [UInt8]) -> [UInt8] {
    var writer = WireWriter()
    writer.magnitude(raw[..<(raw.count / 2)])
    writer.magnitude(raw[(raw.count / 2)...])
    return writer.bytes
  }
}

extension WireWriter {
  fileprivate mutating func curve(_ name: String, _ point: some Collection<UInt8>) {
    text("ecdsa-sha2-" + name)
    text(name)
    string(point)
  }
}
