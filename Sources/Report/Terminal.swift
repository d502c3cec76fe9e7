/// Text that comes from hosts, made harmless for a terminal.
package enum Terminal {
  /// The text with control characters shown as escapes: nothing a host says may move the cursor.
  package static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\t": result += "\t"
      case "\n": result += "\n"
      case _ where isControl(scalar): result += "\\x" + hex(scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The lines of a text; a carriage return stays where it is, and an empty last line counts.
  package static func lines(_ text: String) -> [Substring] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map(Substring.init)
  }

  /// C0 and C1 controls, line separators and marks that change the direction of text.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }
}
