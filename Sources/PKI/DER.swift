import BigInt

/// One value of ASN.1's distinguished encoding (ITU-T X.690): a tag, and bytes that may hold others.
package struct DER: Sendable {
  /// The whole identifier byte: class, whether others are inside, number.
  package let tag: UInt8
  package let content: ArraySlice<UInt8>
  /// With tag and length.
  package let encoded: ArraySlice<UInt8>

  /// The tag of INTEGER.
  package static let integer: UInt8 = 0x02
  /// The tag of BIT STRING.
  package static let bitString: UInt8 = 0x03
  /// The tag of OCTET STRING.
  package static let octets: UInt8 = 0x04
  /// The tag of OBJECT IDENTIFIER.
  package static let object: UInt8 = 0x06
  /// The tag of SEQUENCE.
  package static let sequence: UInt8 = 0x30
  /// The tag of SET.
  package static let set: UInt8 = 0x31

  /// The value at the start of some bytes, which it leaves without it; nil where there is none.
  package init?(_ bytes: inout ArraySlice<UInt8>) {
    let whole = bytes
    guard let tag = bytes.popFirst(), tag & 0x1F != 0x1F, let first = bytes.popFirst() else {
      return nil
    }
    var length = Int(first)
    if first >= 0x80 {
      guard (0x81...0x84).contains(first), bytes.count >= Int(first & 0x7F) else { return nil }
      length = 0
      for _ in 0..<(first & 0x7F) { length = length << 8 | Int(bytes.removeFirst()) }
    }
    guard length <= bytes.count else { return nil }
    self.tag = tag
    content = bytes.prefix(length)
    bytes = bytes.dropFirst(length)
    encoded = whole[whole.startIndex..<bytes.startIndex]
  }

  /// The one value that some bytes are.
  package init?(_ bytes: some Sequence<UInt8>) {
    var rest = Array(bytes)[...]
    self.init(&rest)
    guard rest.isEmpty else { return nil }
  }

  /// The values inside; nil where the content is none.
  package var members: [DER]? {
    var rest = content
    var members: [DER] = []
    while !rest.isEmpty {
      guard let member = DER(&rest) else { return nil }
      members.append(member)
    }
    return members
  }

  /// An integer in two's complement.
  package var number: BigInt? {
    guard tag & 0x1F == Self.integer, let first = content.first else { return nil }
    let magnitude = BigInt(BigUInt(bigEndian: content))
    return first & 0x80 == 0 ? magnitude : magnitude - (BigInt(1) << (8 * content.count))
  }

  /// An object identifier with dots.
  package var objectIdentifier: String? {
    guard tag & 0x1F == Self.object || tag & 0xC0 == 0x80 else { return nil }
    var parts: [BigUInt] = []
    var part = BigUInt(0)
    for byte in content {
      part = part << 7 | BigUInt(byte & 0x7F)
      guard byte & 0x80 == 0 else { continue }
      if parts.isEmpty {
        let root = min(part / 40, 2)
        parts = [root, part - root * 40]
      } else {
        parts.append(part)
      }
      part = 0
    }
    return parts.isEmpty ? nil : parts.map { String($0) }.joined(separator: ".")
  }

  /// The bytes of a bit string of whole bytes, and how many bits of the last one do not count.
  package var bits: (bytes: ArraySlice<UInt8>, unused: Int)? {
    guard tag & 0x1F == Self.bitString, let unused = content.first, unused < 8 else { return nil }
    return (content.dropFirst(), Int(unused))
  }

  /// Characters, whichever of the string types they have.
  package var text: String? {
    switch tag & 0x1F {
    case 0x1E:
      let bytes = Array(content)
      guard bytes.count % 2 == 0 else { return nil }
      let units = stride(from: 0, to: bytes.count, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
      }
      return String(decoding: units, as: UTF16.self)
    case 0x14: return String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) }))
    case 0x0C, 0x12, 0x13, 0x16, 0x1A: return String(validating: content, as: UTF8.self)
    default: return nil
    }
  }

  /// A time as `YYYYMMDDHHMMSSZ`; two digits of a year mean 1950 to 2049 (RFC 5280, 4.1.2.5).
  package var time: String? {
    guard let digits = String(validating: content, as: UTF8.self), digits.hasSuffix("Z") else {
      return nil
    }
    if tag == 0x18 { return digits.utf8.count == 15 ? digits : nil }
    guard tag == 0x17, digits.utf8.count == 13, let year = Int(digits.prefix(2)) else { return nil }
    return (year < 50 ? "20" : "19") + digits
  }
}

extension BigUInt {
  /// An unsigned number, the highest byte first.
  fileprivate init(bigEndian bytes: ArraySlice<UInt8>) {
    self = 0
    for byte in bytes { self = self << 8 | BigUInt(byte) }
  }
}
