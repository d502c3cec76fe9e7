import ModuleKit
import Schema

/// Files, folders and links below a folder of the host, as an archive or a folder elsewhere has them.
///
/// What is there is compared one by one, by digest; only what differs is written, all of it by one call of tar(1).
struct TreeWish: Sendable {
  let root: HostPath
  /// By path, folders before what is in them.
  var items: [TreeItem]
  let carrier: TreeCarrier
  /// Whether a file of the host that is newer stays.
  var keepsNewer = false
  /// Whether files get the times that they have at the source.
  var setsTimes = true

  init(root: HostPath, items: [TreeItem], carrier: TreeCarrier) {
    self.root = root
    self.carrier = carrier
    self.items = TreeWish.withFolders(items)
  }

  /// Folders that no member names are wished too, with the attributes that new ones get.
  private static func withFolders(_ items: [TreeItem]) -> [TreeItem] {
    var known = Set(items.map(\.path))
    var all = items
    for item in items {
      var parts = item.path.split(separator: "/").dropLast()
      while !parts.isEmpty {
        let folder = parts.joined(separator: "/")
        guard known.insert(folder).inserted else { break }
        all.append(TreeItem(path: folder, kind: .folder))
        parts = parts.dropLast()
      }
    }
    return all.sorted { PathParts($0.path) < PathParts($1.path) }
  }

  // MARK: - Reading

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = [FactRequest(FileFact.self, root.string), IdentityFact.request]
    var names = Set<FactRequest>()
    if let resolved = facts.known(FileFact.self, root.string)?.resolved {
      requests.append(FactRequest(FileFact.self, resolved.string))
    }
    for item in items {
      let path = place(of: item).string
      requests.append(FactRequest(FileFact.self, path))
      if let resolved = facts.known(FileFact.self, path)?.resolved, item.kind == .folder {
        requests.append(FactRequest(FileFact.self, resolved.string))
      }
      if case .file(let digest, _, let blob) = item.kind {
        let isShown = blob.map { $0.bytes.count <= 32_768 && !$0.bytes.contains(0) } ?? false
        requests.append(
          FactRequest(ContentFact.self, path, wants: isShown ? ["unless:\(digest)"] : []))
      }
      if let name = item.owner?.name { names.insert(FactRequest(UserFact.self, name)) }
      if let name = item.group?.name { names.insert(FactRequest(GroupFact.self, name)) }
    }
    return requests + names.sorted { $0.key.name < $1.key.name }
  }

  private func place(of item: TreeItem) -> HostPath {
    item.path.isEmpty ? root : root.appending(item.path)
  }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    var parents: [String: FileFact] = [:]
    parents[""] = try folder(root.string, facts)
    var changes: [Change] = []
    var differing: [TreeDifference] = []
    for item in items {
      guard let difference = try difference(item, parents, facts) else {
        if item.kind == .folder {
          parents[item.path] = try folder(place(of: item).string, facts)
        }
        continue
      }
      if item.kind == .folder { parents[item.path] = difference.after }
      differing.append(difference)
      changes += difference.changes
    }
    guard !changes.isEmpty else { return [] }
    changes[0].steps = carrier.steps(
      writing: differing, below: root, setsTimes: setsTimes)
    return changes
  }

  /// A folder that is there, seen through a link.
  private func folder(_ path: String, _ facts: FactView) throws(Obstacle) -> FileFact? {
    guard let file = try facts.fact(FileFact.self, path) else { return nil }
    guard let resolved = file.resolved else { return file }
    return try facts.fact(FileFact.self, resolved.string)
  }

  private func difference(
    _ item: TreeItem, _ parents: [String: FileFact], _ facts: FactView
  ) throws(Obstacle) -> TreeDifference? {
    let path = place(of: item)
    let permissions = item.permissions(facts)
    var current: FileFact?
    if case .unreadable(FileFact.notADirectory) = facts.reading(FileFact.self, path.string) {
      current = nil
    } else {
      current = try facts.fact(FileFact.self, path.string)
    }
    guard let current else {
      let parent = parents[item.parent]
      let attributes = try permissions.new(
        item.type, mode: FileMode(bits: item.kind == .folder ? 0o755 : 0o644), in: parent, facts)
      return TreeDifference(item, at: path, attributes: attributes, replacing: nil, nil)
    }
    switch (item.kind, current.type) {
    case (.folder, .directory), (.link, .link), (.file, .regular): break
    case (.folder, .link):
      guard try folder(path.string, facts)?.type != .directory else { return nil }
      throw .refusing(
        "not-a-folder", "`\(path)` is a link that leads to no folder", help: "remove it first")
    case (.link, .regular), (.file, .link):
      let attributes = try permissions.new(
        item.type, mode: FileMode(bits: 0o644), in: parents[item.parent], facts)
      return TreeDifference(item, at: path, attributes: attributes, replacing: current, nil)
    default:
      throw .refusing(
        "wrong-file-type",
        "`\(path)` is a \(current.type.rawValue), and a \(item.type.rawValue) is wished there",
        help: "remove it first")
    }
    let attributes = try permissions.applied(to: current, facts)
    var content: ContentFact?
    switch item.kind {
    case .folder: break
    case .link(let target):
      if current.target != target {
        return TreeDifference(item, at: path, attributes: attributes, replacing: current, nil)
      }
    case .file(let digest, _, _):
      content = try facts.fact(ContentFact.self, path.string)
      let isNewer = keepsNewer && (current.trace?.modified.seconds ?? 0) > (item.modified ?? .max)
      if isNewer { return nil }
      if content?.sha256 != digest {
        return TreeDifference(item, at: path, attributes: attributes, replacing: current, content)
      }
    }
    let changes = attributes.changes(of: path, from: current, steps: [], predicts: [])
    guard !changes.isEmpty else { return nil }
    return TreeDifference(item, at: path, attributes: attributes, changing: current, changes)
  }
}

