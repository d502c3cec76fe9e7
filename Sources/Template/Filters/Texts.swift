import PatternMatching
import OrderedCollections
import Schema

/// Filters over texts.
let textFilters: [Filter] = [
  Filter("string", "value") { call in
    if case .value(.text) = call[0] { return call[0] }
    return .text(try call.string(0))
  },
  Filter("upper", "s") { .text(try $0.string(0).uppercased()) },
  Filter("lower", "s") { .text(PythonText.lowered(try $0.string(0))) },
  Filter("capitalize", "s") { .text(PythonText.capitalized(try $0.string(0))) },
  Filter("title", "s") { .text(wordsCapitalized(try $0.string(0))) },
  Filter("trim", "value, chars=") { call in
    let characters = try call.given(1).map { try call.context.text($0, "the characters") }
    return .text(PythonText.stripped(try call.string(0), characters))
  },
  Filter("replace", "s, old, new, count=") { call in
    let count = try call.given(3).map(call.context.index) ?? -1
    return .text(
      PythonText.replace(
        try call.string(0), try call.string(1), try call.string(2), count: count))
  },
  Filter("format", "value, *args, **named") { call in
    if !call.rest.isEmpty, !call.arguments.keywords.isEmpty {
      throw call.fail(
        .plugin, "can't handle positional and keyword arguments at the same time")
    }
    let format = try call.string(0)
    let arguments: Item
    if call.arguments.keywords.isEmpty {
      arguments = .tuple(call.rest)
    } else {
      var entries: OrderedDictionary<Value, Item> = [:]
      for (name, value) in call.arguments.keywords { entries[.string(name)] = value }
      arguments = .dict(DictBox(entries))
    }
    return .text(try PercentFormat(context: call.context).format(format, arguments))
  },
  Filter("split", "value, sep=, maxsplit=") { call in
    let text = try call.text(0, "the value")
    let separator = try call.given(1).map { try call.context.text($0, "the separator") }
    if separator == "" { throw call.fail(.value, "empty separator") }
    return .texts(
      PythonText.split(text, separator: separator, limit: try call.int(2, default: -1)))
  },
  Filter("wordcount", "s") { call in
    var count = 0
    var isInside = false
    for scalar in try call.string(0).unicodeScalars {
      let isWord = CharacterClass.isWord(scalar)
      if isWord, !isInside { count += 1 }
      isInside = isWord
    }
    return .int(count)
  },
  Filter("comment", "text, style=, **options") { .text(try comment($0)) },
  Filter("quote", "value") { call in
    .text(Shell.quoted(call[0].isNull ? "" : try call.string(0)))
  },
]

/// Jinja's `title`: words end at blanks, hyphens and opening brackets only.
private func wordsCapitalized(_ text: String) -> String {
  var result = ""
  var isStart = true
  for scalar in text.unicodeScalars {
    let isBoundary =
      PythonText.isSpace(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
    if isBoundary {
      result.unicodeScalars.append(scalar)
    } else {
      result +=
        isStart ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
    }
    isStart = isBoundary
  }
  return result
}

/// Quoting for a POSIX shell.
enum Shell {
  /// The text itself where no character of it means anything to a shell, else in single quotes.
  static func quoted(_ text: String) -> String {
    let isSafe =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_@%+=:,./-".utf8.contains(byte)
        }
      }
    return isSafe ? text : "'" + PythonText.replace(text, "'", "'\"'\"'") + "'"
  }
}

/// `quote` is a text filter; the shell group is what Ansible lists beside it.
let shellFilters: [Filter] = [
  Filter("expanduser", "path") { .text(ControllerPath.expandingUser(try $0.string(0), $0)) },
  Filter("expandvars", "path") { .text(ControllerPath.expandingVariables(try $0.string(0), $0)) },
]

private struct CommentStyle {
  var decoration: String
  var beginning = ""
  var end = ""
}

private let commentStyles: [String: CommentStyle] = [
  "plain": CommentStyle(decoration: "# "),
  "erlang": CommentStyle(decoration: "% "),
  "c": CommentStyle(decoration: "// "),
  "cblock": CommentStyle(decoration: " * ", beginning: "/*", end: " */"),
  "xml": CommentStyle(decoration: " - ", beginning: "<!--", end: "-->"),
]

private func comment(_ call: PluginCall) throws -> String {
  let styleName = try call.text(1, default: "plain")
  guard let style = commentStyles[styleName] else {
    let names = commentStyles.keys.sorted().joined(separator: ", ")
    throw call.fail(.plugin, "no style `\(styleName)`; there are \(names)")
  }
  func option(_ name: String, _ fallback: String) throws -> String {
    try call.keyword(name).map(call.context.string) ?? fallback
  }
  func count(_ name: String) throws -> Int {
    try call.keyword(name).map(call.context.index) ?? 1
  }
  let newline = try option("newline", "\n")
  let decoration = try option("decoration", style.decoration)
  let bare = PythonText.stripped(decoration, nil, .right)
  let prefix = try option("prefix", bare)
  let postfix = try option("postfix", bare)
  let beginning = try option("beginning", style.beginning)
  let end = try option("end", style.end)
  var result = beginning.isEmpty ? "" : beginning + newline
  if !prefix.isEmpty {
    let line = prefix == newline ? newline : prefix + newline
    result += String(repeating: line, count: max(0, try count("prefix_count")))
  }
  let body =
    decoration
    + PythonText.replace(try call.text(0, "the text"), newline, newline + decoration)
  result += PythonText.replace(body, decoration + newline, bare + newline)
  result += String(repeating: newline + postfix, count: max(0, try count("postfix_count")))
  if !end.isEmpty { result += newline + end }
  return result
}
