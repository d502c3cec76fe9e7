import BigInt
import PKI
import Schema

/// What a public key is, as `community.crypto` tells it.
struct PublicKey {
  /// `RSA`, `DSA`, `ECC`, `Ed25519`, `Ed448`, `X25519`, `X448`, or `unknown` and the identifier.
  let type: String
  let details: ValueMap

  /// Named curves and their sizes in bits.
  private static let curves: [String: (name: String, size: Int)] = [
    "1.2.840.10045.3.1.1": ("secp192r1", 192), "1.3.132.0.33": ("secp224r1", 224),
    "1.2.840.10045.3.1.7": ("secp256r1", 256), "1.3.132.0.10": ("secp256k1", 256),
    "1.3.132.0.34": ("secp384r1", 384), "1.3.132.0.35": ("secp521r1", 521),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
  ]

  private static let others = [
    "1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
  ]

  /// Reads `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7); nil where it is none.
  init?(_ encoded: DER) {
    guard let parts = encoded.members, parts.count == 2, let algorithm = parts[0].members,
      let identifier = algorithm.first?.objectIdentifier, let bits = parts[1].bits
    else { return nil }
    switch identifier {
    case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10":
      guard let numbers = DER(bits.bytes)?.members, numbers.count == 2,
        let modulus = numbers[0].number, let exponent = numbers[1].number
      else { return nil }
      type = "RSA"
      details = [
        "size": .int(modulus.magnitude.bitWidth), "modulus": .integer(modulus),
        "exponent": .integer(exponent),
      ]
    case "1.2.840.10045.2.1":
      guard let curve = algorithm.dropFirst().first?.objectIdentifier,
        let known = Self.curves[curve], bits.bytes.first == 4, bits.bytes.count % 2 == 1
      else { return nil }
      let half = bits.bytes.count / 2
      type = "ECC"
      details = [
        "curve": .string(known.name), "exponent_size": .int(known.size),
        "x": Self.integer(bits.bytes.dropFirst().prefix(half)),
        "y": Self.integer(bits.bytes.suffix(half)),
      ]
    case "1.2.840.10040.4.1":
      guard let numbers = algorithm.dropFirst().first?.members?.compactMap(\.number),
        numbers.count == 3, let value = DER(bits.bytes)?.number
      else { return nil }
      type = "DSA"
      details = [
        "size": .int(numbers[0].magnitude.bitWidth), "p": .integer(numbers[0]),
        "q": .integer(numbers[1]), "g": .integer(numbers[2]), "y": .integer(value),
      ]
    default:
      type = Self.others[identifier] ?? "unknown (\(identifier))"
      details = [:]
    }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> Value {
    .integer(BigInt(bytes.reduce(BigUInt(0)) { $0 << 8 | BigUInt($1) }))
  }
}
