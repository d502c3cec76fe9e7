import Diagnostics
import Schema
import YAML

/// Where tasks are being read, and what they inherit there.
struct TaskContext {
  /// What the play, blocks and imports around say.
  var keywords: Keywords
  /// The folder of the file that is being read.
  var folder: String
  /// Where `files/` and `templates/` are searched, nearest first.
  var folders: [String]
  var role: String?
  /// The roles that have included the one around, nearest first.
  var parents: [String] = []
  /// The folder that holds the role around: its dependencies may lie beside it.
  var roleNeighbours: String?
  /// The files of tasks being read, outermost first.
  var trail: [String] = []
  /// What blocks around notify.
  var notify: [TextSource] = []
}

extension LoadSession {
  /// The keywords that plays, blocks and tasks share, as an entry has them itself.
  func keywords(_ entry: Entry, level: VariableLevel, scope: VariableScope?, owner: String?)
    -> Keywords
  {
    var keywords = Keywords()
    if let node = entry["debugger"], !["never", "no", "false"].contains(node.text) {
      report(
        "not-supported", "there is no debugger", at: node.span,
        help: "remove `debugger`; `-v` shows more, and `spile eval` shows variables")
    }
    if let node = entry["when"] {
      keywords.when = builder.conditions(node, keyword: "when")
    }
    if let node = entry["tags"] { (keywords.tags, keywords.computedTags) = tags(node) }
    keywords.become = become(entry)
    if let node = entry["environment"] { keywords.environment = environment(node) }
    keywords.connection = text(entry, "connection")
    keywords.remoteUser = text(entry, "remote_user")
    keywords.port = setting(entry, "port")
    if level != .playVars, let node = entry["port"], !node.isNull {
      report(
        "not-supported", "`port` cannot be set for single tasks", at: node.span,
        help: "set `ansible_port` for the host, or `port` for the play")
    }
    keywords.timeout = setting(entry, "timeout")
    keywords.ignoreErrors = setting(entry, "ignore_errors")
    keywords.ignoreUnreachable = setting(entry, "ignore_unreachable")
    keywords.anyErrorsFatal = setting(entry, "any_errors_fatal")
    keywords.noLog = setting(entry, "no_log")
    keywords.checkMode = setting(entry, "check_mode")
    keywords.diff = setting(entry, "diff")
    keywords.runOnce = setting(entry, "run_once")
    keywords.throttle = setting(entry, "throttle")
    keywords.delegateTo = text(entry, "delegate_to")
    keywords.delegateFacts = setting(entry, "delegate_facts")
    if let node = entry["module_defaults"] { keywords.moduleDefaults = moduleDefaults(node) }
    keywords.scope = scope
    if let node = entry["vars"] {
      let variables = variables(node, origin: Origin(level, owner: owner))
      if !variables.isEmpty { keywords.scope = VariableScope(level, variables, in: scope) }
    }
    return keywords
  }

  private func become(_ entry: Entry) -> Become {
    var become = Become()
    become.isEnabled = setting(entry, "become")
    become.user = text(entry, "become_user")
    become.method = text(entry, "become_method")
    become.flags = text(entry, "become_flags")
    become.executable = text(entry, "become_exe")
    return become
  }

  /// A typed keyword; nil when it is not there or not right.
  func setting<T: ParameterType>(_ entry: Entry, _ name: String) -> Setting<T>? {
    entry[name].flatMap { builder.setting($0, T.self, keyword: name) }
  }

  /// A text keyword; nil when it is not there, empty or not right.
  func text(_ entry: Entry, _ name: String) -> TextSource? {
    guard let node = entry[name], !node.isNull else { return nil }
    return builder.text(node, keyword: name)
  }

  /// A text that must be written as it is; nil when it is not there or not right.
  func plainText(_ node: Node, keyword: String) -> String? {
    guard let text = builder.text(node, keyword: keyword) else { return nil }
    guard text.template == nil else {
      report("keyword-computed", "`\(keyword)` cannot be computed", at: node.span)
      return nil
    }
    return text.text
  }

  /// Words in a list, or in one text with commas.
  func words(_ node: Node, keyword: String) -> [String] {
    if node.kind == .sequence {
      return node.elements.flatMap { words($0, keyword: keyword) }
    }
    guard !node.isNull, let text = plainText(node, keyword: keyword) else { return [] }
    return text.split(separator: ",").map { String(trimmed($0)) }.filter { !$0.isEmpty }
  }

