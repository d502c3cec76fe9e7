import Diagnostics
import Schema
import YAML

extension LoadSession {
  /// The tasks of the roles of a play, dependencies first; each role once.
  func roles(_ node: Node, _ context: TaskContext, path: String) -> [TaskEntry] {
    if node.isNull { return [] }
    guard node.kind == .sequence else {
      report("wrong-type", "`roles` is a list, found \(found(node))", at: node.span, path: path)
      return []
    }
    return node.elements.enumerated().flatMap { index, element in
      roleEntry(element, context, trail: [], path: "\(path)[\(index)]")
    }
  }

  /// A role as `roles` and `dependencies` name it: a text, or a mapping with keywords and parameters.
  private func roleEntry(_ node: Node, _ context: TaskContext, trail: [String], path: String)
    -> [TaskEntry]
  {
    guard let (name, span) = roleName(node, path: path) else { return [] }
    guard let role = role(named: name, at: span, context, path: path) else { return [] }
    guard !trail.contains(name) else {
      let way = (trail + [name]).joined(separator: " -> ")
      report("role-cycle", "the role depends on itself: \(way)", at: span, path: path)
      return []
    }
    let key = "\(role.folder) \(parameters(of: node))"
    guard role.allowsDuplicates || usedRoles.insert(key).inserted else { return [] }
    var inner = context
    if node.kind == .mapping, let entry = entry(node, title: "role", path: path) {
      inner.keywords = roleKeywords(entry, role, context)
    }
    inner.roleNeighbours = ControllerPath.folder(of: role.folder)
    let dependencies = role.dependencies.flatMap {
      roleEntry($0, inner, trail: trail + [name], path: "\(path)<\(name)>")
    }
    return dependencies + tasks(of: role, RoleParts(), inner, at: span, path: path)
  }

  /// What an entry says besides the name, as written: a role with other parameters runs again.
  private func parameters(of node: Node) -> String {
    node.pairs.filter { $0.key.text != "role" && $0.key.text != "name" }
      .map { "\($0.key.text)=\($0.value.writtenText)" }.sorted().joined(separator: " ")
  }

  /// The keywords of an entry, and as variables what is no keyword.
  private func roleKeywords(_ entry: Entry, _ role: Role, _ context: TaskContext) -> Keywords {
    var own = keywords(
      entry, level: .blockVars, scope: context.keywords.scope, owner: role.name)
    var parameters: [String: Variable] = [:]
    for word in entry.words where !KeywordTable.role.contains(word.name) {
      guard isIdentifier(word.name) else {
        reportUnknown(word, title: "role", known: KeywordTable.role, path: role.name)
        continue
      }
      warnAboutTypo(word, role)
      parameters[word.name] = VariableReader.variable(
        word.name, word.value, origin: Origin(.roleParameters, owner: role.name),
        builder: &builder)
    }
    if !parameters.isEmpty {
      own.scope = VariableScope(.roleParameters, parameters, in: own.scope)
    }
    return own.inheriting(context.keywords)
  }

  /// A parameter that looks like a keyword is probably a typing mistake.
  private func warnAboutTypo(_ word: Entry.Word, _ role: Role) {
    guard let near = suggestion(for: word.name, among: KeywordTable.role.sorted()),
      word.name.count > 3
    else { return }
    report(
      "role-parameter-like-keyword",
      "`\(word.name)` becomes a variable of the role `\(role.name)`", at: word.key.span,
      severity: .warning, underline: "did you mean `\(near)`?")
  }

  /// The role that a task makes known to the whole play: `import_role` unless it is private, `include_role` where it is
  /// public.
  private func lendingRole(_ task: Node) -> LentRole? {
    for (word, lends) in [("import_role", true), ("include_role", false)] {
      guard let call = task[word] ?? task["ansible.builtin.\(word)"],
        let name = call["name"] ?? call["role"]
      else { continue }
      let isPublic = call["public"].map { $0.resolved(.ansible) == .bool(true) } ?? lends
      guard isPublic else { return nil }
      var role = LentRole(name: name.text, isIncluded: !lends)
      if let part = call["vars_from"] { role.parts.variables = part.text }
      if let part = call["defaults_from"] { role.parts.defaults = part.text }
      return role
    }
    return nil
  }