/// Something that is wished below a folder.
struct TreeItem: Sendable {
  enum Kind: Sendable, Hashable {
    case folder
    /// `content` is nil where the host has it already, in an archive.
    case file(sha256: String, size: Int, content: Blob?)
    case link(String)
  }

  /// Relative to the folder; empty for the folder itself.
  var path: String
  var kind: Kind
  /// nil leaves it as it is.
  var mode: ModeWish?
  /// A name that the host need not know, and the number that counts then; nil leaves it as it is.
  var owner: Account?
  var group: Account?
  /// Seconds since 1970; nil where it is not known.
  var modified: Int?

  init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// From what the controller has.
  init(_ entry: ControllerContent.TreeEntry) {
    path = entry.path
    if let link = entry.link {
      kind = .link(link)
    } else if let blob = entry.blob {
      kind = .file(sha256: blob.sha256, size: blob.bytes.count, content: blob)
    } else {
      kind = .folder
    }
    mode = ModeWish(FileMode(bits: entry.mode))
    owner = entry.owner.map { Account(name: $0.user.isEmpty ? nil : $0.user, id: $0.uid) }
    group = entry.owner.map { Account(name: $0.group.isEmpty ? nil : $0.group, id: $0.gid) }
    modified = entry.modified
  }

  var type: FileFact.FileType {
    switch kind {
    case .folder: .directory
    case .file: .regular
    case .link: .link
    }
  }

  /// The path of the folder that holds it; empty for the root.
  var parent: String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The wish with accounts as the host knows them: by name if it has that name, else by number.
  func permissions(_ facts: FactView) -> Permissions {
    var permissions = Permissions(mode: type == .link ? nil : mode, owner: owner, group: group)
    if let name = owner?.name, owner?.id != nil {
      let known = facts.known(UserFact.self, name)?.uid
      permissions.owner = Account(name: known == nil ? nil : name, id: known ?? owner?.id)
    }
    if let name = group?.name, group?.id != nil {
      let known = facts.known(GroupFact.self, name)?.gid
      permissions.group = Account(name: known == nil ? nil : name, id: known ?? group?.id)
    }
    return permissions
  }
}

/// Compares paths part by part, so that a folder comes right before what is in it.
private struct PathParts: Comparable {
  private let parts: [Substring]
  init(_ path: String) { parts = path.split(separator: "/") }
  static func < (left: PathParts, right: PathParts) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }
}
