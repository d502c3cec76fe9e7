import BigInt
import Schema

/// Python's format specification: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
struct FormatSpecification {
  private let isEmpty: Bool
  private var fill: Unicode.Scalar = " "
  private var alignment: Unicode.Scalar?
  /// Whether a zero before the width, and nothing else, asked for zeros after the sign.
  private var isZeroPadded = false
  private var sign: Unicode.Scalar?
  private var isAlternate = false
  private var grouping: Unicode.Scalar?
  private var width = 0
  private var precision: Int?
  private var type: Unicode.Scalar?
  private let context: Context

  init(_ text: String, context: Context) throws {
    self.context = context
    isEmpty = text.isEmpty
    var rest = Array(text.unicodeScalars)[...]
    let alignments: Set<Unicode.Scalar> = ["<", ">", "^", "="]
    var hasFill = false
    if rest.count > 1, alignments.contains(rest[rest.startIndex + 1]), let first = rest.popFirst() {
      fill = first
      hasFill = true
      alignment = rest.popFirst()
    } else if let first = rest.first, alignments.contains(first) {
      alignment = rest.popFirst()
    }
    if let first = rest.first, ["+", "-", " "].contains(first) { sign = rest.removeFirst() }
    if rest.first == "#" {
      rest.removeFirst()
      isAlternate = true
    }
    if !hasFill, rest.first == "0" {
      rest.removeFirst()
      fill = "0"
      isZeroPadded = alignment == nil
    }
    width = Self.number(&rest) ?? 0
    if let first = rest.first, first == "," || first == "_" {
      grouping = rest.removeFirst()
      if let second = rest.first, second == "," || second == "_" {
        throw context.fail(.value, "Cannot specify both ',' and '_'.")
      }
    }
    if rest.first == "." {
      rest.removeFirst()
      guard let digits = Self.number(&rest) else {
        throw context.fail(.value, "Format specifier missing precision")
      }
      precision = digits
    }
    type = rest.popFirst()
    guard rest.isEmpty, width < 1 << 20, precision ?? 0 < 1000 else {
      throw context.fail(.value, "Invalid format specifier '\(text)'")
    }
  }

  private static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> Int? {
    var digits = ""
    while let first = rest.first, ("0"..."9").contains(first) {
      digits.unicodeScalars.append(first)
      rest.removeFirst()
    }
    return digits.utf8.count > 18 ? Int.max : Int(digits)
  }

  func apply(to item: Item) throws -> String {
    if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    if let unknown = item.unknown { throw Interrupt.unknown(unknown) }
    if isEmpty { return try context.string(item) }
    if let text = item.string { return try formatted(text) }
    guard let number = Number(item) else {
      throw context.fail(
        .type, "unsupported format string passed to \(context.typeName(item)).__format__")
    }
    if let big = number.big, type.map({ !"eEfFgG%".unicodeScalars.contains($0) }) ?? true {
      return try formatted(big)
    }
    return try formatted(number.double)
  }

  private func unknownType(_ name: String) -> TemplateError {
    context.fail(
      .value, "Unknown format code '\(type.map(String.init) ?? "")' for object of type '\(name)'")
  }

  /// Refuses a grouping together with types that have none.
  private func checkGrouping(_ types: String, allowsUnderscore: String = "") throws {
    guard let grouping, let type, types.unicodeScalars.contains(type) else { return }
    if grouping == "_", allowsUnderscore.unicodeScalars.contains(type) { return }
    throw context.fail(.value, "Cannot specify '\(grouping)' with '\(type)'.")
  }

  // MARK: Types

  private func formatted(_ text: String) throws -> String {
    if let grouping {
      throw context.fail(.value, "Cannot specify '\(grouping)' with '\(type ?? "s")'.")
    }
    guard type == nil || type == "s" else { throw unknownType("str") }
    if let sign {
      throw context.fail(
        .value, "\(sign == " " ? "Space" : "Sign") not allowed in string format specifier")
    }
    if isAlternate {
      throw context.fail(.value, "Alternate form (#) not allowed in string format specifier")
    }
    if alignment == "=" {
      throw context.fail(.value, "'=' alignment not allowed in string format specifier")
    }
    var text = text
    if let precision { text = String(text.unicodeScalars.prefix(precision)) }
    return placed("", text, default: "<")
  }

  private func formatted(_ value: BigInt) throws -> String {
    try checkGrouping("bcnoxX", allowsUnderscore: "boxX")
    guard precision == nil else {
      throw context.fail(.value, "Precision not allowed in integer format specifier")
    }
    var prefix = ""
    let digits: String
    var size = 4
    switch type {
    case nil, "d", "n":
      digits = String(value.magnitude)
      size = 3
    case "x", "X":
      digits = String(value.magnitude, radix: 16, uppercase: type == "X")
      prefix = type == "X" ? "0X" : "0x"
    case "o":
      digits = String(value.magnitude, radix: 8)
      prefix = "0o"
    case "b":
      digits = String(value.magnitude, radix: 2)
      prefix = "0b"
    case "c": return try character(value)
    default: throw unknownType("int")
    }
    return number(
      sign: signText(value < 0) + (isAlternate ? prefix : ""), whole: digits, rest: "",
      groupSize: size)
  }

