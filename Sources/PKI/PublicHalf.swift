import Crypto

/// The public half of a key as a certificate has it, and what tells it apart without the key itself.
package struct PublicHalf: Sendable, Hashable {
  /// SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
  package let encoded: [UInt8]
  /// nil for a kind that this program does not make.
  package let type: KeyAlgorithm?
  /// The point of an elliptic curve (SEC 1, 2.3.3), or the modulus of RSA without leading zeros; nil for other kinds.
  package let characteristic: [UInt8]?
  /// Whether keys are encrypted with it (RSA), besides signed for.
  package let isRSA: Bool

  /// Reads an encoded public key; nil where it is none.
  package init?(_ encoded: [UInt8]) {
    guard let parts = DER(encoded)?.members, parts.count == 2, let algorithm = parts[0].members,
      let identifier = algorithm.first?.objectIdentifier, let bits = parts[1].bits
    else { return nil }
    self.encoded = encoded
    switch identifier {
    case "1.2.840.113549.1.1.1":
      guard let modulus = DER(bits.bytes)?.members?.first?.content.drop(while: { $0 == 0 }) else {
        return nil
      }
      isRSA = true
      characteristic = Array(modulus)
      type = [256: .rsa2048, 384: .rsa3072, 512: .rsa4096][modulus.count]
    case "1.2.840.10045.2.1":
      isRSA = false
      characteristic = Array(bits.bytes)
      type =
        algorithm.dropFirst().first?.objectIdentifier == "1.2.840.10045.3.1.7" ? .ecdsaP256 : nil
    default:
      isRSA = false
      characteristic = nil
      type = nil
    }
  }

  package static func == (left: PublicHalf, right: PublicHalf) -> Bool {
    left.encoded == right.encoded
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(encoded) }

  /// The first 160 bits of the SHA-256 of the key's bits (RFC 7093, 2.1).
  var identifier: [UInt8] {
    let bits = DER(encoded)?.members?.last?.bits?.bytes ?? []
    return Array(SHA256.hash(data: Array(bits)).prefix(20))
  }
}
