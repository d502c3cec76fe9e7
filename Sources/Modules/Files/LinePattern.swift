import ModuleKit
import PatternMatching

/// A pattern applied to lines or texts of a file; its troubles are refusals.
struct LinePattern: Sendable {
  private let pattern: Pattern

  init(_ text: String, flags: Pattern.Flags = []) throws(Obstacle) {
    pattern = try LinePattern.reporting { try Pattern.cached(text, flags: flags) }
  }

  /// The first match in a line; bytes that are no UTF-8 count as U+FFFD.
  func search(_ line: some Collection<UInt8>) throws(Obstacle) -> PatternMatch? {
    try search(String(decoding: line, as: UTF8.self))
  }

  func search(_ text: String) throws(Obstacle) -> PatternMatch? {
    try LinePattern.reporting { try pattern.search(in: text) }
  }

  func expanding(_ template: String, from match: PatternMatch) throws(Obstacle) -> String {
    try LinePattern.reporting { try pattern.expanding(template, from: match) }
  }

  func replacing(in text: String, with template: String) throws(Obstacle) -> String {
    try LinePattern.reporting { try pattern.replacing(in: text, with: template, limit: 0).text }
  }

  /// How many places of a text it finds.
  func count(in text: String) throws(Obstacle) -> Int {
    try LinePattern.reporting { try pattern.matches(in: text).count }
  }

  /// The range of a named group in scalars; nil where it took no part.
  func range(of group: String, in match: PatternMatch) -> Range<Int>? {
    pattern.index(of: .name(group)).flatMap { match.groups[$0] }
  }

  private static func reporting<Result>(_ body: () throws -> Result) throws(Obstacle) -> Result {
    do {
      return try body()
    } catch let error as PatternError {
      throw .refusing("regular-expression", error.message)
    } catch {
      throw .refusing("regular-expression", "\(error)")
    }
  }
}

/// The lines of a file as bytes, each with the newline it ends with; the last may have none.
func fileLines(_ bytes: [UInt8]) -> [[UInt8]] {
  var lines: [[UInt8]] = []
  var start = bytes.startIndex
  while start < bytes.endIndex {
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.endIndex
    lines.append(Array(bytes[start..<end]))
    start = end
  }
  return lines
}

extension [UInt8] {
  /// The line without the newline and carriage returns at its end.
  var withoutLineEnd: ArraySlice<UInt8> {
    var line = self[...]
    while let last = line.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      line.removeLast()
    }
    return line
  }

  var endsWithNewline: Bool { last == UInt8(ascii: "\n") }
}
