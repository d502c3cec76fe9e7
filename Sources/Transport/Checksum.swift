/// The CRC of cksum(1), POSIX.1-2024: polynomial 0x04C11DB7, the length behind the bytes,
/// complemented.
struct Checksum {
  private var register: UInt32 = 0
  private var count = 0

  /// The checksum of bytes, as cksum prints it.
  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var checksum = Checksum()
    for byte in bytes { checksum.add(byte) }
    return checksum.finish()
  }

  private mutating func add(_ byte: UInt8) {
    count += 1
    step(byte)
  }

  private mutating func step(_ byte: UInt8) {
    register = (register << 8) ^ Checksum.table[Int(UInt8(register >> 24) ^ byte)]
  }

  private mutating func finish() -> UInt32 {
    var length = count
    while length > 0 {
      step(UInt8(truncatingIfNeeded: length))
      length >>= 8
    }
    return ~register
  }

  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index) << 24
    for _ in 0..<8 {
      value = value & 0x8000_0000 == 0 ? value << 1 : (value << 1) ^ 0x04C1_1DB7
    }
    return value
  }
}
