import PatternMatching
import Schema

/// Tests of texts.
let textTests: [Test] = [
  Test("match", "value, pattern=, ignorecase=, multiline=") { call in
    try pattern(call).match(in: try call.string(0)) != nil
  },
  Test("search", "value, pattern=, ignorecase=, multiline=") { call in
    try pattern(call).search(in: try call.string(0)) != nil
  },
  Test("regex", "value, pattern=, ignorecase=, multiline=, match_type=") { call in
    let text = try call.string(0)
    switch try call.text(4, default: "search") {
    case "match": return try pattern(call).match(in: text) != nil
    case "fullmatch": return try pattern(call).fullMatch(in: text) != nil
    case "search": return try pattern(call).search(in: text) != nil
    case let type: throw call.fail(.value, "no match type `\(type)`")
    }
  },
  Test("version", "value, version, operator=, strict=, version_type=") { try versionTest($0) },
  Test("url", "value, schemes=") { call in
    guard let text = call[0].string else { return false }
    let (scheme, rest) = uri(text)
    let host = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard (rest.hasPrefix("//") && !host.isEmpty) || scheme == "file" else { return false }
    return try allows(scheme, call)
  },
  Test("uri", "value, schemes=") { call in
    // Every text is a URI, if only a relative one (Python's `urlparse`).
    guard let text = call[0].string else { return false }
    return try allows(uri(text).scheme, call)
  },
  Test("urn", "value") { call in
    call[0].string.map { uri($0).scheme == "urn" } ?? false
  },
  Test("vault_encrypted", "value") { call in
    call[0].string?.hasPrefix("$ANSIBLE_VAULT;") ?? false
  },
  Test("vaulted_file", "value") { call in
    OutsideReads.note()
    return try call.context.renderer.resources.file(try call.string(0)).isSecret
  },
]

private func pattern(_ call: PluginCall) throws -> Regex {
  try Regex.cached(
    try call.optional(1).map { try call.context.text($0, "the pattern") } ?? "",
    flags: Regex.Flags(ignoreCase: try call.bool(2), multiline: try call.bool(3)))
}

private func uri(_ text: String) -> (scheme: String, rest: String) {
  guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isLetter,
    text[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
  else { return ("", text) }
  return (text[..<colon].lowercased(), String(text[text.index(after: colon)...]))
}

private func allows(_ scheme: String, _ call: PluginCall) throws -> Bool {
  guard let schemes = call.given(1), try call.context.isTrue(schemes) else { return true }
  return try call.context.elements(of: schemes).contains {
    try call.context.string($0) == scheme
  }
}

private let operators: [String: Comparator] = [
  "==": .equal, "=": .equal, "eq": .equal, "<": .less, "lt": .less, "<=": .lessOrEqual,
  "le": .lessOrEqual, ">": .greater, "gt": .greater, ">=": .greaterOrEqual,
  "ge": .greaterOrEqual, "!=": .notEqual, "<>": .notEqual, "ne": .notEqual,
]

private func versionTest(_ call: PluginCall) throws -> Bool {
  guard try call.context.isTrue(call[0]) else {
    throw call.fail(.plugin, "the version value is empty")
  }
  guard try call.context.isTrue(call[1]) else {
    throw call.fail(.plugin, "the version to compare with is empty")
  }
  let isStrict = try call.given(3).map(call.context.isTrue)
  let typeName = try call.given(4).map(call.context.string)
  if isStrict != nil, typeName != nil {
    throw call.fail(.plugin, "`strict` and `version_type` cannot be used together")
  }
  let name = isStrict == true ? "strict" : typeName ?? "loose"
  guard let scheme = VersionScheme(name) else {
    throw call.fail(
      .plugin, "no version type `\(name)`; there are loose, strict, semver, semantic, pep440")
  }
  let symbol = try call.text(2, default: "eq")
  guard let comparator = operators[symbol] else {
    throw call.fail(.plugin, "no operator `\(symbol)`")
  }
  let order = try scheme.compare(try call.string(0), try call.string(1))
  switch comparator {
  case .equal: return order == 0
  case .notEqual: return order != 0
  case .less: return order < 0
  case .lessOrEqual: return order <= 0
  case .greater: return order > 0
  case .greaterOrEqual: return order >= 0
  case .contained, .notContained: return false
  }
}
