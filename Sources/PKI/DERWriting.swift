/// Writes ASN.1's distinguished encoding (ITU-T X.690).
enum DERWriting {
  /// A tag with its length and content.
  static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    if content.count < 0x80 {
      length = [UInt8(content.count)]
    } else {
      var rest = content.count
      while rest > 0 {
        length.insert(UInt8(rest & 255), at: 0)
        rest >>= 8
      }
      length.insert(0x80 | UInt8(length.count), at: 0)
    }
    return [tag] + length + content
  }

  static func sequence(_ members: [[UInt8]]) -> [UInt8] {
    value(DER.sequence, members.flatMap(\.self))
  }

  /// Members in the order that the encoding of a SET OF wants (X.690, 11.6).
  static func set(_ members: [[UInt8]]) -> [UInt8] {
    value(DER.set, members.sorted { $0.lexicographicallyPrecedes($1) }.flatMap(\.self))
  }

  /// A number from 0, the highest byte first.
  static func integer(_ magnitude: [UInt8]) -> [UInt8] {
    let digits = Array(magnitude.drop { $0 == 0 })
    guard let first = digits.first else { return value(DER.integer, [0]) }
    return value(DER.integer, first & 0x80 == 0 ? digits : [0] + digits)
  }

  static func boolean(_ flag: Bool) -> [UInt8] { value(0x01, [flag ? 0xFF : 0]) }
  static func octets(_ bytes: [UInt8]) -> [UInt8] { value(DER.octets, bytes) }

  /// Whole bytes of bits, of which so many at the end do not count.
  static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] {
    value(DER.bitString, [unused] + bytes)
  }

  static func utf8(_ text: String) -> [UInt8] { value(0x0C, Array(text.utf8)) }

  /// An object identifier with dots.
  static func object(_ identifier: String) -> [UInt8] {
    let numbers = identifier.split(separator: ".").compactMap { Int($0) }
    var content: [UInt8] = []
    for number in [numbers[0] * 40 + numbers[1]] + numbers.dropFirst(2) {
      var digits = [UInt8(number & 0x7F)]
      var rest = number >> 7
      while rest > 0 {
        digits.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
        rest >>= 7
      }
      content += digits
    }
    return value(DER.object, content)
  }

  /// A moment: UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5).
  static func time(_ moment: Moment) -> [UInt8] {
    let text = moment.text
    return text < "2050"
      ? value(0x17, Array(text.utf8.dropFirst(2))) : value(0x18, Array(text.utf8))
  }
}
