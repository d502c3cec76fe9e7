import Diagnostics
import ModuleKit
import Schema

/// `synchronize` with `mode: pull`: a file or folder of the host, kept on the controller.
///
/// Contents travel, as with `fetch`; modes, owners and times do not.
struct PulledTree {
  static let manual = SynchronizeModule.manual

  private let source: HostPath
  private let takesContentsOnly: Bool
  private let destination: DestinationPath
  private let goesIntoFolders: Bool
  private let filter: SyncFilter

  init(_ arguments: Arguments) throws(Diagnostic) {
    let written = try arguments[SynchronizeModule.source]
    guard let path = HostPath(written) else {
      throw Diagnostic(
        .error, "host-path", "`src` must be an absolute path of the host, not `\(written)`",
        at: arguments.span(of: SynchronizeModule.source.manual))
    }
    source = path
    takesContentsOnly = written.hasSuffix("/")
    destination = try arguments[SynchronizeModule.destination]
    let options = try arguments[SynchronizeModule.options] ?? SyncOptions()
    let isArchive = try arguments[SynchronizeModule.archive]
    goesIntoFolders = try arguments[SynchronizeModule.recursive] ?? isArchive
    filter = options.filter
    let deletes = try arguments[SynchronizeModule.deletes]
    let existingOnly = try arguments[SynchronizeModule.existingOnly]
    if deletes || existingOnly || options.deletes {
      throw Diagnostic(
        .error, "exclusive-parameters",
        "`mode: pull` keeps what the controller has: `delete` and `existing_only` cannot be with it",
        at: arguments.span)
    }
  }

  /// In bytes for each file: it is held in memory.
  private static let limit = 128 << 20

  private func file(_ path: HostPath) -> HostFile { HostFile(path: path, limit: Self.limit) }

  func reads(given facts: FactView) -> [FactRequest] {
    let itself = FactRequest(FileFact.self, source.string)
    switch facts.known(FileFact.self, source.string)?.type {
    case .regular?: return [itself] + file(source).reads(given: facts)
    case .directory? where goesIntoFolders:
      let list = FactRequest(TreeFact.self, source.string, wants: ["list"])
      let entries = facts.known(TreeFact.self, source.string)?.list ?? []
      return [itself, list] + files(entries).flatMap { file($0).reads(given: facts) }
    default: return [itself]
    }
  }

  /// The files below the source that no filter hides.
  private func files(_ entries: [TreeFact.Entry]) -> [HostPath] {
    entries.filter { $0.type == .regular && filter.keeps(path: $0.path, isFolder: false) }
      .map { source.appending($0.path) }
  }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let fact = try facts.fact(FileFact.self, source.string) else {
      throw .refusing("file-absent", "there is no file or folder `\(source)`")
    }
    var effects: [ControllerEffect] = []
    switch fact.type {
    case .regular:
      let path = destination.path.string + (destination.isFolder ? "/\(source.name)" : "")
      effects = [.storeFile(path: path, try content(of: source, facts))]
    case .directory where goesIntoFolders:
      effects = try stored(facts)
    case .directory:
      throw .refusing("unsupported-value", "`\(source)` is a folder, and `recursive` is off")
    default:
      throw .refusing(
        "unsupported-value", "`\(source)` is neither a file nor a folder",
        help: "name what it leads to: links cannot be kept on the controller")
    }
    return QueryResult(
      ["src": .string(source.string), "dest": .string(destination.path.string)], effects: effects)
  }

  private func stored(_ facts: FactView) throws(Obstacle) -> [ControllerEffect] {
    let entries = try facts.fact(TreeFact.self, source.string)?.list ?? []
    let link = entries.first { $0.type == .link && filter.keeps(path: $0.path, isFolder: false) }
    if let link {
      throw .refusing(
        "unsupported-value", "`\(source.appending(link.path))` is a symbolic link",
        help: "links cannot be kept on the controller: leave it out with `rsync_opts: --exclude=`")
    }
    var root = destination.path
    if !takesContentsOnly { root = root.appending(source.name) }
    var effects: [ControllerEffect] = []
    for file in files(entries) {
      let below = file.string.dropFirst(source.string.utf8.count)
      effects.append(.storeFile(path: root.string + below, try content(of: file, facts)))
    }
    return effects
  }

  private func content(of path: HostPath, _ facts: FactView) throws(Obstacle) -> Blob {
    guard let blob = try file(path).content(facts) else {
      throw .refusing("file-moved", "`\(path)` went away while it was read")
    }
    return blob
  }
}

/// What `synchronize`, which the registry has, becomes where it pulls.
extension PulledTree: QueryModule {}
