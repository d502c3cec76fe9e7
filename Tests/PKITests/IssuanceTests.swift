import Foundation
import PKI
import Testing

/// What is made here is read and verified by openssl(1).
@Suite struct IssuanceTests {
  static let now = Moment(seconds: Int(Date().timeIntervalSince1970))

  static func authority(
    _ type: KeyAlgorithm, name: String = "etcd-ca", days: Int = 3650
  ) throws -> (certificate: Certificate, key: SigningKey) {
    let key = try SigningKey(new: type)
    let certificate = try Issuance(
      subject: Subject(commonName: name), purpose: .authority,
      validity: (Moment(seconds: now.seconds - 300), now.adding(days: days)),
      publicKey: #require(PublicHalf(key.publicKey))
    ).selfSigned(with: key)
    return (certificate, key)
  }

  static func leaf(_ key: SigningKey, _ usages: [Issuance.Usage] = [.server, .client]) throws
    -> Issuance
  {
    Issuance(
      subject: Subject(commonName: "node1", organizations: ["system:nodes", "b"]),
      alternativeNames: [
        try #require(AlternativeName(dns: "Node1.example.com")),
        try #require(AlternativeName(address: "10.0.0.1")),
        try #require(AlternativeName(address: "fd00::1")),
      ], purpose: .leaf(usages),
      validity: (Moment(seconds: now.seconds - 300), now.adding(days: 365)),
      publicKey: try #require(PublicHalf(key.publicKey)))
  }

  @Test(arguments: KeyAlgorithm.allCases, [KeyAlgorithm.ecdsaP256, .rsa2048])
  func `openssl verifies a leaf strictly`(_ authorityType: KeyAlgorithm, _ leafType: KeyAlgorithm)
    throws
  {
    let openssl = try OpenSSL()
    defer { openssl.remove() }
    let (authority, authorityKey) = try Self.authority(authorityType)
    let key = try SigningKey(new: leafType)
    let leaf = try Self.leaf(key).issued(by: authority, key: authorityKey)
    try openssl.write("ca.crt", authority.pem)
    try openssl.write("leaf.crt", leaf.pem)
    try openssl.write("leaf.key", key.pem)
    for purpose in ["sslserver", "sslclient"] {
      let done = try openssl(
        "verify", "-x509_strict", "-check_ss_sig", "-purpose", purpose, "-CAfile", "ca.crt",
        "-verify_ip", "10.0.0.1", "leaf.crt")
      #expect(done.status == 0, "\(done.text)")
    }
    let name = try openssl(
      "verify", "-CAfile", "ca.crt", "-verify_hostname", "node1.example.com", "leaf.crt")
    #expect(name.status == 0, "\(name.text)")
    let other = try openssl(
      "verify", "-CAfile", "ca.crt", "-verify_hostname", "node2.example.com", "leaf.crt")
    #expect(other.status != 0)
    let public1 = try openssl("pkey", "-in", "leaf.key", "-check", "-pubout")
    let public2 = try openssl("x509", "-in", "leaf.crt", "-noout", "-pubkey")
    #expect(public1.text.hasSuffix(public2.text), "\(public1.text)")
    #expect(leaf.isIssued(by: authority))
    #expect(authority.isSelfSigned)
    #expect(!leaf.isSelfSigned)
  }

  @Test func `openssl reads what was meant`() throws {
    let openssl = try OpenSSL()
    defer { openssl.remove() }
    let (authority, authorityKey) = try Self.authority(.ecdsaP256)
    try openssl.write(
      "leaf.crt",
      try Self.leaf(try SigningKey(new: .rsa2048)).issued(by: authority, key: authorityKey).pem)
    let text = try openssl("x509", "-in", "leaf.crt", "-noout", "-text").text
    for part in [
      "Version: 3", "ecdsa-with-SHA256", "Issuer: CN = etcd-ca", "CN = node1", "O = system:nodes",
      "Digital Signature, Key Encipherment", "CA:FALSE",
      "TLS Web Server Authentication, TLS Web Client Authentication",
      "DNS:node1.example.com, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1",
    ] {
      #expect(text.contains(part), "\(part) is missing in\n\(text)")
    }
    try openssl.write("ca.crt", authority.pem)
    let above = try openssl("x509", "-in", "ca.crt", "-noout", "-text").text
    #expect(above.contains("CA:TRUE"))
    #expect(above.contains("Certificate Sign, CRL Sign"))
  }

  @Test func `serial numbers are positive, long, and never the same`() throws {
    let (authority, key) = try Self.authority(.ecdsaP256)
    let leaf = try Self.leaf(try SigningKey(new: .ecdsaP256))
    let numbers = try (0..<50).map { _ in try leaf.issued(by: authority, key: key).serialNumber }
    #expect(Set(numbers).count == 50)
    #expect(numbers.allSatisfy { $0 > 0 && String($0, radix: 16).count <= 32 })
    #expect(numbers.contains { String($0, radix: 16).count > 30 })
  }

  @Test func `a certificate reads back as what was asked for`() throws {
    let (authority, authorityKey) = try Self.authority(.ecdsaP256)
    let key = try SigningKey(new: .ecdsaP256)
    let wished = try Self.leaf(key, [.client])
    let leaf = try wished.issued(by: authority, key: authorityKey)
    #expect(
      Subject(leaf.subject) == Subject(commonName: "node1", organizations: ["b", "system:nodes"]))
    #expect(leaf.alternativeNames == wished.alternativeNames)
    #expect(leaf.extendedUsages == [Issuance.Usage.client.identifier])
    #expect(leaf.keyUsage(0) == true)
    #expect(leaf.keyUsage(2) == false)
    #expect(!leaf.isAuthority)
    #expect(leaf.begin == wished.validity.begin)
    #expect(leaf.end == wished.validity.end)
    #expect(leaf.publicHalf?.encoded == key.publicKey)
    #expect(leaf.publicHalf?.type == .ecdsaP256)
    #expect(Certificate(pem: leaf.pem)?.encoded == leaf.encoded)
  }

  @Test func `after 2049 the year has four digits`() throws {
    let (authority, authorityKey) = try Self.authority(.ecdsaP256, days: 20000)
    #expect(authority.notAfter > "2050")
    let openssl = try OpenSSL()
    defer { openssl.remove() }
    try openssl.write("ca.crt", authority.pem)
    let text = try openssl("x509", "-in", "ca.crt", "-noout", "-enddate").text
    #expect(text.contains(String(authority.notAfter.prefix(4))))
    _ = authorityKey
  }

  @Test(arguments: [
    (0, "19700101000000Z"), (951_782_400, "20000229000000Z"), (1_709_251_199, "20240229235959Z"),
    (4_107_542_399, "21000228235959Z"), (-1, "19691231235959Z"),
  ])
  func `moments are dates of the calendar`(_ seconds: Int, _ text: String) {
    #expect(Moment(seconds: seconds).text == text)
    #expect(Moment(text)?.seconds == seconds)
  }

  @Test func `names are checked`() {
    #expect(AlternativeName(dns: "10.0.0.1") == nil)
    #expect(AlternativeName(dns: "a..b") == nil)
    #expect(AlternativeName(dns: "-a") == nil)
    #expect(AlternativeName(dns: "*.example.com") != nil)
    #expect(AlternativeName(address: "10.0.0") == nil)
    #expect(AlternativeName(address: "fd00::1")?.description == "IP:fd00::1")
  }
}
