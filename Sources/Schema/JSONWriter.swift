/// How JSON is written.
package struct JSONStyle: Sendable, Hashable {
  /// How often `step` stands before each element, for each level, each element on a line of its own; nil for one line.
  package var indentation: Int?
  /// What indents: a blank, or any text.
  package var step = " "
  /// What stands between elements; a newline follows it where there is an indentation.
  package var itemSeparator: String
  /// What stands after a key.
  package var keySeparator: String
  /// Whether keys are sorted by code point.
  package var sortsKeys: Bool
  /// Whether everything outside ASCII is escaped.
  package var escapesNonASCII: Bool

  package init(
    indentation: Int? = nil, itemSeparator: String = ",", keySeparator: String = ":",
    sortsKeys: Bool = false, escapesNonASCII: Bool = false
  ) {
    self.indentation = indentation
    self.itemSeparator = itemSeparator
    self.keySeparator = keySeparator
    self.sortsKeys = sortsKeys
    self.escapesNonASCII = escapesNonASCII
  }

  /// Nothing that is not needed.
  package static let compact = JSONStyle()
  /// For people: two blanks for each level.
  package static let indented = JSONStyle(indentation: 2, keySeparator: ": ")
}

extension JSON {
  /// Writes a value.
  ///
  /// Keys that are no texts become texts; what is not known yet is written as
  /// `{"unknown": [reasons]}`.
  ///
  /// Marks are not looked at: mask secrets before.
  package static func text(_ value: Value, style: JSONStyle = .compact) -> String {
    var writer = JSONWriter(style: style)
    writer.write(value, level: 0)
    return String(decoding: writer.output, as: UTF8.self)
  }

  /// A text in double quotes, escaped.
  package static func quoted(_ text: String, escapesNonASCII: Bool = false) -> String {
    var writer = JSONWriter(style: JSONStyle(escapesNonASCII: escapesNonASCII))
    writer.write(text)
    return String(decoding: writer.output, as: UTF8.self)
  }

  /// A float as JSON writers write it: the shortest digits that read back the same, with an exponent
  /// from 1e16 and below 1e-4 (as Python's `json`, which also writes `NaN` and `Infinity`).
  package static func text(_ float: Double) -> String {
    if float.isNaN { return "NaN" }
    if float.isInfinite { return float < 0 ? "-Infinity" : "Infinity" }
    return float.shortestDecimal
  }
}

private struct JSONWriter {
  let style: JSONStyle
  var output: [UInt8] = []

  mutating func write(_ value: Value, level: Int) {
    switch value {
    case .null: output += "null".utf8
    case .bool(let bool): output += (bool ? "true" : "false").utf8
    case .int(let int): output += String(int).utf8
    case .bigInt(let big): output += String(big).utf8
    case .float(let float): output += JSON.text(float).utf8
    case .text(let text): write(text.string)
    case .list(let elements):
      write(elements, open: "[", close: "]", level: level) { writer, element in
        writer.write(element, level: level + 1)
      }
    case .dict(let map): write(map, level: level)
    case .unknown(let unknown):
      let reasons = Value.list(unknown.reasons.map(Value.string))
      write(ValueMap(dictionaryLiteral: ("unknown", reasons)), level: level)
    }
  }

  private mutating func write(_ map: ValueMap, level: Int) {
    var entries = map.entries.map { (key: key($0.key), value: $0.value) }
    if style.sortsKeys {
      entries.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
    write(entries, open: "{", close: "}", level: level) { writer, entry in
      writer.write(entry.key)
      writer.output += writer.style.keySeparator.utf8
      writer.write(entry.value, level: level + 1)
    }
  }

  private func key(_ key: Value) -> String {
    guard case .text(let text) = key else { return JSON.text(key) }
    return text.string
  }

  private mutating func write<Element>(
    _ elements: [Element], open: String, close: String, level: Int,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    output += open.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { output += style.itemSeparator.utf8 }
      newline(level + 1)
      body(&self, element)
    }
    if !elements.isEmpty { newline(level) }
    output += close.utf8
  }

  private mutating func newline(_ level: Int) {
    guard let indentation = style.indentation else { return }
    output.append(0x0A)
    for _ in 0..<max(0, indentation * level) { output += style.step.utf8 }
  }

  mutating func write(_ text: String) {
    output.append(0x22)
    if style.escapesNonASCII {
      for unit in text.utf16 {
        if unit < 0x7F { write(UInt8(unit)) } else { writeEscape(unit) }
      }
    } else {
      writeUTF8(text)
    }
    output.append(0x22)
  }

  /// What needs no escape is taken over in one piece.
  private mutating func writeUTF8(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = bytes[...]
      while let index = rest.firstIndex(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
        output.append(contentsOf: rest[..<index])
        write(rest[index])
        rest = rest[(index + 1)...]
      }
      output.append(contentsOf: rest)
    }
  }

  private mutating func write(_ byte: UInt8) {
    switch byte {
    case 0x22: output += "\\\"".utf8
    case 0x5C: output += "\\\\".utf8
    case 0x08: output += "\\b".utf8
    case 0x0C: output += "\\f".utf8
    case 0x0A: output += "\\n".utf8
    case 0x0D: output += "\\r".utf8
    case 0x09: output += "\\t".utf8
    case 0..<0x20: writeEscape(UInt16(byte))
    default: output.append(byte)
    }
  }

  private mutating func writeEscape(_ unit: UInt16) {
    output += "\\u".utf8
    let digits = String(unit, radix: 16)
    output += repeatElement(0x30, count: 4 - digits.utf8.count)
    output += digits.utf8
  }
}
