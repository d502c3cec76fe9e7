import Schema

/// Values as people read them, in the manner of YAML; secrets masked, control characters shown.
package enum ValueText {
  /// The lines of a value.
  package static func lines(_ value: Value) -> [String] {
    switch JSONReport.masked(value) {
    case .text(let text): return split(text.string)
    case let masked: return block(masked)
    }
  }

  private static func block(_ value: Value) -> [String] {
    switch value {
    case .dict(let map) where !map.isEmpty:
      return map.pairs.flatMap { key, value in entry("\(scalar(key)):", value) }
    case .list(let elements) where !elements.isEmpty:
      return elements.flatMap { element in item(element) }
    default: return [scalar(value)]
    }
  }

  private static func entry(_ lead: String, _ value: Value) -> [String] {
    switch value {
    case .dict(let map) where !map.isEmpty: return [lead] + indented(block(value))
    case .list(let elements) where !elements.isEmpty: return [lead] + indented(block(value))
    case .text(let text) where text.isOnSeveralLines:
      return ["\(lead) |"] + indented(split(text.string))
    default: return ["\(lead) \(scalar(value))"]
    }
  }

  private static func item(_ value: Value) -> [String] {
    if case .text(let text) = value, text.isOnSeveralLines {
      return ["- |"] + indented(split(text.string))
    }
    let lines = block(value)
    return lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
  }

  private static func scalar(_ value: Value) -> String {
    guard case .text(let text) = value else { return JSON.text(value) }
    let shown = Terminal.printable(text.string)
    return isPlain(shown) ? shown : JSON.quoted(shown)
  }

  /// Whether a text cannot be taken for anything else.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else {
      return false
    }
    guard first == "/" || first == "_" || first.properties.isAlphabetic, last != " ", last != ":"
    else { return false }
    guard
      !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    else { return false }
    let hasMark = zip(text.unicodeScalars, text.unicodeScalars.dropFirst()).contains {
      ($0 == ":" && $1 == " ") || ($0 == " " && $1 == "#")
    }
    return !hasMark
  }

  private static func split(_ text: String) -> [String] {
    var lines = Terminal.lines(text).map { Terminal.printable(String($0)) }
    if lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func indented(_ lines: [String]) -> [String] { lines.map { "  " + $0 } }
}

extension Text {
  fileprivate var isOnSeveralLines: Bool { string.utf8.contains(UInt8(ascii: "\n")) }
}
