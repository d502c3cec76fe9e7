extension Double {
  /// The shortest digits that read back as the same number, always with a point or an exponent; an
  /// exponent from 1e16 and below 1e-4 (Python's `repr`, which people know from their tools).
  package var shortestDecimal: String {
    if isNaN { return "nan" }
    if isInfinite { return self < 0 ? "-inf" : "inf" }
    let sign = sign == .minus ? "-" : ""
    if self == 0 { return "\(sign)0.0" }
    let (digits, exponent) = magnitude.significantDigits
    if exponent < -4 || exponent >= 16 {
      let fraction = digits.dropFirst()
      let mantissa = fraction.isEmpty ? digits : "\(digits.prefix(1)).\(fraction)"
      let size = abs(exponent)
      return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
    }
    if exponent < 0 {
      return "\(sign)0.\(String(repeating: "0", count: -exponent - 1))\(digits)"
    }
    let whole = exponent + 1
    if digits.utf8.count <= whole {
      return "\(sign)\(digits)\(String(repeating: "0", count: whole - digits.utf8.count)).0"
    }
    return "\(sign)\(digits.prefix(whole)).\(digits.dropFirst(whole))"
  }

  /// The significant digits of a positive number and the exponent of the first one.
  private var significantDigits: (digits: String, exponent: Int) {
    let parts = description.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = mantissa.joined()
    exponent += mantissa[0].utf8.count - 1
    while digits.utf8.count > 1, digits.hasPrefix("0") {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
    return (digits, exponent)
  }
}
