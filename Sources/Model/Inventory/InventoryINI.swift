import Diagnostics
import Schema

/// INI: sections `[group]`, `[group:children]` and `[group:vars]`, one thing a line.
///
/// The rules are those of ansible-core 2.19 (`plugins/inventory/ini.py`).
extension InventoryReading {
  /// Hosts, groups and variables of a file; everything wrong in it is reported.
  mutating func readINI(_ file: SourceFile) {
    var sections = INISections()
    for number in 1...file.lineCount {
      guard let line = INILine(file, number, into: &builder.bag) else { continue }
      switch INIHeader(line) {
      case .none: readLine(line, &sections)
      case .section(let header): open(header, &sections)
      case .malformed:
        sections.state = .skipped
        report(
          "ini-section", "this is no section", at: line.span,
          help: "write `[group]`, `[group:children]` or `[group:vars]`, without blanks inside")
      case .unknown(let kind, let span):
        sections.state = .skipped
        let near = suggestion(for: kind, among: ["hosts", "children", "vars"])
        report(
          "ini-section", "there is no kind of section `\(kind)`", at: span,
          underline: near.map { "did you mean `\($0)`?" },
          help: "sections are `[group]`, `[group:children]` and `[group:vars]`")
      }
    }
    reportUndeclared(sections)
  }

  // MARK: Sections

  private mutating func open(_ header: INIHeader.Section, _ sections: inout INISections) {
    let name = header.group
    sections.state = .open(name, header.kind)
    if draft.groups[name] == nil {
      if header.kind == .vars { sections.onlyVariables[name] = header.groupSpan }
      draft.addGroup(name, at: header.groupSpan)
    }
    guard header.kind != .vars else { return }
    sections.onlyVariables[name] = nil
    for (parent, span) in sections.awaited.removeValue(forKey: name) ?? [] {
      addChild(name, to: parent, at: span)
    }
  }

  /// Groups that only others mention: somebody has mistyped them.
  private mutating func reportUndeclared(_ sections: INISections) {
    let known = draft.groupOrder.filter { sections.onlyVariables[$0] == nil }
    let waiting = sections.awaited.flatMap { name, uses in uses.map { (name, $0.span) } }
    for (name, span) in waiting {
      let near = suggestion(for: name, among: known)
      report(
        "unknown-group", "there is no group `\(name)`", at: span,
        underline: near.map { "did you mean `\($0)`?" },
        help: "declare it with a section `[\(name)]`")
    }
    for (name, span) in sections.onlyVariables {
      let near = suggestion(for: name, among: known)
      report(
        "unknown-group", "there are variables for a group `\(name)` that nothing declares",
        at: span, underline: near.map { "did you mean `\($0)`?" },
        help: "declare it with a section `[\(name)]`")
    }
  }

  // MARK: Lines

  private mutating func readLine(_ line: INILine, _ sections: inout INISections) {
    guard case .open(let group, let kind) = sections.state else { return }
    switch kind {
    case .hosts: readHost(line, group)
    case .vars: readVariable(line, group)
    case .children: readChild(line, group, &sections)
    }
  }

  private mutating func readChild(
    _ line: INILine, _ group: String, _ sections: inout INISections
  ) {
    let name = line.text.prefix { !$0.isWhitespace && $0 != ":" && $0 != "]" }
    let rest = trimmed(line.text[name.endIndex...])
    guard !name.isEmpty, rest.isEmpty || rest.hasPrefix("#") else {
      report(
        "ini-child", "a line of `[\(group):children]` is the name of a group", at: line.span,
        help: "write one name a line; hosts belong into `[\(group)]`")
      return
    }
    let child = String(name)
    let span = line.span(of: name)
    if draft.groups[child] == nil {
      sections.awaited[child, default: []].append((group, span))
    } else {
      addChild(child, to: group, at: span)
    }
  }

  private mutating func readVariable(_ line: INILine, _ group: String) {
    guard let equals = line.text.firstIndex(of: "=") else {
      report(
        "ini-variable", "a line of `[\(group):vars]` is `name=value`", at: line.span,
        help: "write `=` between name and value, one variable a line")
      return
    }
    let name = trimmed(line.text[..<equals])
    let value = trimmed(line.text[line.text.index(after: equals)...])
    let origin = Origin(
      .inventoryFileGroup, span: line.span(of: value.isEmpty ? name : value), owner: group)
    guard
      let variable = variable(String(name), String(value), line.span(of: name), origin)
    else { return }
    addVariables([String(name): variable], toGroup: group)
  }

  private mutating func readHost(_ line: INILine, _ group: String) {
    let words: [ShellWord]
    do throws(ShellWord.Failure) {
      words = try ShellWord.split(line.text)
    } catch {
      report(
        "ini-quote", error.message, at: line.span(of: error.range),
        help: "close the quote, or put a backslash before it")
      return
    }
    guard let first = words.first else { return }
    let span = line.span(of: first.range)
    if first.text.hasSuffix(":") {
      report(
        "ini-host", "`\(first.text)` ends with a colon and has no port", at: span,
        help: "is this a YAML file? then call it `.yml`; else remove the colon")
      return
    }
    let names = addHosts(first.text, to: group, at: span)
    var variables: [String: Variable] = [:]
    for word in words.dropFirst() {
      if let (name, variable) = hostVariable(word, line) { variables[name] = variable }
    }
    for host in names { addVariables(variables, toHost: host) }
  }

  private mutating func hostVariable(
    _ word: ShellWord, _ line: INILine
  ) -> (name: String, variable: Variable)? {
    let span = line.span(of: word.range)
    guard let equals = word.text.firstIndex(of: "=") else {
      report(
        "ini-variable", "what follows a host is `name=value`, found `\(word.text)`", at: span,
        help: "write one host a line, and quotes around values with blanks; a comment begins with #"
      )
      return nil
    }
    let name = String(word.text[..<equals])
    let value = String(word.text[word.text.index(after: equals)...])
    let written = line.text[word.range]
    let start = written.firstIndex(of: "=").map { written.index(after: $0) } ?? written.startIndex
    let place = start == written.endIndex ? span : line.span(of: start..<written.endIndex)
    return variable(name, value, span, Origin(.inventoryFileHost, span: place)).map { (name, $0) }
  }

  /// A variable whose text is a Python literal, else a string; nil, and reported, where its name cannot be one.
  private mutating func variable(
    _ name: String, _ text: String, _ nameSpan: Span, _ origin: Origin
  ) -> Variable? {
    guard isIdentifier(name) else {
      VariableReader.reportName(name, at: nameSpan, &builder)
      return nil
    }
    var value = PythonLiteral.value(of: text) ?? .string(text)
    value = builder.trusted(value, at: origin.span)
    if VariableReader.isSecret(name) { value = value.marked(.secret) }
    return Variable(value, origin)
  }
}

/// What is known of the sections of a file so far.
private struct INISections {
  enum State {
    case open(String, INIHeader.Kind)
    /// After a section that cannot be read: its lines mean nothing.
    case skipped
  }

  /// Lines before the first section name hosts without a group.
  var state = State.open("ungrouped", .hosts)
  /// Groups that were named as children before their own section, with those above them.
  var awaited: [String: [(parent: String, span: Span)]] = [:]
  /// Groups that have nothing but variables so far.
  var onlyVariables: [String: Span] = [:]
}