  private func roleName(_ node: Node, path: String) -> (String, Span)? {
    let name = node.kind == .mapping ? node["role"] ?? node["name"] : node
    guard let name, name.kind == .scalar, !name.isNull else {
      report("wrong-type", "an entry of `roles` names a role", at: node.span, path: path)
      return nil
    }
    guard !name.hasTemplate else {
      report(
        "role-computed", "the name of a role must be known before the run", at: name.span,
        path: path)
      return nil
    }
    return (name.text, name.span)
  }

  // MARK: Tasks and handlers

  /// The tasks of a role, after those of the roles that it depends on.
  func tasks(
    ofRole role: Role, _ parts: RoleParts, _ context: TaskContext, at span: Span?, path: String
  ) -> [TaskEntry] {
    var inner = context
    inner.roleNeighbours = ControllerPath.folder(of: role.folder)
    let dependencies = role.dependencies.flatMap {
      roleEntry($0, inner, trail: [role.name], path: "\(path)<\(role.name)>")
    }
    return dependencies + tasks(of: role, parts, inner, at: span, path: path)
  }

  /// The tasks of a role in its own scope; its handlers join those of the play.
  private func tasks(
    of role: Role, _ parts: RoleParts, _ context: TaskContext, at span: Span?, path: String
  ) -> [TaskEntry] {
    var inner = context
    let lent = dependencyScope(of: role, in: context.keywords.scope, context)
    let own = scope(of: role, parts, in: lent)
    inner.keywords.scope = VariableScope(.roleParameters, names(of: role, context), in: own)
    if let around = context.role { inner.parents = [around] + context.parents }
    inner.role = role.name
    inner.folders = unique(
      [role.folder, ControllerPath.join(role.folder, "tasks")] + context.folders)
    addHandlers(of: role, parts, inner, at: span)
    let validation =
      parts.isValidated ? argumentValidation(of: role, parts.tasks, inner, path: path) : nil
    return (validation.map { [.task($0)] } ?? [])
      + section(of: role, "tasks", parts.tasks, inner, at: span, path: path)
  }

  /// The names under which a role knows itself.
  private func names(of role: Role, _ context: TaskContext) -> [String: Variable] {
    let origin = Origin(.roleParameters, owner: role.name)
    let name = Variable(.string(role.name), origin)
    var names = [
      "role_name": name, "ansible_role_name": name,
      "role_path": Variable(.string(disk.absolute(role.folder)), origin),
    ]
    let path = [role.folder, ControllerPath.join(role.folder, "tasks"), playbookFolder]
    names["ansible_search_path"] = Variable(
      .list(path.map { .string(disk.absolute($0)) }), origin)
    if let around = context.role {
      let parents = ([around] + context.parents).map(Value.string)
      names["ansible_parent_role_names"] = Variable(.list(parents), origin)
    }
    return names
  }

  private func addHandlers(
    of role: Role, _ parts: RoleParts, _ context: TaskContext, at span: Span?
  ) {
    guard usedHandlers.insert("\(role.folder) \(parts.handlers)").inserted else { return }
    var inner = context
    inner.keywords.when = []
    roleHandlers += section(
      of: role, "handlers", parts.handlers, inner, at: span, path: "handlers")
  }

  private func section(
    of role: Role, _ folder: String, _ name: String, _ context: TaskContext, at span: Span?,
    path: String
  ) -> [TaskEntry] {
    guard let (root, file) = document(of: role, folder, name, at: span) else { return [] }
    guard !context.trail.contains(file) else {
      let trail = (context.trail + [file]).joined(separator: " -> ")
      report("import-cycle", "the role imports itself: \(trail)", at: span, path: path)
      return []
    }
    var inner = context
    inner.folder = ControllerPath.folder(of: file)
    inner.trail.append(file)
    return tasks(root, inner, path: "\(path)<\(role.name)>")
  }

  // MARK: What roles lend to the whole play

