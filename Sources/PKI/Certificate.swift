import BigInt

/// An X.509 certificate (RFC 5280), read from its encoding.
package struct Certificate: Sendable {
  /// An attribute of a name: its object identifier and its text.
  package typealias Attribute = (identifier: String, value: String)

  /// An extension that need not be known.
  package struct Extension: Sendable {
    /// The object identifier with dots.
    package var identifier: String
    /// Whether who does not know it must refuse the certificate.
    package var isCritical: Bool
    /// The encoding of its value.
    package var value: ArraySlice<UInt8>
  }

  /// The whole certificate.
  package let encoded: [UInt8]
  /// 1 to 3.
  package let version: Int
  /// Unique among the certificates of an issuer.
  package let serialNumber: BigInt
  /// The object identifier of the algorithm of the signature.
  package let signatureAlgorithm: String
  /// The issuer's name, in order.
  package let issuer: [Attribute]
  /// The subject's name, in order.
  package let subject: [Attribute]
  /// The encoding of the issuer's name.
  package let issuerName: [UInt8]
  /// The encoding of the subject's name: what certificates that it signs have as their issuer.
  package let subjectName: [UInt8]
  /// The first moment of its validity, as `YYYYMMDDHHMMSSZ`.
  package let notBefore: String
  /// The last moment of its validity, as `YYYYMMDDHHMMSSZ`.
  package let notAfter: String
  /// The subject's public key with its algorithm (SubjectPublicKeyInfo).
  package let publicKey: DER
  /// In the order of the certificate.
  package let extensions: [Extension]
  /// What the issuer has signed.
  let signed: [UInt8]
  /// The bytes of the issuer's signature.
  let signature: [UInt8]

  /// Reads the first certificate of a PEM text (RFC 7468); nil where there is none.
  package init?(pem text: String) {
    guard let block = PEM.blocks(text).first(where: \.isCertificate) else { return nil }
    self.init(encoded: block.content)
  }

  /// Reads an encoded certificate; nil where it is none.
  package init?(encoded: [UInt8]) {
    guard let whole = DER(encoded), whole.tag == DER.sequence, let parts = whole.members,
      parts.count == 3, let algorithm = parts[1].members?.first?.objectIdentifier,
      let signature = parts[2].bits, var body = parts[0].members
    else { return nil }
    var version = 1
    if body.first?.tag == 0xA0 {
      guard let number = body.removeFirst().members?.first?.number else { return nil }
      version = Int(clamping: number) + 1
    }
    guard body.count >= 6, let serial = body[0].number, let issuer = Self.name(body[2]),
      let validity = body[3].members, validity.count == 2, let notBefore = validity[0].time,
      let notAfter = validity[1].time, let subject = Self.name(body[4])
    else { return nil }
    self.encoded = encoded
    self.version = version
    serialNumber = serial
    signatureAlgorithm = algorithm
    self.issuer = issuer
    self.subject = subject
    issuerName = Array(body[2].encoded)
    subjectName = Array(body[4].encoded)
    self.notBefore = notBefore
    self.notAfter = notAfter
    publicKey = body[5]
    signed = Array(parts[0].encoded)
    self.signature = Array(signature.bytes)
    guard let list = body.dropFirst(6).first(where: { $0.tag == 0xA3 }) else {
      extensions = []
      return
    }
    let read = list.members?.first?.members?.map(Self.readExtension)
    guard let read, read.allSatisfy({ $0 != nil }) else { return nil }
    extensions = read.compactMap(\.self)
  }

  private static func readExtension(_ value: DER) -> Extension? {
    guard let parts = value.members, (2...3).contains(parts.count),
      let identifier = parts[0].objectIdentifier, let last = parts.last, last.tag == DER.octets
    else { return nil }
    let isCritical = parts.count == 3 && parts[1].content.first.map { $0 != 0 } == true
    return Extension(identifier: identifier, isCritical: isCritical, value: last.content)
  }

  /// The attributes of a distinguished name, in order; nil where it is none.
  package static func name(_ value: DER) -> [Attribute]? {
    guard let sets = value.members else { return nil }
    var attributes: [Attribute] = []
    for set in sets {
      for pair in set.members ?? [] {
        guard let parts = pair.members, parts.count == 2,
          let identifier = parts[0].objectIdentifier, let text = parts[1].text
        else { return nil }
        attributes.append((identifier, text))
      }
    }
    return attributes
  }

  /// The value that an extension holds, by its object identifier; nil where there is no such extension.
  package func value(of identifier: String) -> (value: DER, isCritical: Bool)? {
    guard let found = extensions.first(where: { $0.identifier == identifier }),
      let value = DER(found.value)
    else { return nil }
    return (value, found.isCritical)
  }
}
