import Blowfish
import Schema

/// Password hashes of bcrypt, in the forms `$2a$`, `$2b$` and `$2y$`.
struct Bcrypt {
  static let saltLength = 22
  static let defaultRounds = 12
  /// From the format's smallest to what takes about a minute.
  static let rounds = 4...20

  /// The order of bcrypt's base 64.
  static let alphabet = Array(
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

  /// The hash of a password, of which 72 bytes count.
  ///
  /// The salt has 22 characters; what does not fit into 16 bytes is dropped, as passlib does. The
  /// schedule is repeated two to the power of `rounds` times. The idents `2a`, `2b` and `2y` differ
  /// in what old programs did wrong.
  static func hash(
    _ password: String, salt: String, rounds: Int, ident: String
  ) throws -> String {
    let bytes = Array(password.utf8)
    guard !bytes.contains(0) else { throw failure("the password holds a NUL") }
    guard ["2a", "2b", "2y"].contains(ident) else {
      throw failure("no bcrypt ident `\(ident)`; there are 2a, 2b and 2y")
    }
    guard Self.rounds.contains(rounds) else {
      throw failure(
        "the rounds must be from \(Self.rounds.lowerBound) to \(Self.rounds.upperBound)")
    }
    guard salt.utf8.count == saltLength, let saltBytes = decoded(salt) else {
      throw failure("a bcrypt salt has \(saltLength) characters of ./A-Za-z0-9")
    }
    var cipher = BcryptCipher()
    let key = BcryptCipher.Key(bytes + [0])
    let saltKey = BcryptCipher.Key(saltBytes)
    cipher.expand(key, salt: saltBytes)
    for _ in 0..<(1 << rounds) {
      cipher.expand(key)
      cipher.expand(saltKey)
    }
    let words = cipher.encrypted("OrpheanBeholderScryDoubt", times: 64)
    let digest = words.flatMap { word in (0..<4).map { UInt8(word >> (24 - 8 * $0) & 255) } }
    let cost = rounds < 10 ? "0\(rounds)" : "\(rounds)"
    return "$\(ident)$\(cost)$\(encoded(saltBytes))\(encoded(Array(digest.prefix(23))))"
  }

  private static func failure(_ message: String) -> TemplateError {
    TemplateError(.plugin, message, line: 0)
  }

  /// Six bits a character, the highest first, nothing at the end.
  private static func encoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  private static func decoded(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8 {
      guard let value = alphabet.firstIndex(of: character) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> UInt32(count) & 255))
      }
    }
    return bytes
  }
}
