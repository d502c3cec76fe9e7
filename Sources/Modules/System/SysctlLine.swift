/// A line of a sysctl.d(5) file that says something: `[-]key = value`, or `-key` alone.
struct SysctlLine {
  /// The key as written, in the spelling with dots; may be a pattern.
  let pattern: String
  /// The key; nil for a pattern.
  let key: SysctlKey?
  /// Words joined by single blanks; nil for a key that is only taken out of patterns.
  let value: String?

  /// nil for comments, empty lines and lines that mean nothing.
  init?(_ text: String) {
    var rest = text.trimmed
    guard let first = rest.first, first != "#", first != ";" else { return nil }
    if first == "-" { rest = rest.dropFirst().trimmed }
    if let (name, value) = rest.halves(at: "=") {
      self.value = value.singleSpaced
      rest = name.trimmed
    } else {
      guard first == "-" else { return nil }
      value = nil
    }
    guard let name = SysctlKey(String(rest)) else { return nil }
    pattern = name.description
    key = pattern.contains { "*?[".contains($0) } ? nil : name
  }

  /// Whether the line is about the key, by name or by pattern.
  func matches(_ wanted: SysctlKey) -> Bool {
    key.map { $0 == wanted } ?? glob(pattern, matches: wanted.description)
  }
}

/// Whether a shell pattern with `*`, `?` and `[...]` matches a whole text; `*` and `?` stop at dots, as glob(7) stops
/// at the slashes they stand for.
func glob(_ pattern: String, matches text: String) -> Bool {
  matches(Array(pattern)[...], Array(text)[...])
}

private func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
  guard let first = pattern.first else { return text.isEmpty }
  let rest = pattern.dropFirst()
  switch first {
  case "*":
    if matches(rest, text) { return true }
    guard let next = text.first, next != "." else { return false }
    return matches(pattern, text.dropFirst())
  case "?":
    guard let next = text.first, next != "." else { return false }
    return matches(rest, text.dropFirst())
  case "[":
    guard let end = rest.dropFirst().firstIndex(of: "]") else { return false }
    guard let next = text.first, next != ".", bracket(rest[..<end], contains: next) else {
      return false
    }
    return matches(pattern[(end + 1)...], text.dropFirst())
  default:
    return text.first == first && matches(rest, text.dropFirst())
  }
}

private func bracket(_ set: ArraySlice<Character>, contains character: Character) -> Bool {
  var members = set
  let isNegated = members.first == "!" || members.first == "^"
  if isNegated { members = members.dropFirst() }
  var found = false
  while let low = members.popFirst() {
    if members.first == "-", members.count >= 2 {
      members = members.dropFirst()
      guard let high = members.popFirst() else { break }
      if low <= character, character <= high { found = true }
    } else if low == character {
      found = true
    }
  }
  return found != isNegated
}

/// The lines of a sysctl.d(5) file as a task edits them: comments and all other lines stay as they are.
struct SysctlLines {
  private let lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  /// With one line that sets the key: in the place of the last that did, else at the end.
  func setting(_ key: SysctlKey, to value: String) -> [String] {
    let line = "\(key) = \(value)"
    guard let last = lines.lastIndex(where: { sets(key, $0) }) else { return lines + [line] }
    return lines.enumerated().compactMap { index, text in
      sets(key, text) ? (index == last ? line : nil) : text
    }
  }

  /// Without the lines that set the key.
  func removing(_ key: SysctlKey) -> [String] { lines.filter { !sets(key, $0) } }

  private func sets(_ key: SysctlKey, _ text: String) -> Bool {
    SysctlLine(text).map { $0.key == key && $0.value != nil } ?? false
  }
}
