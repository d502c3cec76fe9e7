import OrderedCollections
import Schema

/// Filters for HTML and XML.
let escapeFilters: [Filter] = [
  Filter("escape", "s") { call in
    if case .object(let markup as Markup) = call[0] { return .object(markup) }
    return .object(Markup(Markup.escaped(try call.string(0))))
  },
  Filter("forceescape", "value") { .object(Markup(Markup.escaped(try $0.string(0)))) },
  Filter("safe", "value") { .object(Markup(try $0.string(0))) },
  Filter("xmlattr", "d, autospace=") { call in
    guard case .dict(let box) = call[0] else {
      throw call.fail(.type, "a dictionary is needed")
    }
    var parts: [String] = []
    for (key, value) in try box.entries(in: call.context) {
      if value.isNull { continue }
      if case .undefined = value { continue }
      let name = try call.context.string(.key(key))
      guard !name.utf8.contains(where: { " />=\t\n\r\u{0C}".utf8.contains($0) }) else {
        throw call.fail(.value, "invalid character in the attribute name `\(name)`")
      }
      parts.append("\(Markup.escaped(name))=\"\(Markup.escaped(try call.context.string(value)))\"")
    }
    let text = parts.joined(separator: " ")
    let hasSpace = try call.bool(1, default: true)
    return .text(!text.isEmpty && hasSpace ? " " + text : text)
  },
  Filter("urlize", "value, trim_url_limit=, nofollow=, target=, rel=, extra_schemes=") { call in
    let urlizer = Urlizer(
      limit: try call.given(1).map(call.context.index), noFollow: try call.bool(2),
      target: try call.given(3).map(call.context.string),
      rel: try call.given(4).map(call.context.string),
      schemes: try call.given(5).map { try call.context.elements(of: $0).map(call.context.string) }
        ?? [])
    return .text(try urlizer.urlize(try call.string(0)))
  },
]

/// A text that is already escaped.
final class Markup: TemplateObject {
  let text: String
  let holdsSecret: Bool

  init(_ text: String, isSecret: Bool = false) {
    self.text = text
    holdsSecret = isSecret
  }

  var typeName: String { "Markup" }
  func representation(in context: Context) throws -> String { text }
  func exported(in context: Context) throws -> Item? { marked(text) }
  func elements(in context: Context) throws -> [Item]? {
    text.unicodeScalars.map { marked(String($0)) }
  }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    try context.attribute(name, of: marked(text))
  }

  func markedSecret(in context: Context) throws -> any TemplateObject {
    Markup(text, isSecret: true)
  }

  private func marked(_ text: String) -> Item {
    .value(.text(Text(text, marks: holdsSecret ? .secret : [])))
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "'": result += "&#39;"
      case "\"": result += "&#34;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text without tags and comments, entities resolved and blanks made single.
  static func withoutTags(_ text: String) -> String {
    var result = text
    for (open, close) in [("<!--", "-->"), ("<", ">")] {
      while let start = PythonText.find(Array(open.utf8), in: Array(result.utf8), from: 0),
        let end = PythonText.find(Array(close.utf8), in: Array(result.utf8), from: start)
      {
        let bytes = Array(result.utf8)
        result = String(
          decoding: bytes[..<start] + bytes[(end + close.utf8.count)...], as: UTF8.self)
      }
    }
    let words = PythonText.split(result, separator: nil)
    return unescaped(words.joined(separator: " "))
  }

  static func unescaped(_ text: String) -> String {
    var result = text
    for (entity, character) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"),
      ("&#x27;", "'"), ("&nbsp;", "\u{A0}"), ("&amp;", "&"),
    ] {
      result = PythonText.replace(result, entity, character)
    }
    return result
  }
}

/// Addresses in a text made into links.
struct Urlizer {
  let limit: Int?
  let noFollow: Bool
  let target: String?
  let rel: String?
  let schemes: [String]

  /// jinja2/utils.py of Jinja2 3.1, `_http_re` and `_email_re`.
  private static let address =
    "(?i)^((https?://|www\\.)(([\\w%-]+\\.)+)?([a-z]{2,63}|xn--[\\w%]{2,59})"
    + "|([\\w%-]{2,63}\\.)+(com|net|int|edu|gov|org|info|mil)"
    + "|(https?://)((([\\d]{1,3})(\\.[\\d]{1,3}){3})|(\\[([\\da-f]{0,4}:){2}([\\da-f]{0,4}:?){1,6}])))"
    + "(?::[\\d]{1,5})?(?:[/?#]\\S*)?$"
  private static let mail = "^\\S+@\\w[\\w.-]*\\.\\w+$"

  func urlize(_ text: String) throws -> String {
    var result = ""
    var word = ""
    for scalar in Markup.escaped(text).unicodeScalars {
      if PythonText.isSpace(scalar) {
        result += try linked(word)
        result.unicodeScalars.append(scalar)
        word = ""
      } else {
        word.unicodeScalars.append(scalar)
      }
    }
    return result + (try linked(word))
  }

  private func linked(_ word: String) throws -> String {
    var middle = word
    var head = ""
    var tail = ""
    while let mark = ["(", "<", "&lt;"].first(where: middle.hasPrefix) {
      head += mark
      middle = String(middle.dropFirst(mark.count))
    }
    while let mark = [")", ">", ".", ",", "\n", "&gt;"].first(where: middle.hasSuffix) {
      tail = mark + tail
      middle = String(middle.dropLast(mark.count))
    }
    // What is opened in the address is closed there.
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
      let missing = count(open, in: middle)
      if missing <= count(close, in: middle) { continue }
      for _ in 0..<min(missing, count(close, in: tail)) {
        guard let range = tail.firstRange(of: close) else { break }
        middle += tail[..<range.upperBound]
        tail = String(tail[range.upperBound...])
      }
    }
    return head + (try link(middle)) + tail
  }

  private func count(_ part: String, in text: String) -> Int { text.ranges(of: part).count }

  private func link(_ word: String) throws -> String {
    var rels = Set((rel ?? "").split(separator: " ").map(String.init))
    if noFollow { rels.insert("nofollow") }
    rels.insert("noopener")
    let relAttribute = " rel=\"\(Markup.escaped(rels.sorted().joined(separator: " ")))\""
    let targetAttribute = target.map { " target=\"\(Markup.escaped($0))\"" } ?? ""
    let attributes = relAttribute + targetAttribute
    if try Regex.cached(Self.address).match(in: word) != nil {
      let isWhole = word.hasPrefix("http://") || word.hasPrefix("https://")
      return "<a href=\"\(isWhole ? "" : "https://")\(word)\"\(attributes)>\(clipped(word))</a>"
    }
    let mail = try Regex.cached(Self.mail)
    if word.hasPrefix("mailto:"), try mail.match(in: String(word.dropFirst(7))) != nil {
      return "<a href=\"\(word)\">\(word.dropFirst(7))</a>"
    }
    if word.contains("@"), !word.hasPrefix("www."), !word.hasPrefix("@"), !word.contains(":"),
      try mail.match(in: word) != nil
    {
      return "<a href=\"mailto:\(word)\">\(word)</a>"
    }
    var result = word
    for scheme in schemes where result != scheme && result.hasPrefix(scheme) {
      result = "<a href=\"\(result)\"\(attributes)>\(result)</a>"
    }
    return result
  }

  private func clipped(_ text: String) -> String {
    guard let limit, text.unicodeScalars.count > limit else { return text }
    return String(text.unicodeScalars.prefix(limit)) + "..."
  }
}
