import BigInt
import Schema

/// Python's `str.format`.
struct BraceFormat {
  private let context: Context
  private let positional: [Item]
  private let named: [(name: String, value: Item)]

  init(_ context: Context, _ positional: [Item], _ named: [(name: String, value: Item)]) {
    self.context = context
    self.positional = positional
    self.named = named
  }

  func format(_ text: String) throws -> String {
    var next = 0
    return try format(Array(text.unicodeScalars)[...], &next, depth: 2)
  }

  private func format(
    _ scalars: ArraySlice<Unicode.Scalar>, _ next: inout Int, depth: Int
  ) throws -> String {
    var result = String.UnicodeScalarView()
    var rest = scalars
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}", rest.first == scalar {
        rest.removeFirst()
        result.append(scalar)
      } else if scalar == "{" {
        let field = try field(&rest)
        result.append(contentsOf: try replaced(field, &next, depth).unicodeScalars)
      } else if scalar == "}" {
        throw context.fail(.value, "single '}' encountered in format string")
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// The characters up to the brace that closes a field.
  private func field(
    _ rest: inout ArraySlice<Unicode.Scalar>
  ) throws -> ArraySlice<Unicode.Scalar> {
    let whole = rest
    var depth = 1
    while let scalar = rest.popFirst() {
      if scalar == "{" { depth += 1 }
      if scalar == "}" { depth -= 1 }
      if depth == 0 { return whole[..<(rest.startIndex - 1)] }
    }
    throw context.fail(.value, "expected '}' before end of string")
  }

  private func replaced(
    _ field: ArraySlice<Unicode.Scalar>, _ next: inout Int, _ depth: Int
  ) throws -> String {
    guard depth > 0 else { throw context.fail(.value, "max string recursion exceeded") }
    var bracketed = false
    let nameEnd =
      field.firstIndex { scalar in
        if scalar == "[" { bracketed = true }
        if scalar == "]" { bracketed = false }
        return !bracketed && (scalar == ":" || scalar == "!")
      } ?? field.endIndex
    var item = try value(String(String.UnicodeScalarView(field[..<nameEnd])), &next)
    var rest = field[nameEnd...]
    if rest.first == "!" {
      rest.removeFirst()
      switch rest.popFirst() {
      case "r", "a": item = .text(try context.representation(item))
      case "s": item = .text(try context.string(item))
      default: throw context.fail(.value, "unknown conversion specifier")
      }
    }
    if rest.first == ":" { rest.removeFirst() }
    let specification = try format(rest, &next, depth: depth - 1)
    return try FormatSpecification(specification, context: context).apply(to: item)
  }

  private func value(_ path: String, _ next: inout Int) throws -> Item {
    let first = path.prefix { $0 != "." && $0 != "[" }
    var rest = path.dropFirst(first.count)
    var item: Item
    if first.isEmpty || Int(first) != nil {
      let index = Int(first) ?? next
      if first.isEmpty { next += 1 }
      guard positional.indices.contains(index) else {
        throw context.fail(.value, "replacement index \(index) out of range")
      }
      item = positional[index]
    } else {
      guard let match = named.first(where: { $0.name == first }) else {
        throw context.fail(.value, "no argument `\(first)` for the format")
      }
      item = match.value
    }
    while let separator = rest.popFirst() {
      if separator == "." {
        let name = rest.prefix { $0 != "." && $0 != "[" }
        rest = rest.dropFirst(name.count)
        item = try context.attribute(String(name), of: item)
      } else {
        let key = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(key.count + 1)
        item = try context.element(Int(key).map(Item.int) ?? .text(String(key)), of: item)
      }
      if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    }
    return item
  }
}

