import Diagnostics
import Schema
import Template
import YAML

extension LoadSession {
  /// `import_tasks`: the tasks of a file in place of the entry, with its keywords on each.
  func importTasks(_ entry: Entry, _ call: ModuleCall, _ context: TaskContext, path: String)
    -> [TaskEntry]
  {
    checkInclusionWords(entry, call, path: path)
    if let word = entry.words.first(where: { $0.name == "loop" || KeywordTable.isLoop($0.name) }) {
      report(
        "import-loop", "`import_tasks` cannot be repeated", at: word.key.span,
        help: "use `include_tasks`", path: path)
      return []
    }
    guard let file = includedFile(call, path: path) else { return [] }
    guard file.template == nil else {
      report(
        "import-computed", "the file of `import_tasks` must be known before the run",
        at: file.span, help: "use `include_tasks` for a computed file", path: path)
      return []
    }
    let own = keywords(
      entry, level: .taskVars, scope: context.keywords.scope, owner: entry["name"]?.text)
    var inner = context
    inner.keywords = own.inheriting(context.keywords)
    return tasks(ofFile: file.text, at: file.span, inner, path: path)
  }

  /// `include_tasks`: an entry of its own; its tasks are loaded now where the file is known.
  func includeTasks(_ entry: Entry, _ call: ModuleCall, _ context: TaskContext, path: String)
    -> [TaskEntry]
  {
    checkInclusionWords(entry, call, path: path)
    guard let file = includedFile(call, path: path) else { return [] }
    let number = nextTaskNumber()
    let own = keywords(
      entry, level: .includeParameters, scope: context.keywords.scope, owner: entry["name"]?.text)
    var inner = context
    inner.keywords = applied(entry, call, own.scope).inheriting(context.keywords)
    let tasks: [TaskEntry]? =
      file.template == nil && !isBeingRead(file.text, context)
      ? self.tasks(ofFile: file.text, at: file.span, inner, path: path) : nil
    return [
      .includeTasks(
        IncludeTasks(
          number: number, id: identifier(entry), name: text(entry, "name"), file: file,
          tasks: tasks, loop: loop(entry, path: path), register: register(entry),
          needs: needs(entry), keywords: own.inheriting(context.keywords),
          inherited: inner.keywords, folder: context.folder, folders: context.folders,
          role: context.role, trail: context.trail, parents: context.parents,
          span: entry.node.span, path: path))
    ]
  }

  /// The tasks of a file that an entry names; the path is searched beside the file that names it, then beside the
  /// playbook.
  func tasks(ofFile name: String, at span: Span?, _ context: TaskContext, path: String)
    -> [TaskEntry]
  {
    guard let file = taskFile(name, context) else {
      report(
        "file-not-found", "the file of tasks `\(name)` does not exist", at: span,
        help: "looked for \(candidates(name, context).map { "`\($0)`" }.joined(separator: ", "))",
        path: path)
      return []
    }
    guard !context.trail.contains(file) else {
      let trail = (context.trail + [file]).joined(separator: " -> ")
      report("import-cycle", "the file imports itself: \(trail)", at: span, path: path)
      return []
    }
    guard let root = document(file, title: "file of tasks", at: span)?.root else { return [] }
    var inner = context
    inner.folder = ControllerPath.folder(of: file)
    inner.folders = unique([inner.folder] + context.folders)
    inner.trail.append(file)
    return tasks(root, inner, path: "\(path)<\(name)>")
  }

  private func isBeingRead(_ name: String, _ context: TaskContext) -> Bool {
    taskFile(name, context).map(context.trail.contains) ?? false
  }

  /// The path of a file of tasks; nil when there is none.
  func taskFile(_ name: String, _ context: TaskContext) -> String? {
    candidates(name, context).first { disk.kind($0) == .file }
  }

  private func candidates(_ name: String, _ context: TaskContext) -> [String] {
    if name.hasPrefix("/") { return [name] }
    let folders = [context.folder] + context.folders + [playbookFolder]
    return unique(folders.map { ControllerPath.join($0, name) })
  }

  /// `import_tasks: x.yml` or `import_tasks: {file: x.yml}`.
  private func includedFile(_ call: ModuleCall, path: String) -> TextSource? {
    guard let value = call.value, !value.isNull else {
      report("missing-parameter", "`\(call.name)` names no file", at: call.span, path: path)
      return nil
    }
    if value.kind == .mapping {
      guard let file = value["file"] ?? value["_raw_params"] else {
        report(
          "missing-parameter", "`\(call.name)` names no file", at: value.span,
          help: "add `file: PATH`", path: path)
        return nil
      }
      return builder.text(file, keyword: "file")
    }
    guard let text = builder.text(value, keyword: call.name) else { return nil }
    guard text.text.hasPrefix("file=") else { return text }
    return TextSource(String(text.text.dropFirst(5)), span: text.span)
  }

  /// What the tasks of an inclusion inherit from it: `apply` (beside the file or on the task), and its variables.
  func applied(_ entry: Entry, _ call: ModuleCall, _ scope: VariableScope?) -> Keywords {
    var node = entry["apply"] ?? entry["args"]?["apply"]
    if let value = call.value, value.kind == .mapping { node = value["apply"] ?? node }
    var inherited = Keywords()
    inherited.scope = scope
    guard let node, let apply = self.entry(node, title: "`apply`", path: "apply") else {
      return inherited
    }
    return keywords(apply, level: .blockVars, scope: scope, owner: "apply")
  }

  /// Reports keywords that have no meaning on an import or inclusion.
  func checkInclusionWords(_ entry: Entry, _ call: ModuleCall, path: String) {
    let isImport = LanguageModules.plainName(call.name).hasPrefix("import_")
    let known = isImport ? KeywordTable.importTasks : KeywordTable.includeTasks
    for word in entry.words
    where !known.contains(word.name) && word.name != call.name
      && !KeywordTable.isLoop(word.name) && word.name != "action" && word.name != "local_action"
    {
      report(
        "unknown-key", "`\(word.name)` has no meaning on `\(call.name)`", at: word.key.span,
        help: isImport
          ? "put it on the tasks themselves" : "put it under `apply`, or on the tasks themselves",
        path: path)
    }
  }
}

/// The elements, each once, in the order first met.
func unique(_ elements: [String]) -> [String] {
  var seen: Set<String> = []
  return elements.filter { seen.insert($0).inserted }
}