  /// The scope of a play with the defaults and `vars` of the roles that it names itself: all its tasks see them.
  func lentScope(_ play: Entry, in outer: VariableScope?, _ context: TaskContext) -> VariableScope?
  {
    var scope = outer
    for lent in importedRoles(play) {
      guard let role = quietRole(named: lent.name, context) else { continue }
      scope = lentScope(of: role, lent.parts, in: scope, context, trail: [lent.name])
    }
    return scope
  }

  /// The scope with the names of the play's roles: its own, and those that they depend on.
  func named(_ play: Entry, in outer: VariableScope?, _ context: TaskContext) -> VariableScope? {
    let own = unique(importedRoles(play).map(\.name))
    guard !own.isEmpty else { return outer }
    var dependent: [String] = []
    func visit(_ name: String, _ context: TaskContext, _ trail: [String]) {
      guard let role = quietRole(named: name, context) else { return }
      var inner = context
      inner.roleNeighbours = ControllerPath.folder(of: role.folder)
      for dependency in role.dependencyNames where !trail.contains(dependency) {
        dependent.append(dependency)
        visit(dependency, inner, trail + [dependency])
      }
    }
    for name in own { visit(name, context, [name]) }
    let origin = Origin(.roleParameters, owner: "roles")
    func list(_ names: [String]) -> Variable {
      Variable(.list(unique(names).map(Value.string)), origin)
    }
    let names = [
      "ansible_play_role_names": list(own), "ansible_dependent_role_names": list(dependent),
      "ansible_role_names": list(own + dependent), "role_names": list(own + dependent),
    ]
    return VariableScope(.roleParameters, names, in: outer)
  }

  private func lentScope(
    of role: Role, _ parts: RoleParts, in outer: VariableScope?, _ context: TaskContext,
    trail: [String]
  ) -> VariableScope? {
    var scope = outer
    for name in role.dependencyNames {
      guard !trail.contains(name), let other = quietRole(named: name, context) else { continue }
      var inner = context
      inner.roleNeighbours = ControllerPath.folder(of: role.folder)
      scope = lentScope(of: other, RoleParts(), in: scope, inner, trail: trail + [name])
    }
    return self.scope(of: role, parts, in: scope)
  }

  /// What the roles that a role depends on lend it: its tasks see their defaults and `vars`.
  private func dependencyScope(
    of role: Role, in outer: VariableScope?, _ context: TaskContext
  ) -> VariableScope? {
    var inner = context
    inner.roleNeighbours = ControllerPath.folder(of: role.folder)
    return role.dependencyNames.reduce(outer) { scope, name in
      guard name != role.name, let other = quietRole(named: name, inner) else { return scope }
      return lentScope(of: other, RoleParts(), in: scope, inner, trail: [role.name, name])
    }
  }

  private func quietRole(named name: String, _ context: TaskContext) -> Role? {
    let bag = builder.bag
    let role = role(named: name, at: nil, context, path: "")
    if role == nil { builder.bag = bag }
    return role
  }

  /// The roles of `roles:` and of `import_role` anywhere in the play's own file.
  private func importedRoles(_ play: Entry) -> [LentRole] {
    var roles = (play["roles"]?.elements ?? []).compactMap {
      ($0.kind == .mapping ? $0["role"] ?? $0["name"] : $0).map { LentRole(name: $0.text) }
    }
    func visit(_ node: Node?) {
      for task in node?.elements ?? [] {
        if let role = lendingRole(task) { roles.append(role) }
        for section in ["block", "rescue", "always"] { visit(task[section]) }
      }
    }
    for section in ["pre_tasks", "tasks", "post_tasks", "handlers"] { visit(play[section]) }
    // An included role lends later than all that are there before the play runs.
    return (roles.filter { !$0.isIncluded } + roles.filter(\.isIncluded)).reduce(into: []) {
      found, role in
      if !found.contains(role) { found.append(role) }
    }
  }
}

/// A role whose variables the whole play sees, and which files they are in.
private struct LentRole: Hashable {
  let name: String
  /// Whether it is entered only while the play runs.
  var isIncluded = false
  var parts = RoleParts()
}