/// Python's format specification: `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct FormatSpecification {
  private var fill = " "
  private var alignment: Unicode.Scalar?
  private var sign: Unicode.Scalar = "-"
  private var isAlternate = false
  private var grouping: String?
  private var width = 0
  private var precision: Int?
  private var type: Unicode.Scalar?
  private let context: Context

  init(_ text: String, context: Context) throws {
    self.context = context
    var rest = Array(text.unicodeScalars)[...]
    let alignments: Set<Unicode.Scalar> = ["<", ">", "^", "="]
    if rest.count > 1, alignments.contains(rest[rest.startIndex + 1]), let first = rest.popFirst() {
      fill = String(first)
      alignment = rest.popFirst()
    } else if let first = rest.first, alignments.contains(first) {
      alignment = rest.popFirst()
    }
    if let first = rest.first, ["+", "-", " "].contains(first) { sign = rest.removeFirst() }
    if rest.first == "#" {
      rest.removeFirst()
      isAlternate = true
    }
    if rest.first == "0" {
      rest.removeFirst()
      if alignment == nil {
        alignment = "="
        fill = "0"
      }
    }
    width = Self.number(&rest) ?? 0
    if let first = rest.first, first == "," || first == "_" {
      grouping = String(rest.removeFirst())
    }
    if rest.first == "." {
      rest.removeFirst()
      guard let digits = Self.number(&rest) else {
        throw context.fail(.value, "format specifier missing precision")
      }
      precision = digits
    }
    type = rest.popFirst()
    guard rest.isEmpty, width < 1 << 20, precision ?? 0 < 1000 else {
      throw context.fail(.value, "invalid format specifier '\(text)'")
    }
  }

  private static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> Int? {
    var digits = ""
    while let first = rest.first, ("0"..."9").contains(first) {
      digits.unicodeScalars.append(first)
      rest.removeFirst()
    }
    return Int(digits)
  }

  func apply(to item: Item) throws -> String {
    if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    if let unknown = item.unknown { throw Interrupt.unknown(unknown) }
    guard let number = Number(item), !(isBool(item) && type == nil) else {
      var text = try context.string(item)
      guard type == nil || type == "s" else {
        throw context.fail(
          .value,
          "unknown format code '\(type.map(String.init) ?? "")' for an object of type "
            + "'\(context.typeName(item))'")
      }
      if let precision { text = String(text.unicodeScalars.prefix(precision)) }
      return placed("", text, default: "<")
    }
    if let big = number.big, type.map({ !"eEfFgG%".unicodeScalars.contains($0) }) ?? true {
      return try integer(big)
    }
    return try float(number.double)
  }

  private func isBool(_ item: Item) -> Bool {
    if case .value(.bool) = item { true } else { false }
  }

  private func integer(_ value: BigInt) throws -> String {
    var prefix = ""
    var digits: String
    switch type {
    case nil, "d", "n": digits = grouped(String(value.magnitude), 3)
    case "x", "X":
      digits = grouped(String(value.magnitude, radix: 16, uppercase: type == "X"), 4)
      prefix = type == "X" ? "0X" : "0x"
    case "o":
      digits = grouped(String(value.magnitude, radix: 8), 4)
      prefix = "0o"
    case "b":
      digits = grouped(String(value.magnitude, radix: 2), 4)
      prefix = "0b"
    case "c": digits = Unicode.Scalar(UInt32(clamping: Int(value))).map(String.init) ?? ""
    default: throw context.fail(.value, "unknown format code for an object of type 'int'")
    }
    return placed(signText(value < 0) + (isAlternate ? prefix : ""), digits, default: ">")
  }

  private func float(_ value: Double) throws -> String {
    var size = abs(value)
    var suffix = ""
    var digits: String
    if type == "%" {
      size *= 100
      suffix = "%"
    }
    if !value.isFinite {
      digits = value.isNaN ? "nan" : "inf"
    } else if let type, type != "n" {
      let letter = type == "%" ? "f" : String(type)
      digits = PythonFloat.formatted(size, "%\(isAlternate ? "#" : "").\(precision ?? 6)\(letter)")
    } else if let precision {
      digits = PythonFloat.formatted(size, "%.\(max(precision, 1))g")
      if type == nil, !digits.contains("."), !digits.contains("e") { digits += ".0" }
    } else {
      digits = PythonFloat.representation(size)
    }
    let whole = digits.prefix { $0 != "." && $0 != "e" }
    digits = grouped(String(whole), 3) + digits.dropFirst(whole.count)
    let isNegative = value.sign == .minus && !value.isNaN
    return placed(signText(isNegative), digits + suffix, default: ">")
  }

  private func signText(_ isNegative: Bool) -> String {
    if isNegative { return "-" }
    return sign == "-" ? "" : String(sign)
  }

  private func grouped(_ digits: String, _ size: Int) -> String {
    guard let grouping, digits.utf8.allSatisfy({ $0 >= 0x30 }) else { return digits }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.utf8.count - index) % size == 0 { result += grouping }
      result.append(digit)
    }
    return result
  }

  private func placed(
    _ sign: String, _ text: String, default fallback: Unicode.Scalar
  ) -> String {
    let missing = width - sign.unicodeScalars.count - text.unicodeScalars.count
    guard missing > 0 else { return sign + text }
    switch alignment ?? fallback {
    case "<": return sign + text + String(repeating: fill, count: missing)
    case "^":
      let left = missing / 2
      return String(repeating: fill, count: left) + sign + text
        + String(repeating: fill, count: missing - left)
    case "=": return sign + String(repeating: fill, count: missing) + text
    default: return String(repeating: fill, count: missing) + sign + text
    }
  }
}
