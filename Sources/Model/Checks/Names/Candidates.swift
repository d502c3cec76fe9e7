import Diagnostics
import OrderedCollections
import Schema
import Template
import YAML

/// What inclusions with computed names may bring: the tasks of every file or role that fits.
final class Candidates {
  /// One file or role that an inclusion may mean.
  struct Choice {
    let name: String
    let tasks: [TaskEntry]
    /// Those of the role and of those that it depends on.
    let handlers: [TaskEntry]
    /// Whether only the ending of its name is written: then it may mean files that nobody thought of.
    let isLoose: Bool
  }

  private let session: LoadSession
  private let disk: ControllerDisk
  private var known: [Int: [Choice]?] = [:]
  private var vars: [String: [String]?] = [:]

  init(playbook: Playbook, modules: ModuleCatalog, disk: ControllerDisk) {
    session = LoadSession(
      modules: modules, disk: disk, playbookFolder: playbook.folder, roleFolders: [],
      firstTaskNumber: playbook.nextTaskNumber)
    self.disk = disk
  }

  /// What reading them found wrong.
  var diagnostics: [Diagnostic] {
    session.reportUnknownModules()
    return session.builder.bag.all
  }

  /// Modules of others that only these tasks use.
  var foreignModules: [String: Diagnostic] {
    session.reportUnknownModules()
    return session.foreignModules
  }

  // MARK: Tasks

  /// The tasks that an inclusion may bring; nil where it may mean anything.
  ///
  /// `names` are those that rendering gave, where all of them are known.
  func tasks(of include: IncludeTasks, names: [String]?) -> [Choice]? {
    if let tasks = include.tasks {
      return [Choice(name: include.file.text, tasks: tasks, handlers: [], isLoose: false)]
    }
    if let known = known[include.number] { return known }
    let choices =
      names.map { names in
        names.compactMap { choice($0, include, isLoose: false) }
      } ?? guessed(include)
    known[include.number] = .some(choices)
    return choices
  }

  private func guessed(_ include: IncludeTasks) -> [Choice]? {
    let patterns = patterns(of: include.file, loop: include.loop, scope: include.keywords.scope)
    let names = patterns.map(names(include))
    guard names.contains(where: { $0 != nil }) else { return nil }
    var seen: Set<String> = []
    return zip(patterns, names).flatMap { pattern, names in
      (names ?? []).filter { seen.insert($0).inserted }.compactMap {
        choice($0, include, isLoose: pattern.isLoose)
      }
    }
  }

  private func names(_ include: IncludeTasks) -> (ComputedName) -> [String]? {
    { computed in
      guard !computed.isAnything, let folder = computed.folder else { return nil }
      if include.inclusion != nil {
        return self.session.roleNames(below: folder)
          .map { folder.isEmpty ? $0 : "\(folder)/\($0)" }.filter(computed.matches)
      }
      let places = unique([include.folder] + include.folders)
      for place in places {
        let parent = ControllerPath.join(place, folder)
        let found = self.disk.names(parent).map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
          .filter(computed.matches)
          .filter { self.disk.kind(ControllerPath.join(place, $0)) == .file }
        if !found.isEmpty { return found }
      }
      return []
    }
  }

  private func choice(_ name: String, _ include: IncludeTasks, isLoose: Bool) -> Choice? {
    let context = TaskContext(
      keywords: include.inherited, folder: include.folder, folders: include.folders,
      role: include.role, parents: include.parents, trail: include.trail)
    let path = session.taskFile(name, context)
    if include.inclusion == nil, let path, include.trail.contains(path) { return nil }
    let bag = session.builder.bag
    let modules = session.unknownModules
    (session.usedRoles, session.usedHandlers) = ([], [])
    (session.roleHandlers, session.lateHandlers) = ([], [])
    let tasks =
      include.inclusion == nil
      ? session.tasks(ofFile: name, at: include.file.span, context, path: include.path)
      : session.tasks(of: named(name, include), context, path: include.path) ?? []
    if isLoose { (session.builder.bag, session.unknownModules) = (bag, modules) }
    return Choice(
      name: name, tasks: tasks, handlers: session.roleHandlers + session.lateHandlers,
      isLoose: isLoose)
  }

  /// A role by its name, with the parts that are written out.
  private func named(_ name: String, _ include: IncludeTasks) -> RoleInclusion {
    RoleInclusion(
      name: TextSource(name, span: include.file.span),
      parts: (include.inclusion?.parts ?? [:]).filter { $0.value.template == nil },
      allowsDuplicates: true)
  }

  // MARK: Names

  /// What a computed name may look like: itself; where it is the item of a loop or another variable, what these hold.
  private func patterns(of text: TextSource, loop: Loop?, scope: VariableScope?) -> [ComputedName] {
    let own = ComputedName(text.text)
    guard own.isAnything, let template = text.template else { return [own] }
    let references = template.compiled.references
    guard references.count == 1, let name = references.first?.name else { return [own] }
    var texts: [String] = []
    if let loop, loop.control.variable == name {
      loop.source.source.collectTexts(&texts)
    } else if let variable = scope?.variable(named: name, in: .roleDefaults ... .extraVars) {
      if let text = variable.value.string { texts = [text] }
      if let inner = texts.first, let loop, ComputedName(inner).isAnything,
        inner.contains(loop.control.variable)
      {
        texts = []
        loop.source.source.collectTexts(&texts)
      }
    }
    return texts.isEmpty ? [own] : texts.map(ComputedName.init)
  }

