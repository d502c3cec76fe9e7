/// What a computed path or name may turn out to be: its literal parts are known, the others are anything.
struct ComputedName {
  /// A shell pattern: `install_*.yml` for `install_{{ kind }}.yml`.
  let pattern: String

  /// - Parameter text: a text with templates in it.
  init(_ text: String) {
    var pattern = ""
    var rest = text[...]
    while let open = rest.firstRange(ofEither: "{{", "{%") {
      pattern += rest[..<open.lowerBound]
      if !pattern.hasSuffix("*") { pattern += "*" }
      let close = rest[open.lowerBound...].hasPrefix("{{") ? "}}" : "%}"
      guard let end = rest[open.upperBound...].firstRange(ofEither: close, close) else {
        rest = ""
        break
      }
      rest = rest[end.upperBound...]
    }
    self.pattern = pattern + rest
  }

  /// Whether nothing is known of it.
  var isAnything: Bool { pattern.allSatisfy { $0 == "*" || $0 == "." || $0 == "/" } }

  /// The folder part, where that is known; nil where it is computed.
  var folder: String? {
    let folder = ControllerPath.folder(of: pattern)
    return folder.contains("*") ? nil : folder == "." ? "" : folder
  }

  /// Whether a name fits.
  func matches(_ name: String) -> Bool { globMatches(pattern, name) }
}

extension Substring {
  /// Where the first of two texts stands.
  fileprivate func firstRange(ofEither first: String, _ second: String) -> Range<Index>? {
    var place = startIndex
    while place < endIndex {
      for text in [first, second] where self[place...].hasPrefix(text) {
        return place..<index(place, offsetBy: text.count)
      }
      formIndex(after: &place)
    }
    return nil
  }
}
