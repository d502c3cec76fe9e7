/// Arguments in one text, as in `command: ls -l chdir=/tmp` or `copy: src=a dest=b`.
///
/// The text is cut at blanks outside of quotes and of `{{ }}`, `{% %}` and `{# #}`. The rules are Ansible's
/// (`ansible/parsing/splitter.py`, ansible-core 2.19).
struct FreeForm {
  /// One `name=value`.
  struct Pair: Equatable {
    var name: String
    /// Without its quotes, escapes read.
    var value: String
    /// The UTF-8 range of the name in the text.
    var nameRange: Range<Int>
    /// The UTF-8 range of the value in the text, its quotes not included.
    var valueRange: Range<Int>
  }

  var pairs: [Pair] = []
  /// The text without the pairs; nil when nothing is left.
  var rest: String?
  /// The UTF-8 offset of `rest` in the text; nil when it was put together from several parts.
  var restOffset: Int?
  /// Whether a quote or a template was not closed.
  var isUnbalanced = false

  /// Reads a text; `isPair` says which names before `=` are arguments: the others belong to the rest.
  init(_ text: String, isPair: (String) -> Bool) {
    let bytes = Array(text.utf8)
    var cutter = WordCutter(bytes: bytes)
    var kept: [Range<Int>] = []
    var isExtending = false
    for word in cutter.words() {
      if let pair = FreeForm.pair(bytes, word), isPair(pair.name) {
        pairs.append(pair)
        isExtending = false
      } else if isExtending, let last = kept.popLast() {
        kept.append(last.lowerBound..<word.upperBound)
      } else {
        kept.append(word)
        isExtending = true
      }
    }
    isUnbalanced = cutter.isUnbalanced
    let parts = kept.map { String(decoding: bytes[$0], as: UTF8.self) }
    rest = parts.isEmpty ? nil : parts.joined(separator: " ")
    restOffset = kept.count == 1 ? kept[0].lowerBound : nil
  }

  /// Reads `name=value`; nil where there is no `=` that is not escaped, or no name before it.
  private static func pair(_ bytes: [UInt8], _ word: Range<Int>) -> Pair? {
    var equals = word.lowerBound
    while equals < word.upperBound {
      if bytes[equals] == UInt8(ascii: "="), equals > word.lowerBound,
        bytes[equals - 1] != UInt8(ascii: "\\")
      {
        break
      }
      if [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{")].contains(bytes[equals]) {
        return nil
      }
      equals += 1
    }
    guard equals < word.upperBound else { return nil }
    let name = String(decoding: bytes[word.lowerBound..<equals], as: UTF8.self)
    var value = equals + 1..<word.upperBound
    if value.count >= 2, let quote = bytes[value].first, quote == bytes[value].last,
      quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
      bytes[value.upperBound - 2] != UInt8(ascii: "\\")
    {
      value = value.lowerBound + 1..<value.upperBound - 1
    }
    return Pair(
      name: name, value: unescaped(bytes[value]), nameRange: word.lowerBound..<equals,
      valueRange: value)
  }

  /// Reads the escapes of Python's string literals; others stay as they are.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    var result = ""
    var rest = Substring(decoding: bytes, as: UTF8.self)
    while let character = rest.popFirst() {
      guard character == "\\", let next = rest.first else {
        result.append(character)
        continue
      }
      let plain: [Character: Character] = [
        "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}",
        "b": "\u{8}", "f": "\u{C}", "v": "\u{B}",
      ]
      let digits: [Character: Int] = ["x": 2, "u": 4, "U": 8]
      if let meant = plain[next] {
        result.append(meant)
        rest.removeFirst()
      } else if let count = digits[next],
        let code = UInt32(rest.dropFirst().prefix(count), radix: 16),
        let scalar = Unicode.Scalar(code)
      {
        result.unicodeScalars.append(scalar)
        rest = rest.dropFirst(1 + count)
      } else {
        result.append(character)
      }
    }
    return result
  }
}

/// Cuts a text at blanks that are in no quotes and no template.
private struct WordCutter {
  let bytes: [UInt8]
  var isUnbalanced = false
  private var quote: UInt8?
  /// The byte after `{` of each open template: `{`, `%` or `#`.
  private var open: [UInt8] = []

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func words() -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start: Int?
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      if isBlank(byte), quote == nil, open.isEmpty {
        if let begin = start { words.append(begin..<place) }
        start = nil
        place += 1
        continue
      }
      if start == nil { start = place }
      place += step(at: place)
    }
    if let start { words.append(start..<bytes.count) }
    isUnbalanced = quote != nil || !open.isEmpty
    return words
  }

  /// Takes note of a byte that is no separator; gives how many bytes belong together.
  private mutating func step(at place: Int) -> Int {
    let byte = bytes[place]
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0
    if byte == UInt8(ascii: "\\") { return 2 }
    if let last = open.last {
      let closing = last == UInt8(ascii: "{") ? UInt8(ascii: "}") : last
      if byte == closing, next == UInt8(ascii: "}") {
        open.removeLast()
        return 2
      }
    }
    if byte == UInt8(ascii: "{"),
      [UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "#")].contains(next)
    {
      open.append(next)
      return 2
    }
    guard open.isEmpty, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else { return 1 }
    if quote == byte { quote = nil } else if quote == nil { quote = byte }
    return 1
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
      || byte == UInt8(ascii: "\r")
  }
}
