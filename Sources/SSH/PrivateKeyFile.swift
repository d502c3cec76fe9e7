import Crypto
import CryptoExtras

/// Why a key file is of no use.
enum KeyFileProblem: Error, Hashable, Sendable {
  case unreadable(String)
  case malformed(String)
  case unsupported(String)
  case passphraseNeeded
  case passphraseWrong

  /// The fact, in words.
  var text: String {
    switch self {
    case .unreadable(let why): "cannot be read: \(why)"
    case .malformed(let why): "is damaged: \(why)"
    case .unsupported(let what): "is of a kind that is not supported: \(what)"
    case .passphraseNeeded: "needs a passphrase"
    case .passphraseWrong: "the passphrase is wrong"
    }
  }
}

/// A private key as it lies in a file.
struct PrivateKeyFile: Sendable {
  private enum Content: Sendable {
    case openSSH(OpenSSHKeyEnvelope)
    case pem(PEMKey)
  }

  private let content: Content

  /// Recognises the format; nothing is decrypted yet.
  init(_ text: [UInt8]) throws(KeyFileProblem) {
    guard let block = PEMBlock(text) else {
      throw .malformed("there is no -----BEGIN ...----- block in it")
    }
    if block.label == "OPENSSH PRIVATE KEY" {
      content = .openSSH(try OpenSSHKeyEnvelope(block.body))
    } else {
      content = .pem(PEMKey(block))
    }
  }

  /// The public half where the file tells it in the clear.
  var publicBlob: [UInt8]? {
    switch content {
    case .openSSH(let envelope): envelope.publicBlob
    case .pem: nil
    }
  }

  var isEncrypted: Bool {
    switch content {
    case .openSSH(let envelope): envelope.isEncrypted
    case .pem(let key): key.isEncrypted
    }
  }

  /// The key itself; slow (about 0.1 s) when a passphrase is needed.
  func unlock(passphrase: String?) throws(KeyFileProblem) -> SigningKey {
    switch content {
    case .openSSH(let envelope): try envelope.open(passphrase: passphrase)
    case .pem(let key): try key.open(passphrase: passphrase)
    }
  }
}

/// The first `-----BEGIN X-----` block of a text (RFC 7468, and the headers of RFC 1421).
struct PEMBlock: Sendable {
  let label: String
  let headers: [String: String]
  let body: [UInt8]

  init?(_ text: [UInt8]) {
    let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      .map { String(decoding: $0, as: UTF8.self) }
    guard let start = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }),
      let end = lines[start...].firstIndex(where: { $0.hasPrefix("-----END ") })
    else { return nil }
    label = String(lines[start].dropFirst(11).prefix { $0 != "-" })
    var headers: [String: String] = [:]
    var letters: [UInt8] = []
    for line in lines[(start + 1)..<end] {
      if let colon = line.firstIndex(of: ":") {
        headers[String(line[..<colon])] = String(
          line[line.index(after: colon)...].drop { $0 == " " })
      } else {
        letters.append(contentsOf: line.utf8)
      }
    }
    guard let body = Base64.decode(letters) else { return nil }
    self.headers = headers
    self.body = body
  }
}

/// OpenSSH's own format for private keys (PROTOCOL.key in OpenSSH's source, 9.2).
struct OpenSSHKeyEnvelope: Sendable {
  let publicBlob: [UInt8]
  private let cipher: String
  private let kdf: String
  private let kdfOptions: [UInt8]
  private let sealed: [UInt8]

  init(_ body: [UInt8]) throws(KeyFileProblem) {
    let magic = Array("openssh-key-v1\0".utf8)
    guard body.starts(with: magic) else { throw .malformed("the magic bytes are missing") }
    var reader = WireReader(Array(body.dropFirst(magic.count)))
    guard let cipher = reader.text(), let kdf = reader.text(), let options = reader.string(),
      let count = reader.uint32(), count == 1, let publicBlob = reader.string(),
      let sealed = reader.string()
    else { throw .malformed("it ends too early or holds several keys") }
    self.cipher = cipher
    self.kdf = kdf
    kdfOptions = options
    self.publicBlob = publicBlob
    self.sealed = sealed
  }

