/// Base64 of RFC 4648 section 4, with padding, on one line.
func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  var index = 0
  while index < bytes.count {
    let left = bytes.count - index
    let first = UInt32(bytes[index]) << 16
    let second = left > 1 ? UInt32(bytes[index + 1]) << 8 : 0
    let third = left > 2 ? UInt32(bytes[index + 2]) : 0
    let group = first | second | third
    text.append(alphabet[Int(group >> 18)])
    text.append(alphabet[Int(group >> 12 & 63)])
    text.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
    text.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
    index += 3
  }
  return String(decoding: text, as: UTF8.self)
}

/// Random hexadecimal digits from the system's generator.
func randomHex(digits: Int) -> String {
  var generator = SystemRandomNumberGenerator()
  let alphabet = Array("0123456789abcdef".utf8)
  let text = (0..<digits).map { _ in alphabet[Int(generator.next(upperBound: UInt32(16)))] }
  return String(decoding: text, as: UTF8.self)
}
