import Schema

/// What a host says about itself in `*.fact` files: JSON, or an INI file, or a program that prints one of them.
enum LocalFacts {
  /// Records of path, status and text.
  static func read(_ text: String) -> ValueMap {
    var facts: ValueMap = [:]
    for record in text.split(separator: "\u{2}") {
      let fields = record.split(
        separator: "\u{3}", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let file = fields[0].split(separator: "/").last ?? ""
      let name = String(file.hasSuffix(".fact") ? file.dropLast(5) : file)
      facts[name] =
        fields[1] == "0"
        ? value(String(fields[2]), file: String(fields[0]))
        : .string("Failure executing fact script (\(fields[0])), rc: \(fields[1]), err: ")
    }
    return facts
  }

  private static func value(_ text: String, file: String) -> Value {
    if let value = try? JSON.parse(text) { return value }
    return sections(text).map(Value.dict)
      ?? .string("error loading facts as JSON or ini - please check content: \(file)")
  }

  /// An INI file as Python's configparser reads it: options in lower case, `=` or `:`, lines that go on by being
  /// indented, `DEFAULT` for all sections; nil when it is none.
  private static func sections(_ text: String) -> ValueMap? {
    var sections: [(name: String, options: [(String, String)])] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.trimmed
      if bare.isEmpty || bare.hasPrefix("#") || bare.hasPrefix(";") { continue }
      if line.first == " " || line.first == "\t", let last = sections.indices.last,
        let option = sections[last].options.indices.last
      {
        sections[last].options[option].1 += "\n\(bare)"
      } else if bare.hasPrefix("["), let end = bare.lastIndex(of: "]") {
        sections.append((String(bare[bare.index(after: bare.startIndex)..<end]), []))
      } else {
        guard let last = sections.indices.last,
          let mark = bare.firstIndex(where: { $0 == "=" || $0 == ":" })
        else { return nil }
        let name = bare[..<mark].trimmed.lowercased()
        sections[last].options.append((name, String(bare[bare.index(after: mark)...].trimmed)))
      }
    }
    let common = sections.filter { $0.name == "DEFAULT" }.flatMap(\.options)
    var map: ValueMap = [:]
    for section in sections where section.name != "DEFAULT" {
      var options = map[section.name]?.dict ?? [:]
      for (name, value) in common + section.options { options[name] = .string(value) }
      map[section.name] = .dict(options)
    }
    return map
  }
}
