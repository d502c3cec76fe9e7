import Crypto
import CryptoExtras

/// What a certificate says about whom it is for and what for.
extension Certificate {
  /// The certificates of a PEM text, in order; nil where one of them cannot be read.
  package static func all(pem text: String) -> [Certificate]? {
    let blocks = PEM.blocks(text).filter(\.isCertificate)
    let read = blocks.compactMap { Certificate(encoded: $0.content) }
    return read.count == blocks.count ? read : nil
  }

  /// The certificate as PEM.
  package var pem: String { PEM("CERTIFICATE", encoded).text }

  /// From when on it is valid.
  package var begin: Moment? { Moment(notBefore) }
  /// Until when it is valid.
  package var end: Moment? { Moment(notAfter) }

  /// The public key that it is about; nil where that cannot be read.
  package var publicHalf: PublicHalf? { PublicHalf(Array(publicKey.encoded)) }

  /// The names besides the subject; empty where it has none.
  package var alternativeNames: [AlternativeName] {
    value(of: ExtensionName.alternativeNames)?.value.members?.map(AlternativeName.init) ?? []
  }

  /// Object identifiers of what it may be used for; nil where it does not say, which means anything.
  package var extendedUsages: [String]? {
    value(of: ExtensionName.extendedUsage)?.value.members?.compactMap(\.objectIdentifier)
  }

  /// Whether it may sign certificates, by its basic constraints.
  package var isAuthority: Bool {
    guard let flag = value(of: ExtensionName.constraints)?.value.members?.first else {
      return false
    }
    return flag.tag == 0x01 && flag.content.first != 0
  }

  /// How many other authorities may stand between it and a leaf; nil for any number.
  package var pathLength: Int? {
    value(of: ExtensionName.constraints)?.value.members?.first { $0.tag == DER.integer }?.number
      .map { Int(clamping: $0) }
  }

  /// Whether a key usage is set, by its number in RFC 5280, 4.2.1.3; nil where the certificate names no usages.
  package func keyUsage(_ bit: Int) -> Bool? {
    guard let bytes = value(of: ExtensionName.usage)?.value.bits?.bytes.map({ $0 }) else {
      return nil
    }
    return bit / 8 < bytes.count && bytes[bit / 8] >> (7 - UInt8(bit % 8)) & 1 == 1
  }

  /// What names its key; nil where it does not say.
  var keyIdentifier: [UInt8]? {
    value(of: ExtensionName.subjectKey).map { Array($0.value.content) }
  }

  /// Whether it is signed by its own key.
  package var isSelfSigned: Bool { issuerName == subjectName && isSigned(by: self) }

  /// Whether the key of another certificate made its signature, and that is the issuer by its name.
  package func isIssued(by authority: Certificate) -> Bool {
    issuerName == authority.subjectName && isSigned(by: authority)
  }

  private func isSigned(by authority: Certificate) -> Bool {
    let key = Array(authority.publicKey.encoded)
    switch signatureAlgorithm {
    case "1.2.840.10045.4.3.2": return isValid(key, SHA256.hash(data: signed))
    case "1.2.840.10045.4.3.3": return isValid(key, SHA384.hash(data: signed))
    case "1.2.840.10045.4.3.4": return isValid(key, SHA512.hash(data: signed))
    case "1.2.840.113549.1.1.11": return isValidRSA(key, SHA256.hash(data: signed))
    case "1.2.840.113549.1.1.12": return isValidRSA(key, SHA384.hash(data: signed))
    case "1.2.840.113549.1.1.13": return isValidRSA(key, SHA512.hash(data: signed))
    default: return false
    }
  }

  private func isValid(_ key: [UInt8], _ digest: some Digest) -> Bool {
    if let key = try? P256.Signing.PublicKey(derRepresentation: key) {
      return (try? P256.Signing.ECDSASignature(derRepresentation: signature))
        .map { key.isValidSignature($0, for: digest) } ?? false
    }
    if let key = try? P384.Signing.PublicKey(derRepresentation: key) {
      return (try? P384.Signing.ECDSASignature(derRepresentation: signature))
        .map { key.isValidSignature($0, for: digest) } ?? false
    }
    if let key = try? P521.Signing.PublicKey(derRepresentation: key) {
      return (try? P521.Signing.ECDSASignature(derRepresentation: signature))
        .map { key.isValidSignature($0, for: digest) } ?? false
    }
    return false
  }

  private func isValidRSA(_ key: [UInt8], _ digest: some Digest) -> Bool {
    (try? _RSA.Signing.PublicKey(derRepresentation: key)).map {
      $0.isValidSignature(
        _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest,
        padding: .insecurePKCS1v1_5)
    } ?? false
  }
}

/// Object identifiers of extensions (RFC 5280, 4.2.1).
enum ExtensionName {
  static let subjectKey = "2.5.29.14"
  static let usage = "2.5.29.15"
  static let alternativeNames = "2.5.29.17"
  static let constraints = "2.5.29.19"
  static let authorityKey = "2.5.29.35"
  static let extendedUsage = "2.5.29.37"
}
