import Diagnostics
import YAML

/// A role as it lies on the disk.
struct Role {
  let name: String
  /// `roles/NAME`.
  let folder: String
  /// What must run before it, as written in `meta/main.yml`.
  let dependencies: [Node]
  let allowsDuplicates: Bool

  /// The names of the roles that must run before it.
  var dependencyNames: [String] {
    dependencies.compactMap {
      ($0.kind == .mapping ? $0["role"] ?? $0["name"] : $0)?.text
    }
  }
}

extension LoadSession {
  /// A role by its name; nil, and reported, when there is none.
  func role(named name: String, at span: Span?, _ context: TaskContext, path: String) -> Role? {
    let places = unique(
      context.folders.map { ControllerPath.join($0, "roles/" + name) }
        + [ControllerPath.join(playbookFolder, "roles/" + name)]
        + roleFolders.map { ControllerPath.join($0, name) }
        + context.folders.map { ControllerPath.join($0, name) }
        + [context.roleNeighbours].compactMap(\.self).map { ControllerPath.join($0, name) })
    guard let folder = places.first(where: { disk.kind($0) == .folder }) else {
      report(
        "role-not-found", "there is no role `\(name)`", at: span,
        underline: suggestion(for: name, among: roleNames).map { "did you mean `\($0)`?" },
        help: "looked in \(ControllerPath.join(playbookFolder, "roles"))", path: path)
      return nil
    }
    return read(name, folder)
  }

  private var roleNames: [String] { disk.names(ControllerPath.join(playbookFolder, "roles")) }

  /// The names of what lies in a folder of roles, such as `network_plugin` for `network_plugin/calico`; the top for an
  /// empty one.
  func roleNames(below folder: String) -> [String] {
    let places = [ControllerPath.join(playbookFolder, "roles")] + roleFolders
    return unique(
      places.flatMap { place in
        let parent = ControllerPath.join(place, folder)
        return disk.names(parent).filter { disk.kind(ControllerPath.join(parent, $0)) == .folder }
      })
  }

  private func read(_ name: String, _ folder: String) -> Role {
    let files = VariableFiles(disk: disk)
    let meta = files.files(for: "main", in: ControllerPath.join(folder, "meta")).first
    let root = meta.flatMap { document($0, title: "description of a role")?.root }
    let specification = files.files(for: "argument_specs", in: ControllerPath.join(folder, "meta"))
    if let path = specification.first ?? (root?["argument_specs"] == nil ? nil : meta),
      warnedRoles.insert(folder).inserted
    {
      report(
        "argument-specs", "the arguments of role `\(name)` are not compared with `\(path)`",
        at: nil,
        severity: .note, help: "use `assert` at the beginning of its tasks")
    }
    let allows = root?["allow_duplicates"].map { $0.resolved(.ansible) == .bool(true) }
    return Role(
      name: name, folder: folder, dependencies: root?["dependencies"]?.elements ?? [],
      allowsDuplicates: allows ?? false)
  }

  /// The variables of a role around another scope: its defaults, and its `vars`.
  func scope(of role: Role, _ parts: RoleParts, in outer: VariableScope?) -> VariableScope? {
    var scope = outer
    let kinds: [(String, String, VariableLevel)] = [
      ("defaults", parts.defaults, .roleDefaults), ("vars", parts.variables, .roleVars),
    ]
    for (folder, name, level) in kinds {
      let variables = self.variables(of: role, folder, name, level)
      if !variables.isEmpty { scope = VariableScope(level, variables, in: scope) }
    }
    return scope
  }

  private func variables(of role: Role, _ folder: String, _ name: String, _ level: VariableLevel)
    -> [String: Variable]
  {
    let place = ControllerPath.join(role.folder, folder)
    let key = "\(place)/\(name)"
    if let known = roleVariables[key] { return known }
    let files = VariableFiles(disk: disk)
    var variables: [String: Variable] = [:]
    let stem = [".yml", ".yaml", ".json"].first(where: name.hasSuffix).map {
      String(name.dropLast($0.count))
    }
    for path in files.files(for: stem ?? name, in: place) {
      let origin = Origin(level, owner: role.name)
      variables.merge(
        files.variables(ofFile: path, origin: origin, at: nil, builder: &builder)
      ) { _, later in later }
    }
    roleVariables[key] = variables
    return variables
  }

  /// The tasks or handlers of a role; nothing when it has no such file and nobody asked for one by name.
  func document(of role: Role, _ folder: String, _ name: String, at span: Span?) -> (
    root: Node, path: String
  )? {
    let place = ControllerPath.join(role.folder, folder)
    let stem = [".yml", ".yaml"].first(where: name.hasSuffix).map {
      String(name.dropLast($0.count))
    }
    let path = VariableFiles(disk: disk).files(for: stem ?? name, in: place).first
    guard let path else {
      if name != "main" {
        report(
          "file-not-found", "the role `\(role.name)` has no file `\(folder)/\(name)`", at: span)
      }
      return nil
    }
    return document(path, title: "file of \(folder)", at: span)?.root.map { ($0, path) }
  }
}
