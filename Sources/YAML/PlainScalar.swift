/// By which table a plain scalar gets its type.
package enum TypePolicy: Sendable {
  /// The table of PyYAML 6 (YAML 1.1), which playbooks are written for, without base 60 and dates.
  case ansible
  /// The core schema of YAML 1.2.2, section 10.3.
  case core
}

/// A scalar with its type.
package enum PlainScalar: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  /// Decimal digits, perhaps with a minus, of an integer that `Int` cannot hold.
  case bigInt(String)
  case float(Double)
  case string(String)

  /// Types the text of a plain scalar.
  package init(_ text: String, _ policy: TypePolicy) {
    var text = text
    self = text.withUTF8 { Self.typed($0, policy) } ?? .string(text)
  }

  /// The type and value of a plain scalar's bytes; nil for a string.
  static func typed(_ bytes: UnsafeBufferPointer<UInt8>, _ policy: TypePolicy) -> PlainScalar? {
    guard let first = bytes.first else { return .null }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), .dash, .dot, UInt8(ascii: "+"):
      return number(bytes, policy)
    case UInt8(ascii: "~"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return bytes.count > 5 ? nil : word(bytes, policy)
    default: return nil
    }
  }

  var isString: Bool {
    if case .string = self { return true }
    return false
  }

  private static func word(
    _ bytes: UnsafeBufferPointer<UInt8>, _ policy: TypePolicy
  ) -> PlainScalar? {
    switch packed(bytes) {
    case packed("~"), packed("null"), packed("Null"), packed("NULL"): return .null
    case packed("true"), packed("True"), packed("TRUE"): return .bool(true)
    case packed("false"), packed("False"), packed("FALSE"): return .bool(false)
    case let word where policy == .ansible:
      switch word {
      case packed("yes"), packed("Yes"), packed("YES"), packed("on"), packed("On"), packed("ON"):
        return .bool(true)
      case packed("no"), packed("No"), packed("NO"), packed("off"), packed("Off"), packed("OFF"):
        return .bool(false)
      default: return nil
      }
    default: return nil
    }
  }

  /// At most five bytes as one number.
  @inline(__always)
  private static func packed(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var word: UInt64 = 0
    for byte in bytes { word = word << 8 | UInt64(byte) }
    return word
  }

  @inline(__always)
  private static func packed(_ text: StaticString) -> UInt64 {
    packed(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The same scalar under one of the tags `!!int`, `!!float`, `!!bool`, `!!null`; a string where it does not fit.
  func tagged(_ tag: String) -> PlainScalar {
    switch (tag.dropFirst("tag:yaml.org,2002:".count), self) {
    case ("int", .int), ("int", .bigInt), ("float", .float), ("bool", .bool), ("null", .null):
      return self
    case ("float", .int(let value)): return .float(Double(value))
    case ("float", .bigInt(let digits)): return .float(Double(digits) ?? .infinity)
    case (_, .string), (_, .null): return self
    default: return self
    }
  }
}

// MARK: - Numbers

extension PlainScalar {
  private static func number(
    _ text: UnsafeBufferPointer<UInt8>, _ policy: TypePolicy
  ) -> PlainScalar? {
    if let small = smallInteger(text) { return small }
    guard text.allSatisfy(mayStandInNumber) else { return nil }
    let bytes = Array(text)
    var body = bytes[...]
    let sign = body.first
    let isSigned = sign == .dash || sign == UInt8(ascii: "+")
    if isSigned { body = body.dropFirst() }
    if let special = special(body, isNegative: sign == .dash, isSigned: isSigned) { return special }
    switch policy {
    case .ansible:
      if let (digits, radix) = ansibleInteger(body) {
        return integer(digits, radix: radix, isNegative: sign == .dash)
      }
      guard isAnsibleFloat(body, isSigned: isSigned) else { return nil }
    case .core:
      if let (digits, radix) = coreInteger(body, isSigned: isSigned) {
        return integer(digits, radix: radix, isNegative: sign == .dash)
      }
      guard isCoreFloat(body) else { return nil }
    }
    let plain = bytes.filter { $0 != UInt8(ascii: "_") }
    return Double(padded(plain)).map { .float($0) }
  }

  /// Digits that need no further thought: no zero in front, and few enough for `Int`.
  private static func smallInteger(_ text: UnsafeBufferPointer<UInt8>) -> PlainScalar? {
    guard text.count <= 18, text[0] != UInt8(ascii: "0") || text.count == 1 else { return nil }
    var value = 0
    for byte in text {
      guard isDigit(byte) else { return nil }
      value = value &* 10 &+ Int(byte &- UInt8(ascii: "0"))
    }
    return .int(value)
  }

  /// Whether a byte is in any spelling of a number: digits of base 16, signs, dots, `_`, prefixes, `.inf` and `.nan`.
  private static func mayStandInNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), .dash, .dot, UInt8(ascii: "+"), UInt8(ascii: "_"),
      UInt8(ascii: "x"), UInt8(ascii: "o"), UInt8(ascii: "i"), UInt8(ascii: "n"),
      UInt8(ascii: "I"), UInt8(ascii: "N"):
      true
    default: false
    }
  }

  /// `.inf` and `.nan` in their three spellings.
  private static func special(_ body: ArraySlice<UInt8>, isNegative: Bool, isSigned: Bool)
    -> PlainScalar?
  {
    guard body.first == .dot, body.count == 4 else { return nil }
    return switch String(decoding: body, as: UTF8.self) {
    case ".inf", ".Inf", ".INF": .float(isNegative ? -.infinity : .infinity)
    case ".nan", ".NaN", ".NAN": isSigned ? nil : .float(.nan)
    default: nil
    }
  }

  /// `5.` and `.5` with the zeros that `Double` asks for.
  private static func padded(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if byte == .dot, index == 0 || !isDigit(bytes[index - 1]) { result.append(UInt8(ascii: "0")) }
      result.append(byte)
      if byte == .dot, index + 1 == bytes.count || !isDigit(bytes[index + 1]) {
        result.append(UInt8(ascii: "0"))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isAnsibleDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_")
  }

  private static func digits(_ body: ArraySlice<UInt8>, radix: Int) -> [UInt8]? {
    var result: [UInt8] = []
    for byte in body where byte != UInt8(ascii: "_") {
      guard let value = hexDigit(byte), Int(value) < radix else { return nil }
      result.append(value)
    }
    return result.isEmpty ? nil : result
  }

  private static func ansibleInteger(_ body: ArraySlice<UInt8>) -> (digits: [UInt8], radix: Int)? {
    guard let first = body.first, isDigit(first) else { return nil }
    let rest = body.dropFirst()
    if first != UInt8(ascii: "0") { return digits(body, radix: 10).map { ($0, 10) } }
    switch rest.first {
    case nil: return ([0], 10)
    case UInt8(ascii: "b"): return digits(rest.dropFirst(), radix: 2).map { ($0, 2) }
    case UInt8(ascii: "x"): return digits(rest.dropFirst(), radix: 16).map { ($0, 16) }
    default: return digits(body, radix: 8).map { ($0, 8) }
    }
  }

  private static func coreInteger(
    _ body: ArraySlice<UInt8>, isSigned: Bool
  ) -> (digits: [UInt8], radix: Int)? {
    guard !body.contains(UInt8(ascii: "_")) else { return nil }
    if !isSigned, body.first == UInt8(ascii: "0") {
      switch body.dropFirst().first {
      case UInt8(ascii: "o"): return digits(body.dropFirst(2), radix: 8).map { ($0, 8) }
      case UInt8(ascii: "x"): return digits(body.dropFirst(2), radix: 16).map { ($0, 16) }
      default: break
      }
    }
    return digits(body, radix: 10).map { ($0, 10) }
  }

  /// PyYAML: digits, a dot, digits, and an exponent only with a sign; `.5` without a sign.
  private static func isAnsibleFloat(_ body: ArraySlice<UInt8>, isSigned: Bool) -> Bool {
    guard let first = body.first else { return false }
    let whole = isDigit(first) ? body.prefix(while: isAnsibleDigit) : []
    var rest = body.dropFirst(whole.count)
    guard rest.first == .dot else { return false }
    rest = rest.dropFirst()
    if whole.isEmpty {
      guard !isSigned, let next = rest.first, isDigit(next) else { return false }
    }
    rest = rest.drop(while: isAnsibleDigit)
    return rest.isEmpty || isExponent(rest, needsSign: true)
  }

  private static func isCoreFloat(_ body: ArraySlice<UInt8>) -> Bool {
    let whole = body.prefix(while: isDigit)
    var rest = body.dropFirst(whole.count)
    if rest.first == .dot {
      rest = rest.dropFirst()
      let fraction = rest.prefix(while: isDigit)
      guard !whole.isEmpty || !fraction.isEmpty else { return false }
      rest = rest.dropFirst(fraction.count)
    } else if whole.isEmpty {
      return false
    }
    return rest.isEmpty || isExponent(rest, needsSign: false)
  }

  private static func isExponent(_ text: ArraySlice<UInt8>, needsSign: Bool) -> Bool {
    guard let first = text.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E") else {
      return false
    }
    var rest = text.dropFirst()
    let isSigned = rest.first == .dash || rest.first == UInt8(ascii: "+")
    if isSigned { rest = rest.dropFirst() }
    return (isSigned || !needsSign) && !rest.isEmpty && rest.allSatisfy(isDigit)
  }

  /// The value of digits; those that `Int` cannot hold become decimal text.
  private static func integer(_ digits: [UInt8], radix: Int, isNegative: Bool) -> PlainScalar {
    var value = 0
    for digit in digits {
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: radix)
      let step = isNegative ? -Int(digit) : Int(digit)
      let (sum, isOver) = product.addingReportingOverflow(step)
      guard !isTooLarge, !isOver else {
        return .bigInt((isNegative ? "-" : "") + decimal(digits, radix: radix))
      }
      value = sum
    }
    return .int(value)
  }

  /// Digits of any radix as decimal text.
  private static func decimal(_ digits: [UInt8], radix: Int) -> String {
    guard radix != 10 else {
      return String(decoding: digits.drop { $0 == 0 }.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    }
    let limb: UInt64 = 1_000_000_000
    var limbs: [UInt64] = [0]
    for digit in digits {
      var carry = UInt64(digit)
      for index in limbs.indices {
        let value = limbs[index] * UInt64(radix) + carry
        limbs[index] = value % limb
        carry = value / limb
      }
      if carry > 0 { limbs.append(carry) }
    }
    var text = String(limbs[limbs.count - 1])
    for part in limbs.dropLast().reversed() {
      let group = String(part)
      text += String(repeating: "0", count: 9 - group.count) + group
    }
    return text
  }
}
