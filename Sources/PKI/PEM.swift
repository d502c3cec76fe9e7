/// A block of a PEM text (RFC 7468): a label, and bytes.
package struct PEM: Sendable {
  /// `CERTIFICATE`, `EC PRIVATE KEY`.
  package let label: String
  /// What the base64 between the lines stands for.
  package let content: [UInt8]

  package init(_ label: String, _ content: [UInt8]) {
    self.label = label
    self.content = content
  }

  /// Whether it holds a certificate, by either of the labels that are in use.
  package var isCertificate: Bool { label == "CERTIFICATE" || label == "X509 CERTIFICATE" }

  /// Whether it holds a private key of any kind.
  package var isPrivateKey: Bool { label.hasSuffix("PRIVATE KEY") }

  /// The blocks of a text, in order; what is between them, and blocks that are cut off or no base64, are left out.
  package static func blocks(_ text: String) -> [PEM] {
    var blocks: [PEM] = []
    var open: (label: String, digits: [UInt8])?
    for line in text.split(whereSeparator: \.isNewline).map(\.withoutBlanks) {
      if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
        open = (String(line.dropFirst(11).dropLast(5)), [])
      } else if line.hasPrefix("-----END") {
        if let (label, digits) = open, let bytes = Base64.decoded(digits) {
          blocks.append(PEM(label, bytes))
        }
        open = nil
      } else {
        open?.digits += line.utf8
      }
    }
    return blocks
  }

  /// The text of the block: lines of 64 digits, and a line break at its end.
  package var text: String {
    let digits = Array(Base64.encoded(content).utf8)
    let lines = stride(from: 0, to: digits.count, by: 64).map {
      String(decoding: digits[$0..<min($0 + 64, digits.count)], as: UTF8.self)
    }
    return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""])
      .joined(separator: "\n")
  }
}

extension Substring {
  fileprivate var withoutBlanks: Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

/// Base64 (RFC 4648, section 4), as PEM has it.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for position in 0..<4 {
        text.append(
          position > group.count
            ? UInt8(ascii: "=") : alphabet[bits >> (18 - 6 * position) & 63])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  static func decoded(_ digits: [UInt8]) -> [UInt8]? {
    let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard digits.count % 4 == 0, padding <= 2 else { return nil }
    var bytes: [UInt8] = []
    var (bits, count) = (0, 0)
    for digit in digits.dropLast(padding) {
      guard let value = value(digit) else { return nil }
      bits = (bits << 6 | value) & 0xFFFFFF
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 255))
      }
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> Int? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit) - 97 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit) - 48 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
