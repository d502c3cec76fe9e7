import Crypto
import Schema

/// Password hashes of `crypt(3)`: MD5-crypt, SHA-256-crypt and SHA-512-crypt.
///
/// After Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512" and FreeBSD's MD5-crypt.
struct UnixCrypt {
  private enum Kind { case md5, sha256, sha512 }

  private let kind: Kind

  static let alphabet = Array(
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  init?(_ name: String) {
    switch name {
    case "md5", "md5_crypt": kind = .md5
    case "sha256", "sha256_crypt": kind = .sha256
    case "sha512", "sha512_crypt": kind = .sha512
    default: return nil
    }
  }

  var hasRounds: Bool { kind != .md5 }

  var saltSize: Int { kind == .md5 ? 8 : 16 }

  /// passlib's defaults, which Ansible writes into the hash.
  private var defaultRounds: Int { kind == .sha256 ? 535_000 : 656_000 }

  func hash(_ password: String, salt: String, rounds: Int?) throws -> String {
    let saltBytes = Array(salt.utf8)
    guard saltBytes.allSatisfy(Self.alphabet.contains) else {
      throw TemplateError(.plugin, "invalid characters in the salt", line: 0)
    }
    guard saltBytes.count <= saltSize else {
      throw TemplateError(
        .plugin, "the salt is longer than \(saltSize) characters", line: 0)
    }
    let password = Array(password.utf8)
    if kind == .md5 {
      return "$1$\(salt)$\(md5(password, saltBytes))"
    }
    let count = rounds ?? defaultRounds
    guard (1000...999_999_999).contains(count) else {
      throw TemplateError(.plugin, "the rounds must be from 1000 to 999999999", line: 0)
    }
    let prefix = kind == .sha256 ? "$5$" : "$6$"
    let setting = count == 5000 ? "" : "rounds=\(count)$"
    return "\(prefix)\(setting)\(salt)$\(sha(password, saltBytes, count))"
  }

  private func digest(_ bytes: [UInt8]) -> [UInt8] {
    switch kind {
    case .md5: Array(Insecure.MD5.hash(data: bytes))
    case .sha256: Array(SHA256.hash(data: bytes))
    case .sha512: Array(SHA512.hash(data: bytes))
    }
  }

  private func repeated(_ block: [UInt8], _ count: Int) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count { result += block.prefix(count - result.count) }
    return result
  }

  // MARK: SHA

  private func sha(_ password: [UInt8], _ salt: [UInt8], _ rounds: Int) -> String {
    let alternate = digest(password + salt + password)
    var start = password + salt + repeated(alternate, password.count)
    var length = password.count
    while length > 0 {
      start += length & 1 == 1 ? alternate : password
      length >>= 1
    }
    var result = digest(start)
    let passwordDigest = digest(Array(repeatElement(password, count: password.count).joined()))
    let passwordBlock = repeated(passwordDigest, password.count)
    let saltDigest = digest(Array(repeatElement(salt, count: 16 + Int(result[0])).joined()))
    let saltBlock = repeated(saltDigest, salt.count)
    var input: [UInt8] = []
    for round in 0..<rounds {
      input.removeAll(keepingCapacity: true)
      input += round & 1 == 1 ? passwordBlock : result
      if round % 3 != 0 { input += saltBlock }
      if round % 7 != 0 { input += passwordBlock }
      input += round & 1 == 1 ? result : passwordBlock
      result = digest(input)
    }
    return kind == .sha256 ? encoded256(result) : encoded512(result)
  }

  private func encoded256(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for group in 0..<10 {
      let base = [0, 10, 20].map { ($0 + 21 * group) % 30 }
      append(bytes[base[0]], bytes[base[1]], bytes[base[2]], 4, to: &text)
    }
    append(0, bytes[31], bytes[30], 3, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  private func encoded512(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for group in 0..<21 {
      let base = [0, 21, 42].map { ($0 + 22 * group) % 63 }
      append(bytes[base[0]], bytes[base[1]], bytes[base[2]], 4, to: &text)
    }
    append(0, 0, bytes[63], 2, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Three bytes as characters, six bits each, the lowest first.
  private func append(
    _ first: UInt8, _ second: UInt8, _ third: UInt8, _ count: Int, to text: inout [UInt8]
  ) {
    var group = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    for _ in 0..<count {
      text.append(Self.alphabet[Int(group & 63)])
      group >>= 6
    }
  }

  // MARK: MD5

  private func md5(_ password: [UInt8], _ salt: [UInt8]) -> String {
    let alternate = digest(password + salt + password)
    var start = password + Array("$1$".utf8) + salt + repeated(alternate, password.count)
    var length = password.count
    while length > 0 {
      start.append(length & 1 == 1 ? 0 : password.first ?? 0)
      length >>= 1
    }
    var result = digest(start)
    for round in 0..<1000 {
      var input = round & 1 == 1 ? password : result
      if round % 3 != 0 { input += salt }
      if round % 7 != 0 { input += password }
      input += round & 1 == 1 ? result : password
      result = digest(input)
    }
    var text: [UInt8] = []
    for (first, second, third) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
      append(result[first], result[second], result[third], 4, to: &text)
    }
    append(0, 0, result[11], 2, to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}
