import ModuleKit
import Schema

extension FileModule {
  /// A folder with all folders above it, and the attributes of what it holds.
  func folder(_ subject: HostPath, _ facts: FactView) throws(Obstacle) -> [Change] {
    let state = FolderState(path: subject, permissions: permissions)
    guard let file = try facts.fact(FileFact.self, subject.string) else {
      var changes = try FolderState(path: path, permissions: permissions).creation(from: facts)
      if recurse, let index = changes.lastIndex(where: { !$0.steps.isEmpty }) {
        changes[index].predicts.append(treePrediction)
      }
      return changes
    }
    if file.type == .directory { return try state.changes(from: facts) + differing(subject, facts) }
    guard force, file.type != .link else { throw refusal(file) }
    return try replacement(of: file, facts)
  }

  /// Removes a file to make a folder in its place.
  private func replacement(of file: FileFact, _ facts: FactView) throws(Obstacle) -> [Change] {
    let parent = try Parent.known(of: path, facts)
    var changes = try FolderState(path: path, permissions: permissions)
      .creation(in: parent, facts).changes
    changes[0].action = .update
    changes[0].before = .text(file.type.rawValue)
    changes[0].steps.insert(
      Step("remove \(path)", "rm -f -- \(path.string)", footprint: .path(path.string)), at: 0)
    return changes
  }

  /// The wants of what is below: a symbolic mode has to be compared file by file.
  var treeWants: Set<String> {
    guard recurse else { return [] }
    var wants: Set<String> = []
    if !fixedPermissions.isEmpty { wants.insert(TreeFact.want(permissions)) }
    if hasSymbolicMode { wants.insert("modes") }
    return wants
  }

  private var hasSymbolicMode: Bool { permissions.mode != nil && permissions.mode?.fixed == nil }

  private var fixedPermissions: Permissions {
    Permissions(
      mode: hasSymbolicMode ? nil : permissions.mode, owner: permissions.owner,
      group: permissions.group)
  }

  /// What lies below and has other attributes.
  private func differing(_ subject: HostPath, _ facts: FactView) throws(Obstacle) -> [Change] {
    guard recurse else { return [] }
    guard let tree = try facts.fact(TreeFact.self, path.string) else { return [] }
    let paths = (tree.differing[TreeFact.want(permissions)] ?? []).sorted()
    let modes = try modeGroups(tree)
    guard !paths.isEmpty || !modes.isEmpty else { return [] }
    var steps: [Step] = []
    if !paths.isEmpty {
      steps.append(
        Step(
          "set mode and owner below \(path)", recursion(subject),
          footprint: .tree(subject.string)))
    }
    for (mode, paths) in modes {
      steps.append(
        Step(
          "set mode \(mode) below \(path)", "xargs -0 chmod 0\(mode.description) --",
          input: Blob(paths.flatMap { $0 + [0] }), footprint: .tree(subject.string)))
    }
    var after = tree
    after.differing[TreeFact.want(permissions)] = tree.differing.isEmpty ? nil : []
    after.modes = tree.modes.map { $0.map(wished) }
    let all = paths + modes.flatMap { $0.paths.map { String(decoding: $0, as: UTF8.self) } }
    return [
      Change(
        path.string, "below", from: .text(shown(all)), to: .text(wishedText), steps: steps,
        predicts: [Prediction(TreeFact.self, path.string, .present(after), wants: treeWants)])
    ]
  }

  private func wished(_ entry: TreeFact.ModeEntry) -> TreeFact.ModeEntry {
    var entry = entry
    entry.mode =
      permissions.mode?.applied(to: entry.mode, isFolder: entry.isFolder) ?? entry.mode
    return entry
  }

  /// The paths whose mode differs from a symbolic one, by the mode they will have.
  private func modeGroups(
    _ tree: TreeFact
  ) throws(Obstacle) -> [(mode: FileMode, paths: [[UInt8]])] {
    guard hasSymbolicMode else { return [] }
    guard let modes = tree.modes else {
      throw .unreadable(
        FactKey(TreeFact.self, path.string), "it changed while it was read, or is too large")
    }
    var groups: [UInt16: [[UInt8]]] = [:]
    for entry in modes where wished(entry).mode != entry.mode {
      groups[wished(entry).mode.bits, default: []].append(entry.path)
    }
    return groups.sorted { $0.key < $1.key }.map { (FileMode(bits: $0.key), $0.value) }
  }

  private func shown(_ paths: [String]) -> String {
    let lines = paths.prefix(20).joined(separator: "\n") + (paths.count > 20 ? "\n…" : "")
    return "\(paths.count) differ:\n\(lines)"
  }

  private var wishedText: String {
    [
      permissions.mode.map { "mode \($0.text)" }, permissions.owner.map { "owner \($0)" },
      permissions.group.map { "group \($0)" },
    ].compactMap { $0 }.joined(separator: ", ")
  }

  /// What is known of a folder that has just been made: nothing is in it.
  private var treePrediction: Prediction {
    var tree = TreeFact()
    if !fixedPermissions.isEmpty { tree.differing[TreeFact.want(permissions)] = [] }
    if hasSymbolicMode { tree.modes = [] }
    return Prediction(TreeFact.self, path.string, .present(tree), wants: treeWants)
  }

  /// Owner before mode, as chown(2) clears set-user-ID bits; links inside are not followed.
  private func recursion(_ folder: HostPath) -> Script {
    var lines: [Script] = []
    let owner = [
      permissions.owner?.argument ?? "", permissions.group.map { ":\($0.argument)" } ?? "",
    ].joined()
    if !owner.isEmpty {
      lines.append("find \(folder.string)/ -mindepth 1 -exec chown -h \(owner) {} + || exit")
    }
    if let mode = permissions.mode?.fixed {
      lines.append(
        "find \(folder.string)/ -mindepth 1 ! -type l -exec chmod 0\(mode.description) {} + || exit"
      )
    }
    return Script(lines: lines)
  }
}
