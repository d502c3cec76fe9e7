/// The bytes of base64 text (RFC 4648, section 4), line breaks ignored; nil when it is not that.
func base64Decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
  var bytes: [UInt8] = []
  var bits: UInt32 = 0
  var count = 0
  var padding = 0
  for character in text where character != UInt8(ascii: "\n") && character != UInt8(ascii: "\r") {
    if character == UInt8(ascii: "=") {
      padding += 1
      continue
    }
    guard padding == 0, let value = base64Value(character) else { return nil }
    bits = bits << 6 | value
    count += 1
    guard count == 4 else { continue }
    bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
    bits = 0
    count = 0
  }
  switch (count, padding) {
  case (0, 0): break
  case (2, 2): bytes.append(UInt8(bits >> 4 & 255))
  case (3, 1): bytes += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
  default: return nil
  }
  return bytes
}

/// Base64 text of bytes (RFC 4648, section 4), in one line.
func base64Encoded(_ bytes: some Sequence<UInt8>) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let bytes = Array(bytes)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    bits <<= 8 * UInt32(3 - group.count)
    for position in 0..<4 {
      let isPadding = position > group.count
      let index = Int(bits >> UInt32(18 - 6 * position) & 63)
      text.append(isPadding ? UInt8(ascii: "=") : alphabet[index])
    }
  }
  return String(decoding: text, as: UTF8.self)
}

private func base64Value(_ character: UInt8) -> UInt32? {
  switch character {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
  case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}
