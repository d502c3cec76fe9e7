import Schema

/// The types that options of Ansible's roles may have, and what can be converted to them.
enum OptionType: String {
  case str, bool, int, float, list, dict, path, raw, json, jsonarg, bytes, bits
  case another

  init(_ word: String) { self = OptionType(rawValue: word) ?? .another }

  /// The value in this type; nil where it cannot be converted.
  func converted(_ value: Value) -> Value? {
    switch self {
    case .str, .path, .raw, .json, .jsonarg, .another: value
    case .bool: boolean(value)
    case .int: integer(value)
    case .float: number(value)
    case .list: list(value)
    case .dict: dictionary(value)
    case .bytes, .bits: size(value)
    }
  }

  private func boolean(_ value: Value) -> Value? {
    switch value {
    case .bool: return value
    case .int(0), .float(0): return .bool(false)
    case .int(1), .float(1): return .bool(true)
    case .text(let text):
      let word = text.string.lowercased()
      if ["y", "yes", "on", "1", "true", "t", "1.0"].contains(word) { return .bool(true) }
      if ["n", "no", "off", "0", "false", "f", "0.0"].contains(word) { return .bool(false) }
      return nil
    default: return nil
    }
  }

  private func integer(_ value: Value) -> Value? {
    switch value {
    case .int, .bigInt: return value
    case .bool(let flag): return .int(flag ? 1 : 0)
    case .float(let number): return Int(exactly: number).map(Value.int)
    case .text(let text):
      let word = String(text.string.trimmed)
      return (Int(word) ?? Double(word).flatMap { Int(exactly: $0) }).map(Value.int)
    default: return nil
    }
  }

  private func number(_ value: Value) -> Value? {
    switch value {
    case .float, .int, .bigInt: value
    case .text(let text): Double(String(text.string.trimmed)).map(Value.float)
    default: nil
    }
  }

  private func list(_ value: Value) -> Value? {
    switch value {
    case .list: value
    case .text(let text):
      .list(
        text.string.split(separator: ",", omittingEmptySubsequences: false)
          .map { .string(String($0)) })
    case .int, .float, .bigInt, .bool: .list([.string(Argument(value, path: "").sourceText ?? "")])
    default: nil
    }
  }

  private func dictionary(_ value: Value) -> Value? {
    if value.dict != nil { return value }
    guard let text = value.string?.trimmed, !text.isEmpty else { return nil }
    if text.hasPrefix("{") {
      guard let parsed = try? JSON.parse(String(text)), parsed.dict != nil else { return nil }
      return parsed
    }
    guard text.contains("=") else { return nil }
    var map = ValueMap()
    for word in shellWords(String(text).replacing(",", with: " ")) ?? [] {
      guard let (name, value) = word.halves(at: "=") else { return nil }
      map[String(name)] = .string(String(value))
    }
    return .dict(map)
  }

  /// A number with a unit such as `10 MB` or `1K`.
  private func size(_ value: Value) -> Value? {
    guard let text = Argument(value, path: "").sourceText?.trimmed else { return nil }
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).trimmed.uppercased()
    let end = self == .bytes ? ["", "B"] : ["", "BIT", "BITS", "B"]
    guard Double(digits) != nil,
      unit.isEmpty || end.contains(unit)
        || "YZEPTGMK".contains(String(unit.prefix(1))) && end.contains(String(unit.dropFirst()))
    else { return nil }
    return value
  }
}