  private func character(_ value: BigInt) throws -> String {
    guard sign == nil else {
      throw context.fail(.value, "Sign not allowed with integer format specifier 'c'")
    }
    guard !isAlternate else {
      throw context.fail(
        .value, "Alternate form (#) not allowed with integer format specifier 'c'")
    }
    guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else {
      throw context.fail(.value, "%c arg not in range(0x110000)")
    }
    return placed("", String(scalar), default: ">")
  }

  private func formatted(_ value: Double) throws -> String {
    guard type.map({ "eEfFgGn%".unicodeScalars.contains($0) }) ?? true else {
      throw unknownType("float")
    }
    try checkGrouping("n")
    var size = abs(value)
    if type == "%" { size *= 100 }
    var digits: String
    if !value.isFinite {
      digits = value.isNaN ? "nan" : "inf"
      if let type, "EFG".unicodeScalars.contains(type) { digits = digits.uppercased() }
    } else if let type {
      let letter = type == "%" ? "f" : type == "n" ? "g" : String(type)
      digits = PythonFloat.formatted(size, "%\(isAlternate ? "#" : "").\(precision ?? 6)\(letter)")
    } else {
      digits = untyped(size)
    }
    let whole = digits.unicodeScalars.prefix { ("0"..."9").contains($0) }
    let isNegative = value.sign == .minus && !value.isNaN
    return number(
      sign: signText(isNegative), whole: String(whole),
      rest: String(digits.unicodeScalars.dropFirst(whole.count)) + (type == "%" ? "%" : ""),
      groupSize: 3)
  }

  /// Like `g`, with at least one digit after the point.
  private func untyped(_ size: Double) -> String {
    guard let precision else {
      let digits = PythonFloat.representation(size)
      guard isAlternate, !digits.utf8.contains(0x2E) else { return digits }
      return PythonText.replace(digits, "e", ".e")
    }
    let exponential = PythonFloat.formatted(size, "%.\(max(precision, 1) - 1)e")
    let exponent = exponential.split(separator: "e").last.flatMap { Int($0) } ?? 0
    var digits = PythonFloat.formatted(size, "%\(isAlternate ? "#" : "").\(max(precision, 1))g")
    // A whole number with all its digits shown would get one more: Python writes the exponent.
    if !isAlternate, size != 0, exponent == max(precision, 1) - 1, !digits.utf8.contains(0x2E),
      !digits.utf8.contains(0x65)
    {
      digits = trimmed(exponential)
    }
    if !digits.utf8.contains(0x2E), !digits.utf8.contains(0x65) { digits += ".0" }
    return digits
  }

  /// Without zeros at the end of the fraction.
  private func trimmed(_ exponential: String) -> String {
    let parts = exponential.split(separator: "e", maxSplits: 1).map(String.init)
    guard parts.count == 2, parts[0].utf8.contains(0x2E) else { return exponential }
    let mantissa = PythonText.stripped(PythonText.stripped(parts[0], "0", .right), ".", .right)
    return mantissa + "e" + parts[1]
  }

  // MARK: Layout

  private func signText(_ isNegative: Bool) -> String {
    if isNegative { return "-" }
    return sign == nil || sign == "-" ? "" : sign.map(String.init) ?? ""
  }

  private func number(sign: String, whole: String, rest: String, groupSize: Int) -> String {
    guard grouping != nil, !whole.isEmpty else {
      return placed(sign, whole + rest, default: ">")
    }
    let isFilledWithZeros = fill == "0" && (alignment == "=" || isZeroPadded)
    let minimum = isFilledWithZeros ? width - sign.utf8.count - rest.utf8.count : 0
    return placed(sign, grouped(whole, groupSize, minimum: minimum) + rest, default: ">")
  }

  /// Digits in groups, with zeros in front up to a width: as CPython's `InsertThousandsGrouping`.
  private func grouped(_ digits: String, _ size: Int, minimum: Int) -> String {
    var remaining = Array(digits.utf8)
    var missing = minimum
    var groups: [[UInt8]] = []
    repeat {
      let count = min(size, max(remaining.count, missing, 1))
      let taken = min(remaining.count, count)
      groups.append(
        Array(repeating: 0x30, count: count - taken) + Array(remaining.suffix(taken)))
      remaining.removeLast(taken)
      missing -= count
      if remaining.isEmpty, missing <= 0 { break }
      missing -= 1
    } while true
    let separator = grouping.map(String.init) ?? ""
    return groups.reversed().map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: separator)
  }

  private func placed(
    _ sign: String, _ text: String, default fallback: Unicode.Scalar
  ) -> String {
    let missing = width - sign.unicodeScalars.count - text.unicodeScalars.count
    guard missing > 0 else { return sign + text }
    let isNumber = fallback == ">"
    func filled(_ count: Int) -> String { String(repeating: String(fill), count: count) }
    switch alignment ?? (isZeroPadded && isNumber ? "=" : fallback) {
    case "<": return sign + text + filled(missing)
    case "^": return filled(missing / 2) + sign + text + filled(missing - missing / 2)
    case "=": return sign + filled(missing) + text
    default: return filled(missing) + sign + text
    }
  }
}
