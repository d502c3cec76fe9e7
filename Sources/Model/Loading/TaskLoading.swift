import Diagnostics
import Schema
import YAML

extension LoadSession {
  /// A list of tasks, blocks, imports and inclusions; imports are opened.
  func tasks(_ node: Node, _ context: TaskContext, path: String) -> [TaskEntry] {
    if node.isNull { return [] }
    guard node.kind == .sequence else {
      report(
        "wrong-type", "tasks are a list, found \(found(node))", at: node.span,
        help: node.kind == .mapping ? "begin each task with `- `" : "write a list of tasks",
        path: path)
      return []
    }
    return node.elements.enumerated().flatMap { index, element in
      taskEntry(element, context, path: "\(path)[\(index)]")
    }
  }

  private func taskEntry(_ node: Node, _ context: TaskContext, path: String) -> [TaskEntry] {
    if node.isNull { return [] }
    guard let entry = entry(node, title: "task", path: path) else { return [] }
    if entry["block"] != nil { return block(entry, context, path: path) }
    if let word = entry.word("rescue") ?? entry.word("always") {
      report(
        "block-missing", "`\(word.name)` belongs to a `block`, and there is none",
        at: word.key.span, help: "put the tasks that may fail under `block:` beside it", path: path)
      return []
    }
    guard let call = moduleCall(entry, path: path) else { return [] }
    switch LanguageModules.plainName(call.name) {
    case "import_tasks": return importTasks(entry, call, context, path: path)
    case "include_tasks", "include": return includeTasks(entry, call, context, path: path)
    case "import_role", "include_role":
      return roleInclusion(entry, call, context, path: path)
    case "import_playbook":
      report(
        "misplaced-import", "`import_playbook` stands between plays, not among tasks",
        at: call.span, path: path)
      return []
    default: return task(entry, call, context, path: path).map { [.task($0)] } ?? []
    }
  }

  // MARK: Blocks

  private func block(_ entry: Entry, _ context: TaskContext, path: String) -> [TaskEntry] {
    checkBlockWords(entry, path: path)
    let number = nextTaskNumber()
    let own = keywords(
      entry, level: .blockVars, scope: context.keywords.scope, owner: entry["name"]?.text)
    var inner = context
    inner.keywords = own.inheriting(context.keywords)
    if let node = entry["notify"] { inner.notify += texts(node, keyword: "notify") }
    func section(_ name: String) -> [TaskEntry] {
      entry[name].map { tasks($0, inner, path: "\(path).\(name)") } ?? []
    }
    return [
      .block(
        Block(
          number: number, id: identifier(entry), name: text(entry, "name"),
          tasks: section("block"), rescue: section("rescue"), always: section("always"),
          needs: needs(entry), keywords: inner.keywords, rolling: rolling(entry, path: path),
          span: entry.node.span, path: path))
    ]
  }

  /// A block cannot loop and has no module; what else is unknown is a typing mistake.
  private func checkBlockWords(_ entry: Entry, path: String) {
    for word in entry.words where !KeywordTable.block.contains(word.name) {
      if word.name == "loop" || KeywordTable.isLoop(word.name) {
        report(
          "block-loop", "a block cannot be repeated", at: word.key.span,
          help: "move its tasks to a file and repeat `include_tasks`", path: path)
      } else if modules.manual(word.name) != nil {
        let block = entry.word("block")?.key.span
        report(
          "several-modules", "a block has no module of its own, and this one names `\(word.name)`",
          at: word.key.span, labels: block.map { [.init($0, "the block")] } ?? [],
          help: "make it a task of its own", path: path)
      } else {
        reportUnknown(word, title: "block", known: KeywordTable.block, path: path)
      }
    }
  }

  // MARK: Tasks

  private func task(
    _ entry: Entry, _ call: ModuleCall, _ context: TaskContext, path: String
  ) -> Task? {
    checkAsync(entry, call, path: path)
    let number = nextTaskNumber()
    var own = keywords(
      entry, level: .taskVars, scope: context.keywords.scope, owner: entry["name"]?.text)
    if call.isLocal {
      own.delegateTo = own.delegateTo ?? TextSource("localhost", span: call.span)
    }
    let given = arguments(of: call, args: entry["args"], path: path)
    func conditions(_ name: String) -> [CompiledCondition]? {
      entry[name].map { builder.conditions($0, keyword: name) }
    }
    return Task(
      number: number, id: identifier(entry), name: text(entry, "name"), module: call.name,
      moduleSpan: call.span, arguments: withVariables(given.arguments, of: call.name),
      argumentsTemplate: given.template,
      loop: loop(entry, path: path), register: register(entry),
      notify: context.notify + (entry["notify"].map { texts($0, keyword: "notify") } ?? []),
      listen: entry["listen"].map { words($0, keyword: "listen") } ?? [],
      changedWhen: conditions("changed_when"), failedWhen: conditions("failed_when"),
      until: conditions("until"), retries: setting(entry, "retries"),
      delay: setting(entry, "delay"), async: setting(entry, "async"), poll: setting(entry, "poll"),
      needs: needs(entry),
      touches: entry["touches"].map { texts($0, keyword: "touches") },
      keywords: own.inheriting(context.keywords), folders: context.folders, role: context.role,
      span: entry.node.span, path: path)
  }

