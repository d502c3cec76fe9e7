import Synchronization

/// A compiled regular expression with the semantics of Python's `re` on texts.
///
/// Matching backtracks; a budget of steps keeps hostile patterns from running for long.
package struct Pattern: Sendable {
  /// Python's flags.
  package struct Flags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package static let ignoreCase = Flags(rawValue: 1)
    package static let multiline = Flags(rawValue: 2)
    package static let dotAll = Flags(rawValue: 4)
    package static let verbose = Flags(rawValue: 8)
    package static let ascii = Flags(rawValue: 16)

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(ignoreCase: Bool, multiline: Bool) {
      self = []
      if ignoreCase { insert(.ignoreCase) }
      if multiline { insert(.multiline) }
    }
  }

  /// A group by number or by name.
  package enum GroupName {
    case number(Int)
    case name(String)

    /// `\1`, `\g<1>` or `\g<name>`; nil for anything else.
    package init?(backreference text: String) {
      if text.hasPrefix("\\g<"), text.hasSuffix(">") {
        let name = String(text.dropFirst(3).dropLast())
        self = Int(name).map(GroupName.number) ?? .name(name)
      } else if text.hasPrefix("\\"), let number = Int(text.dropFirst().prefix { $0.isNumber }) {
        self = .number(number)
      } else {
        return nil
      }
    }
  }

  let program: PatternProgram
  /// Without the whole match, which is group 0.
  package let groupCount: Int
  private let names: [String: Int]

  /// Compiles; throws `PatternError` where the pattern is none.
  package init(_ pattern: String, flags: Flags = []) throws {
    var parser = PatternParser(pattern, flags: flags)
    program = PatternProgram(try parser.parse())
    groupCount = parser.groupCount
    names = parser.names
  }

  private static let cache = Mutex<[String: Pattern]>([:])

  /// The compiled form of a pattern, kept for the next use.
  package static func cached(_ pattern: String, flags: Flags = []) throws -> Pattern {
    let key = "\(flags.rawValue):\(pattern)"
    if let known = cache.withLock({ $0[key] }) { return known }
    let compiled = try Pattern(pattern, flags: flags)
    cache.withLock { cache in
      if cache.count >= 512 { cache.removeAll() }
      cache[key] = compiled
    }
    return compiled
  }

  /// The number of a group; nil where the pattern has none like it.
  package func index(of group: GroupName) -> Int? {
    switch group {
    case .number(let number): number <= groupCount ? number : nil
    case .name(let name): names[name]
    }
  }

  // MARK: Matching

  /// The first match anywhere.
  package func search(in text: String) throws -> PatternMatch? {
    var matcher = PatternMatcher(self, text)
    return try matcher.search(from: 0)
  }

  /// A match at the start.
  package func match(in text: String) throws -> PatternMatch? {
    var matcher = PatternMatcher(self, text)
    return try matcher.match(at: 0)
  }

  /// A match of the whole text.
  package func fullMatch(in text: String) throws -> PatternMatch? {
    var matcher = PatternMatcher(self, text)
    matcher.mustReachEnd = true
    return try matcher.match(at: 0)
  }

  /// All matches, none overlapping; an empty match may follow a match but not equal its end twice.
  package func matches(in text: String, limit: Int = 0) throws -> [PatternMatch] {
    var matcher = PatternMatcher(self, text)
    var found: [PatternMatch] = []
    var position = 0
    while position <= matcher.text.count {
      guard let match = try matcher.search(from: position) else { break }
      found.append(match)
      if found.count == limit { break }
      // After an empty match the next one must not be empty at the same place.
      if match.range.isEmpty {
        matcher.forbiddenEmpty = match.range.upperBound
      } else {
        matcher.forbiddenEmpty = nil
      }
      position = match.range.upperBound
    }
    return found
  }

  /// The text with matches replaced (Python's `subn`), and how many there were; a limit of 0 is none.
  package func replacing(
    in text: String, with template: String, limit: Int
  ) throws -> (text: String, count: Int) {
    let replacement = try PatternReplacement(template, self)
    let found = try matches(in: text, limit: limit)
    guard let first = found.first else { return (text, 0) }
    var result = String.UnicodeScalarView()
    var position = 0
    for match in found {
      result.append(contentsOf: first.source[position..<match.range.lowerBound])
      replacement.expand(match, into: &result)
      position = match.range.upperBound
    }
    result.append(contentsOf: first.source[position...])
    return (String(result), found.count)
  }

  /// A replacement text with its references filled in from a match of this pattern (Python's `Match.expand`).
  package func expanding(_ template: String, from match: PatternMatch) throws -> String {
    var result = String.UnicodeScalarView()
    try PatternReplacement(template, self).expand(match, into: &result)
    return String(result)
  }

  /// The text as a pattern that matches just it.
  package static func escaped(_ text: String) -> String {
    let special = Set("()[]{}?*+-|^$\\.&~# \t\n\r\u{0B}\u{0C}".unicodeScalars)
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if special.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }
}

/// One match and what its groups captured.
package struct PatternMatch: Sendable, Hashable {
  /// The text that was searched.
  package let source: [Unicode.Scalar]
  /// Where the match is, in scalars of the text.
  package let range: Range<Int>
  /// By number, the whole match first; nil where a group took no part.
  package let groups: [Range<Int>?]

  package func text(_ group: Int) -> String? {
    guard groups.indices.contains(group), let range = groups[group] else { return nil }
    return String(String.UnicodeScalarView(source[range]))
  }
}
