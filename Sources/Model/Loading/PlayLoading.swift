import Diagnostics
import Schema
import YAML

/// What an `import_playbook` lays on the plays that it brings.
struct PlayContext {
  /// The file that is being read.
  var file: String
  /// Keywords and variables of the imports around.
  var keywords = Keywords()
  /// The files being read, outermost first.
  var trail: [String] = []

  var folder: String { ControllerPath.folder(of: file) }
}

extension LoadSession {
  /// The plays of a file, those of imported playbooks in their place.
  func plays(_ document: Document, _ context: PlayContext) -> [Play] {
    guard let root = document.root else {
      report(
        "empty-file", "this playbook is empty", at: Span(document.file, 0..<0),
        help: "write a list of plays")
      return []
    }
    guard root.kind == .sequence else {
      report(
        "wrong-type", "a playbook is a list of plays, found \(found(root))", at: root.span,
        help: root.kind == .mapping ? "begin each play with `- `" : nil)
      return []
    }
    return root.elements.enumerated().flatMap { index, node in
      playEntry(node, context, path: "plays[\(index)]")
    }
  }

  private func playEntry(_ node: Node, _ context: PlayContext, path: String) -> [Play] {
    guard let entry = entry(node, title: "play", path: path) else { return [] }
    if let word = entry.word("import_playbook") ?? entry.word("ansible.builtin.import_playbook") {
      return importPlaybook(entry, word, context, path: path)
    }
    return play(entry, context, path: path).map { [$0] } ?? []
  }

  // MARK: Imports

  private func importPlaybook(
    _ entry: Entry, _ word: Entry.Word, _ context: PlayContext, path: String
  ) -> [Play] {
    checkWords(
      entry, title: "`import_playbook`", known: KeywordTable.importPlaybook, path: path)
    guard let name = plainText(word.value, keyword: "import_playbook") else { return [] }
    let file = ControllerPath.join(context.folder, name)
    guard !context.trail.contains(file) else {
      let trail = (context.trail + [file]).joined(separator: " -> ")
      report(
        "import-cycle", "the playbook imports itself: \(trail)", at: word.value.span, path: path)
      return []
    }
    guard let document = document(file, title: "playbook", at: word.value.span) else { return [] }
    var inner = context
    inner.file = file
    inner.trail.append(file)
    inner.keywords = keywords(
      entry, level: .playVars, scope: context.keywords.scope, owner: "import_playbook"
    ).inheriting(context.keywords)
    return plays(document, inner)
  }

  // MARK: Plays

  private func play(_ entry: Entry, _ context: PlayContext, path: String) -> Play? {
    checkPlayWords(entry, path: path)
    let number = nextPlayNumber()
    let hosts = self.hosts(entry, path: path)
    let (keywords, laterFiles) = playKeywords(entry, context)
    var tasks = TaskContext(
      keywords: keywords, folder: context.folder,
      folders: unique([context.folder, playbookFolder]))
    tasks.keywords.scope = named(entry, in: lentScope(entry, in: keywords.scope, tasks), tasks)
    (usedRoles, usedHandlers, roleHandlers, lateHandlers) = ([], [], [], [])
    func section(_ name: String) -> [TaskEntry] {
      entry[name].map { self.tasks($0, tasks, path: "\(path).\(name)") } ?? []
    }
    let preTasks = section("pre_tasks")
    let roles = entry["roles"].map { self.roles($0, tasks, path: "\(path).roles") } ?? []
    let sections = (section("tasks"), section("post_tasks"), section("handlers"))
    guard let hosts else { return nil }
    return Play(
      number: number, id: identifier(entry), name: text(entry, "name") ?? hosts.title,
      hosts: hosts.source, needs: needs(entry), preTasks: preTasks, tasks: sections.0,
      postTasks: sections.1, handlers: roleHandlers + sections.2 + lateHandlers, roles: roles,
      laterVarsFiles: laterFiles,
      gatherFacts: setting(entry, "gather_facts"), serial: serial(entry),
      strategy: strategy(entry), order: order(entry), prompts: prompts(entry, path: path),
      maxFailPercentage: setting(entry, "max_fail_percentage"),
      forceHandlers: setting(entry, "force_handlers"), keywords: tasks.keywords,
      folder: context.folder, span: entry.node.span)
  }

