import BigInt

/// Numbers as Python writes them: `1_000`, `0x1f`, `.5`, `1e3`.
enum PythonNumber {
  case integer(BigInt)
  case float(Double)

  /// The number that comes next; nil where there is none, or one that Python refuses (`010`, `1__0`, `1x`).
  static func next(_ scanner: inout Scanner) -> PythonNumber? {
    let radixes: [Unicode.Scalar: Int] = ["x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2]
    if scanner.peek == "0", let mark = scanner.peek(1), let radix = radixes[mark] {
      scanner.advance(2)
      let written = scanner.run { $0 == "_" || $0.properties.isXIDContinue }
      let digits = written.hasPrefix("_") ? written.dropFirst() : written[...]
      return digits.withoutUnderscores.flatMap { BigInt($0, radix: radix) }.map { .integer($0) }
    }
    let whole = scanner.run(while: isDigit)
    var text = whole
    var isFloat = false
    if scanner.peek == "." {
      isFloat = true
      scanner.advance()
      let fraction = scanner.run(while: isDigit)
      guard !whole.isEmpty || !fraction.isEmpty else { return nil }
      guard let plain = fraction.isEmpty ? "0" : fraction[...].withoutUnderscores else {
        return nil
      }
      text = (whole.isEmpty ? "0" : whole) + "." + plain
    }
    if scanner.peek == "e" || scanner.peek == "E" {
      isFloat = true
      scanner.advance()
      text += "e"
      if let sign = scanner.peek, sign == "+" || sign == "-" {
        text.unicodeScalars.append(sign)
        scanner.advance()
      }
      guard let power = scanner.run(while: isDigit)[...].withoutUnderscores else { return nil }
      text += power
    }
    if let next = scanner.peek, next == "." || next.properties.isXIDContinue { return nil }
    let part = whole.isEmpty ? "0" : whole
    guard let digits = part[...].withoutUnderscores else { return nil }
    if isFloat {
      return Double(text.filter { $0 != "_" }).map { .float($0) }
    }
    let hasZeroInFront = digits.first == "0" && digits.contains { $0 != "0" }
    guard !whole.isEmpty, !hasZeroInFront, digits.count <= digitLimit else { return nil }
    return BigInt(digits).map { .integer($0) }
  }

  /// CPython 3.11 reads no longer integers (`sys.set_int_max_str_digits`).
  private static let digitLimit = 4300

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || ("0"..."9").contains(scalar)
  }
}

extension Substring {
  /// The digits alone; nil where there are none, or an underscore is not between two of them.
  fileprivate var withoutUnderscores: String? {
    guard !isEmpty, first != "_", last != "_", !contains("__") else { return nil }
    return filter { $0 != "_" }
  }
}

/// Texts as Python writes them: `'a'`, `"a"`, three quotes, the prefixes `r`, `u` and `b`.
enum PythonText {
  /// A text that does not end, or an escape that Python refuses.
  struct Failure: Error {}

  /// The text that comes next; nil where there is none.
  static func next(_ scanner: inout Scanner) throws(Failure) -> String? {
    var length = 0
    var prefix = ""
    while length < 2, let next = scanner.peek(length), "rRuUbB".unicodeScalars.contains(next) {
      prefix += String(next).lowercased()
      length += 1
    }
    guard let quote = scanner.peek(length), quote == "'" || quote == "\"" else { return nil }
    guard ["", "r", "u", "b", "br", "rb"].contains(prefix) else { throw Failure() }
    scanner.advance(length)
    let triple = String(repeating: String(quote), count: 3)
    let end = scanner.takes(triple) ? triple : String(quote)
    if end.count == 1 { scanner.advance() }
    return try content(&scanner, end, isRaw: prefix.contains("r"), isBytes: prefix.contains("b"))
  }

  private static func content(
    _ scanner: inout Scanner, _ end: String, isRaw: Bool, isBytes: Bool
  ) throws(Failure) -> String {
    var text = ""
    while !scanner.takes(end) {
      guard let next = scanner.peek, !isBytes || next.isASCII else { throw Failure() }
      scanner.advance()
      guard next == "\\" else {
        text.unicodeScalars.append(next)
        continue
      }
      guard let escaped = scanner.peek else { throw Failure() }
      if isRaw {
        scanner.advance()
        text.unicodeScalars.append(next)
        text.unicodeScalars.append(escaped)
      } else {
        text += try escape(&scanner, isBytes)
      }
    }
    return text
  }

  private static let simple: [Unicode.Scalar: String] = [
    "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n",
    "r": "\r", "t": "\t", "v": "\u{B}",
  ]

  /// What follows a backslash; an unknown letter keeps its backslash.
  private static func escape(
    _ scanner: inout Scanner, _ isBytes: Bool
  ) throws(Failure) -> String {
    guard let letter = scanner.peek else { throw Failure() }
    if let text = simple[letter] {
      scanner.advance()
      return text
    }
    if ("0"..."7").contains(letter) {
      var digits = ""
      while digits.count < 3, let next = scanner.peek, ("0"..."7").contains(next) {
        digits.unicodeScalars.append(next)
        scanner.advance()
      }
      return try character(UInt32(digits, radix: 8), isBytes)
    }
    let lengths: [Unicode.Scalar: Int] = isBytes ? ["x": 2] : ["x": 2, "u": 4, "U": 8]
    guard let length = lengths[letter] else {
      // Names of characters (`\N{...}`) are in no table here.
      guard letter != "N" || isBytes else { throw Failure() }
      return "\\"
    }
    scanner.advance()
    var digits = ""
    while digits.count < length, let next = scanner.peek, next.properties.isASCIIHexDigit {
      digits.unicodeScalars.append(next)
      scanner.advance()
    }
    guard digits.count == length else { throw Failure() }
    return try character(UInt32(digits, radix: 16), isBytes)
  }

  private static func character(_ code: UInt32?, _ isBytes: Bool) throws(Failure) -> String {
    guard let code, !isBytes || code < 0x80, let scalar = Unicode.Scalar(code) else {
      throw Failure()
    }
    return String(scalar)
  }
}
