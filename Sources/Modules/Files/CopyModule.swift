import Diagnostics
import ModuleKit
import Schema

/// `copy`: files and folders of the controller, or content given in the task, on the host.
struct CopyModule: FileStateModule {
  /// What is copied.
  enum Source: Sendable {
    case content(Blob)
    case file(Blob, name: String, mode: UInt16)
    /// A folder's entries; `name` is nil where only what it holds is copied.
    case tree([ControllerContent.TreeEntry], name: String?)
    case host(HostCopy)
  }

  let source: Source
  let destination: DestinationPath
  let permissions: Permissions
  let preservesMode: Bool
  let folderMode: ModeWish?
  let validation: Validation?
  let keepsBackup: Bool
  let force: Bool
  let follow: Bool
  let context: SecurityContextWish

  init(_ arguments: Arguments) throws(Diagnostic) {
    let isRemote = try arguments[Self.isRemote]
    try self.init(
      arguments,
      source: isRemote
        ? .host(try HostCopy(arguments)) : try CopyModule.controllerSource(arguments))
  }

  /// A copy of something else than what the arguments name, with their destination and options.
  init(_ arguments: Arguments, source: Source) throws(Diagnostic) {
    self.source = source
    destination = try arguments[Self.destination]
    let mode = try arguments[Self.mode]
    preservesMode = mode == .preserve
    permissions = Permissions(
      mode: mode?.wish, owner: try arguments[Permissions.owner].map(Account.init),
      group: try arguments[Permissions.group].map(Account.init))
    folderMode = try arguments[Self.folderMode]
    validation = try Validation(arguments)
    keepsBackup = try arguments[Self.backup]
    force = try arguments[Self.force]
    follow = try arguments[Self.follow]
    context = try SecurityContextWish(arguments)
    try CopyModule.check(source, context, arguments)
    if case .content = source, destination.isFolder {
      throw Diagnostic(
        .error, "content-needs-file", "`dest` must name a file when `content` is given",
        at: arguments.span(of: Self.destination.manual),
        help: "remove the `/` at its end, or add a file's name")
    }
  }

  /// What is wrong with the source, before anything runs.
  private static func check(
    _ source: Source, _ context: SecurityContextWish, _ arguments: Arguments
  ) throws(Diagnostic) {
    let isFile = if case .file = source { true } else { false }
    let isContent = if case .content = source { true } else { false }
    if !context.isEmpty, !isFile, !isContent {
      throw Diagnostic(
        .error, "unsupported-value",
        "a SELinux context can be given to a file of the controller only",
        at: arguments.span, help: "set it with a `file` task of its own")
    }
    guard arguments.module == manual.name else { return }
    if try !arguments[followsLocally] {
      throw Diagnostic(
        .error, "unsupported-value", "`local_follow: false` is not supported",
        at: arguments.span(of: followsLocally.manual), help: "`synchronize` sends links as they are"
      )
    }
    guard let wished = try arguments[checksum], case .file(let blob, _, _) = source else { return }
    let found = sha1Hex(blob.bytes)
    guard wished.lowercased() != found else { return }
    throw Diagnostic(
      .error, "wrong-checksum", "the source has the SHA-1 \(found), not \(wished)",
      at: arguments.span(of: checksum.manual))
  }

  private static func controllerSource(_ arguments: Arguments) throws(Diagnostic) -> Source {
    if let argument = arguments.argument(content.manual) {
      return .content(try ContentArgument.blob(argument))
    }
    guard let argument = arguments.argument(Self.sourcePath.manual), let path = argument.sourceText
    else {
      throw Diagnostic(
        .error, "missing-parameter", "module `copy` needs one of `src`, `content`",
        at: arguments.span)
    }
    let name = path.split(separator: "/").last.map(String.init)
    switch argument.content {
    case .file(let blob, let mode):
      let isSecret = blob.isSecret || argument.isSecret
      return .file(
        Blob(bytes: blob.bytes, sha256: blob.sha256, isSecret: isSecret), name: name ?? path,
        mode: mode)
    case .tree(let entries): return .tree(entries, name: path.hasSuffix("/") ? nil : name)
    case nil:
      throw Diagnostic(
        .error, "file-not-read", "there is no file `\(path)` on the controller", at: argument.span)
    }
  }

  // MARK: - Reading and comparing

  func reads(given facts: FactView) -> [FactRequest] {
    switch source {
    case .host(let copy): return copy.reads(given: facts)
    case .tree:
      return [FactRequest(FileFact.self, destination.path.string)]
        + parts.flatMap { $0.reads(given: facts) }
    case .content(let blob): return writeReads(blob, name: nil, facts)
    case .file(let blob, let name, _): return writeReads(blob, name: name, facts)
    }
  }

