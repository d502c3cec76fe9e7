import YAML

/// A JSON value, for comparing what YAML documents load to.
enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var int: Int? {
    guard case .number(let value) = self else { return nil }
    return Int(value)
  }

  /// The JSON view of a node under the core schema; a null key is the empty string.
  init(_ node: Node) {
    switch node.kind {
    case .sequence:
      self = .array(node.elements.map { JSON($0) })
    case .mapping:
      var members: [String: JSON] = [:]
      for (key, value) in node.writtenPairs {
        members[key.resolved(.core) == .null ? "" : key.text] = JSON(value)
      }
      self = .object(members)
    case .scalar:
      self.init(node.resolved(.core))
    }
  }

  private init(_ scalar: PlainScalar) {
    switch scalar {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .number(Double(value))
    case .bigInt(let digits): self = .number(Double(digits) ?? .nan)
    case .float(let value): self = .number(value)
    case .string(let text): self = .string(text)
    }
  }

  /// The JSON texts in a file, one after the other.
  static func documents(_ bytes: [UInt8]) -> [JSON] {
    var reader = JSONReader(bytes: bytes)
    var documents: [JSON] = []
    while let next = reader.next() { documents.append(next) }
    return documents
  }
}

/// Reads correct JSON; of anything else it makes something or nil.
private struct JSONReader {
  let bytes: [UInt8]
  var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func skipSpace() {
    while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard offset < bytes.count, bytes[offset] == character.asciiValue else { return false }
    offset += 1
    return true
  }

  mutating func next() -> JSON? {
    skipSpace()
    guard offset < bytes.count else { return nil }
    switch Character(Unicode.Scalar(bytes[offset])) {
    case "{": return object()
    case "[": return array()
    case "\"": return string().map { .string($0) }
    default: return word()
    }
  }

  private mutating func object() -> JSON? {
    offset += 1
    var members: [String: JSON] = [:]
    while !take("}") {
      skipSpace()
      guard let key = string(), take(":"), let value = next() else { return nil }
      members[key] = value
      _ = take(",")
    }
    return .object(members)
  }

  private mutating func array() -> JSON? {
    offset += 1
    var elements: [JSON] = []
    while !take("]") {
      guard let value = next() else { return nil }
      elements.append(value)
      _ = take(",")
    }
    return .array(elements)
  }

  private mutating func word() -> JSON? {
    let start = offset
    while offset < bytes.count, ![0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5D, 0x7D].contains(bytes[offset])
    {
      offset += 1
    }
    switch String(decoding: bytes[start..<offset], as: UTF8.self) {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    case let text: return Double(text).map { .number($0) }
    }
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var units: [UInt8] = []
    while offset < bytes.count, bytes[offset] != 0x22 {
      guard bytes[offset] == 0x5C, offset + 1 < bytes.count else {
        units.append(bytes[offset])
        offset += 1
        continue
      }
      units += escape()
    }
    offset += 1
    return String(decoding: units, as: UTF8.self)
  }

  private mutating func escape() -> [UInt8] {
    let kind = Character(Unicode.Scalar(bytes[offset + 1]))
    offset += 2
    let simple: [Character: UInt8] = ["n": 10, "t": 9, "r": 13, "b": 8, "f": 12]
    guard kind == "u" else { return [simple[kind] ?? kind.asciiValue ?? 0x3F] }
    var units = [hex()]
    if units[0] & 0xFC00 == 0xD800, offset + 6 <= bytes.count {
      offset += 2
      units.append(hex())
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private mutating func hex() -> UInt16 {
    defer { offset += 4 }
    guard offset + 4 <= bytes.count else { return 0xFFFD }
    return UInt16(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16) ?? 0xFFFD
  }
}
