import ModuleKit
import Schema

extension FileModule {
  /// A symbolic link with this very text.
  func link(_ facts: FactView) throws(Obstacle) -> [Change] {
    let wished = source ?? ""
    let current = try facts.fact(FileFact.self, path.string)
    if let current, current.type == .link, current.target == wished {
      return try ownership(of: current, facts)
    }
    try checkReplaceable(current)
    if !force, let destination, try facts.fact(FileFact.self, destination.string) == nil {
      throw .refusing(
        "link-target-absent", "there is no `\(destination)` for the link to point to",
        help: "`force: true` makes a link that leads nowhere yet")
    }
    let parent = try Parent.known(of: path, facts)
    let attributes = try permissions.new(.link, mode: FileMode(bits: 0o777), in: parent, facts)
    let made = FileFact(
      .link, mode: attributes.mode, owner: attributes.owner, group: attributes.group,
      target: wished)
    let step = Step(
      "link \(path) to \(wished)",
      """
      new_temp \(path.string) || exit
      rm -f -- "$temp" && ln -s -- \(wished) "$temp" || exit
      chown -h -- \(attributes.ownerArgument) "$temp" || exit
      \(clearing(current))
      place_link \(path.string)
      """, footprint: .tree(path.string))
    var predicts = [Prediction(FileFact.self, path.string, .present(made))]
    if let current, current.type != .directory {
      predicts.append(
        Prediction(
          ContentFact.self, path.string, .unknown(.init("`\(path)` will lead to `\(wished)`"))))
    }
    let before = current.map { shown($0) } ?? .absent
    return [
      Change(
        path.string, "state", current == nil ? .create : .update, from: before,
        to: .text("link to \(wished)"), steps: [step], predicts: predicts)
    ]
      + attributes.creation(
        of: path, wished: current == nil ? permissions : Permissions(), showsMode: false)
  }

  /// Another name for the same file.
  func hardLink(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard let destination, let original = try facts.fact(FileFact.self, destination.string) else {
      throw .refusing("link-target-absent", "there is no `\(source ?? "")` to link to")
    }
    guard original.type != .directory else {
      throw .refusing("link-to-folder", "`\(destination)` is a folder: it can have one name only")
    }
    let current = try facts.fact(FileFact.self, path.string)
    if let current, current.isSameFile(as: original) {
      return try permissions.applied(to: current, facts).changes(of: path, from: current)
    }
    try checkReplaceable(current)
    _ = try Parent.known(of: path, facts)
    let attributes = try permissions.applied(to: original, facts)
    var made = original
    made.mode = attributes.mode
    made.owner = attributes.owner
    made.group = attributes.group
    let step = Step(
      "link \(path) to \(destination)",
      """
      new_temp \(path.string) || exit
      rm -f -- "$temp" && ln -- \(destination.string) "$temp" || exit
      set_attributes "$temp" \(original.type == .link ? "" : attributes.modeArgument) \(attributes.ownerArgument) || exit
      \(clearing(current))
      mv -fT -- "$temp" \(path.string)
      """, footprint: Footprint([.path(path.string), .path(destination.string)]))
    let before = current.map { shown($0) } ?? .absent
    return [
      Change(
        path.string, "state", current == nil ? .create : .update, from: before,
        to: .text("hard link to \(destination)"), steps: [step],
        predicts: [
          Prediction(FileFact.self, path.string, .present(made)),
          Prediction(FileFact.self, destination.string, .present(made)),
        ])
    ]
  }

  /// Owner and group belong to the link itself; a link has no mode.
  private func ownership(of link: FileFact, _ facts: FactView) throws(Obstacle) -> [Change] {
    try permissions.applied(to: link, facts).changes(of: path, from: link)
  }

  private func checkReplaceable(_ current: FileFact?) throws(Obstacle) {
    guard let current, current.type != .link, !force else { return }
    throw refusal(current)
  }

  /// What must go before a rename can put a link into place: only an empty folder, never what it holds.
  private func clearing(_ current: FileFact?) -> Script {
    guard current?.type == .directory else { return "" }
    return "rmdir -- \(path.string) || exit"
  }

  private func shown(_ file: FileFact) -> Shown {
    .text(file.target.map { "link to \($0)" } ?? file.type.rawValue)
  }
}

extension FileFact {
  /// Whether both are names of one file; unknown traces are those of different files.
  fileprivate func isSameFile(as other: FileFact) -> Bool {
    guard let trace, let otherTrace = other.trace else { return false }
    return trace.device == otherTrace.device && trace.inode == otherTrace.inode
  }
}
