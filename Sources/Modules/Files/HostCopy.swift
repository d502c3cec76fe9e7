import Diagnostics
import ModuleKit
import Schema

/// `copy` with `remote_src`: from one path of the host to another.
struct HostCopy: StatePart {
  private let source: HostPath
  /// Only what the folder holds is copied, not the folder itself.
  private let copiesContent: Bool
  private let destination: DestinationPath
  private let permissions: Permissions
  private let preservesMode: Bool
  private let keepsBackup: Bool
  private let force: Bool
  private let validation: Validation?
  /// The SHA-1 that the source must have; nil for any.
  private let checksum: String?

  init(_ arguments: Arguments) throws(Diagnostic) {
    guard let argument = arguments.argument(CopyModule.sourcePath.manual) else {
      throw Diagnostic(
        .error, "missing-parameter", "`remote_src` needs `src`: a path on the host",
        at: arguments.span)
    }
    source = try HostPath(argument)
    copiesContent = argument.sourceText?.hasSuffix("/") ?? false
    destination = try arguments[CopyModule.destination]
    let mode = try arguments[CopyModule.mode]
    preservesMode = mode == .preserve
    permissions = Permissions(
      mode: mode?.wish, owner: try arguments[Permissions.owner].map(Account.init),
      group: try arguments[Permissions.group].map(Account.init))
    keepsBackup = try arguments[CopyModule.backup]
    force = try arguments[CopyModule.force]
    validation = try Validation(arguments)
    checksum = try arguments[CopyModule.checksum]?.lowercased()
  }

  /// One file of the copy.
  private struct Part {
    let from: HostPath
    let to: HostPath
  }

