import Crypto
import CryptoExtras

/// A private key that signs certificates, or that one is issued for.
package enum SigningKey: Sendable {
  case p256(P256.Signing.PrivateKey)
  case p384(P384.Signing.PrivateKey)
  case p521(P521.Signing.PrivateKey)
  case rsa(_RSA.Signing.PrivateKey)

  /// A new key from the system's random numbers; an RSA key takes tenths of a second to seconds.
  package init(new type: KeyAlgorithm) throws {
    switch type {
    case .ecdsaP256: self = .p256(P256.Signing.PrivateKey())
    case .rsa2048: self = .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
    case .rsa3072: self = .rsa(try _RSA.Signing.PrivateKey(keySize: .bits3072))
    case .rsa4096: self = .rsa(try _RSA.Signing.PrivateKey(keySize: .bits4096))
    }
  }

  /// Reads the first private key of a PEM text: PKCS#1, SEC 1 or PKCS#8, on P-256, P-384, P-521, or RSA of 2048 bits or
  /// more; nil where there is none, or it has a passphrase.
  package init?(pem text: String) {
    guard let block = PEM.blocks(text).first(where: \.isPrivateKey) else { return nil }
    let text = block.text
    if let key = try? P256.Signing.PrivateKey(pemRepresentation: text) {
      self = .p256(key)
    } else if let key = try? P384.Signing.PrivateKey(pemRepresentation: text) {
      self = .p384(key)
    } else if let key = try? P521.Signing.PrivateKey(pemRepresentation: text) {
      self = .p521(key)
    } else if let key = try? _RSA.Signing.PrivateKey(derRepresentation: block.content) {
      self = .rsa(key)
    } else {
      return nil
    }
  }

  /// The public half with its algorithm (SubjectPublicKeyInfo).
  package var publicKey: [UInt8] {
    switch self {
    case .p256(let key): Array(key.publicKey.derRepresentation)
    case .p384(let key): Array(key.publicKey.derRepresentation)
    case .p521(let key): Array(key.publicKey.derRepresentation)
    case .rsa(let key): Array(key.publicKey.derRepresentation)
    }
  }

  /// The key as kubeadm writes it: `EC PRIVATE KEY` (SEC 1, RFC 5915) with its public half at the end, or
  /// `RSA PRIVATE KEY` (PKCS#1).
  package var pem: String {
    switch self {
    case .p256(let key):
      Self.sec1(
        Array(key.rawRepresentation), Array(key.publicKey.x963Representation), "1.2.840.10045.3.1.7"
      )
    case .p384(let key):
      Self.sec1(
        Array(key.rawRepresentation), Array(key.publicKey.x963Representation), "1.3.132.0.34")
    case .p521(let key):
      Self.sec1(
        Array(key.rawRepresentation), Array(key.publicKey.x963Representation), "1.3.132.0.35")
    case .rsa(let key): PEM("RSA PRIVATE KEY", Array(key.derRepresentation)).text
    }
  }

  private static func sec1(_ secret: [UInt8], _ point: [UInt8], _ curve: String) -> String {
    PEM(
      "EC PRIVATE KEY",
      DERWriting.sequence([
        DERWriting.integer([1]), DERWriting.octets(secret),
        DERWriting.value(0xA0, DERWriting.object(curve)),
        DERWriting.value(0xA1, DERWriting.bits(point)),
      ])
    ).text
  }

  /// The algorithm of its signatures: ECDSA with the hash that fits the curve (RFC 5758), RSA of PKCS#1 1.5 with SHA-256 (RFC 4055).
  var algorithm: [UInt8] {
    switch self {
    case .p256: DERWriting.sequence([DERWriting.object("1.2.840.10045.4.3.2")])
    case .p384: DERWriting.sequence([DERWriting.object("1.2.840.10045.4.3.3")])
    case .p521: DERWriting.sequence([DERWriting.object("1.2.840.10045.4.3.4")])
    case .rsa:
      DERWriting.sequence([
        DERWriting.object("1.2.840.113549.1.1.11"), DERWriting.value(0x05, []),
      ])
    }
  }

  func signature(of bytes: [UInt8]) throws -> [UInt8] {
    switch self {
    case .p256(let key): Array(try key.signature(for: SHA256.hash(data: bytes)).derRepresentation)
    case .p384(let key): Array(try key.signature(for: SHA384.hash(data: bytes)).derRepresentation)
    case .p521(let key): Array(try key.signature(for: SHA512.hash(data: bytes)).derRepresentation)
    case .rsa(let key):
      Array(
        try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
          .rawRepresentation)
    }
  }
}

/// Which kind of key is made.
package enum KeyAlgorithm: String, Sendable, Hashable, CaseIterable {
  case ecdsaP256 = "ecdsa-p256"
  case rsa2048 = "rsa-2048"
  case rsa3072 = "rsa-3072"
  case rsa4096 = "rsa-4096"
}
