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

  /// What lies below and has other attributes.
  private func differing(_ subject: HostPath, _ facts: FactView) throws(Obstacle) -> [Change] {
    guard recurse else { return [] }
    let want = TreeFact.want(permissions)
    let tree = try facts.fact(TreeFact.self, path.string)
    let paths = (tree?.differing[want] ?? []).sorted()
    guard !paths.isEmpty else { return [] }
    let step = Step(
      "set mode and owner below \(path)", recursion(subject), footprint: .tree(subject.string))
    let shown = paths.prefix(20).joined(separator: "\n") + (paths.count > 20 ? "\n…" : "")
    let wished = [
      permissions.mode.map { "mode \($0)" }, permissions.owner.map { "owner \($0)" },
      permissions.group.map { "group \($0)" },
    ].compactMap { $0 }.joined(separator: ", ")
    return [
      Change(
        path.string, "below", from: .text("\(paths.count) differ:\n\(shown)"), to: .text(wished),
        steps: [step], predicts: [treePrediction])
    ]
  }

  private var treePrediction: Prediction {
    let want = TreeFact.want(permissions)
    return Prediction(
      TreeFact.self, path.string, .present(TreeFact(differing: [want: []])), wants: [want])
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
    if let mode = permissions.mode {
      lines.append(
        "find \(folder.string)/ -mindepth 1 ! -type l -exec chmod 0\(mode.description) {} + || exit"
      )
    }
    return Script(lines: lines)
  }
}
