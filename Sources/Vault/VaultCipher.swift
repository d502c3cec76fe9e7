import Crypto
import CryptoExtras

/// AES-256-CTR with PKCS#7 padding, authenticated by HMAC-SHA256 over the ciphertext; keys by PBKDF2.
struct VaultCipher {
  private let encryptionKey: SymmetricKey
  private let authenticationKey: SymmetricKey
  private let counter: [UInt8]

  /// 10000 rounds of PBKDF2-HMAC-SHA256 to 32 bytes for AES, 32 for the HMAC and 16 for the counter.
  init(password: [UInt8], salt: [UInt8]) throws {
    let derived = try KDF.Insecure.PBKDF2.deriveKey(
      from: password, salt: salt, using: .sha256, outputByteCount: 80,
      unsafeUncheckedRounds: 10_000)
    let bytes = derived.withUnsafeBytes { Array($0) }
    encryptionKey = SymmetricKey(data: bytes[..<32])
    authenticationKey = SymmetricKey(data: bytes[32..<64])
    counter = Array(bytes[64...])
  }

  func tag(of ciphertext: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: ciphertext, using: authenticationKey))
  }

  /// Whether this key made the tag; takes the same time wherever they differ.
  func authenticates(_ ciphertext: [UInt8], _ tag: [UInt8]) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(
      tag, authenticating: ciphertext, using: authenticationKey)
  }

  func encrypt(_ plain: [UInt8]) throws -> [UInt8] {
    let padding = 16 - plain.count % 16
    let padded = plain + [UInt8](repeating: UInt8(padding), count: padding)
    return Array(
      try AES._CTR.encrypt(padded, using: encryptionKey, nonce: .init(nonceBytes: counter)))
  }

  /// The plain bytes; nil where the padding is none.
  func decrypt(_ ciphertext: [UInt8]) throws -> [UInt8]? {
    let padded = Array(
      try AES._CTR.decrypt(ciphertext, using: encryptionKey, nonce: .init(nonceBytes: counter)))
    guard let last = padded.last, (1...16).contains(last), padded.count >= Int(last),
      padded.suffix(Int(last)).allSatisfy({ $0 == last })
    else { return nil }
    return padded.dropLast(Int(last))
  }
}
