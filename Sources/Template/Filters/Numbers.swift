import BigInt
import Glibc
import Schema

/// Filters over numbers.
let numberFilters: [Filter] = [
  Filter("abs", "value") { call in
    switch Number(call[0]) {
    case .small(let int): return .integer(BigInt(int.magnitude))
    case .int(let big): return .integer(BigInt(big.magnitude))
    case .float(let float): return .float(abs(float))
    case nil:
      throw call.fail(.type, "bad operand type for abs(): '\(call.context.typeName(call[0]))'")
    }
  },
  Filter("int", "value, default=, base=") { call in
    let fallback = call.optional(1) ?? .int(0)
    if let text = call[0].string {
      let base = try? call.int(2, default: 10)
      return base.flatMap { PythonNumber.integer(text, base: $0) }.map(Item.integer)
        ?? Double(PythonNumber.floatDigits(text)).flatMap {
          BigInt(exactly: $0.rounded(.towardZero))
        }
        .map(Item.integer) ?? fallback
    }
    guard let number = Number(call[0]) else { return fallback }
    if let big = number.big { return .integer(big) }
    return BigInt(exactly: number.double.rounded(.towardZero)).map(Item.integer) ?? fallback
  },
  Filter("float", "value, default=") { call in
    let fallback = call.optional(1) ?? .float(0)
    if let text = call[0].string { return PythonNumber.float(text).map(Item.float) ?? fallback }
    return Number(call[0]).map { .float($0.double) } ?? fallback
  },
  Filter("round", "value, precision=, method=") { call in
    let digits = try call.given(1).map(call.context.index) ?? 0
    let method = try call.text(2, default: "common")
    guard ["common", "ceil", "floor"].contains(method) else {
      throw call.fail(.plugin, "method must be common, ceil or floor")
    }
    guard let number = Number(call[0]) else {
      throw call.fail(
        .type, "type \(call.context.typeName(call[0])) doesn't define __round__ method")
    }
    guard method != "common" else {
      if let big = number.big { return .integer(digits >= 0 ? big : rounded(big, digits)) }
      if call.optional(1)?.isNull == true {
        let whole = PythonFloat.rounded(number.double, digits: 0)
        return BigInt(exactly: whole).map(Item.integer) ?? .float(whole)
      }
      return .float(PythonFloat.rounded(number.double, digits: digits))
    }
    let scale = pow(10, Double(digits))
    let scaled = number.double * scale
    let whole = method == "ceil" ? ceil(scaled) : floor(scaled)
    return .float((whole == 0 ? 0 : whole) / scale)
  },
  Filter("log", "x, base=") { call in
    let value = try double(call, 0, "log() can only be used on numbers")
    let base = try call.optional(1).map { _ in try double(call, 1, "the base must be a number") }
    guard value > 0 else { throw call.fail(.plugin, "math domain error") }
    guard let base else { return .float(log(value)) }
    if base == 10 { return .float(log10(value)) }
    guard base > 0, base != 1 else { throw call.fail(.plugin, "math domain error") }
    return .float(log(value) / log(base))
  },
  Filter("pow", "x, y") { call in
    let left = try double(call, 0, "pow() can only be used on numbers")
    let right = try double(call, 1, "pow() can only be used on numbers")
    let result = pow(left, right)
    if result.isNaN, !left.isNaN, !right.isNaN {
      throw call.fail(.plugin, "math domain error")
    }
    return .float(result)
  },
  Filter("root", "x, base=") { call in
    let value = try double(call, 0, "root() can only be used on numbers")
    let base = try call.optional(1).map { _ in try double(call, 1, "the base must be a number") }
    guard base ?? 2 != 0 else { throw Arithmetic.zeroDivision("float division by zero") }
    let result = base ?? 2 == 2 ? value.squareRoot() : pow(value, 1 / (base ?? 2))
    if result.isNaN, !value.isNaN {
      throw call.fail(.plugin, "root() can only be used on numbers")
    }
    return .float(result)
  },
]

private func double(_ call: PluginCall, _ index: Int, _ message: String) throws -> Double {
  guard let number = Number(call[index]) else { throw call.fail(.plugin, message) }
  return number.double
}

