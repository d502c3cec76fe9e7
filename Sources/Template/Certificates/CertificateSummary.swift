import BigInt
import Crypto
import PKI
import Schema

/// What `community.crypto.x509_certificate_info` tells about a certificate.
struct CertificateSummary {
  private let certificate: Certificate
  /// The present, as certificates write times.
  private let now: String

  init(_ certificate: Certificate, now: String) {
    self.certificate = certificate
    self.now = now
  }

  /// The result; nil where a part of the certificate cannot be read.
  var value: Value? {
    guard let key = PublicKey(certificate.publicKey) else { return nil }
    var result: ValueMap = [
      "signature_algorithm": .string(ObjectNames.name(of: certificate.signatureAlgorithm)),
      "subject": .dict(ValueMap(pairs(certificate.subject))),
      "subject_ordered": .list(pairs(certificate.subject).map { .list([$0.0, $0.1]) }),
      "issuer": .dict(ValueMap(pairs(certificate.issuer))),
      "issuer_ordered": .list(pairs(certificate.issuer).map { .list([$0.0, $0.1]) }),
      "version": .int(certificate.version),
    ]
    add("key_usage", "2.5.29.15", to: &result) { Self.keyUsage($0) }
    add("extended_key_usage", "2.5.29.37", to: &result) { value in
      Self.sorted(
        value.members?.compactMap(\.objectIdentifier).map(ObjectNames.name) ?? [])
    }
    add("basic_constraints", "2.5.29.19", to: &result) { Self.constraints($0) }
    add("ocsp_must_staple", "1.3.6.1.5.5.7.1.24", to: &result) { value in
      .bool(value.members?.contains { $0.number == 5 } ?? false)
    }
    add("subject_alt_name", "2.5.29.17", to: &result) { Self.names($0.members ?? []) }
    result["not_before"] = .string(certificate.notBefore)
    result["not_after"] = .string(certificate.notAfter)
    result["expired"] = .bool(certificate.notAfter < now)
    result["public_key"] = .string(Self.pem(Array(certificate.publicKey.encoded), "PUBLIC KEY"))
    result["public_key_type"] = .string(key.type)
    result["public_key_data"] = .dict(key.details)
    result["public_key_fingerprints"] = Self.fingerprints(Array(certificate.publicKey.encoded))
    result["fingerprints"] = Self.fingerprints(certificate.encoded)
    addIdentifiers(to: &result)
    result["serial_number"] = .integer(certificate.serialNumber)
    result["extensions_by_oid"] = .dict(
      ValueMap(
        certificate.extensions.map { found in
          (
            .string(found.identifier),
            .dict([
              "critical": .bool(found.isCritical),
              "value": .string(Base64.encoded(Array(found.value), isURLSafe: false)),
            ])
          )
        }))
    result["ocsp_uri"] = access("1.3.6.1.5.5.7.48.1")
    result["issuer_uri"] = access("1.3.6.1.5.5.7.48.2")
    return .dict(result)
  }

  private func pairs(_ attributes: [Certificate.Attribute]) -> [(Value, Value)] {
    attributes.map { (.string(ObjectNames.name(of: $0.identifier)), .string($0.value)) }
  }

  // MARK: Extensions

  private func add(
    _ name: String, _ identifier: String, to result: inout ValueMap, _ read: (DER) -> Value
  ) {
    let found = certificate.value(of: identifier)
    result[name] = found.map { read($0.value) } ?? .null
    result["\(name)_critical"] = .bool(found?.isCritical ?? false)
  }

  private static func sorted(_ texts: [String]) -> Value {
    .list(texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map(Value.string))
  }

  private static let usages = [
    "Digital Signature", "Non Repudiation", "Key Encipherment", "Data Encipherment",
    "Key Agreement", "Certificate Sign", "CRL Sign", "Encipher Only", "Decipher Only",
  ]

  private static func keyUsage(_ value: DER) -> Value {
    guard let bytes = value.bits?.bytes.map({ $0 }) else { return .list([]) }
    func isSet(_ bit: Int) -> Bool {
      bit / 8 < bytes.count && bytes[bit / 8] >> (7 - UInt8(bit % 8)) & 1 == 1
    }
    // The last two say something only about an agreement on keys.
    return sorted(usages.indices.filter { isSet($0) && ($0 < 7 || isSet(4)) }.map { usages[$0] })
  }

  private static func constraints(_ value: DER) -> Value {
    let members = value.members ?? []
    let isAuthority = members.first.map { $0.tag == 0x01 && $0.content.first != 0 } ?? false
    let length = members.first { $0.tag == DER.integer }?.number
    return sorted(
      ["CA:\(isAuthority ? "TRUE" : "FALSE")"] + (length.map { ["pathlen:\($0)"] } ?? []))
  }

  private static func names(_ names: [DER]) -> Value {
    .list(names.compactMap(GeneralName.text).map(Value.string))
  }

  private func addIdentifiers(to result: inout ValueMap) {
    let subject = certificate.value(of: "2.5.29.14")?.value
    result["subject_key_identifier"] = subject.map { .string(Self.colons($0.content)) } ?? .null
    let issuer = certificate.value(of: "2.5.29.35")?.value.members ?? []
    result["authority_key_identifier"] =
      issuer.first { $0.tag == 0x80 }.map { .string(Self.colons($0.content)) } ?? .null
    result["authority_cert_issuer"] =
      issuer.first { $0.tag == 0xA1 }.map { Self.names($0.members ?? []) } ?? .null
    result["authority_cert_serial_number"] =
      issuer.first { $0.tag == 0x82 }?.number.map(Value.integer) ?? .null
  }

  /// The first URI of a method in the authority information access.
  private func access(_ method: String) -> Value {
    for description in certificate.value(of: "1.3.6.1.5.5.7.1.1")?.value.members ?? [] {
      guard let parts = description.members, parts.count == 2,
        parts[0].objectIdentifier == method, parts[1].tag == 0x86
      else { continue }
      return .string(String(decoding: parts[1].content, as: UTF8.self))
    }
    return .null
  }

  // MARK: Texts

  private static func colons(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { PythonText.hex(UInt32($0), 2) }.joined(separator: ":")
  }

  private static func pem(_ bytes: [UInt8], _ label: String) -> String {
    var digits = Base64.encoded(bytes, isURLSafe: false)[...]
    var lines = ["-----BEGIN \(label)-----"]
    while !digits.isEmpty {
      lines.append(String(digits.prefix(64)))
      digits = digits.dropFirst(64)
    }
    return (lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
  }

  /// The digests that this program has.
  private static func fingerprints(_ bytes: [UInt8]) -> Value {
    .dict([
      "md5": .string(colons(Insecure.MD5.hash(data: bytes))),
      "sha1": .string(colons(Insecure.SHA1.hash(data: bytes))),
      "sha256": .string(colons(SHA256.hash(data: bytes))),
      "sha384": .string(colons(SHA384.hash(data: bytes))),
      "sha512": .string(colons(SHA512.hash(data: bytes))),
    ])
  }
}
