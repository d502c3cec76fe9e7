import Schema

/// A value as Python's `json.dumps` writes it by default: `, ` and `: ` between, everything beyond ASCII escaped.
func jsonText(_ value: Value) -> String {
  switch value {
  case .null, .unknown: "null"
  case .bool(let flag): flag ? "true" : "false"
  case .int(let number): String(number)
  case .bigInt(let number): "\(number)"
  case .float(let number):
    number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
  case .text(let text): jsonQuoted(text.string)
  case .list(let elements): "[" + elements.map(jsonText).joined(separator: ", ") + "]"
  case .dict(let map):
    "{"
      + map.keys.map { "\(jsonKey($0)): \(jsonText(map[$0] ?? .null))" }.joined(separator: ", ")
      + "}"
  }
}

/// Keys are texts in JSON, whatever they are elsewhere.
private func jsonKey(_ key: Value) -> String {
  key.string.map(jsonQuoted) ?? "\"\(jsonText(key))\""
}

private func jsonQuoted(_ text: String) -> String {
  var quoted = "\""
  for unit in text.utf16 {
    switch unit {
    case 0x22: quoted += "\\\""
    case 0x5C: quoted += "\\\\"
    case 0x0A: quoted += "\\n"
    case 0x0D: quoted += "\\r"
    case 0x09: quoted += "\\t"
    case 0x08: quoted += "\\b"
    case 0x0C: quoted += "\\f"
    case 0x20..<0x7F: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
    default:
      let digits = String(unit, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
  return quoted + "\""
}