  // MARK: Variables

  /// The names that an `include_vars` may set; nil where they may be any.
  ///
  /// `files` are those that rendering gave, where all of them are known.
  func variables(of task: Task, files: [String]?) -> [String]? {
    if let name = task.arguments["name"]?.source.literalValue?.string { return [name] }
    let resources = TaskResources(folders: task.folders, inventory: nil, disk: disk)
    if let folder = task.arguments["dir"]?.source.literalValue?.string {
      guard let path = resources.find(folder, in: "vars") else { return nil }
      return VariableFiles(disk: disk).files(below: path).flatMap { names(ofFile: $0) ?? [] }
    }
    guard
      let source = task.arguments["file"] ?? task.arguments["free_form"]
        ?? task.arguments["_raw_params"]
    else { return nil }
    if let file = source.source.literalValue?.string {
      return resources.find(file, in: "vars").flatMap(names(ofFile:))
    }
    if let files {
      return files.flatMap { resources.find($0, in: "vars").flatMap(names(ofFile:)) ?? [] }
    }
    guard case .template(let template) = source.source else { return nil }
    let text = TextSource(template.compiled.source, template: template, span: source.span)
    return guessedVariables(text, task)
  }

  /// Of names that are computed but for their ending, only the files in `vars/` of the role are meant.
  private func guessedVariables(_ text: TextSource, _ task: Task) -> [String]? {
    let patterns = patterns(of: text, loop: task.loop, scope: task.keywords.scope)
    let folders = task.folders.map { ControllerPath.join($0, "vars") }
    let all = zip(folders, task.folders).flatMap { [$0, $1] } + ["."]
    var found: [String]?
    var isCertain = true
    for computed in patterns {
      guard !computed.isAnything, let folder = computed.folder else { continue }
      found = found ?? []
      var isThere = false
      for place in computed.isLoose ? folders : all {
        let parent = ControllerPath.join(place, folder)
        for name in disk.names(parent)
        where computed.matches(folder.isEmpty ? name : "\(folder)/\(name)") {
          guard let names = names(ofFile: ControllerPath.join(parent, name)) else { continue }
          found? += names
          isThere = true
        }
      }
      isCertain = isCertain && isThere
    }
    if let found, found.isEmpty, !isCertain, task.loop?.mayFindNothing != true { return nil }
    return found
  }

  private func names(ofFile path: String) -> [String]? {
    if let known = vars[path] { return known }
    var bag = DiagnosticBag()
    guard disk.kind(path) == .file,
      let document = disk.document(path, title: "file of variables", at: nil, into: &bag)
    else {
      vars[path] = .some(nil)
      return nil
    }
    let names = document.root?.pairs.map(\.key.text) ?? []
    vars[path] = names
    return names
  }
}

extension Loop {
  /// Whether it goes over nothing where none of its files exists: `with_first_found` with `skip: true`.
  fileprivate var mayFindNothing: Bool {
    func skips(_ source: ValueSource) -> Bool {
      switch source {
      case .list(let elements, _): elements.contains(where: skips)
      case .dict(let entries, _):
        entries.contains { $0.key == .string("skip") && $0.value.literalValue == .bool(true) }
      case .literal(let value, _):
        (value.list ?? [value]).contains { $0.dict?["skip"] == .bool(true) }
      case .template, .conditions, .expression, .encrypted: false
      }
    }
    return form == .firstFound && skips(source.source)
  }
}

extension ComputedName {
  /// Whether at most an ending is written.
  var isLoose: Bool {
    let ending = ControllerPath.ending(of: pattern)
    let stem = ControllerPath.name(of: String(pattern.dropLast(ending.count)))
    return stem.allSatisfy { $0 == "*" || $0 == "-" || $0 == "_" || $0 == "." }
  }
}

extension ValueSource {
  /// Every text inside, templates as they are written.
  func collectTexts(_ texts: inout [String]) {
    switch self {
    case .literal(let value, _): value.collectTexts(&texts)
    case .template(let template), .expression(let template): texts.append(template.compiled.source)
    case .list(let elements, _): for element in elements { element.collectTexts(&texts) }
    case .dict(let entries, _): for entry in entries { entry.value.collectTexts(&texts) }
    case .conditions, .encrypted: return
    }
  }
}

extension Value {
  fileprivate func collectTexts(_ texts: inout [String]) {
    switch self {
    case .text(let text): texts.append(text.string)
    case .list(let elements): for element in elements { element.collectTexts(&texts) }
    case .dict(let map): for (_, value) in map.entries { value.collectTexts(&texts) }
    case .null, .bool, .int, .bigInt, .float, .unknown: return
    }
  }
}
