/// Python's text operations: by code point, never by grapheme.
enum PythonText {
  /// Python's `repr` of a text: single quotes unless only single quotes are inside.
  static func representation(_ text: String) -> String {
    let hasSingle = text.utf8.contains(0x27)
    let quote: Unicode.Scalar = hasSingle && !text.utf8.contains(0x22) ? "\"" : "'"
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", quote:
        result.append("\\")
        result.append(scalar)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      default:
        if isPrintable(scalar) {
          result.append(scalar)
        } else {
          result.append(contentsOf: escape(scalar).unicodeScalars)
        }
      }
    }
    result.append(quote)
    return String(result)
  }

  /// Everything outside ASCII escaped (Python's `ascii`, given a `repr`).
  static func escapingNonASCII(_ text: String) -> String {
    text.unicodeScalars.map { $0.value < 0x80 ? String($0) : escape($0) }.joined()
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let value = scalar.value
    if value < 0x100 { return "\\x" + hex(value, 2) }
    if value < 0x10000 { return "\\u" + hex(value, 4) }
    return "\\U" + hex(value, 8)
  }

  /// Lower-case hexadecimal digits, zeros in front.
  static func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  static func contains(_ text: String, _ part: String) -> Bool {
    find(Array(part.utf8), in: Array(text.utf8), from: 0) != nil
  }

  /// The first place of some bytes in others.
  static func find(_ part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    if part.isEmpty { return start <= text.count ? start : nil }
    guard text.count >= part.count else { return nil }
    var index = start
    while index <= text.count - part.count {
      if text[index] == part[0], text[index..<index + part.count].elementsEqual(part) {
        return index
      }
      index += 1
    }
    return nil
  }

  static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
    text.utf8.count >= suffix.utf8.count
      && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  static func replace(_ text: String, _ old: String, _ new: String, count: Int = -1) -> String {
    if old.isEmpty { return interleaved(text, new, count: count) }
    let bytes = Array(text.utf8)
    let part = Array(old.utf8)
    var result: [UInt8] = []
    var position = 0
    var left = count
    while left != 0, let found = find(part, in: bytes, from: position) {
      result += bytes[position..<found]
      result += new.utf8
      position = found + part.count
      left -= 1
    }
    result += bytes[position...]
    return String(decoding: result, as: UTF8.self)
  }

  private static func interleaved(_ text: String, _ new: String, count: Int) -> String {
    var result = ""
    var left = count
    for scalar in text.unicodeScalars {
      if left != 0 {
        result += new
        left -= 1
      }
      result.unicodeScalars.append(scalar)
    }
    return left != 0 ? result + new : result
  }

  static func count(_ text: String, _ part: String) -> Int {
    if part.isEmpty { return text.unicodeScalars.count + 1 }
    let bytes = Array(text.utf8)
    let part = Array(part.utf8)
    var position = 0
    var count = 0
    while let found = find(part, in: bytes, from: position) {
      count += 1
      position = found + part.count
    }
    return count
  }

  // MARK: Splitting

  static func split(_ text: String, separator: String?, limit: Int = -1) -> [String] {
    guard let separator else { return splitOnSpace(text, limit: limit) }
    let bytes = Array(text.utf8)
    let part = Array(separator.utf8)
    var result: [String] = []
    var position = 0
    while limit < 0 || result.count < limit, let found = find(part, in: bytes, from: position) {
      result.append(String(decoding: bytes[position..<found], as: UTF8.self))
      position = found + part.count
    }
    result.append(String(decoding: bytes[position...], as: UTF8.self))
    return result
  }

  private static func splitOnSpace(_ text: String, limit: Int) -> [String] {
    var result: [String] = []
    var rest = text.unicodeScalars[...]
    while true {
      rest = rest.drop(while: isSpace)
      guard !rest.isEmpty else { return result }
      if limit >= 0, result.count >= limit {
        result.append(String(rest))
        return result
      }
      let word = rest.prefix { !isSpace($0) }
      result.append(String(word))
      rest = rest[word.endIndex...]
    }
  }

  /// Like `split`, from the end.
  static func splitFromEnd(_ text: String, separator: String?, limit: Int) -> [String] {
    guard limit >= 0 else { return split(text, separator: separator) }
    func reversed(_ text: String) -> String {
      String(String.UnicodeScalarView(text.unicodeScalars.reversed()))
    }
    return split(reversed(text), separator: separator.map(reversed), limit: limit)
      .map(reversed).reversed()
  }

  /// The lines of a text, each kind of line end counted.
  static func lines(_ text: String, keepEnds: Bool = false) -> [String] {
    var result: [String] = []
    var line = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if previous == "\r", scalar == "\n" {
        if keepEnds, let last = result.indices.last { result[last].unicodeScalars.append(scalar) }
        previous = scalar
        continue
      }
      previous = scalar
      guard isLineEnd(scalar) else {
        line.append(scalar)
        continue
      }
      if keepEnds { line.append(scalar) }
      result.append(String(line))
      line = String.UnicodeScalarView()
    }
    if !line.isEmpty { result.append(String(line)) }
    return result
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  // MARK: Case

  /// The first letter upper case, all others lower.
  static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    let rest = String(text.unicodeScalars.dropFirst())
    return first.properties.titlecaseMapping + rest.lowercased()
  }

  /// Each run of letters capitalized.
  static func titled(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      let isCased = scalar.properties.isCased
      if isCased {
        result +=
          isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      } else {
        result.unicodeScalars.append(scalar)
      }
      isInside = isCased
    }
    return result
  }

  /// Lower case; a sigma at the end of a word is the final one (Unicode 15, SpecialCasing, Final_Sigma).
  static func lowered(_ text: String) -> String {
    guard text.unicodeScalars.contains("Σ") else { return text.lowercased() }
    let scalars = Array(text.unicodeScalars)
    func isCased(_ range: some Sequence<Int>) -> Bool {
      range.first { !scalars[$0].properties.isCaseIgnorable }.map { scalars[$0].properties.isCased }
        ?? false
    }
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      let isFinal =
        scalar == "Σ" && isCased((0..<index).reversed())
        && !isCased(index + 1..<scalars.count)
      result += isFinal ? "ς" : scalar.properties.lowercaseMapping
    }
    return result
  }

  /// Lower case, and more letters made alike than that: ß becomes ss (Python's `casefold`).
  static func caseFolded(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let upper = scalar.properties.uppercaseMapping
      let isExpanded =
        upper.unicodeScalars.count > scalar.properties.lowercaseMapping.unicodeScalars.count
      result +=
        isExpanded || scalar == "ς" ? upper.lowercased() : scalar.properties.lowercaseMapping
    }
    return result == "" ? "" : PythonText.replace(result, "ς", "σ")
  }

  static func swappedCase(_ text: String) -> String {
    text.unicodeScalars.map {
      $0.properties.isUppercase
        ? $0.properties.lowercaseMapping
        : $0.properties.isLowercase ? $0.properties.uppercaseMapping : String($0)
    }.joined()
  }

  static func isUpper(_ text: String) -> Bool {
    let cased = text.unicodeScalars.filter(\.properties.isCased)
    return !cased.isEmpty && cased.allSatisfy(\.properties.isUppercase)
  }

  static func isLower(_ text: String) -> Bool {
    let cased = text.unicodeScalars.filter(\.properties.isCased)
    return !cased.isEmpty && cased.allSatisfy(\.properties.isLowercase)
  }

  static func isTitle(_ text: String) -> Bool {
    var hasCased = false
    var previousCased = false
    for scalar in text.unicodeScalars {
      if scalar.properties.isUppercase {
        if previousCased { return false }
        previousCased = true
        hasCased = true
      } else if scalar.properties.isLowercase {
        if !previousCased { return false }
        hasCased = true
      } else {
        previousCased = false
      }
    }
    return hasCased
  }

  // MARK: Stripping and padding

  enum Side { case left, right, both }

  static func stripped(_ text: String, _ characters: String? = nil, _ side: Side = .both) -> String
  {
    let set = characters.map { Set($0.unicodeScalars) }
    func isStripped(_ scalar: Unicode.Scalar) -> Bool {
      set.map { $0.contains(scalar) } ?? isSpace(scalar)
    }
    var rest = text.unicodeScalars[...]
    if side != .right { rest = rest.drop(while: isStripped) }
    if side != .left {
      while let last = rest.last, isStripped(last) { rest.removeLast() }
    }
    return String(rest)
  }

  /// Padded to a width on one side; on both, the odd one as Python's `center` places it.
  static func padded(
    _ text: String, width: Int, with fill: String = " ", keeping side: Side
  ) -> String {
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    switch side {
    case .left: return text + String(repeating: fill, count: missing)
    case .right: return String(repeating: fill, count: missing) + text
    case .both:
      let left = missing / 2 + (missing & width & 1)
      return String(repeating: fill, count: left) + text
        + String(repeating: fill, count: missing - left)
    }
  }
}

/// White space taken off both ends.
func pythonStrip(_ text: String) -> String { PythonText.stripped(text) }
