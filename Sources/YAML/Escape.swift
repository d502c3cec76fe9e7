/// An escape sequence in double quotes, by the character behind the backslash (YAML 1.2.2, section 5.7).
enum Escape {
  case scalar(Unicode.Scalar)
  /// So many hexadecimal digits follow.
  case digits(Int)

  init?(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "0"): self = .scalar("\0")
    case UInt8(ascii: "a"): self = .scalar("\u{7}")
    case UInt8(ascii: "b"): self = .scalar("\u{8}")
    case UInt8(ascii: "t"), .tab: self = .scalar("\t")
    case UInt8(ascii: "n"): self = .scalar("\n")
    case UInt8(ascii: "v"): self = .scalar("\u{B}")
    case UInt8(ascii: "f"): self = .scalar("\u{C}")
    case UInt8(ascii: "r"): self = .scalar("\r")
    case UInt8(ascii: "e"): self = .scalar("\u{1B}")
    case .space: self = .scalar(" ")
    case .doubleQuote: self = .scalar("\"")
    case UInt8(ascii: "/"): self = .scalar("/")
    case .backslash: self = .scalar("\\")
    case UInt8(ascii: "N"): self = .scalar("\u{85}")
    case UInt8(ascii: "_"): self = .scalar("\u{A0}")
    case UInt8(ascii: "L"): self = .scalar("\u{2028}")
    case UInt8(ascii: "P"): self = .scalar("\u{2029}")
    case UInt8(ascii: "x"): self = .digits(2)
    case UInt8(ascii: "u"): self = .digits(4)
    case UInt8(ascii: "U"): self = .digits(8)
    default: return nil
    }
  }

  /// The second half of a UTF-16 pair (`\uDC00` to `\uDFFF`) at an offset, as JSON writes characters above U+FFFF.
  static func lowSurrogate(at offset: Int, in source: UnsafeBufferPointer<UInt8>) -> UInt32? {
    guard offset + 6 <= source.count, source[offset] == .backslash,
      source[offset + 1] == UInt8(ascii: "u"),
      let value = hex(at: offset + 2, count: 4, in: source),
      value & 0xFC00 == 0xDC00
    else { return nil }
    return value
  }

  /// The value of hexadecimal digits; nil where there are others.
  static func hex(at offset: Int, count: Int, in source: UnsafeBufferPointer<UInt8>) -> UInt32? {
    guard offset + count <= source.count else { return nil }
    var value: UInt32 = 0
    for byte in source[offset..<offset + count] {
      guard let digit = hexDigit(byte) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
