import Schema

/// What a program prints of its settings as TOML (version 1.0.0): tables, and keys with one value to a line.
///
/// Only texts, numbers and truth values are read; lists, tables in braces and texts over several lines are passed over.
enum TOMLText {
  /// A key with the tables it is in, as one text: `plugins/io.containerd.grpc.v1.cri/sandbox_image`.
  static func name(_ path: [String]) -> String { path.joined(separator: "/") }

  /// By `name`: texts without quotes, numbers and truth values as they are written.
  static func scalars(_ text: String) -> [String: String] {
    var scalars: [String: String] = [:]
    var table: [String] = []
    for line in text.fileLines {
      var rest = Substring(line.trimmed)
      if rest.hasPrefix("[[") {
        // One of several tables of a name: nothing that has a name of its own.
        table = ["[[]]"]
        continue
      }
      if rest.hasPrefix("[") {
        rest.removeFirst()
        table = keys(&rest)
        continue
      }
      let path = keys(&rest)
      rest = Substring(rest.trimmed)
      guard !path.isEmpty, rest.first == "=" else { continue }
      rest = Substring(rest.dropFirst().trimmed)
      if let value = scalar(rest) { scalars[name(table + path)] = value }
    }
    return scalars
  }

  /// `plugins."io.containerd.gc.v1.scheduler"`, up to what cannot be part of a key.
  private static func keys(_ text: inout Substring) -> [String] {
    var keys: [String] = []
    while true {
      text = text.drop { $0 == " " || $0 == "\t" }
      if let quote = text.first, quote == "\"" || quote == "'" {
        let body = text.dropFirst()
        guard let end = body.firstIndex(of: quote) else { return keys }
        keys.append(String(body[..<end]))
        text = body[body.index(after: end)...]
      } else {
        let key = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        guard !key.isEmpty else { return keys }
        keys.append(String(key))
        text = text.dropFirst(key.count)
      }
      text = text.drop { $0 == " " || $0 == "\t" }
      guard text.first == "." else { return keys }
      text.removeFirst()
    }
  }

  private static func scalar(_ text: Substring) -> String? {
    switch text.first {
    case "'":
      let body = text.dropFirst()
      return body.firstIndex(of: "'").map { String(body[..<$0]) }
    case "\"": return unescaped(text.dropFirst())
    case "[", "{", nil: return nil
    default: return String(text.prefix { $0 != " " && $0 != "#" })
    }
  }

  private static func unescaped(_ body: Substring) -> String? {
    var text = ""
    var isEscaped = false
    for character in body {
      if isEscaped {
        text.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        return text
      } else {
        text.append(character)
      }
    }
    return nil
  }
}
