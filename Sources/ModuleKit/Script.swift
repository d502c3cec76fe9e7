/// POSIX sh source, quoted by construction: an interpolated value becomes one word, whatever is in it.
///
/// ```swift
/// let script: Script = "chmod \(mode.description) -- \(path)"     // chmod 0644 -- '/tmp/it'\''s'
/// ```
/// Raw source enters only through another script, or through `\(raw:)` with a literal.
package struct Script: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// What the shell reads.
  package private(set) var source: String

  package init(stringLiteral value: String) { source = value }

  package init(stringInterpolation: Interpolation) { source = stringInterpolation.source }

  /// Scripts one after another, a line each.
  package init(lines: some Sequence<Script>) {
    source = lines.map(\.source).joined(separator: "\n")
  }

  package static func + (left: Script, right: Script) -> Script {
    Script(lines: [left, right])
  }

  /// A text as one word of sh: in single quotes unless it is plainly harmless.
  package static func quoted(_ text: some StringProtocol) -> String {
    let harmless = !text.isEmpty && text.utf8.allSatisfy(isHarmless)
    if harmless { return String(text) }
    var text = String(text)
    return text.withUTF8 { inQuotes($0[...]) }
  }

  /// What lies between quotes is taken over in one piece.
  private static func inQuotes(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    var word: [UInt8] = []
    word.reserveCapacity(text.count + 64)
    word.append(quote)
    var rest = text
    while let index = rest.firstIndex(of: quote) {
      word.append(contentsOf: rest[..<index])
      word.append(contentsOf: escapedQuote)
      rest = rest[(index + 1)...]
    }
    word.append(contentsOf: rest)
    word.append(quote)
    return String(decoding: word, as: UTF8.self)
  }

  private static let quote = UInt8(ascii: "'")
  /// Out of the quotes, a quote, and back in.
  private static let escapedQuote = Array("'\\''".utf8)

  private static func isHarmless(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."),
      UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "@"),
      UInt8(ascii: "%"):
      true
    default: false
    }
  }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity)
    }

    package mutating func appendLiteral(_ literal: String) { source += literal }

    /// One quoted word.
    package mutating func appendInterpolation(_ word: String) { source += Script.quoted(word) }

    /// Quoted words, separated by spaces.
    package mutating func appendInterpolation(words: some Sequence<String>) {
      source += words.map { Script.quoted($0) }.joined(separator: " ")
    }

    package mutating func appendInterpolation(_ number: Int) { source += String(number) }

    /// Source that is already a script.
    package mutating func appendInterpolation(_ script: Script) { source += script.source }

    /// Source written by the author of a module: a literal, never data.
    package mutating func appendInterpolation(raw literal: StaticString) {
      source += literal.description
    }
  }
}
