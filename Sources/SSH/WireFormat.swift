/// Reads the data types of RFC 4251 section 5; nil at the first thing that does not fit.
struct WireReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// What has not been read yet.
  var rest: ArraySlice<UInt8> { bytes[position...] }

  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func uint32() -> UInt32? {
    guard bytes.count - position >= 4 else { return nil }
    defer { position += 4 }
    return bytes[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func string() -> [UInt8]? {
    let start = position
    guard let length = uint32(), bytes.count - position >= Int(length) else {
      position = start
      return nil
    }
    defer { position += Int(length) }
    return Array(bytes[position..<(position + Int(length))])
  }

  /// A string as text.
  mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

  mutating func skip(_ count: Int) -> Bool {
    guard bytes.count - position >= count else { return false }
    position += count
    return true
  }
}

/// Writes the data types of RFC 4251 section 5.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func uint32(_ value: UInt32) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  mutating func string(_ value: some Collection<UInt8>) {
    uint32(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func text(_ value: String) { string(value.utf8) }

  /// An unsigned big-endian number as `mpint`: no leading zeros, a zero byte before a set top bit.
  mutating func magnitude(_ value: some Collection<UInt8>) {
    var digits = Array(value.drop { $0 == 0 })
    if let first = digits.first, first >= 0x80 { digits.insert(0, at: 0) }
    string(digits)
  }
}
