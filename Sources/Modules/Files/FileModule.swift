import Diagnostics
import ModuleKit
import Schema

/// `file`: what lies at a path, and its mode and owner.
struct FileModule: FileStateModule {
  enum State: String, ParameterChoice { case absent, directory, file, hard, link, touch }

  let path: HostPath
  /// Whether the path is empty: nothing is to be removed.
  let isNothing: Bool
  let state: State?
  let permissions: Permissions
  let source: String?
  let force: Bool
  let recurse: Bool
  let follow: Bool
  let modified: TouchTime?
  let accessed: TouchTime?
  let context: SecurityContextWish

  init(_ arguments: Arguments) throws(Diagnostic) {
    recurse = try arguments[Self.recurse]
    let given = try arguments[Self.state]
    state = given ?? (recurse ? .directory : nil)
    let named = try arguments[Self.path]
    isNothing = named.path == nil
    path = named.path ?? .root
    if isNothing, state != .absent, let argument = arguments.argument(Self.path.manual) {
      _ = try HostPath(argument)
    }
    permissions = try Permissions(arguments)
    source = try arguments[Self.source]
    force = try arguments[Self.force]
    follow = try arguments[Self.follow]
    modified = try arguments[Self.modificationTime]
    accessed = try arguments[Self.accessTime]
    context = try SecurityContextWish(arguments)
    if source == nil, state == .link || state == .hard {
      throw Diagnostic(
        .error, "missing-parameter", "a link needs `src`: what it points to", at: arguments.span)
    }
    if recurse, state != .directory {
      throw Diagnostic(
        .error, "exclusive-parameters", "`recurse` is for `state: directory` only",
        at: arguments.span(of: Self.recurse.manual))
    }
    if recurse, permissions.isEmpty {
      throw Diagnostic(
        .error, "missing-parameter", "`recurse` needs a `mode`, `owner` or `group` to set",
        at: arguments.span(of: Self.recurse.manual))
    }
  }

  // MARK: - Reading

  func reads(given facts: FactView) -> [FactRequest] {
    if isNothing { return [] }
    var requests = [FactRequest(FileFact.self, path.string)]
    switch state {
    case .absent: return requests
    case .directory:
      requests += FolderState(path: path, permissions: permissions).reads(given: facts)
      if recurse {
        requests.append(
          FactRequest(TreeFact.self, path.string, wants: treeWants))
      }
    case .link, .hard:
      requests += Parent.reads(of: path, given: facts)
      if let destination { requests.append(FactRequest(FileFact.self, destination.string)) }
    case .file, .touch, nil: requests += Parent.reads(of: path, given: facts)
    }
    let subject = target(facts)
    requests += context.reads(of: subject)
    if subject != path { requests.append(FactRequest(FileFact.self, subject.string)) }
    return requests + permissions.reads(for: facts.known(FileFact.self, subject.string))
  }

  /// The path itself, or where it leads when it is a link that is to be followed.
  private func target(_ facts: FactView) -> HostPath {
    guard follow, state != .link, state != .hard, state != .absent else { return path }
    return facts.known(FileFact.self, path.string)?.resolved ?? path
  }

  func markedFile(_ facts: FactView) -> HostPath? {
    state == .absent || state == .link ? nil : target(facts)
  }

  var marksRefusal: String? {
    recurse ? "`recurse`" : state == .link ? "links" : nil
  }

