import Schema
import Synchronization

/// A compiled regular expression with the semantics of Python's `re` on texts.
///
/// Matching backtracks; a budget of steps keeps hostile patterns from running for long.
struct Regex: Sendable {
  struct Flags: OptionSet, Sendable, Hashable {
    let rawValue: UInt8
    static let ignoreCase = Flags(rawValue: 1)
    static let multiline = Flags(rawValue: 2)
    static let dotAll = Flags(rawValue: 4)
    static let verbose = Flags(rawValue: 8)
    static let ascii = Flags(rawValue: 16)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(ignoreCase: Bool, multiline: Bool) {
      self = []
      if ignoreCase { insert(.ignoreCase) }
      if multiline { insert(.multiline) }
    }
  }

  /// A group by number or by name.
  enum GroupName {
    case number(Int)
    case name(String)

    /// `\1`, `\g<1>` or `\g<name>`; nil for anything else.
    init?(backreference text: String) {
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

  let root: RegexNode
  let groupCount: Int
  private let names: [String: Int]

  init(_ pattern: String, flags: Flags = []) throws {
    var parser = RegexParser(pattern, flags: flags)
    root = try parser.parse()
    groupCount = parser.groupCount
    names = parser.names
  }

  private static let cache = Mutex<[String: Regex]>([:])

  /// The compiled form of a pattern, kept for the next use.
  static func cached(_ pattern: String, flags: Flags = []) throws -> Regex {
    let key = "\(flags.rawValue):\(pattern)"
    if let regex = cache.withLock({ $0[key] }) { return regex }
    let regex = try Regex(pattern, flags: flags)
    cache.withLock { cache in
      if cache.count >= 512 { cache.removeAll() }
      cache[key] = regex
    }
    return regex
  }

  /// The number of a group; nil where the pattern has none like it.
  func index(of group: GroupName) -> Int? {
    switch group {
    case .number(let number): number <= groupCount ? number : nil
    case .name(let name): names[name]
    }
  }

  // MARK: Matching

  /// The first match anywhere.
  func search(in text: String) throws -> RegexMatch? {
    var matcher = RegexMatcher(self, text)
    return try matcher.search(from: 0)
  }

  /// A match at the start.
  func match(in text: String) throws -> RegexMatch? {
    var matcher = RegexMatcher(self, text)
    return try matcher.match(at: 0)
  }

  /// A match of the whole text.
  func fullMatch(in text: String) throws -> RegexMatch? {
    var matcher = RegexMatcher(self, text)
    matcher.mustReachEnd = true
    return try matcher.match(at: 0)
  }

  /// All matches, none overlapping; an empty match may follow a match but not equal its end twice.
  func matches(in text: String, limit: Int = 0) throws -> [RegexMatch] {
    var matcher = RegexMatcher(self, text)
    var found: [RegexMatch] = []
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

  /// The text with matches replaced (Python's `subn`), and how many there were.
  ///
  /// - Parameter limit: how many at most; 0 for all.
  func replacing(
    in text: String, with template: String, limit: Int
  ) throws -> (text: String, count: Int) {
    let replacement = try RegexReplacement(template, self)
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

  /// The text as a pattern that matches just it.
  static func escaped(_ text: String) -> String {
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
struct RegexMatch {
  let source: [Unicode.Scalar]
  let range: Range<Int>
  /// By number; nil where a group took no part. The whole match is 0.
  let groups: [Range<Int>?]

  func text(_ group: Int) -> String? {
    guard groups.indices.contains(group), let range = groups[group] else { return nil }
    return String(String.UnicodeScalarView(source[range]))
  }
}

/// A replacement text with its references to groups.
private struct RegexReplacement {
  private enum Part {
    case literal(String.UnicodeScalarView)
    case group(Int)
  }

  private var parts: [Part] = []

  init(_ template: String, _ regex: Regex) throws {
    var literal = String.UnicodeScalarView()
    var rest = Array(template.unicodeScalars)[...]
    func failure(_ message: String) -> TemplateError {
      TemplateError(.plugin, "replacement: \(message)", line: 0)
    }
    func group(_ name: Regex.GroupName) throws -> Part {
      guard let index = regex.index(of: name) else {
        throw failure("a reference to a group that is not there")
      }
      return .group(index)
    }
    func digits(_ rest: inout ArraySlice<Unicode.Scalar>, _ limit: Int) -> String {
      var digits = ""
      while digits.count < limit, let digit = rest.first, ("0"..."9").contains(digit) {
        digits.unicodeScalars.append(digit)
        rest.removeFirst()
      }
      return digits
    }
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        literal.append(scalar)
        continue
      }
      guard let escape = rest.popFirst() else { throw failure("a bad escape at its end") }
      switch escape {
      case "g":
        guard rest.first == "<", let end = rest.firstIndex(of: ">") else {
          throw failure("`<` is missing after \\g")
        }
        let name = String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<end]))
        rest = rest[(end + 1)...]
        parts.append(.literal(literal))
        literal = String.UnicodeScalarView()
        parts.append(try group(Int(name).map(Regex.GroupName.number) ?? .name(name)))
      case "0":
        let octal = digits(&rest, 2)
        literal.append(Unicode.Scalar(UInt8(Int(octal, radix: 8) ?? 0)))
      case "1"..."9":
        let number = String(escape) + digits(&rest, 1)
        parts.append(.literal(literal))
        literal = String.UnicodeScalarView()
        parts.append(try group(.number(Int(number) ?? 0)))
      case "n": literal.append("\n")
      case "t": literal.append("\t")
      case "r": literal.append("\r")
      case "a": literal.append("\u{07}")
      case "b": literal.append("\u{08}")
      case "f": literal.append("\u{0C}")
      case "v": literal.append("\u{0B}")
      case "\\": literal.append("\\")
      case "a"..."z", "A"..."Z": throw failure("bad escape \\\(escape)")
      default:
        literal.append("\\")
        literal.append(escape)
      }
    }
    parts.append(.literal(literal))
  }

  func expand(_ match: RegexMatch, into result: inout String.UnicodeScalarView) {
    for part in parts {
      switch part {
      case .literal(let text): result.append(contentsOf: text)
      case .group(let index):
        if let range = match.groups[index] {
          result.append(contentsOf: match.source[range])
        }
      }
    }
  }
}