  var isEncrypted: Bool { cipher != "none" }

  func open(passphrase: String?) throws(KeyFileProblem) -> SigningKey {
    let plain = isEncrypted ? try decrypt(passphrase) : sealed
    var reader = WireReader(plain)
    guard let first = reader.uint32(), let second = reader.uint32(), first == second else {
      throw isEncrypted ? .passphraseWrong : .malformed("the check numbers differ")
    }
    guard let key = try OpenSSHKeyEnvelope.key(&reader) else {
      throw .malformed("the numbers of the key do not fit together")
    }
    return key
  }

  private func decrypt(_ passphrase: String?) throws(KeyFileProblem) -> [UInt8] {
    guard let passphrase, !passphrase.isEmpty else { throw .passphraseNeeded }
    let keyLength: Int
    switch cipher {
    case "aes256-ctr", "aes256-cbc": keyLength = 32
    case "aes192-ctr", "aes192-cbc": keyLength = 24
    case "aes128-ctr", "aes128-cbc": keyLength = 16
    default: throw .unsupported("cipher \(cipher); ssh-keygen -p -f FILE writes aes256-ctr")
    }
    var options = WireReader(kdfOptions)
    guard kdf == "bcrypt", let salt = options.string(), let rounds = options.uint32(),
      (1...10_000).contains(rounds)
    else { throw .unsupported("key derivation \(kdf)") }
    let derived = BcryptPBKDF.derive(
      passphrase: Array(passphrase.utf8), salt: salt, rounds: Int(rounds), count: keyLength + 16)
    let key = SymmetricKey(data: derived[..<keyLength])
    let vector = Array(derived[keyLength...])
    let plain =
      cipher.hasSuffix("ctr")
      ? (try? AES._CTR.Nonce(nonceBytes: vector)).flatMap {
        try? Array(AES._CTR.decrypt(sealed, using: key, nonce: $0))
      }
      : (try? AES._CBC.IV(ivBytes: vector)).flatMap {
        try? Array(AES._CBC.decrypt(sealed, using: key, iv: $0, noPadding: true))
      }
    guard let plain else { throw .passphraseWrong }
    return plain
  }

  private static func key(_ reader: inout WireReader) throws(KeyFileProblem) -> SigningKey? {
    guard let type = reader.text() else { return nil }
    switch type {
    case "ssh-ed25519":
      guard reader.string() != nil, let secret = reader.string(), secret.count == 64 else {
        return nil
      }
      return (try? Curve25519.Signing.PrivateKey(rawRepresentation: secret[..<32]))
        .map(SigningKey.ed25519)
    case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
      guard reader.string() != nil, reader.string() != nil, let secret = reader.string() else {
        return nil
      }
      return SigningKey(curve: String(type.dropFirst(11)), secret: secret)
    case "ssh-rsa":
      guard let n = reader.string(), let e = reader.string(), let d = reader.string(),
        reader.string() != nil, let p = reader.string(), let q = reader.string()
      else { return nil }
      return (try? _RSA.Signing.PrivateKey(n: n, e: e, d: d, p: p, q: q)).map(SigningKey.rsa)
    default: throw .unsupported("key type \(type)")
    }
  }
}

extension SigningKey {
  /// A key on a NIST curve from its secret number, big-endian.
  init?(curve: String, secret: [UInt8]) {
    func padded(_ count: Int) -> [UInt8] {
      let digits = secret.drop { $0 == 0 }
      return [UInt8](repeating: 0, count: max(0, count - digits.count)) + digits
    }
    let key: SigningKey? =
      switch curve {
      case "nistp256":
        (try? P256.Signing.PrivateKey(rawRepresentation: padded(32))).map(SigningKey.p256)
      case "nistp384":
        (try? P384.Signing.PrivateKey(rawRepresentation: padded(48))).map(SigningKey.p384)
      case "nistp521":
        (try? P521.Signing.PrivateKey(rawRepresentation: padded(66))).map(SigningKey.p521)
      default: nil
      }
    guard let key else { return nil }
    self = key
  }
}