  /// Only commands can be left behind; declared state is compared again after its steps.
  private func checkAsync(_ entry: Entry, _ call: ModuleCall, path: String) {
    guard let word = entry.word("async"), let poll = entry["poll"],
      poll.resolved(.ansible) == .int(0), word.value.resolved(.ansible) != .int(0),
      let manual = modules.manual(call.name), manual.shape != .action
    else { return }
    report(
      "not-supported", "`\(call.name)` cannot be left to itself with `poll: 0`",
      at: word.key.span, help: "only commands can; remove `async` and `poll`", path: path)
  }

  /// `register`.
  func register(_ entry: Entry) -> Identifier? {
    guard let node = entry["register"], let name = plainText(node, keyword: "register") else {
      return nil
    }
    guard isIdentifier(name) else {
      report(
        "variable-name", "`\(name)` cannot be the name of a variable", at: node.span,
        help: "use letters, digits and `_`, a letter first")
      return nil
    }
    return Identifier(name, span: node.span)
  }

  // MARK: Loops

  /// `loop` or one of the `with_` words, with `loop_control`.
  func loop(_ entry: Entry, path: String) -> Loop? {
    let words = entry.words.filter { $0.name == "loop" || KeywordTable.isLoop($0.name) }
    guard let word = words.first else {
      if let control = entry.word("loop_control") {
        report(
          "loop-missing", "`loop_control` without a loop", at: control.key.span,
          severity: .warning, help: "add `loop:`, or remove it", path: path)
      }
      return nil
    }
    if words.count > 1 {
      report(
        "several-loops", "a task has one loop, and this one has \(words.count)",
        at: words[1].key.span, labels: [.init(word.key.span, "the first one")], path: path)
    }
    guard let form = Loop.Form(rawValue: word.name) else {
      let near = suggestion(for: word.name, among: Loop.Form.allCases.map(\.rawValue))
      report(
        "unsupported-loop", "`\(word.name)` is not supported", at: word.key.span,
        underline: near.map { "did you mean `\($0)`?" },
        help: "use `loop` with filters, such as `loop: \"{{ items | product(others) | list }}\"`",
        path: path)
      return nil
    }
    checkLiteral(word.value, form, path: path)
    return Loop(
      form: form, source: builder.argument(word.value, path: word.name),
      control: loopControl(entry))
  }

  /// A loop over a text that is written out is a forgotten `{{ }}`.
  private func checkLiteral(_ node: Node, _ form: Loop.Form, path: String) {
    guard node.kind == .scalar, !node.hasTemplate, !node.isNull else { return }
    switch form {
    case .loop, .dict, .together, .nested:
      report(
        "loop-literal",
        "`\(form.rawValue)` must be a \(form == .dict ? "dictionary" : "list"), not the text `\(shortened(node.text))`",
        at: node.span,
        help: isIdentifier(node.text) ? "write \"{{ \(node.text) }}\"" : nil, path: path)
    case .items, .list, .fileGlob, .sequence, .indexedItems, .flattened, .firstFound,
      .inventoryHostnames, .cartesian, .subelements, .randomChoice, .lines, .env, .file, .vars,
      .varnames, .pipe, .template, .ini, .csvfile, .password:
      return
    }
  }

  private func loopControl(_ entry: Entry) -> LoopControl {
    var control = LoopControl()
    guard let node = entry["loop_control"],
      let words = self.entry(node, title: "`loop_control`", path: "loop_control")
    else { return control }
    checkWords(
      words, title: "`loop_control`", known: KeywordTable.loopControl, path: "loop_control")
    control.variable = name(words, "loop_var") ?? control.variable
    control.indexVariable = name(words, "index_var")
    control.label = words["label"].map { builder.argument($0, path: "label") }
    control.pause = setting(words, "pause")
    let extended: Setting<Bool>? = setting(words, "extended")
    control.isExtended = extended?.literal ?? false
    control.breakWhen =
      words["break_when"].map { builder.conditions($0, keyword: "break_when") } ?? []
    return control
  }

  private func name(_ entry: Entry, _ keyword: String) -> String? {
    guard let node = entry[keyword], let name = plainText(node, keyword: keyword) else {
      return nil
    }
    guard isIdentifier(name) else {
      report(
        "variable-name", "`\(name)` cannot be the name of a variable", at: node.span,
        help: "use letters, digits and `_`, a letter first")
      return nil
    }
    return name
  }
}