  // MARK: - Reading

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = [source, destination.path].map { FactRequest(FileFact.self, $0.string) }
    requests += Parent.reads(of: destination.path, given: facts)
    if let resolved = facts.known(FileFact.self, source.string)?.resolved {
      requests.append(FactRequest(FileFact.self, resolved.string))
    }
    guard let type = sourceType(facts) else {
      return requests + fileReads(Part(from: source, to: destination.path), facts)
    }
    guard type == .directory else {
      return requests
        + destination.candidates(name: source.name).flatMap {
          fileReads(Part(from: source, to: $0), facts)
        }
    }
    requests.append(FactRequest(TreeFact.self, source.string, wants: ["list"]))
    requests += folders(facts).flatMap { folderReads($0, facts) }
    return requests + files(facts).flatMap { fileReads($0, facts) }
  }

  private func fileReads(_ part: Part, _ facts: FactView) -> [FactRequest] {
    let resolved = facts.known(FileFact.self, part.from.string)?.resolved
    return [part.from, resolved].compactMap { $0 }.map { FactRequest(FileFact.self, $0.string) } + [
      FactRequest(ContentFact.self, part.from.string, wants: ["digest:sha1sum"]),
      FactRequest(ContentFact.self, part.to.string),
    ] + FileWrite.reads(part.to, permissions, given: facts)
  }

  private func sourceType(_ facts: FactView) -> FileFact.FileType? {
    guard let file = facts.known(FileFact.self, source.string) else { return nil }
    guard let resolved = file.resolved else { return file.type }
    return facts.known(FileFact.self, resolved.string)?.type
  }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard try facts.fact(FileFact.self, source.string) != nil else {
      throw .refusing(
        "source-absent", "there is no `\(source)` on the host",
        help: "with `remote_src: true`, `src` is a path of the host")
    }
    guard sourceType(facts) == .directory else {
      let path = try destination.file(name: source.name, facts)
      let digest = try facts.fact(ContentFact.self, source.string)?.digests["sha1sum"]
      if let checksum, let digest, digest != checksum {
        throw .refusing("wrong-checksum", "`\(source)` has the SHA-1 \(digest), not \(checksum)")
      }
      return try changes(of: Part(from: source, to: path), facts)
    }
    _ = try facts.fact(TreeFact.self, source.string)
    var changes: [Change] = []
    var view = facts
    for folder in folders(facts) {
      let more = try folderState(folder, view).changes(from: view)
      view = view.predicting(more.flatMap(\.predicts))
      changes += more
    }
    for part in files(facts) {
      let more = try self.changes(of: part, view, inTree: true)
      view = view.predicting(more.flatMap(\.predicts))
      changes += more
    }
    return changes
  }

  /// Files of a folder have the modes of their originals, unless they are there with the same content.
  private func changes(
    of part: Part, _ facts: FactView, inTree: Bool = false
  ) throws(Obstacle) -> [Change] {
    if facts.reading(ContentFact.self, part.from.string) == .unreadable(ContentFact.notRegular) {
      throw .refusing(
        "not-a-file", "`\(part.from)` is a link to a folder, or no file: it is not copied",
        help: "copy the folder that it leads to in a task of its own")
    }
    guard let original = try facts.fact(ContentFact.self, part.from.string) else {
      throw .refusing("source-absent", "there is no file `\(part.from)` on the host")
    }
    let current = try facts.fact(FileFact.self, part.to.string)
    if let current, current.type != .regular {
      throw .refusing(
        "not-a-file", "`\(part.to)` is a \(current.type.rawValue), not a file",
        help: "remove it first, or name another path")
    }
    var wished = permissions
    if preservesMode || inTree {
      var own = try facts.fact(FileFact.self, part.from.string)
      if let resolved = own?.resolved { own = try facts.fact(FileFact.self, resolved.string) }
      wished.mode = own.map { ModeWish($0.mode) }
    }
    let attributes: Attributes
    if let current {
      let content = try facts.fact(ContentFact.self, part.to.string)
      let isKept = !force || content == original
      if inTree, isKept { wished.mode = nil }
      attributes = try wished.applied(to: current, facts)
      if isKept { return attributes.changes(of: part.to, from: current) }
    } else {
      attributes = try wished.new(
        .regular, mode: FileMode(bits: 0o644), in: try Parent.known(of: part.to, facts), facts)
    }
    let change = write(part, original, attributes, facts)
    guard let current else {
      return [change] + attributes.creation(of: part.to, wished: wished)
    }
    return [change] + attributes.changes(of: part.to, from: current, steps: [], predicts: [])
  }

  private func write(
    _ part: Part, _ original: ContentFact, _ attributes: Attributes, _ facts: FactView
  ) -> Change {
    var lines: [Script] = [
      "new_temp \(part.to.string) || exit", "cat -- \(part.from.string) >\"$temp\" || exit",
    ]
    if let validation { lines.append(validation.script) }
    if keepsBackup { lines.append("back_up \(part.to.string) || exit") }
    lines.append("place \(part.to.string) \(attributes.modeArgument) \(attributes.ownerArgument)")
    let current = facts.known(ContentFact.self, part.to.string)
    let step = Step(
      "copy \(part.from) to \(part.to)", Script(lines: lines),
      preconditions: [
        Precondition(
          "has_digest \(part.from.string) \(original.sha256)",
          failure: "`\(part.from)` changed since it was read")
      ], footprint: current == nil ? .tree(part.to.string) : .path(part.to.string))
    let file = FileFact(
      .regular, mode: attributes.mode, owner: attributes.owner, group: attributes.group,
      size: original.size)
    var content = original
    content.digests = [:]
    return Change(
      part.to.string, "content", current == nil ? .create : .update,
      from: current.map { .bytes(count: $0.size, sha256: $0.sha256) } ?? .absent,
      to: .bytes(count: original.size, sha256: original.sha256), steps: [step],
      predicts: [
        Prediction(FileFact.self, part.to.string, .present(file)),
        Prediction(ContentFact.self, part.to.string, .present(content)),
      ]
    ).tried(validation?.trial(of: part.to, filling: "cat -- \(part.from.string)"))
  }

  // MARK: - Trees

  private var root: HostPath {
    copiesContent ? destination.path : destination.path.appending(source.name)
  }

  private func entries(_ facts: FactView, _ type: FileFact.FileType) -> [String] {
    let list = facts.known(TreeFact.self, source.string)?.list ?? []
    return list.filter { $0.type == type }.map(\.path).sorted()
  }

  private func folders(_ facts: FactView) -> [Part] {
    [Part(from: source, to: root)]
      + entries(facts, .directory).map {
        Part(from: source.appending($0), to: root.appending($0))
      }
  }

  /// Files, and what links lead to.
  private func files(_ facts: FactView) -> [Part] {
    (entries(facts, .regular) + entries(facts, .link)).sorted().map {
      Part(from: source.appending($0), to: root.appending($0))
    }
  }

  private func folderReads(_ folder: Part, _ facts: FactView) -> [FactRequest] {
    [FactRequest(FileFact.self, folder.from.string)]
      + folderState(folder, facts).reads(given: facts)
  }

  /// New folders have the modes of their originals; `mode` is for the uppermost alone.
  private func folderState(_ folder: Part, _ facts: FactView) -> FolderState {
    let isThere = facts.known(FileFact.self, folder.to.string) != nil
    var original = facts.known(FileFact.self, folder.from.string)
    if let resolved = original?.resolved {
      original = facts.known(FileFact.self, resolved.string)
    }
    let own = original.map { ModeWish($0.mode) }
    let isUppermost = folder.to == root
    let mode = isUppermost && preservesMode ? own : isUppermost ? permissions.mode : nil
    return FolderState(
      path: folder.to,
      permissions: Permissions(
        mode: mode ?? (isThere ? nil : own), owner: permissions.owner, group: permissions.group))
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    let path = (try? destination.file(name: source.name, facts)) ?? destination.path
    var result: ValueMap = ["dest": .string(path.string), "src": .string(source.string)]
    if let file = facts.known(FileFact.self, path.string) { result.add(file) }
    if sourceType(facts) != .directory,
      let digest = facts.known(ContentFact.self, source.string)?.digests["sha1sum"]
    {
      result["checksum"] = .string(digest)
    }
    result.addBackup(from: replies)
    return result
  }
}
