import PatternMatching

/// A pattern as filters and tests use it: what is wrong with it is a template's error.
struct Regex: Sendable {
  typealias Flags = Pattern.Flags
  typealias GroupName = Pattern.GroupName

  private let pattern: Pattern

  /// The compiled form of a pattern, kept for the next use.
  static func cached(_ pattern: String, flags: Flags = []) throws -> Regex {
    try reporting { Regex(pattern: try Pattern.cached(pattern, flags: flags)) }
  }

  /// The text as a pattern that matches just it.
  static func escaped(_ text: String) -> String { Pattern.escaped(text) }

  var groupCount: Int { pattern.groupCount }

  /// The number of a group; nil where the pattern has none like it.
  func index(of group: GroupName) -> Int? { pattern.index(of: group) }

  /// The first match anywhere.
  func search(in text: String) throws -> PatternMatch? {
    try Regex.reporting { try pattern.search(in: text) }
  }

  /// A match at the start.
  func match(in text: String) throws -> PatternMatch? {
    try Regex.reporting { try pattern.match(in: text) }
  }

  /// A match of the whole text.
  func fullMatch(in text: String) throws -> PatternMatch? {
    try Regex.reporting { try pattern.fullMatch(in: text) }
  }

  /// All matches, none overlapping.
  func matches(in text: String, limit: Int = 0) throws -> [PatternMatch] {
    try Regex.reporting { try pattern.matches(in: text, limit: limit) }
  }

  /// The text with matches replaced, and how many there were; `limit` 0 is all.
  func replacing(
    in text: String, with template: String, limit: Int
  ) throws -> (text: String, count: Int) {
    try Regex.reporting { try pattern.replacing(in: text, with: template, limit: limit) }
  }

  private static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as PatternError {
      throw TemplateError(.plugin, error.message, line: 0)
    }
  }
}
