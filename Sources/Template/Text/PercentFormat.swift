import BigInt
import Schema

/// Python's `%` formatting of texts.
struct PercentFormat {
  let context: Context

  private struct Conversion {
    var flags: Set<Unicode.Scalar> = []
    var width: Int?
    var precision: Int?
  }

  /// Formats with a tuple, a dictionary, or the one argument itself.
  func format(_ format: String, _ arguments: Item) throws -> String {
    var result = ""
    var positional: [Item]
    var named: DictBox?
    /// Whether arguments may be left over: what has a subscript, and is neither a text nor a tuple.
    var mayRemain = false
    switch arguments {
    case .tuple(let items): positional = items
    case .dict(let box):
      named = box
      positional = [arguments]
      mayRemain = true
    case .list:
      positional = [arguments]
      mayRemain = true
    default: positional = [arguments]
    }
    var next = 0
    var usedName = false
    var scalars = format.unicodeScalars[...]
    func take() throws -> Item {
      guard next < positional.count else {
        throw context.fail(.type, "not enough arguments for format string")
      }
      next += 1
      return positional[next - 1]
    }
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let start = scalars.startIndex
      var item: Item?
      if scalars.first == "(" {
        scalars.removeFirst()
        let key = scalars.prefix { $0 != ")" }
        scalars = scalars[key.endIndex...].dropFirst()
        guard let named else { throw context.fail(.type, "format requires a mapping") }
        guard let found = try named.value(for: .string(String(key)), in: context) else {
          throw context.fail(.value, "no value for `\(String(key))` in the format")
        }
        item = found
        usedName = true
      }
      var conversion = Conversion()
      while let flag = scalars.first, "#0- +".unicodeScalars.contains(flag) {
        conversion.flags.insert(flag)
        scalars.removeFirst()
      }
      conversion.width = try number(&scalars, take)
      if let width = conversion.width, width < 0 {
        conversion.flags.insert("-")
        conversion.width = -width
      }
      if scalars.first == "." {
        scalars.removeFirst()
        conversion.precision = try number(&scalars, take) ?? 0
      }
      while let size = scalars.first, "hlL".unicodeScalars.contains(size) {
        scalars.removeFirst()
      }
      let isBare = item == nil && scalars.startIndex == start
      guard let type = scalars.popFirst() else {
        throw context.fail(.value, "incomplete format")
      }
      if type == "%", isBare {
        result += "%"
      } else {
        let argument = try item ?? take()
        result += try convert(argument, type, conversion)
      }
    }
    if next < positional.count, !usedName, !mayRemain {
      throw context.fail(.type, "not all arguments converted during string formatting")
    }
    return result
  }

  private func number(
    _ scalars: inout Substring.UnicodeScalarView, _ take: () throws -> Item
  ) throws -> Int? {
    if scalars.first == "*" {
      scalars.removeFirst()
      let number = try context.index(try take())
      guard abs(number) < 1 << 20 else { throw context.fail(.value, "width too big") }
      return number
    }
    let digits = scalars.prefix { ("0"..."9").contains($0) }
    scalars = scalars[digits.endIndex...]
    guard let number = Int(String(digits)) else { return nil }
    guard number < 1 << 20 else { throw context.fail(.value, "width too big") }
    return number
  }

  private func convert(
    _ item: Item, _ type: Unicode.Scalar, _ conversion: Conversion
  ) throws -> String {
    switch type {
    case "s": return padded(clipped(try context.string(item), conversion), conversion)
    case "r": return padded(clipped(try context.representation(item), conversion), conversion)
    case "a":
      let text = PythonText.escapingNonASCII(try context.representation(item))
      return padded(clipped(text, conversion), conversion)
    case "c":
      if let text = item.string, text.unicodeScalars.count == 1 { return padded(text, conversion) }
      if case .value(.int) = item {
      } else if case .value(.bool) = item {
      } else {
        throw context.fail(.type, "%c requires int or char")
      }
      guard let code = UInt32(exactly: try context.index(item)),
        let scalar = Unicode.Scalar(code)
      else {
        throw context.fail(.value, "%c arg not in range(0x110000)")
      }
      return padded(String(scalar), conversion)
    case "d", "i", "u": return integer(try number(item, "%\(type) format"), conversion)
    case "x", "X", "o": return try radix(item, type, conversion)
    case "f", "F", "e", "E", "g", "G":
      guard let number = Number(item) else {
        try refuse(item)
        throw context.fail(.type, "must be real number, not \(context.typeName(item))")
      }
      return float(number.double, type, conversion)
    default:
      throw context.fail(.value, "unsupported format character '\(type)'")
    }
  }

  private func refuse(_ item: Item) throws {
    if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    if let unknown = item.unknown { throw Interrupt.unknown(unknown) }
  }

  private func number(_ item: Item, _ what: String) throws -> BigInt {
    try refuse(item)
    guard let number = Number(item) else {
      throw context.fail(
        .type, "\(what): a real number is required, not \(context.typeName(item))")
    }
    if let big = number.big { return big }
    guard let big = BigInt(exactly: number.double.rounded(.towardZero)) else {
      throw context.fail(.value, "cannot convert this float to an integer")
    }
    return big
  }

  private func integer(_ value: BigInt, _ conversion: Conversion) -> String {
    signed(String(value.magnitude), isNegative: value < 0, prefix: "", conversion)
  }

  private func radix(
    _ item: Item, _ type: Unicode.Scalar, _ conversion: Conversion
  ) throws -> String {
    try refuse(item)
    guard let value = Number(item)?.big else {
      throw context.fail(
        .type, "%\(type) format: an integer is required, not \(context.typeName(item))")
    }
    var digits = String(value.magnitude, radix: type == "o" ? 8 : 16)
    if type == "X" { digits = digits.uppercased() }
    let prefix = conversion.flags.contains("#") ? (type == "o" ? "0o" : "0\(type)") : ""
    return signed(digits, isNegative: value < 0, prefix: prefix, conversion)
  }

  private func signed(
    _ digits: String, isNegative: Bool, prefix: String, _ conversion: Conversion
  ) -> String {
    var digits = digits
    if let precision = conversion.precision {
      digits = PythonText.padded(digits, width: precision, with: "0", keeping: .right)
    }
    let sign =
      isNegative
      ? "-"
      : conversion.flags.contains("+") ? "+" : conversion.flags.contains(" ") ? " " : ""
    if conversion.flags.contains("0"), !conversion.flags.contains("-"),
      let width = conversion.width
    {
      digits = PythonText.padded(
        digits, width: width - sign.utf8.count - prefix.utf8.count, with: "0", keeping: .right)
    }
    return padded(sign + prefix + digits, conversion)
  }

  private func float(
    _ value: Double, _ type: Unicode.Scalar, _ conversion: Conversion
  ) -> String {
    let alternate = conversion.flags.contains("#") ? "#" : ""
    let precision = min(conversion.precision ?? 6, 1000)
    var digits: String
    if value.isFinite {
      digits = PythonFloat.formatted(abs(value), "%\(alternate).\(precision)\(type)")
    } else {
      digits = value.isNaN ? "nan" : "inf"
      if type.properties.isUppercase { digits = digits.uppercased() }
    }
    var inner = conversion
    inner.precision = nil
    return signed(digits, isNegative: value.sign == .minus && !value.isNaN, prefix: "", inner)
  }

  private func clipped(_ text: String, _ conversion: Conversion) -> String {
    guard let precision = conversion.precision else { return text }
    return String(text.unicodeScalars.prefix(precision))
  }

  private func padded(_ text: String, _ conversion: Conversion) -> String {
    PythonText.padded(
      text, width: conversion.width ?? 0, keeping: conversion.flags.contains("-") ? .left : .right)
  }
}
