import Diagnostics
import Schema

/// What a setting has to be: a value, or bounds that a higher or lower one also keeps.
enum ValueRule: ParameterType, Hashable {
  /// Words joined by single blanks.
  case equal(String)
  /// Bounds by word: `4096 131072` bounds the first two of two numbers. At least one is there.
  case bounds(min: [Bound]?, max: [Bound]?)

  /// A number, or no limit at all (`unlimited`, `infinity`), which is above every number.
  struct Bound: Hashable, Comparable {
    let word: String
    /// nil for no limit.
    let number: Int128?

    init?(_ word: some StringProtocol) {
      self.word = String(word)
      if ["unlimited", "infinity"].contains(self.word) {
        number = nil
      } else {
        guard let number = Int128(word) else { return nil }
        self.number = number
      }
    }

    static func < (left: Bound, right: Bound) -> Bool {
      guard let mine = left.number else { return false }
      return right.number.map { mine < $0 } ?? true
    }
  }

  static var typeDescription: String { "value or {min:, max:, eq:}" }

  init(_ argument: Argument) throws(Diagnostic) {
    guard let entries = argument.entries else {
      self = .equal(try ValueRule.text(argument))
      return
    }
    var minimum: [Bound]?
    var maximum: [Bound]?
    var exact: String?
    for (name, entry) in entries {
      switch name {
      case "min": minimum = try ValueRule.bounds(entry)
      case "max": maximum = try ValueRule.bounds(entry)
      case "eq": exact = try ValueRule.text(entry)
      default:
        throw entry.wrong(
          "value-operator", "is no operator",
          help: suggestion(for: name, among: ["min", "max", "eq"]).map { "did you mean `\($0)`?" }
            ?? "write `min`, `max` or `eq`")
      }
    }
    if let exact {
      guard minimum == nil, maximum == nil else {
        throw argument.wrong("value-operator", "has `eq` next to a bound", help: "drop one of them")
      }
      self = .equal(exact)
    } else {
      guard minimum != nil || maximum != nil else {
        throw argument.wrong("value-operator", "is empty", help: "write `min`, `max` or `eq`")
      }
      if let minimum, let maximum, zip(minimum, maximum).contains(where: { $0 > $1 }) {
        throw argument.wrong("value-operator", "has a `min` above its `max`")
      }
      self = .bounds(min: minimum, max: maximum)
    }
  }

  private static func text(_ argument: Argument) throws(Diagnostic) -> String {
    if case .bool(let flag) = argument.value { return flag ? "1" : "0" }
    guard let text = argument.sourceText, !text.trimmed.isEmpty else {
      throw argument.wrong("argument-type", "must be a value, not \(argument.shown)")
    }
    return text.singleSpaced
  }

  private static func bounds(_ argument: Argument) throws(Diagnostic) -> [Bound] {
    let words = try text(argument).words
    let bounds = words.compactMap { Bound($0) }
    guard bounds.count == words.count else {
      throw argument.wrong("value-operator", "must be a number, not \(argument.shown)")
    }
    return bounds
  }

  /// Whether a value is as it has to be; words that are no numbers keep no bound.
  func holds(for value: String) -> Bool {
    switch self {
    case .equal(let wanted):
      let words = value.singleSpaced
      return words == wanted || ValueRule.isSame(words, wanted)
    case .bounds(let minimum, let maximum):
      let words = value.words.map { Bound($0) }
      return ValueRule.keeps(words, minimum) { $0 >= $1 }
        && ValueRule.keeps(words, maximum) { $0 <= $1 }
    }
  }

  /// Whether both are the same numbers: `unlimited` and `infinity` are one value.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    let mine = left.words.map { Bound($0) }
    let other = right.words.map { Bound($0) }
    return mine.count == other.count
      && zip(mine, other).allSatisfy { pair in pair.0 != nil && pair.0?.number == pair.1?.number }
  }

  private static func keeps(
    _ words: [Bound?], _ bounds: [Bound]?, _ compare: (Bound, Bound) -> Bool
  ) -> Bool {
    guard let bounds else { return true }
    return words.count >= bounds.count
      && zip(words, bounds).allSatisfy { word, bound in word.map { compare($0, bound) } ?? false }
  }

  /// The value to set where the present one (nil for none) does not hold: as near to it as the rule allows.
  func value(replacing present: String?) -> String {
    switch self {
    case .equal(let wanted): return wanted
    case .bounds(let minimum, let maximum):
      let bounds = minimum ?? maximum ?? []
      let words = (present ?? "").words.map { Bound($0) }
      guard !words.isEmpty, words.count >= bounds.count, !words.contains(nil) else {
        return bounds.map(\.word).joined(separator: " ")
      }
      return words.enumerated().map { index, word in
        var number = word?.word ?? ""
        if let word, let minimum, index < minimum.count, word < minimum[index] {
          number = minimum[index].word
        }
        if let word, let maximum, index < maximum.count, word > maximum[index] {
          number = maximum[index].word
        }
        return number
      }.joined(separator: " ")
    }
  }

  /// In a few words, for messages and diffs: `60`, `at least 60`, `60 to 80`.
  var shown: String {
    func words(_ bounds: [Bound]) -> String { bounds.map(\.word).joined(separator: " ") }
    switch self {
    case .equal(let wanted): return wanted
    case .bounds(let minimum?, let maximum?): return "\(words(minimum)) to \(words(maximum))"
    case .bounds(let minimum?, nil): return "at least \(words(minimum))"
    case .bounds(nil, let maximum): return "at most \(words(maximum ?? []))"
    }
  }
}
