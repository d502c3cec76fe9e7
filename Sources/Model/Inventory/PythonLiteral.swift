import BigInt
import Schema

/// Python literals as `ast.literal_eval` of Python 3.11 reads them, which gives values of INI inventories their types.
///
/// Tuples and sets become lists; complex numbers are not read and stay texts.
struct PythonLiteral {
  /// Why a text is no literal: nobody wants to know more, for then it is a string.
  private struct NotLiteral: Error {}

  private var scanner: Scanner
  private var depth = 0

  /// The value of a text that is one literal; nil for any other.
  static func value(of text: String) -> Value? {
    var literal = PythonLiteral(scanner: Scanner(Array(text.unicodeScalars)))
    return try? literal.document()
  }

  /// CPython nests brackets this deep at most ("too many nested parentheses").
  private static let depthLimit = 200

  private init(scanner: Scanner) { self.scanner = scanner }

  private mutating func document() throws(NotLiteral) -> Value {
    let value = try commaList(end: nil)
    scanner.skipBlanks()
    guard scanner.isAtEnd else { throw NotLiteral() }
    return value
  }

  /// `1` is a number, `1,` and `1, 2` are tuples.
  private mutating func commaList(end: Unicode.Scalar?) throws(NotLiteral) -> Value {
    scanner.skipBlanks()
    if let end, scanner.peek == end { return .list([]) }
    var elements = [try value()]
    var isTuple = false
    scanner.skipBlanks()
    while scanner.takes(",") {
      isTuple = true
      scanner.skipBlanks()
      if scanner.isAtEnd || scanner.peek == end { break }
      elements.append(try value())
      scanner.skipBlanks()
    }
    return isTuple ? .list(elements) : elements[0]
  }

  private mutating func value() throws(NotLiteral) -> Value {
    scanner.skipBlanks()
    guard let first = scanner.peek else { throw NotLiteral() }
    switch first {
    case "(", "[", "{": return try bracketed(first)
    case "+", "-":
      scanner.advance()
      scanner.skipBlanks()
      return try number(isNegative: first == "-")
    case "0"..."9": return try number(isNegative: false)
    case ".": return scanner.takes("...") ? .string("...") : try number(isNegative: false)
    default:
      if let text = try strings() { return .string(text) }
      return try word()
    }
  }

  private mutating func word() throws(NotLiteral) -> Value {
    switch scanner.name() {
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return .null
    case "set":
      scanner.skipBlanks()
      guard scanner.takes("(") else { throw NotLiteral() }
      scanner.skipBlanks()
      guard scanner.takes(")") else { throw NotLiteral() }
      return .list([])
    default: throw NotLiteral()
    }
  }

  // MARK: Brackets

  private mutating func bracketed(_ open: Unicode.Scalar) throws(NotLiteral) -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= PythonLiteral.depthLimit else { throw NotLiteral() }
    scanner.advance()
    switch open {
    case "(":
      let value = try commaList(end: ")")
      try expect(")")
      return value
    case "[":
      let elements = try elements(end: "]")
      try expect("]")
      return .list(elements)
    default:
      let value = try braced()
      try expect("}")
      return value
    }
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws(NotLiteral) {
    scanner.skipBlanks()
    guard scanner.peek == scalar else { throw NotLiteral() }
    scanner.advance()
  }

  private mutating func elements(end: Unicode.Scalar) throws(NotLiteral) -> [Value] {
    var elements: [Value] = []
    scanner.skipBlanks()
    while scanner.peek != end {
      elements.append(try value())
      scanner.skipBlanks()
      guard scanner.takes(",") else { break }
      scanner.skipBlanks()
    }
    return elements
  }

  /// A dictionary where the first element has a colon, else a set.
  private mutating func braced() throws(NotLiteral) -> Value {
    scanner.skipBlanks()
    if scanner.peek == "}" { return .dict(ValueMap()) }
    let first = try hashable()
    scanner.skipBlanks()
    guard scanner.takes(":") else { return try rest(ofSet: first) }
    var map = ValueMap()
    map[first] = try value()
    scanner.skipBlanks()
    while scanner.takes(",") {
      scanner.skipBlanks()
      if scanner.peek == "}" { break }
      let key = try hashable()
      try expect(":")
      map[key] = try value()
      scanner.skipBlanks()
    }
    return .dict(map)
  }

  private mutating func rest(ofSet first: Value) throws(NotLiteral) -> Value {
    var elements = [first]
    while scanner.takes(",") {
      scanner.skipBlanks()
      if scanner.peek == "}" { break }
      let element = try hashable()
      if !elements.contains(element) { elements.append(element) }
      scanner.skipBlanks()
    }
    return .list(elements)
  }

  /// What can be a key or an element of a set: no list, dictionary or set; `{{ x }}` is a template and not a set.
  private mutating func hashable() throws(NotLiteral) -> Value {
    scanner.skipBlanks()
    guard scanner.peek != "{", scanner.peek != "[" else { throw NotLiteral() }
    return try value()
  }

  // MARK: Texts and numbers

  /// One or more texts side by side, which are one; nil where none begins.
  private mutating func strings() throws(NotLiteral) -> String? {
    var text: String?
    while true {
      do throws(PythonText.Failure) {
        guard let next = try PythonText.next(&scanner) else { return text }
        text = (text ?? "") + next
      } catch {
        throw NotLiteral()
      }
      scanner.skipBlanks()
    }
  }

  private mutating func number(isNegative: Bool) throws(NotLiteral) -> Value {
    guard let number = PythonNumber.next(&scanner) else { throw NotLiteral() }
    switch number {
    case .float(let value): return .float(isNegative ? -value : value)
    case .integer(let value): return .integer(isNegative ? -value : value)
    }
  }
}

/// Goes through the characters of a text.
struct Scanner {
  private let scalars: [Unicode.Scalar]
  private var place = 0

  init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  var isAtEnd: Bool { place == scalars.count }
  var peek: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  func peek(_ distance: Int) -> Unicode.Scalar? {
    place + distance < scalars.count ? scalars[place + distance] : nil
  }

  mutating func advance(_ count: Int = 1) { place = min(place + count, scalars.count) }

  /// Passes a text if it comes next.
  mutating func takes(_ text: String) -> Bool {
    guard scalars[place...].starts(with: text.unicodeScalars) else { return false }
    place += text.unicodeScalars.count
    return true
  }

  /// Passes blanks and a comment up to the end.
  mutating func skipBlanks() {
    while let next = peek, next == " " || next == "\t" || next == "\u{C}" { place += 1 }
    if peek == "#" { place = scalars.count }
  }

  /// Passes characters as long as they fit.
  mutating func run(while fits: (Unicode.Scalar) -> Bool) -> String {
    var text = ""
    while let next = peek, fits(next) {
      text.unicodeScalars.append(next)
      place += 1
    }
    return text
  }

  /// Letters, digits and underscores.
  mutating func name() -> String {
    run { $0.properties.isXIDContinue }
  }
}
