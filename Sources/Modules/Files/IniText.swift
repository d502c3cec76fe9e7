/// The lines of an INI file and the edits that `ini_file` makes, whose rules are those of community.general's module.
struct IniText {
  /// Each with the newline it ends with.
  private(set) var lines: [String]

  /// What an option's line says.
  struct OptionLine {
    /// Whether `#` or `;` stands before it.
    let isInactive: Bool
    /// What stands behind `=`; empty where nothing does.
    let value: String
  }

  /// How options are looked for and written.
  struct Style {
    var hasSpaces = true
    var ignoresSpaces = false
    var usesInactive = true

    func line(_ option: String, _ value: String) -> String {
      hasSpaces ? "\(option) = \(value)\n" : "\(option)=\(value)\n"
    }
  }

  init(_ text: String) {
    lines = []
    var rest = text.unicodeScalars[...]
    if rest.first == "\u{FEFF}" { rest.removeFirst() }
    while !rest.isEmpty {
      let end = rest.firstIndex(of: "\n").map { rest.index(after: $0) } ?? rest.endIndex
      lines.append(String(rest[..<end]))
      rest = rest[end...]
    }
  }

  var text: String { lines.joined() }

  // MARK: - Finding

  /// The lines of a section, its head included; what stands before the first head is the section nil.
  ///
  /// nil where there is no such section. `required`: options that the section must have, each with one of the values.
  func section(_ name: String?, having required: [(option: String, values: [String])]) -> Range<
    Int
  >? {
    var start = name == nil ? 0 : -1
    for (index, line) in lines.enumerated() {
      if start >= 0, line.hasPrefix("["), index > start || name == nil {
        if name == nil || has(required, in: start..<index) { return start..<index }
        start = -1
      }
      if let name, IniText.isHead(line, of: name) { start = index }
    }
    guard start >= 0, name == nil || has(required, in: start..<lines.count) else { return nil }
    return start..<lines.count
  }

  private func has(
    _ required: [(option: String, values: [String])], in range: Range<Int>
  ) -> Bool {
    required.allSatisfy { wish in
      lines[range].contains { line in
        guard let found = IniText.option(wish.option, in: line, usesInactive: false) else {
          return false
        }
        return wish.values.isEmpty || wish.values.contains(found.value)
      }
    }
  }

  private static func isHead(_ line: String, of name: String) -> Bool {
    guard line.hasPrefix("[") else { return false }
    let wished = name.trimmed
    let rest = line.dropFirst().drop { $0.isWhitespace }
    guard rest.hasPrefix(wished) else { return false }
    return rest.dropFirst(wished.count).drop { $0.isWhitespace }.first == "]"
  }

  /// What a line says about an option; nil when it is about something else.
  static func option(_ name: String, in line: String, usesInactive: Bool) -> OptionLine? {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
    var rest = line.unicodeScalars[...]
    if rest.last == "\n" { rest.removeLast() }
    rest = rest.drop(while: isBlank)
    var isInactive = false
    if usesInactive, let first = rest.first, first == "#" || first == ";" {
      isInactive = true
      rest = rest.dropFirst().drop(while: isBlank)
    }
    guard rest.starts(with: name.unicodeScalars) else { return nil }
    rest = rest.dropFirst(name.unicodeScalars.count).drop(while: isBlank)
    guard let next = rest.first else { return OptionLine(isInactive: isInactive, value: "") }
    guard next == "=" else { return nil }
    return OptionLine(
      isInactive: isInactive, value: String(rest.dropFirst().drop(while: isBlank)))
  }

  private static func saysSomething(_ line: String) -> Bool {
    let text = line.trimmed
    return !text.isEmpty && text.first != "#" && text.first != ";"
  }

  // MARK: - Editing

  /// Puts an option with these values into a section's lines; `exclusive` lets no other value of it stay.
  ///
  /// No values mean the option alone, which only `allowsNone` permits.
  mutating func set(
    _ option: String, to wished: [String], in range: Range<Int>, isExclusive: Bool,
    allowsNone: Bool,
    _ style: Style
  ) {
    var section = Array(lines[range])
    var values = wished
    var isDone = Set<Int>()
    var isWithoutValue = false
    for index in section.indices {
      guard let found = IniText.option(option, in: section[index], usesInactive: style.usesInactive)
      else { continue }
      if let match = values.firstIndex(of: found.value) {
        write(style.line(option, values.remove(at: match)), over: &section[index], option, style)
        isDone.insert(index)
      } else if wished.isEmpty, allowsNone {
        write(option + "\n", over: &section[index], option, style)
        isDone.insert(index)
        isWithoutValue = true
        break
      }
    }
    if isExclusive, !allowsNone {
      var unwanted: [Int] = []
      for index in section.indices where !isDone.contains(index) {
        guard IniText.option(option, in: section[index], usesInactive: style.usesInactive) != nil
        else { continue }
        if values.isEmpty {
          unwanted.append(index)
        } else {
          write(style.line(option, values.removeFirst()), over: &section[index], option, style)
        }
      }
      for index in unwanted.reversed() { section.remove(at: index) }
    }
    var new = values.map { style.line(option, $0) }
    if wished.isEmpty, allowsNone, !isWithoutValue { new = [option + "\n"] }
    if !new.isEmpty {
      let place = (section.lastIndex(where: IniText.saysSomething) ?? -1) + 1
      if place > 0, !section[place - 1].hasSuffix("\n") { section[place - 1] += "\n" }
      section.insert(contentsOf: new, at: place)
    }
    lines.replaceSubrange(range, with: section)
  }

  private func write(_ new: String, over line: inout String, _ option: String, _ style: Style) {
    if style.ignoresSpaces,
      let old = IniText.option(option, in: line, usesInactive: true), !old.isInactive,
      old.value == IniText.option(option, in: new, usesInactive: true)?.value
    {
      return
    }
    if line + "\n" != new { line = new }
  }

  /// Adds a section at the end, with options.
  mutating func append(section: String?, _ options: [String]) {
    if let last = lines.last, !last.hasSuffix("\n") { lines[lines.count - 1] += "\n" }
    if let section { lines.append("[\(section)]\n") }
    lines += options
  }

  /// Takes an option away: every line of it, or those with one of the values.
  mutating func remove(_ option: String, values: [String]?, from range: Range<Int>) {
    let kept = lines[range].filter { line in
      guard let found = IniText.option(option, in: line, usesInactive: false) else { return true }
      return values.map { !$0.contains(found.value) } ?? false
    }
    lines.replaceSubrange(range, with: kept)
  }

  mutating func remove(_ range: Range<Int>) { lines.removeSubrange(range) }
}
