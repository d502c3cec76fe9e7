import BigInt
import OrderedCollections

/// Why a text is not JSON, and where.
package struct JSONError: Error, Sendable, Hashable {
  /// The fact, lower case and without a full stop.
  package var message: String
  /// The UTF-8 offset of the first byte at fault.
  package var offset: Int
  /// The line of `offset`, from 1.
  package var line: Int
  /// The column of `offset` in bytes, from 1.
  package var column: Int
}

/// JSON over values (RFC 8259): reading here, writing in `JSONWriter`.
package enum JSON {
  /// How deep arrays and objects may be nested.
  package static let depthLimit = 256

  /// Reads one JSON text.
  ///
  /// Integers are unbounded; of equal keys the last one wins.
  /// `NaN`, `Infinity` and `-Infinity` are read as floats, as Python's `json` does.
  /// - Throws: what is wrong first, with its place.
  package static func parse(_ text: String) throws(JSONError) -> Value {
    try parse(Array(text.utf8))
  }

  /// Reads one JSON text from UTF-8 bytes.
  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> Value {
    var reader = JSONReader(bytes)
    return try reader.document()
  }
}

private struct JSONReader {
  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> Value {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    let value = try value()
    skipSpace()
    guard index == bytes.count else { throw failure("more text after the value") }
    return value
  }

  private func failure(_ message: String, at offset: Int? = nil) -> JSONError {
    let offset = min(offset ?? index, bytes.count)
    var line = 1
    var lineStart = 0
    for position in 0..<offset where bytes[position] == 0x0A {
      line += 1
      lineStart = position + 1
    }
    return JSONError(
      message: message, offset: offset, line: line, column: offset - lineStart + 1)
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> Value {
    skipSpace()
    guard index < bytes.count else { throw failure("a value is missing") }
    switch bytes[index] {
    case 0x7B: return try object()
    case 0x5B: return try array()
    case 0x22: return .string(try string())
    case 0x2D, 0x30...0x39: return try number()
    default: return try word()
    }
  }

  private mutating func word() throws(JSONError) -> Value {
    let words: [(StaticString, Value)] = [
      ("true", .bool(true)), ("false", .bool(false)), ("null", .null), ("NaN", .float(.nan)),
      ("Infinity", .float(.infinity)),
    ]
    for (word, value) in words where takes(word) { return value }
    throw failure("a value is missing")
  }

  private mutating func takes(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard index + count <= bytes.count else { return false }
    for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] { return false }
    index += count
    return true
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    if depth > JSON.depthLimit {
      throw failure("nested more than \(JSON.depthLimit) levels deep")
    }
    index += 1
  }

  private mutating func array() throws(JSONError) -> Value {
    try enter()
    defer { depth -= 1 }
    var elements: [Value] = []
    skipSpace()
    if takes("]") { return .list(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if takes("]") { return .list(elements) }
      guard takes(",") else { throw failure("`,` or `]` is missing") }
    }
  }

  private mutating func object() throws(JSONError) -> Value {
    try enter()
    defer { depth -= 1 }
    var entries: OrderedDictionary<Value, Value> = [:]
    skipSpace()
    if takes("}") { return .dict(ValueMap(entries)) }
    while true {
      skipSpace()
      guard index < bytes.count, bytes[index] == 0x22 else {
        throw failure("a key in double quotes is missing")
      }
      let key = try string()
      skipSpace()
      guard takes(":") else { throw failure("`:` is missing after a key") }
      entries[.string(key)] = try value()
      skipSpace()
      if takes("}") { return .dict(ValueMap(entries)) }
      guard takes(",") else { throw failure("`,` or `}` is missing") }
    }
  }

  // MARK: Numbers

  private mutating func number() throws(JSONError) -> Value {
    let start = index
    if takes("-Infinity") { return .float(-.infinity) }
    if bytes[index] == 0x2D { index += 1 }
    let whole = digits()
    guard whole > 0 else { throw failure("a digit is missing", at: start) }
    if whole > 1, bytes[index - whole] == 0x30 {
      index -= whole - 1
      throw failure("a number with a zero in front")
    }
    var isFloat = false
    if index < bytes.count, bytes[index] == 0x2E {
      index += 1
      guard digits() > 0 else { throw failure("a digit is missing after `.`") }
      isFloat = true
    }
    if index < bytes.count, bytes[index] | 0x20 == 0x65 {
      index += 1
      if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
      guard digits() > 0 else { throw failure("a digit is missing in the exponent") }
      isFloat = true
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isFloat { return .float(Double(text) ?? .nan) }
    if let int = Int(text) { return .int(int) }
    guard text.utf8.count <= 4300, let big = BigInt(text) else {
      throw failure("an integer with more than 4300 digits", at: start)
    }
    return .integer(big)
  }

  private mutating func digits() -> Int {
    let start = index
    while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
    return index - start
  }

  // MARK: Strings

  private mutating func string() throws(JSONError) -> String {
    let start = index
    index += 1
    let plain = index
    while index < bytes.count, bytes[index] != 0x22, bytes[index] != 0x5C, bytes[index] >= 0x20 {
      index += 1
    }
    if index < bytes.count, bytes[index] == 0x22 {
      index += 1
      return try text(bytes[plain..<index - 1], from: plain)
    }
    var characters = Array(bytes[plain..<index])
    while index < bytes.count {
      switch bytes[index] {
      case 0x22:
        index += 1
        return try text(characters[...], from: plain)
      case 0x5C: try escape(into: &characters)
      case 0..<0x20: throw failure("a control character in a string")
      default:
        characters.append(bytes[index])
        index += 1
      }
    }
    throw failure("a string is never closed", at: start)
  }

  private func text(_ bytes: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw failure("a string that is not UTF-8", at: start)
    }
    return text
  }

  private mutating func escape(into characters: inout [UInt8]) throws(JSONError) {
    let start = index
    index += 1
    guard index < bytes.count else { throw failure("a string is never closed", at: start) }
    let letter = bytes[index]
    index += 1
    switch letter {
    case 0x22, 0x5C, 0x2F: characters.append(letter)
    case 0x62: characters.append(0x08)
    case 0x66: characters.append(0x0C)
    case 0x6E: characters.append(0x0A)
    case 0x72: characters.append(0x0D)
    case 0x74: characters.append(0x09)
    case 0x75:
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), takes("\\u") {
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else {
          throw failure("half of a surrogate pair", at: start)
        }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw failure("half of a surrogate pair", at: start)
      }
      characters += String(scalar).utf8
    default: throw failure("an unknown escape", at: start)
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    guard index + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
      bytes[index] != 0x2B, bytes[index] != 0x2D
    else { throw failure("four hexadecimal digits are missing") }
    index += 4
    return code
  }
}
