import PKI
import Testing

/// Authorities that others made, with openssl(1).
@Suite struct AuthorityTests {
  /// Fills a folder by commands of openssl, and reads the authority in it.
  private func authority(
    key keyCommand: [String], subject: String = "/CN=theirs",
    extensions: [String] = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"],
    days: String = "30", now: Moment = IssuanceTests.now
  ) throws -> Result<Authority, Authority.Fault> {
    let openssl = try OpenSSL()
    defer { openssl.remove() }
    try run(openssl, keyCommand)
    try run(
      openssl,
      [
        "req", "-x509", "-new", "-key", "ca.key", "-subj", subject, "-days", days, "-out", "ca.crt",
        "-config", "none.cnf",
      ]
        + extensions.flatMap { ["-addext", $0] })
    let (certificate, key) = (try openssl.read("ca.crt"), try openssl.read("ca.key"))
    return Result { () throws(Authority.Fault) in
      let authority = try Authority(certificates: certificate, key: key)
      try authority.checkValidity(at: now)
      return authority
    }
  }

  private func run(_ openssl: OpenSSL, _ words: [String]) throws {
    try openssl.write("none.cnf", "[req]\ndistinguished_name = name\n[name]\n")
    let done = try openssl.run(words)
    #expect(done.status == 0, "\(done.text)")
  }

  @Test(arguments: [
    ["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ca.key"],
    ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "ca.key"],
    ["genrsa", "-traditional", "-out", "ca.key", "2048"], ["genrsa", "-out", "ca.key", "3072"],
  ])
  func `a customer's authority signs, whatever its key`(_ command: [String]) throws {
    let theirs = try authority(key: command).get()
    let signer = try #require(theirs.key)
    let openssl = try OpenSSL()
    defer { openssl.remove() }
    let leaf = try IssuanceTests.leaf(try SigningKey(new: .ecdsaP256))
      .issued(by: theirs.certificate, key: signer)
    try openssl.write("ca.crt", theirs.certificate.pem)
    try openssl.write("leaf.crt", leaf.pem)
    let done = try openssl("verify", "-x509_strict", "-CAfile", "ca.crt", "leaf.crt")
    #expect(done.status == 0, "\(done.text)")
  }

  private static let ecKey = [
    "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ca.key",
  ]

  @Test func `what cannot sign is refused, with the reason`() throws {
    let key = Self.ecKey
    #expect(
      throws: Authority.Fault.notAuthority,
      performing: { try authority(key: key, extensions: ["basicConstraints=CA:FALSE"]).get() })
    #expect(
      throws: Authority.Fault.notForSigning,
      performing: {
        try authority(
          key: key, extensions: ["basicConstraints=critical,CA:TRUE", "keyUsage=digitalSignature"]
        ).get()
      })
    let later = IssuanceTests.now.adding(days: 31)
    #expect {
      try authority(key: key, now: later).get()
    } throws: { error in
      if case Authority.Fault.expired = error { true } else { false }
    }
    let other = try SigningKey(new: .ecdsaP256)
    let (certificate, _) = try IssuanceTests.authority(.ecdsaP256)
    #expect(throws: Authority.Fault.foreignKey) {
      try Authority(certificates: certificate.pem, key: other.pem)
    }
    #expect(throws: Authority.Fault.noKey) {
      try Authority(certificates: certificate.pem, key: "nothing")
    }
    #expect(throws: Authority.Fault.noCertificate) {
      try Authority(certificates: "", key: nil)
    }
  }

  @Test func `an intermediate sends itself along, and its order is checked`() throws {
    let (root, rootKey) = try IssuanceTests.authority(.ecdsaP256, name: "root")
    let key = try SigningKey(new: .ecdsaP256)
    let middle = try Issuance(
      subject: Subject(commonName: "middle"), purpose: .authority,
      validity: (IssuanceTests.now, IssuanceTests.now.adding(days: 10)),
      publicKey: #require(PublicHalf(key.publicKey))
    ).issued(by: root, key: rootKey)
    let authority = try Authority(
      certificates: middle.pem + root.pem, key: key.pem)
    #expect(authority.chain.map(\.encoded) == [middle.encoded])
    let alone = try Authority(certificates: root.pem, key: nil)
    #expect(alone.chain.isEmpty)
    let (stranger, _) = try IssuanceTests.authority(.ecdsaP256, name: "root")
    #expect(throws: Authority.Fault.brokenChain("CN=middle")) {
      try Authority(certificates: middle.pem + stranger.pem, key: nil)
    }
    let openssl = try OpenSSL()
    defer { openssl.remove() }
    let leaf = try IssuanceTests.leaf(try SigningKey(new: .ecdsaP256)).issued(by: middle, key: key)
    try openssl.write("root.crt", root.pem)
    try openssl.write("chain.crt", leaf.pem + authority.chain.map(\.pem).joined())
    let done = try openssl(
      "verify", "-x509_strict", "-CAfile", "root.crt", "-untrusted", "chain.crt", "chain.crt")
    #expect(done.status == 0, "\(done.text)")
  }
}
