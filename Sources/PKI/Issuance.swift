/// What a certificate is to say, before it is signed.
package struct Issuance: Sendable {
  /// What a leaf may be used for in TLS.
  package enum Usage: String, Sendable, Hashable, CaseIterable {
    case server, client

    /// The object identifier (RFC 5280, 4.2.1.12).
    package var identifier: String {
      switch self {
      case .server: "1.3.6.1.5.5.7.3.1"
      case .client: "1.3.6.1.5.5.7.3.2"
      }
    }
  }

  /// What the certificate is.
  package enum Purpose: Sendable {
    case authority
    case leaf([Usage])
  }

  package var subject: Subject
  package var alternativeNames: [AlternativeName]
  package var purpose: Purpose
  /// The first and the last moment of its validity.
  package var validity: (begin: Moment, end: Moment)
  /// The public half of the key that it is about.
  package var publicKey: PublicHalf

  package init(
    subject: Subject, alternativeNames: [AlternativeName] = [], purpose: Purpose,
    validity: (begin: Moment, end: Moment), publicKey: PublicHalf
  ) {
    self.subject = subject
    self.alternativeNames = alternativeNames
    self.purpose = purpose
    self.validity = validity
    self.publicKey = publicKey
  }

  /// The certificate of an authority's own, signed by the key that it is about.
  package func selfSigned(with key: SigningKey) throws -> Certificate {
    try certificate(
      issuerName: subject.encoded, issuerKey: publicKey.identifier, signedWith: key)
  }

  /// The certificate, signed by an authority.
  package func issued(by authority: Certificate, key: SigningKey) throws -> Certificate {
    try certificate(
      issuerName: authority.subjectName,
      issuerKey: authority.keyIdentifier ?? authority.publicHalf?.identifier ?? [], signedWith: key)
  }

  private func certificate(
    issuerName: [UInt8], issuerKey: [UInt8], signedWith key: SigningKey
  ) throws -> Certificate {
    let body = DERWriting.sequence([
      DERWriting.value(0xA0, DERWriting.integer([2])), DERWriting.integer(Self.serialNumber()),
      key.algorithm, issuerName,
      DERWriting.sequence([DERWriting.time(validity.begin), DERWriting.time(validity.end)]),
      subject.encoded, publicKey.encoded,
      DERWriting.value(0xA3, DERWriting.sequence(extensions(issuerKey))),
    ])
    let whole = DERWriting.sequence([
      body, key.algorithm, DERWriting.bits(try key.signature(of: body)),
    ])
    guard let certificate = Certificate(encoded: whole) else { throw IssuanceFault() }
    return certificate
  }

  /// 128 random bits, not all of them zero (RFC 5280, 4.1.2.2 wants a positive number of at most 20 bytes).
  private static func serialNumber() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return digits.contains { $0 != 0 } ? digits : [1]
  }

  private func extensions(_ issuerKey: [UInt8]) -> [[UInt8]] {
    var list: [[UInt8]] = []
    func add(_ name: String, isCritical: Bool, _ value: [UInt8]) {
      var parts = [DERWriting.object(name)]
      if isCritical { parts.append(DERWriting.boolean(true)) }
      list.append(DERWriting.sequence(parts + [DERWriting.octets(value)]))
    }
    switch purpose {
    case .authority:
      // keyCertSign and cRLSign.
      add(ExtensionName.usage, isCritical: true, DERWriting.bits([0b0000_0110], unused: 1))
      add(
        ExtensionName.constraints, isCritical: true,
        DERWriting.sequence([DERWriting.boolean(true)]))
    case .leaf(let usages):
      // digitalSignature, and keyEncipherment where keys can be encrypted.
      add(
        ExtensionName.usage, isCritical: true,
        publicKey.isRSA
          ? DERWriting.bits([0b1010_0000], unused: 5) : DERWriting.bits([0b1000_0000], unused: 7))
      add(ExtensionName.constraints, isCritical: true, DERWriting.sequence([]))
      add(
        ExtensionName.extendedUsage, isCritical: false,
        DERWriting.sequence(usages.map { DERWriting.object($0.identifier) }))
    }
    add(ExtensionName.subjectKey, isCritical: false, DERWriting.octets(publicKey.identifier))
    add(
      ExtensionName.authorityKey, isCritical: false,
      DERWriting.sequence([DERWriting.value(0x80, issuerKey)]))
    if !alternativeNames.isEmpty {
      add(
        ExtensionName.alternativeNames, isCritical: false,
        DERWriting.sequence(alternativeNames.map(\.encoded)))
    }
    return list
  }
}

/// A certificate that was put together cannot be read again: a name in it has no encoding.
struct IssuanceFault: Error {}
