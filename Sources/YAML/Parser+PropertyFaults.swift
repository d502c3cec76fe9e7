import Diagnostics

/// What can be wrong with anchors, aliases and tags, in words.
extension Parser {
  mutating func emptyNameFault(at start: Int) -> Fault {
    let name = character(at: start)
    let what = name == "*" ? "an alias" : "an anchor"
    return fault(
      name == "*" ? "star-starts-alias" : "empty-anchor",
      "`\(name)` begins \(what), but no name follows",
      at: start..<start + 1,
      help: "quote the value, if it is text: \(quoted(text(restOfLine(start))))")
  }

  mutating func undefinedAliasFault(_ name: String, at range: Range<Int>) -> Fault {
    let isGlob = !name.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: "_") }
    if isGlob {
      return fault(
        "star-starts-alias", "`*` begins an alias, and no anchor is named `\(name)`", at: range,
        help: "quote the value, if it is a pattern: \(quoted(text(restOfLine(range.lowerBound))))")
    }
    let known = anchors.keys.sorted()
    let near = suggestion(for: name, among: known)
    return fault(
      "undefined-alias", "no anchor is named `\(name)`", at: range,
      notes: known.isEmpty ? [] : ["known anchors: \(known.joined(separator: ", "))"],
      help: near.map { "did you mean `*\($0)`?" } ?? "define it before with `&\(name)`")
  }

  mutating func selfAliasFault(_ name: String, at range: Range<Int>) -> Fault {
    fault("self-containing-anchor", "`\(name)` contains itself here", at: range)
  }

  mutating func tagFault(at range: Range<Int>) -> Fault {
    fault(
      "bad-tag", "this is no valid tag", at: range,
      help: "quote the value, if it is text: \(quoted(text(restOfLine(range.lowerBound))))")
  }
}
