import Schema

/// Values as YAML for people: blocks, two spaces, texts in double quotes where they could be read as something else.
enum ConfigurationText {
  static func text(_ map: ValueMap) -> String {
    lines(map, indentation: "").map { $0 + "\n" }.joined()
  }

  private static func lines(_ map: ValueMap, indentation: String) -> [String] {
    map.pairs.flatMap { key, value in
      let name = scalar(key)
      switch value {
      case .dict(let inner) where !inner.isEmpty:
        return ["\(indentation)\(name):"] + lines(inner, indentation: indentation + "  ")
      case .list(let elements) where !elements.isEmpty:
        return ["\(indentation)\(name):"]
          + elements.flatMap { lines(element: $0, indentation: indentation + "  ") }
      default: return ["\(indentation)\(name): \(scalar(value))"]
      }
    }
  }

  private static func lines(element: Value, indentation: String) -> [String] {
    switch element {
    case .dict(let inner) where !inner.isEmpty:
      var lines = lines(inner, indentation: indentation + "  ")
      lines[0].replaceSubrange(
        lines[0].startIndex..<lines[0].index(lines[0].startIndex, offsetBy: indentation.count + 2),
        with: indentation + "- ")
      return lines
    case .list(let inner) where !inner.isEmpty:
      return ["\(indentation)-"]
        + inner.flatMap { lines(element: $0, indentation: indentation + "  ") }
    default: return ["\(indentation)- \(scalar(element))"]
    }
  }

  private static func scalar(_ value: Value) -> String {
    guard let text = value.string else { return JSON.text(value) }
    return isPlain(text) ? text : JSON.text(.string(text))
  }

  /// Whether a text is read as a text without quotes, by readers of YAML 1.1 and 1.2.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    return ((65...90).contains(first) || (97...122).contains(first) || first == 47)
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "-_./".utf8.contains(byte)
      } && !words.contains(text.lowercased())
  }
}
