import Crypto
import Schema

/// Filters that encode and digest.
let hashFilters: [Filter] = [
  Filter("b64encode", "string, encoding=, urlsafe=") { call in
    let bytes = try encoded(try call.string(0), try call.text(1, default: "utf-8"), call)
    return .text(Base64.encoded(bytes, isURLSafe: try call.bool(2)))
  },
  Filter("b64decode", "string, encoding=, urlsafe=") { call in
    guard let bytes = Base64.decoded(try call.string(0), isURLSafe: try call.bool(2)) else {
      throw call.fail(.plugin, "incorrect padding")
    }
    return .text(try decoded(bytes, try call.text(1, default: "utf-8"), call))
  },
  Filter("md5", "data") { .text(try digest("md5", $0)) },
  Filter("sha1", "data") { .text(try digest("sha1", $0)) },
  Filter("hash", "data, hashtype=") { call in
    .text(
      try digest(try call.optional(1).map { try call.context.text($0, "the hash") } ?? "sha1", call)
    )
  },
  Filter("to_uuid", "string, namespace=") { call in
    let namespace = try call.text(1, default: "361E6D51-FAEC-444A-9079-341386DA8E2E")
    guard let bytes = uuidBytes(namespace) else {
      throw call.fail(.plugin, "`\(namespace)` is not a UUID")
    }
    return .text(uuid5(bytes, try call.string(0)))
  },
]

private func digest(_ name: String, _ call: PluginCall) throws -> String {
  let bytes = Array(try call.string(0).utf8)
  switch name.lowercased() {
  case "md5": return hexadecimal(Insecure.MD5.hash(data: bytes))
  case "sha1": return hexadecimal(Insecure.SHA1.hash(data: bytes))
  case "sha256": return hexadecimal(SHA256.hash(data: bytes))
  case "sha384": return hexadecimal(SHA384.hash(data: bytes))
  case "sha512": return hexadecimal(SHA512.hash(data: bytes))
  case "sha224": return SHA224.hexadecimal(bytes)
  case "sha3_256": return hexadecimal(SHA3_256.hash(data: bytes))
  case "sha3_384": return hexadecimal(SHA3_384.hash(data: bytes))
  case "sha3_512": return hexadecimal(SHA3_512.hash(data: bytes))
  case "blake2b": return hexadecimal(BLAKE2.b(bytes))
  case "blake2s": return hexadecimal(BLAKE2.s(bytes))
  default:
    throw call.fail(
      .plugin,
      "no hash `\(name)`; there are md5, sha1, sha224, sha256, sha384, sha512, sha3_256, sha3_384, sha3_512, blake2b and blake2s"
    )
  }
}

/// Two lower-case digits for each byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(
    decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

private func encoded(_ text: String, _ encoding: String, _ call: PluginCall) throws -> [UInt8] {
  switch encoding.lowercased() {
  case "utf-8", "utf8": return Array(text.utf8)
  case "utf-16-le", "utf-16le": return text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
  case "utf-16-be", "utf-16be": return text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
  case "utf-16", "utf16":
    return [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
  case "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1":
    return try text.unicodeScalars.map { scalar in
      guard let byte = UInt8(exactly: scalar.value) else {
        throw call.fail(.value, "a character cannot be written in \(encoding)")
      }
      return byte
    }
  default: throw call.fail(.value, "unknown encoding: \(encoding)")
  }
}

private func decoded(_ bytes: [UInt8], _ encoding: String, _ call: PluginCall) throws -> String {
  func units(_ isLittle: Bool) -> String {
    String(
      decoding: stride(from: 0, to: bytes.count - 1, by: 2).map { index in
        isLittle
          ? UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
          : UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
      }, as: UTF16.self)
  }
  switch encoding.lowercased() {
  case "utf-8", "utf8", "ascii", "us-ascii": return String(decoding: bytes, as: UTF8.self)
  case "utf-16-le", "utf-16le": return units(true)
  case "utf-16-be", "utf-16be": return units(false)
  case "utf-16", "utf16":
    let text = units(bytes.first != 0xFE)
    return text.unicodeScalars.first == "\u{FEFF}"
      ? String(String.UnicodeScalarView(text.unicodeScalars.dropFirst())) : text
  case "latin-1", "latin1", "iso-8859-1":
    return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  default: throw call.fail(.value, "unknown encoding: \(encoding)")
  }
}

/// Base64 (RFC 4648).
enum Base64 {
  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlSafe = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func encoded(_ bytes: [UInt8], isURLSafe: Bool) -> String {
    let alphabet = isURLSafe ? urlSafe : standard
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      var group: UInt32 = 0
      for (offset, byte) in chunk.enumerated() { group |= UInt32(byte) << (16 - 8 * offset) }
      for position in 0..<4 {
        result.append(
          position <= chunk.count ? alphabet[Int(group >> (18 - 6 * position)) & 63] : 0x3D)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Nil for wrong padding; characters outside the alphabet are skipped, as Python does.
  static func decoded(_ text: String, isURLSafe: Bool) -> [UInt8]? {
    var result: [UInt8] = []
    var group: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text.utf8 {
      if byte == 0x3D {
        padding += 1
        if count >= 2, count + padding >= 4 { break }
        continue
      }
      let mapped = isURLSafe ? (byte == 0x2D ? 0x2B : byte == 0x5F ? 0x2F : byte) : byte
      guard let value = standard.firstIndex(of: mapped) else { continue }
      padding = 0
      group = group << 6 | UInt32(value)
      count += 1
      if count == 4 {
        result += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
        group = 0
        count = 0
      }
    }
    switch count {
    case 0: return result
    case 2 where padding >= 2: return result + [UInt8(group >> 4 & 255)]
    case 3 where padding >= 1: return result + [UInt8(group >> 10 & 255), UInt8(group >> 2 & 255)]
    default: return nil
    }
  }
}

private func uuidBytes(_ text: String) -> [UInt8]? {
  var text = text.lowercased()
  for part in ["urn:", "uuid:", "{", "}", "-"] { text = PythonText.replace(text, part, "") }
  guard text.utf8.count == 32 else { return nil }
  let digits = Array(text)
  var bytes: [UInt8] = []
  for index in stride(from: 0, to: 32, by: 2) {
    guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
    bytes.append(byte)
  }
  return bytes
}

/// A name-based UUID, version 5 (RFC 9562).
private func uuid5(_ namespace: [UInt8], _ name: String) -> String {
  var bytes = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)).prefix(16))
  bytes[6] = bytes[6] & 0x0F | 0x50
  bytes[8] = bytes[8] & 0x3F | 0x80
  let digits = Array(hexadecimal(bytes))
  let cuts = [0, 8, 12, 16, 20, 32]
  return zip(cuts, cuts.dropFirst()).map { String(digits[$0..<$1]) }.joined(separator: "-")
}