  /// Tags in a list or in one text with commas, and those that hold templates.
  private func tags(_ node: Node) -> ([String], [TextSource]) {
    var tags: [String] = []
    var computed: [TextSource] = []
    for element in node.kind == .sequence ? node.elements : [node] {
      if element.kind == .scalar, element.hasTemplate, element.tag != "!unsafe" {
        if let text = builder.text(element, keyword: "tags") { computed.append(text) }
        continue
      }
      for tag in words(element, keyword: "tags") where !tags.contains(tag) { tags.append(tag) }
    }
    return (tags, computed)
  }

  private func environment(_ node: Node) -> [ArgumentSource] {
    if node.isNull { return [] }
    if node.kind == .sequence { return node.elements.flatMap(environment) }
    guard node.kind == .mapping || node.hasTemplate else {
      report("keyword-type", "`environment` must be a mapping, not a text", at: node.span)
      return []
    }
    return [builder.argument(node, path: "environment")]
  }

  private func moduleDefaults(_ node: Node) -> [String: [String: ArgumentSource]] {
    guard let entry = entry(node, title: "`module_defaults`", path: "module_defaults") else {
      return [:]
    }
    var defaults: [String: [String: ArgumentSource]] = [:]
    for word in entry.words {
      guard !word.name.hasPrefix("group/") else {
        report(
          "not-supported",
          "`\(word.name)` is a group of modules of a collection, none of which is here",
          at: word.key.span, help: "name the modules that the defaults are for")
        continue
      }
      guard let arguments = self.entry(word.value, title: "set of defaults", path: word.name) else {
        continue
      }
      defaults[LanguageModules.plainName(word.name)] = Dictionary(
        arguments.words.map { ($0.name, builder.argument($0.value, path: $0.name)) },
        uniquingKeysWith: { _, later in later })
    }
    return defaults
  }

  // MARK: Variables

  /// The variables of a mapping, or of a list of mappings.
  func variables(_ node: Node, origin: Origin) -> [String: Variable] {
    switch node.kind {
    case .sequence:
      return node.elements.reduce(into: [:]) {
        $0.merge(variables($1, origin: origin)) { _, later in later }
      }
    case .mapping:
      return VariableReader.variables(node, origin: origin, builder: &builder)
    case .scalar:
      if !node.isNull {
        report(
          "wrong-type", "variables are a mapping of names to values, found text", at: node.span)
      }
      return [:]
    }
  }

  // MARK: Identity and order

  /// `id`.
  func identifier(_ entry: Entry) -> Identifier? {
    guard let node = entry["id"], let text = plainText(node, keyword: "id") else { return nil }
    guard isIdentifier(text, allowing: "-.") else {
      report(
        "invalid-id", "`\(text)` cannot be an id", at: node.span,
        help: "use letters, digits, `_`, `-` and `.`, a letter first")
      return nil
    }
    return Identifier(text, span: node.span)
  }

  /// `needs`: a list of ids, and of `{id: all}`.
  func needs(_ entry: Entry) -> [Need]? {
    guard let node = entry["needs"] else { return nil }
    if node.kind == .scalar, !node.isNull { return need(node) }
    guard node.kind == .sequence else {
      report(
        "wrong-type", "`needs` is a list of ids, found \(found(node))", at: node.span,
        help: "write `needs: [a, {b: all}]`, or `needs: []` to start at once")
      return []
    }
    return node.elements.flatMap(need)
  }

  private func need(_ node: Node) -> [Need] {
    switch node.kind {
    case .scalar:
      guard let text = plainText(node, keyword: "needs"), !text.isEmpty else { return [] }
      return [Need(Identifier(text, span: node.span), .sameHost)]
    case .mapping:
      return node.pairs.compactMap { key, value in
        guard value.kind == .scalar, value.text == "all" else {
          report(
            "need-reach", "what is needed of `\(key.text)` must be `all`", at: value.span,
            help: "`{\(key.text): all}` waits for every host, `\(key.text)` for this host's part")
          return nil
        }
        return Need(Identifier(key.text, span: key.span), .all)
      }
    case .sequence:
      report("wrong-type", "an entry of `needs` is an id, found a list", at: node.span)
      return []
    }
  }

  /// Texts in a list, or one text; each may be a template.
  func texts(_ node: Node, keyword: String) -> [TextSource] {
    if node.isNull { return [] }
    if node.kind == .sequence { return node.elements.flatMap { texts($0, keyword: keyword) } }
    return builder.text(node, keyword: keyword).map { [$0] } ?? []
  }
}

/// Whether a text is a name: a letter or `_` first, then letters, digits, `_` and what is allowed besides.
func isIdentifier(_ text: String, allowing extra: String = "") -> Bool {
  guard let first = text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic
  else { return false }
  return text.unicodeScalars.allSatisfy {
    $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
      || extra.unicodeScalars.contains($0)
  }
}