/// An integer rounded to tens, hundreds and so on, half to even.
private func rounded(_ value: BigInt, _ digits: Int) -> BigInt {
  let scale = BigInt(10).power(min(-digits, 5000))
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: scale)
  let twice = remainder.magnitude * 2
  let isUp =
    twice > scale.magnitude || (twice == scale.magnitude && quotient % 2 != 0)
  return (isUp ? quotient + (value < 0 ? -1 : 1) : quotient) * scale
}

/// Numbers as Python reads them from texts.
enum PythonNumber {
  /// Python's `int(text, base)`; nil where it refuses.
  static func integer(_ text: String, base: Int) -> BigInt? {
    var digits = asciiDigits(pythonStrip(text))[...]
    var isNegative = false
    if let sign = digits.first, sign == "-" || sign == "+" {
      isNegative = sign == "-"
      digits = digits.dropFirst()
    }
    var base = base
    let prefix = digits.prefix(2).lowercased()
    for (letter, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where prefix == letter && (base == radix || base == 0) {
      digits = digits.dropFirst(2)
      if digits.first == "_" { digits = digits.dropFirst() }
      base = radix
    }
    if base == 0 { base = 10 }
    guard (2...36).contains(base), let plain = withoutUnderscores(digits),
      plain.utf8.count <= 4300, let first = plain.first, first != "-", first != "+",
      let value = value(of: plain, base: base)
    else { return nil }
    return isNegative ? -value : value
  }

  /// Decimal digits of all scripts as those of ASCII.
  private static func asciiDigits(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .decimalNumber,
        let value = scalar.properties.numericValue
      {
        result += String(Int(value))
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func digit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30
    case 0x41...0x5A: Int(byte) - 0x41 + 10
    case 0x61...0x7A: Int(byte) - 0x61 + 10
    default: nil
    }
  }

  /// Digits of a base; nil where one is none.
  private static func value(of digits: String, base: Int) -> BigInt? {
    if base == 10 { return BigInt(digits, radix: 10) }
    var value = BigInt(0)
    var part = 0
    var scale = 1
    for byte in digits.utf8 {
      guard let digit = Self.digit(byte), digit < base else { return nil }
      part = part * base + digit
      scale *= base
      if scale > 1 << 50 {
        value = value * BigInt(scale) + BigInt(part)
        (part, scale) = (0, 1)
      }
    }
    return value * BigInt(scale) + BigInt(part)
  }

  /// Digits with single underscores between them, those taken out; nil where they stand elsewhere.
  private static func withoutUnderscores(_ digits: Substring) -> String? {
    guard digits.utf8.contains(0x5F) else { return String(digits) }
    guard !digits.hasPrefix("_"), !digits.hasSuffix("_"),
      !PythonText.contains(String(digits), "__")
    else { return nil }
    return digits.filter { $0 != "_" }
  }

  /// Python's `float(text)`; nil where it refuses.
  static func float(_ text: String) -> Double? {
    let digits = floatDigits(text)
    return digits.isEmpty ? nil : Double(digits)
  }

  /// The text in the form Swift reads; empty where Python would refuse it.
  static func floatDigits(_ text: String) -> String {
    let stripped = pythonStrip(text)
    let lowered = stripped.lowercased()
    let unsigned =
      lowered.hasPrefix("-") || lowered.hasPrefix("+")
      ? String(lowered.dropFirst()) : lowered
    if ["inf", "infinity", "nan"].contains(unsigned) { return lowered }
    guard lowered.utf8.allSatisfy({ "0123456789.e+-_".utf8.contains($0) }),
      let plain = withoutUnderscores(lowered[...])
    else { return "" }
    if unsigned.hasPrefix(".") || unsigned.hasSuffix(".") || PythonText.contains(plain, ".e") {
      return fixedPoint(plain)
    }
    return plain
  }

  /// `5.` and `.5` with their zeros.
  private static func fixedPoint(_ digits: String) -> String {
    guard digits.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return "" }
    var result = PythonText.replace(digits, ".e", ".0e")
    if result.hasSuffix(".") { result += "0" }
    for sign in ["", "-", "+"] where result.hasPrefix("\(sign).") {
      result = "\(sign)0\(result.dropFirst(sign.count))"
    }
    return result
  }
}