  private func writeReads(_ blob: Blob, name: String?, _ facts: FactView) -> [FactRequest] {
    var requests = [FactRequest(FileFact.self, destination.path.string)]
    if destination.isFolder {
      requests += FolderState(path: destination.path, permissions: folderPermissions)
        .reads(given: facts)
    }
    for path in destination.candidates(name: name) {
      requests.append(FactRequest(FileFact.self, path.string))
      let write = write(blob, to: path, mode: nil, facts)
      requests += write.reads(given: facts) + context.reads(of: write.path)
    }
    return requests
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    switch source {
    case .host(let copy): return try copy.changes(from: facts)
    case .content(let blob):
      return try written(write(blob, to: destination.path, mode: nil, facts), facts)
    case .file(let blob, let name, let mode):
      let path = try destination.file(name: name, facts)
      var changes: [Change] = []
      var view = facts
      if destination.isFolder, try facts.fact(FileFact.self, destination.path.string) == nil {
        let folder = FolderState(
          path: destination.path, permissions: folderPermissions)
        changes = try folder.changes(from: view)
        view = view.predicting(changes.flatMap(\.predicts))
      }
      return changes + (try written(write(blob, to: path, mode: mode, facts), view))
    case .tree:
      var changes: [Change] = []
      var view = facts
      for part in parts {
        let more = try part.changes(from: view)
        view = view.predicting(more.flatMap(\.predicts))
        changes += more
      }
      return changes
    }
  }

  private func written(_ write: FileWrite, _ facts: FactView) throws(Obstacle) -> [Change] {
    try write.changes(from: facts) + context.changes(of: write.path, from: facts)
  }

  func markedFile(_ facts: FactView) -> HostPath? {
    let path: HostPath
    switch source {
    case .content: path = destination.path
    case .file(_, let name, _):
      guard let file = try? destination.file(name: name, facts) else { return nil }
      path = file
    case .tree, .host: return nil
    }
    return follow ? facts.known(FileFact.self, path.string)?.resolved ?? path : path
  }

  var marksRefusal: String? {
    switch source {
    case .tree: "folders"
    case .host: "`remote_src`"
    case .content, .file: nil
    }
  }

  private func write(
    _ blob: Blob, to path: HostPath, mode: UInt16?, _ facts: FactView
  ) -> FileWrite {
    var permissions = permissions
    if preservesMode, let mode { permissions.mode = ModeWish(FileMode(bits: mode & 0o7777)) }
    let resolved = follow ? facts.known(FileFact.self, path.string)?.resolved : nil
    return FileWrite(
      path: resolved ?? path, alias: resolved == nil ? nil : path, content: blob,
      permissions: permissions,
      newMode: FileMode(bits: blob.isSecret ? 0o600 : 0o644), validation: validation,
      keepsBackup: keepsBackup, replacesContent: force)
  }

  private var folderPermissions: Permissions {
    Permissions(mode: folderMode, owner: permissions.owner, group: permissions.group)
  }

  /// The folders and files of a folder on the controller, in the order in which they can be made.
  private var parts: [any StatePart] {
    guard case .tree(let entries, let name) = source else { return [] }
    let root = name.map { destination.path.appending($0) } ?? destination.path
    var parts: [any StatePart] = [
      FolderState(path: root, permissions: folderPermissions)
    ]
    for entry in entries {
      let path = root.appending(entry.path)
      if let blob = entry.blob {
        parts.append(write(blob, to: path, mode: entry.mode, FactView()))
      } else {
        var permissions = folderPermissions
        if preservesMode, folderMode == nil {
          permissions.mode = ModeWish(FileMode(bits: entry.mode & 0o7777))
        }
        parts.append(FolderState(path: path, permissions: permissions))
      }
    }
    return parts
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["dest": .string(destination.path.string)]
    switch source {
    case .host(let copy): return copy.result(from: facts, replies: replies)
    case .tree: return result
    case .content(let blob): result.add(blob)
    case .file(let blob, let name, _):
      result.add(blob)
      let path = (try? destination.file(name: name, facts)) ?? destination.path
      result["dest"] = .string(path.string)
    }
    if let path = result["dest"]?.string, let file = facts.known(FileFact.self, path) {
      result.add(file)
    }
    result.addBackup(from: replies)
    return result
  }
}

extension FileWrite: StatePart {}

extension ValueMap {
  fileprivate mutating func add(_ blob: Blob) {
    // A digest of a short secret is as good as the secret.
    self["checksum"] = Value.string(sha1Hex(blob.bytes)).marked(blob.isSecret ? .secret : [])
  }

  /// The name that `back_up` printed.
  mutating func addBackup(from replies: [StepReply]) {
    let lines = replies.flatMap { $0.text.split(separator: "\n") }
    if let name = lines.first(where: { $0.hasPrefix("/") && $0.hasSuffix("~") }) {
      self["backup_file"] = .string(String(name))
    }
  }
}
