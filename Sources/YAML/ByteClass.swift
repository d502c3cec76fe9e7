/// What each byte can mean to the scanner, as bits of one table.
enum ByteClass {
  /// Space and tab.
  static let blank: UInt8 = 1
  /// Line feed and carriage return.
  static let lineBreak: UInt8 = 2
  /// Zero, which stands for the end of the text (a zero in the text is refused before).
  static let end: UInt8 = 4
  /// Comma, brackets and braces.
  static let flow: UInt8 = 8
  /// What ends, or may end, a plain scalar in block context.
  static let plainStop: UInt8 = 16
  /// The same inside of `[ ]` and `{ }`.
  static let flowPlainStop: UInt8 = 32
  /// What needs a look in double quotes.
  static let doubleStop: UInt8 = 64
  /// What needs a look in single quotes.
  static let singleStop: UInt8 = 128

  /// White space, a line break or the end.
  static let space: UInt8 = blank | lineBreak | end
  /// A line break or the end.
  static let lineEnd: UInt8 = lineBreak | end

  /// Writes the table to 256 bytes of memory.
  static func fill(_ table: UnsafeMutablePointer<UInt8>) {
    table.initialize(repeating: 0, count: 256)
    func mark(_ characters: String, _ bits: UInt8) {
      for byte in characters.utf8 { table[Int(byte)] |= bits }
    }
    mark(" \t", blank)
    mark("\n\r", lineBreak | plainStop | flowPlainStop | doubleStop | singleStop)
    table[0] |= end | plainStop | flowPlainStop | doubleStop | singleStop
    mark(",[]{}", flow | flowPlainStop)
    mark(":#{", plainStop | flowPlainStop)
    mark("\"\\{", doubleStop)
    mark("'{", singleStop)
  }
}

/// The characters the grammar knows, so that the parser reads like it.
extension UInt8 {
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let dash = UInt8(ascii: "-")
  static let question = UInt8(ascii: "?")
  static let colon = UInt8(ascii: ":")
  static let comma = UInt8(ascii: ",")
  static let hash = UInt8(ascii: "#")
  static let percent = UInt8(ascii: "%")
  static let dot = UInt8(ascii: ".")
  static let ampersand = UInt8(ascii: "&")
  static let star = UInt8(ascii: "*")
  static let exclamation = UInt8(ascii: "!")
  static let singleQuote = UInt8(ascii: "'")
  static let doubleQuote = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
  static let pipe = UInt8(ascii: "|")
  static let greater = UInt8(ascii: ">")
  static let openBracket = UInt8(ascii: "[")
  static let closeBracket = UInt8(ascii: "]")
  static let openBrace = UInt8(ascii: "{")
  static let closeBrace = UInt8(ascii: "}")
}

extension ByteClass {
  /// `c-flow-indicator`.
  static func isFlowByte(_ byte: UInt8) -> Bool {
    switch byte {
    case .comma, .openBracket, .closeBracket, .openBrace, .closeBrace: true
    default: false
    }
  }
}