  /// What `src` names: relative to the link's folder when it is relative.
  var destination: HostPath? {
    guard let source else { return nil }
    return HostPath(source) ?? path.parent.appending(source)
  }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    if isNothing { return [] }
    let subject = target(facts)
    let changes = try changes(of: subject, facts)
    if state == .absent { return changes }
    return changes + (try context.changes(of: subject, from: facts))
  }

  private func changes(of subject: HostPath, _ facts: FactView) throws(Obstacle) -> [Change] {
    switch state {
    case .absent: return try removal(facts)
    case .directory: return try folder(subject, facts)
    case .link: return try link(facts)
    case .hard: return try hardLink(facts)
    case .touch: return try touch(subject, facts)
    case .file, nil:
      guard let file = try facts.fact(FileFact.self, subject.string) else {
        throw .refusing(
          "file-absent", "there is no file `\(path)`",
          help: "`state: file` only sets attributes; `state: touch`, `copy` or `template` create")
      }
      if state == .file, file.type != .regular { throw refusal(file) }
      return try permissions.applied(to: file, facts).changes(of: subject, from: file)
    }
  }

  private func removal(_ facts: FactView) throws(Obstacle) -> [Change] {
    if facts.reading(FileFact.self, path.string) == .unreadable(FileFact.notADirectory) {
      return []
    }
    guard let file = try facts.fact(FileFact.self, path.string) else { return [] }
    let isFolder = file.type == .directory
    guard !isFolder || path != .root else {
      throw .refusing("remove-root", "the root folder may not be removed")
    }
    let step = Step(
      "remove \(path)", isFolder ? "rm -rf -- \(path.string)" : "rm -f -- \(path.string)",
      footprint: isFolder ? .tree(path.string) : .path(path.string))
    return [
      Change(
        path.string, "state", .remove, from: .text(file.type.rawValue), to: .absent, steps: [step],
        predicts: FileModule.absence(of: path))
    ]
  }

  private func touch(_ subject: HostPath, _ facts: FactView) throws(Obstacle) -> [Change] {
    guard let file = try facts.fact(FileFact.self, subject.string) else {
      let write = FileWrite(path: subject, content: Blob([]), permissions: permissions)
      return try write.changes(from: facts) + timeChanges(subject, nil)
    }
    guard file.type == .regular || file.type == .directory else { throw refusal(file) }
    return try permissions.applied(to: file, facts).changes(of: subject, from: file)
      + timeChanges(subject, file)
  }

  private func timeChanges(_ subject: HostPath, _ file: FileFact?) -> [Change] {
    let rows = [
      (modified, "modification_time", "-m", file?.trace?.modified.local),
      (accessed, "access_time", "-a", file?.trace?.accessed.local),
    ]
    return rows.compactMap { wished, attribute, option, current in
      guard case .at(let stamp) = wished, stamp.local != current else { return nil }
      let step = Step(
        "set times of \(subject)", "touch -c \(option) -t \(stamp.argument) -- \(subject.string)",
        footprint: .path(subject.string))
      return Change(
        subject.string, attribute, file == nil ? .create : .update,
        from: current.map(Shown.text) ?? .absent, to: .text(stamp.local), steps: [step])
    }
  }

  /// Says that something else is there than was wished for.
  func refusal(_ file: FileFact) -> Obstacle {
    .refusing(
      "wrong-file-type",
      "`\(path)` is a \(file.type.rawValue), and \(state?.rawValue ?? "file") was wished for",
      help: "remove it first with `state: absent`, or name another path")
  }

  static func absence(of path: HostPath) -> [Prediction] {
    [
      Prediction(FileFact.self, path.string, .absent),
      Prediction(
        ContentFact.self, path.string, .absent, wants: [FactRequest.everything]),
    ]
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    if isNothing { return ["path": .string(""), "state": .string("absent")] }
    var result: ValueMap = ["path": .string(path.string)]
    let subject = target(facts)
    guard let file = facts.known(FileFact.self, subject.string) else {
      if state == .absent { result["state"] = .string("absent") }
      return result
    }
    if let source { result["src"] = .string(source) }
    if state == .link || state == .hard || state == .touch { result["dest"] = .string(path.string) }
    result.add(file)
    if state == .hard { result["state"] = .string("hard") }
    return result
  }
}

extension ValueMap {
  /// The keys with which Ansible's file modules describe a file.
  mutating func add(_ file: FileFact) {
    let hasOtherNames = file.type == .regular && file.trace.map { $0.linkCount > 1 } ?? false
    self["state"] = .string(hasOtherNames ? "hard" : file.type.rawValue)
    self["mode"] = .string(file.mode.description)
    self["owner"] = .string(file.owner.description)
    self["group"] = .string(file.group.description)
    self["uid"] = file.owner.id.map(Value.int)
    self["gid"] = file.group.id.map(Value.int)
    self["size"] = (file.size ?? file.trace?.size).map(Value.int)
  }
}

/// The path of `file`: with `state: absent` an empty one names nothing, which is how folders are meant that are not
/// configured.
struct FilePath: ParameterType, Hashable {
  /// nil for an empty text.
  let path: HostPath?

  static let typeDescription = HostPath.typeDescription

  init(_ argument: Argument) throws(Diagnostic) {
    path = argument.sourceText == "" ? nil : try HostPath(argument)
  }
}

extension HostPath {
  /// All folders above, the root first; empty for the root.
  var ancestors: [HostPath] { self == .root ? [] : parent.ancestors + [parent] }
}
