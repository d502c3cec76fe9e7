/// Reading bytes of replies: what probes print is ASCII between separators, and needs no characters.
extension ArraySlice<UInt8> {
  /// What lies between separators, empty pieces too; at least one piece.
  package func pieces(at separator: UInt8) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = startIndex
    while let end = self[start...].firstIndex(of: separator) {
      pieces.append(self[start..<end])
      start = end + 1
    }
    pieces.append(self[start...])
    return pieces
  }

  /// The decimal number that the bytes are, with an optional minus sign; nil when they are none that fits.
  package var decimal: Int? {
    let isNegative = first == UInt8(ascii: "-")
    guard let size = (isNegative ? dropFirst() : self).number(radix: 10) else { return nil }
    return isNegative ? -size : size
  }

  /// The hexadecimal number that the bytes are, without a prefix; nil when they are none that fits.
  package var hexadecimal: Int? { number(radix: 16) }

  private func number(radix: Int) -> Int? {
    guard !isEmpty else { return nil }
    var number = 0
    for byte in self {
      guard let digit = byte.digit, digit < radix else { return nil }
      let (shifted, isTooLarge) = number.multipliedReportingOverflow(by: radix)
      let (sum, isOverflow) = shifted.addingReportingOverflow(digit)
      guard !isTooLarge, !isOverflow else { return nil }
      number = sum
    }
    return number
  }

  /// Where bytes occur first.
  package func startIndex(of needle: [UInt8]) -> Int? {
    guard count >= needle.count else { return nil }
    return (startIndex...(endIndex - needle.count)).first { self[$0...].starts(with: needle) }
  }
}

extension UInt8 {
  /// What the character stands for as a digit, up to 15.
  fileprivate var digit: Int? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
