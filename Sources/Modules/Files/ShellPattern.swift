/// A pattern of names as the shell has it: `*`, `?`, `[a-z]`, and a backslash before a character that means itself.
struct ShellPattern: Sendable {
  private let pattern: [Character]
  /// Whether `*` and `?` stop at a slash; then `**` does not.
  private let respectsSlashes: Bool

  init(_ pattern: String, respectsSlashes: Bool = false) {
    self.pattern = Array(pattern)
    self.respectsSlashes = respectsSlashes
  }

  /// Whether the whole text is meant.
  func matches(_ text: String) -> Bool { matches(0, Array(text), 0) }

  private func matches(_ start: Int, _ text: [Character], _ begin: Int) -> Bool {
    var place = start
    var index = begin
    while place < pattern.count {
      switch pattern[place] {
      case "*":
        let isDouble = place + 1 < pattern.count && pattern[place + 1] == "*"
        let next = place + (isDouble ? 2 : 1)
        while true {
          if matches(next, text, index) { return true }
          guard index < text.count, isDouble || !respectsSlashes || text[index] != "/" else {
            return false
          }
          index += 1
        }
      case "[":
        guard index < text.count, let (set, end) = set(at: place) else {
          guard index < text.count, text[index] == "[" else { return false }
          place += 1
          index += 1
          continue
        }
        guard set(text[index]), !respectsSlashes || text[index] != "/" else { return false }
        place = end
      case "?":
        guard index < text.count, !respectsSlashes || text[index] != "/" else { return false }
        place += 1
      case let character:
        let isEscape = character == "\\" && place + 1 < pattern.count
        guard index < text.count, text[index] == (isEscape ? pattern[place + 1] : character) else {
          return false
        }
        place += isEscape ? 2 : 1
      }
      index += 1
    }
    return index == text.count
  }

  /// What a bracket takes, and the place behind it; nil where it is not closed.
  private func set(at start: Int) -> (@Sendable (Character) -> Bool, Int)? {
    var place = start + 1
    let isNegated = place < pattern.count && (pattern[place] == "!" || pattern[place] == "^")
    if isNegated { place += 1 }
    var ranges: [ClosedRange<Character>] = []
    let first = place
    while place < pattern.count, pattern[place] != "]" || place == first {
      if place + 2 < pattern.count, pattern[place + 1] == "-", pattern[place + 2] != "]",
        pattern[place] <= pattern[place + 2]
      {
        ranges.append(pattern[place]...pattern[place + 2])
        place += 3
      } else {
        ranges.append(pattern[place]...pattern[place])
        place += 1
      }
    }
    guard place < pattern.count else { return nil }
    let known = ranges
    return ({ character in known.contains { $0.contains(character) } != isNegated }, place + 1)
  }
}