  private func checkPlayWords(_ entry: Entry, path: String) {
    for word in entry.words where !KeywordTable.play.contains(word.name) {
      if KeywordTable.task.contains(word.name) {
        report(
          "misplaced-key", "`\(word.name)` stands on tasks, not on plays", at: word.key.span,
          help: "put it on the tasks, or on a block around them", path: path)
      } else if modules.manual(word.name) != nil {
        report(
          "misplaced-key", "the module `\(word.name)` is used in a task, not in a play",
          at: word.key.span, help: "put it into a list under `tasks:`", path: path)
      } else {
        reportUnknown(word, title: "play", known: KeywordTable.play, path: path)
      }
    }
  }

  /// The keywords that the tasks of a play inherit, and the files of variables that cannot be read before the run.
  private func playKeywords(_ entry: Entry, _ context: PlayContext) -> (Keywords, [VarsFile]) {
    var own = keywords(entry, level: .playVars, scope: nil, owner: entry["name"]?.text)
    let (files, later) = varsFiles(entry, context)
    var scope = own.scope
    if !files.isEmpty { scope = VariableScope(.playVarsFiles, files, in: scope) }
    own.scope = context.keywords.scope?.laid(over: scope) ?? scope
    return (own.inheriting(context.keywords), later)
  }

  // MARK: Hosts, batches, strategy

  private func hosts(_ entry: Entry, path: String) -> (source: HostsSource, title: TextSource)? {
    guard let node = entry["hosts"], !node.isNull else {
      report(
        "missing-hosts", "this play names no hosts", at: entry.node.span,
        help: "add `hosts:` with a host, a group or a pattern", path: path)
      return nil
    }
    let source = builder.argument(node, path: "hosts")
    guard case .literal(let value, _) = source.source else {
      return (.template(source), TextSource(node.text, span: node.span))
    }
    let parts = (value.list ?? [value]).compactMap { Argument($0, path: "hosts").sourceText }
    let text = parts.joined(separator: ",")
    guard node.kind != .mapping, !trimmed(text[...]).isEmpty else {
      report("wrong-type", "`hosts` is a pattern, found \(found(node))", at: node.span, path: path)
      return nil
    }
    do throws(Diagnostic) {
      return (.pattern(try HostPattern(text, at: node.span)), TextSource(text, span: node.span))
    } catch {
      builder.bag.add(error)
      return nil
    }
  }

  private func serial(_ entry: Entry) -> [BatchSize] {
    guard let node = entry["serial"], !node.isNull else { return [] }
    return (node.kind == .sequence ? node.elements : [node]).compactMap(batchSize)
  }

  private func batchSize(_ node: Node) -> BatchSize? {
    if node.hasTemplate { return .template(builder.argument(node, path: "serial")) }
    if let size = BatchSize(node.text) { return size }
    report(
      "keyword-type", "`serial` must be a number of hosts or a percentage, not `\(node.text)`",
      at: node.span, help: "write 1 or more, or a text such as \"20%\"")
    return nil
  }

  private func strategy(_ entry: Entry) -> Strategy {
    guard let node = entry["strategy"], let name = plainText(node, keyword: "strategy") else {
      return .linear
    }
    return choice(LanguageModules.plainName(name), "strategy", at: node.span) ?? .linear
  }

  private func order(_ entry: Entry) -> HostOrder {
    guard let node = entry["order"], !node.isNull,
      let name = plainText(node, keyword: "order")
    else { return .inventory }
    return choice(name, "order", at: node.span) ?? .inventory
  }

  /// One of the words that a keyword can have; nil, and reported, for any other.
  func choice<T: RawRepresentable & CaseIterable>(
    _ word: String, _ keyword: String, at span: Span
  ) -> T? where T.RawValue == String {
    if let value = T(rawValue: word) { return value }
    let names = T.allCases.map(\.rawValue)
    report(
      "argument-choice",
      "`\(keyword)` must be one of \(names.map { "`\($0)`" }.joined(separator: ", ")), not `\(word)`",
      at: span, underline: suggestion(for: word, among: names).map { "did you mean `\($0)`?" })
    return nil
  }
}

extension BatchSize {
  /// Reads `3` or `30%`; nil for anything else.
  package init?(_ text: String) {
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), percent > 0, percent <= 100 else { return nil }
      self = .percent(percent)
    } else {
      guard let count = Int(text), count >= 0 else { return nil }
      self = .count(count)
    }
  }
}
