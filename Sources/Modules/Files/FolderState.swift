import ModuleKit
import Schema

/// A part of a state that is made of several things.
protocol StatePart: Sendable {
  func reads(given facts: FactView) -> [FactRequest]
  func changes(from facts: FactView) throws(Obstacle) -> [Change]
}

/// A folder, with all folders above it.
struct FolderState: StatePart {
  let path: HostPath
  let permissions: Permissions

  func reads(given facts: FactView) -> [FactRequest] {
    let known = facts.known(FileFact.self, path.string)
    let resolved = (path.ancestors + [path]).compactMap {
      facts.known(FileFact.self, $0.string)?.resolved
    }
    return (path.ancestors + [path] + resolved).map { FactRequest(FileFact.self, $0.string) }
      + permissions.reads(for: known)
  }

  /// What differs; a symbolic link to a folder is as good as the folder.
  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let file = try facts.fact(FileFact.self, path.string) else {
      return try creation(from: facts)
    }
    if file.type == .directory {
      return try permissions.applied(to: file, facts).changes(of: path, from: file)
    }
    if let resolved = file.resolved,
      let folder = try facts.fact(FileFact.self, resolved.string), folder.type == .directory
    {
      return try permissions.applied(to: folder, facts).changes(of: resolved, from: folder)
    }
    throw .refusing(
      "not-a-folder", "`\(path)` is a \(file.type.rawValue), not a folder",
      help: "remove it first, or name another path")
  }

  /// Makes the folder and the missing ones above it, each with the wished attributes, as Ansible does.
  func creation(from facts: FactView) throws(Obstacle) -> [Change] {
    var changes: [Change] = []
    var parent: FileFact?
    for folder in path.ancestors + [path] {
      if let file = try facts.fact(FileFact.self, folder.string) {
        guard file.mayHoldFiles else {
          throw .refusing(
            "not-a-folder", "`\(folder)` is a \(file.type.rawValue), not a folder",
            help: "`\(path)` cannot be made below it")
        }
        parent = file.resolved.flatMap { facts.known(FileFact.self, $0.string) } ?? file
        continue
      }
      let made = try FolderState(path: folder, permissions: permissions).creation(
        in: parent, facts)
      changes += made.changes
      parent = made.folder
    }
    return changes
  }

  /// Makes this folder alone, below a parent that is there.
  func creation(
    in parent: FileFact?, _ facts: FactView
  ) throws(Obstacle) -> (changes: [Change], folder: FileFact) {
    let attributes = try permissions.new(
      .directory, mode: FileMode(bits: 0o755), in: parent, facts)
    let made = FileFact(
      .directory, mode: attributes.mode, owner: attributes.owner, group: attributes.group)
    let step = Step(
      "make folder \(path)",
      "make_folder \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)",
      footprint: .path(path.string))
    let change = Change(
      path.string, "state", .create, from: .absent, to: .text("directory"), steps: [step],
      predicts: [Prediction(FileFact.self, path.string, .present(made))])
    return ([change] + attributes.creation(of: path, wished: permissions), made)
  }
}
