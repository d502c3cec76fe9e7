/// Base64 (RFC 4648 section 4), as key blobs and fingerprints are written.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  static func encode(_ bytes: some Sequence<UInt8>, padded: Bool = true) -> String {
    var letters: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 1
      guard count % 3 == 0 else { continue }
      for shift in [18, 12, 6, 0] { letters.append(alphabet[Int(bits >> UInt32(shift)) & 63]) }
      bits = 0
    }
    switch count % 3 {
    case 1: letters += [alphabet[Int(bits >> 2) & 63], alphabet[Int(bits << 4) & 63]]
    case 2:
      letters += [
        alphabet[Int(bits >> 10) & 63], alphabet[Int(bits >> 4) & 63],
        alphabet[Int(bits << 2) & 63],
      ]
    default: break
    }
    while padded, letters.count % 4 != 0 { letters.append(UInt8(ascii: "=")) }
    return String(decoding: letters, as: UTF8.self)
  }

  /// nil when there is anything but base64; white space is skipped.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    var isPadded = false
    for letter in text {
      switch letter {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): continue
      case UInt8(ascii: "="):
        isPadded = true
        continue
      default: break
      }
      let value = values[Int(letter)]
      guard value != 0xff, !isPadded else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 1
      guard count % 4 == 0 else { continue }
      for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift))) }
      bits = 0
    }
    switch count % 4 {
    case 1: return nil
    case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
      bytes += [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
    default: break
    }
    return bytes
  }
}
