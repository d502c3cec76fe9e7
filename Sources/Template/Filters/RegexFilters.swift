import PatternMatching
import Schema

/// Filters over regular expressions.
let regexFilters: [Filter] = [
  Filter(
    "regex_replace",
    "value, pattern=, replacement=, ignorecase=, multiline=, count=, mandatory_count="
  ) { call in
    let text = try call.string(0)
    let pattern = try call.optional(1).map { try call.context.text($0, "the pattern") } ?? ""
    let regex = try compiled(pattern, call, ignoreCase: 3, multiline: 4)
    let replacement =
      try call.optional(2).map { try call.context.text($0, "the replacement") } ?? ""
    let (result, count) = try regex.replacing(
      in: text, with: replacement, limit: try call.int(5, default: 0))
    let wanted = try call.int(6, default: 0)
    if wanted != 0, wanted != count {
      throw call.fail(
        .plugin, "`\(pattern)` should match \(wanted) times, but matches \(count) times")
    }
    return .text(result)
  },
  Filter("regex_search", "value, regex, *groups, **options") { call in
    let text = try call.string(0)
    var groups: [Regex.GroupName] = []
    for argument in call.rest {
      let word = try call.context.text(argument, "the group")
      guard let group = Regex.GroupName(backreference: word) else {
        throw call.fail(.plugin, "`\(word)` is not a group; write `\\1` or `\\g<name>`")
      }
      groups.append(group)
    }
    let regex = try Regex.cached(
      try call.text(1, "the pattern"),
      flags: Regex.Flags(
        ignoreCase: try call.keyword("ignorecase").map(call.context.isTrue) ?? false,
        multiline: try call.keyword("multiline").map(call.context.isTrue) ?? false))
    guard let match = try regex.search(in: text) else { return .null }
    if groups.isEmpty { return .text(match.text(0) ?? "") }
    return .items(
      try groups.map { group in
        guard let index = regex.index(of: group) else {
          throw call.fail(.plugin, "no such group")
        }
        return match.text(index).map(Item.text) ?? .null
      })
  },
  Filter("regex_findall", "value, regex, multiline=, ignorecase=") { call in
    let regex = try compiled(try call.text(1, "the pattern"), call, ignoreCase: 3, multiline: 2)
    return .items(
      try regex.matches(in: try call.string(0)).map { match in
        switch regex.groupCount {
        case 0: return .text(match.text(0) ?? "")
        case 1: return .text(match.text(1) ?? "")
        default: return .tuple((1...regex.groupCount).map { .text(match.text($0) ?? "") })
        }
      })
  },
  Filter("regex_escape", "string, re_type=") { call in
    let text = try call.string(0)
    switch try call.text(1, default: "python") {
    case "python": return .text(Regex.escaped(text))
    case "posix_basic":
      let special: Set<Unicode.Scalar> = ["]", ".", "[", "^", "$", "*", "\\"]
      var result = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        if special.contains(scalar) { result.append("\\") }
        result.append(scalar)
      }
      return .text(String(result))
    default: throw call.fail(.plugin, "the type must be python or posix_basic")
    }
  },
]

private func compiled(
  _ pattern: String, _ call: PluginCall, ignoreCase: Int, multiline: Int
) throws -> Regex {
  try Regex.cached(
    pattern,
    flags: Regex.Flags(
      ignoreCase: try call.bool(ignoreCase), multiline: try call.bool(multiline)))
}
