import Diagnostics
import Schema
import YAML

/// `import_role` and `include_role`.
extension LoadSession {
  /// What can stand below them.
  private static let arguments: Set<String> = [
    "name", "role", "tasks_from", "handlers_from", "vars_from", "defaults_from", "public",
    "allow_duplicates", "rolespec_validate", "apply",
  ]

  private static let partWords = ["tasks_from", "handlers_from", "vars_from", "defaults_from"]

  /// The tasks of a role in place of the entry, or, for `include_role`, an inclusion of its own.
  func roleInclusion(_ entry: Entry, _ call: ModuleCall, _ context: TaskContext, path: String)
    -> [TaskEntry]
  {
    checkInclusionWords(entry, call, path: path)
    guard let arguments = roleArguments(call, path: path), let named = inclusion(arguments, path)
    else { return [] }
    guard LanguageModules.plainName(call.name) == "import_role" else {
      return includeRole(entry, call, named, context, path: path)
    }
    if let word = entry.words.first(where: { $0.name == "loop" || KeywordTable.isLoop($0.name) }) {
      report(
        "import-loop", "`import_role` cannot be repeated", at: word.key.span,
        help: "use `include_role`", path: path)
      return []
    }
    guard named.name.template == nil, named.parts.values.allSatisfy({ $0.template == nil }) else {
      report(
        "role-computed", "the role of `import_role` must be known before the run",
        at: named.name.span, help: "use `include_role` for a computed name", path: path)
      return []
    }
    var inner = context
    inner.keywords = keywords(
      entry, level: .taskVars, scope: context.keywords.scope, owner: named.name.text
    ).inheriting(context.keywords)
    return tasks(of: named, inner, path: path) ?? []
  }

  /// Whether the file of tasks that an inclusion names is being read already: a role may include itself under a
  /// condition.
  private func isBeingRead(_ named: RoleInclusion, _ context: TaskContext) -> Bool {
    let end = "/\(named.name.text)/tasks/\(named.parts["tasks_from"]?.text ?? "main")"
    return context.trail.contains { $0.contains(end) }
  }

  private func includeRole(
    _ entry: Entry, _ call: ModuleCall, _ named: RoleInclusion, _ context: TaskContext,
    path: String
  ) -> [TaskEntry] {
    let number = nextTaskNumber()
    let own = keywords(
      entry, level: .includeParameters, scope: context.keywords.scope, owner: named.name.text)
    var inner = context
    inner.keywords = applied(entry, call, own.scope).inheriting(context.keywords)
    let isKnown = named.name.template == nil && named.parts.values.allSatisfy { $0.template == nil }
    var tasks: [TaskEntry]?
    if isKnown, !isBeingRead(named, context) {
      tasks = includedTasks(of: named, inner, path: path)
      if tasks == nil { return [] }
    }
    return [
      .includeTasks(
        IncludeTasks(
          number: number, id: identifier(entry), name: text(entry, "name"), file: named.name,
          inclusion: named, tasks: tasks, loop: loop(entry, path: path),
          register: register(entry), needs: needs(entry),
          keywords: own.inheriting(context.keywords), inherited: inner.keywords,
          folder: context.folder, folders: context.folders, role: context.role,
          trail: context.trail, parents: context.parents, span: entry.node.span, path: path))
    ]
  }

  /// The tasks of a role that is entered while the play runs: its handlers stand behind those that are there before.
  private func includedTasks(
    of named: RoleInclusion, _ context: TaskContext, path: String
  ) -> [TaskEntry]? {
    let before = roleHandlers.count
    inclusionDepth += 1
    let tasks = tasks(of: named, context, path: path)
    inclusionDepth -= 1
    if inclusionDepth == 0 {
      lateHandlers += roleHandlers[before...]
      roleHandlers.removeSubrange(before...)
    }
    return tasks
  }

  /// The tasks of a role whose name and parts are written out; nil, and reported, where there is no such role.
  func tasks(of named: RoleInclusion, _ context: TaskContext, path: String) -> [TaskEntry]? {
    guard
      let role = role(named: named.name.text, at: named.name.span, context, path: path)
    else { return nil }
    let isNew = usedRoles.insert("\(role.folder) ").inserted
    guard isNew || named.allowsDuplicates || role.allowsDuplicates else { return [] }
    var parts = RoleParts()
    parts.tasks = named.parts["tasks_from"]?.text ?? parts.tasks
    parts.handlers = named.parts["handlers_from"]?.text ?? parts.handlers
    parts.variables = named.parts["vars_from"]?.text ?? parts.variables
    parts.defaults = named.parts["defaults_from"]?.text ?? parts.defaults
    parts.isValidated = named.isValidated
    return tasks(ofRole: role, parts, context, at: named.name.span, path: path)
  }

  /// The arguments as an entry: a mapping, or `name=ROLE tasks_from=x` in one text.
  private func roleArguments(_ call: ModuleCall, path: String) -> [String: TextSource]? {
    guard let value = call.value else {
      reportNoRole(call, path)
      return nil
    }
    if value.kind == .scalar {
      let form = FreeForm(value.text, isPair: isIdentifier(_:))
      return Dictionary(
        form.pairs.map { ($0.name, TextSource($0.value, span: value.span)) },
        uniquingKeysWith: { _, later in later })
    }
    guard let entry = entry(value, title: "role to include", path: path) else { return nil }
    checkWords(entry, title: "`\(call.name)`", known: Self.arguments, path: path)
    var found: [String: TextSource] = [:]
    for word in entry.words where word.value.kind == .scalar {
      found[word.name] = builder.text(word.value, keyword: word.name)
    }
    if found["name"] == nil, found["role"] == nil { reportNoRole(call, path) }
    return found
  }

  private func reportNoRole(_ call: ModuleCall, _ path: String) {
    report(
      "missing-parameter", "`\(call.name)` names no role", at: call.span,
      help: "add `name: ROLE` below it", path: path)
  }

  private func inclusion(_ arguments: [String: TextSource], _ path: String) -> RoleInclusion? {
    guard let name = arguments["name"] ?? arguments["role"], !name.text.isEmpty else { return nil }
    func isDenied(_ word: String) -> Bool {
      guard let text = arguments[word]?.text else { return false }
      return ["no", "false", "n", "off", "0"].contains(text.lowercased())
    }
    return RoleInclusion(
      name: name, parts: arguments.filter { Self.partWords.contains($0.key) },
      allowsDuplicates: !isDenied("allow_duplicates"),
      isValidated: !isDenied("rolespec_validate"))
  }

  private func isIdentifier(_ text: String) -> Bool { Self.arguments.contains(text) }
}
