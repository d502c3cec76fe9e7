import Diagnostics
import ModuleKit
import Schema

/// `synchronize`: a folder of the controller, mirrored on the host.
struct SynchronizeModule: StateModule {
  private let root: HostPath
  private let items: [TreeItem]
  private let deletes: Bool
  private let existingOnly: Bool
  private let setsTimes: Bool
  private let filter: SyncFilter
  private let shown: (source: String, destination: String)
  /// Where files go the other way.
  private let pull: PulledTree?

  init(_ arguments: Arguments) throws(Diagnostic) {
    let source = try arguments[Self.source]
    let destination = try arguments[Self.destination]
    shown = (source, destination.path.string)
    pull = try arguments[Self.direction] == .pull ? PulledTree(arguments) : nil
    let options = try arguments[Self.options] ?? SyncOptions()
    let isArchive = try arguments[Self.archive]
    let links = try arguments[Self.links] ?? isArchive
    let perms = try arguments[Self.perms] ?? isArchive
    let owner = try arguments[Self.owner] ?? isArchive
    let group = try arguments[Self.group] ?? isArchive
    setsTimes = try arguments[Self.times] ?? isArchive
    deletes = try arguments[Self.deletes] || options.deletes
    existingOnly = try arguments[Self.existingOnly]
    filter = options.filter
    let name = source.split(separator: "/").last.map(String.init) ?? source
    var items: [TreeItem]
    switch arguments.argument(Self.source.manual)?.content {
    case .file(let blob, let mode):
      root = destination.isFolder ? destination.path : destination.path.parent
      let path = destination.isFolder ? name : destination.path.name
      items = [TreeItem(.init(path: path, mode: mode, blob: blob))]
    case .tree(let entries):
      guard try arguments[Self.recursive] ?? isArchive else {
        throw Diagnostic(
          .error, "unsupported-value", "`src` is a folder, and `recursive` is off",
          at: arguments.span(of: Self.source.manual))
      }
      root = source.hasSuffix("/") ? destination.path : destination.path.appending(name)
      items = entries.map { TreeItem($0) }
    case nil where pull != nil:
      root = destination.path
      items = []
    case nil:
      throw Diagnostic(
        .error, "file-not-read", "there is no `\(source)` on the controller",
        at: arguments.span(of: Self.source.manual))
    }
    items = filter.kept(items)
    if !links { items.removeAll { $0.type == .link } }
    for index in items.indices {
      if !perms { items[index].mode = nil }
      if !owner || options.owner == false { items[index].owner = nil }
      if !group || options.group == false { items[index].group = nil }
      if let chmod = options.chmod { items[index].mode = chmod.mode(for: items[index]) }
    }
    self.items = items
  }

  /// A pull only reads on the host.
  var shaped: ShapedModule { pull.map(ShapedModule.query) ?? .state(self) }

  // MARK: - Reading and comparing

  private var folder: FolderState { FolderState(path: root, permissions: Permissions()) }

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = folder.reads(given: facts) + wish(facts).reads(given: facts)
    if deletes { requests.append(FactRequest(TreeFact.self, root.string, wants: ["list"])) }
    return requests
  }

  /// With `existing_only`, without what is not there.
  private func wish(_ facts: FactView) -> TreeWish {
    var wished = items
    if existingOnly {
      wished.removeAll { item in
        facts.reading(FileFact.self, root.appending(item.path).string) == .absent
      }
    }
    var wish = TreeWish(root: root, items: wished, carrier: .controller)
    wish.setsTimes = setsTimes
    return wish
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let made = try folder.changes(from: facts)
    let view = facts.predicting(made.flatMap(\.predicts))
    let removed = try removals(facts)
    let foreseen = view.predicting(removed.flatMap(\.predicts))
    var wish = wish(view)
    if !existingOnly { wish.items = wish.items.filter { filter.keeps($0) } }
    return made + removed + (try wish.changes(from: foreseen))
  }

  /// What the controller does not have goes, but nothing that a filter hides.
  private func removals(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard deletes, let list = try facts.fact(TreeFact.self, root.string)?.list else { return [] }
    let types = Dictionary(items.map { ($0.path, $0.type) }) { first, _ in first }
    var protected = Set<String>()
    var unwanted: [TreeFact.Entry] = []
    for entry in list {
      let isHidden = !filter.keeps(path: entry.path, isFolder: entry.type == .directory)
      if isHidden || types[entry.path] != nil {
        var parts = entry.path.split(separator: "/")
        while !parts.isEmpty, protected.insert(parts.joined(separator: "/")).inserted {
          parts = parts.dropLast()
        }
      } else {
        unwanted.append(entry)
      }
    }
    unwanted.removeAll { protected.contains($0.path) }
    let paths = Set(unwanted.map(\.path))
    let tops = unwanted.filter { entry in
      let parts = entry.path.split(separator: "/")
      return !(1..<max(1, parts.count)).contains {
        paths.contains(parts.prefix($0).joined(separator: "/"))
      }
    }.sorted { $0.path < $1.path }
    guard !tops.isEmpty else { return [] }
    let full = tops.map { root.appending($0.path) }
    let step = Step(
      full.count == 1 ? "remove \(full[0])" : "remove \(full.count) things below \(root)",
      "xargs -0 rm -rf --",
      input: Blob(full.flatMap { path -> [UInt8] in Array(path.string.utf8) + [0] }),
      footprint: Footprint(Set(full.map { .tree($0.string) })))
    return zip(tops, full).enumerated().map { index, pair in
      Change(
        pair.1.string, "state", .remove, from: .text(pair.0.type.rawValue), to: .absent,
        steps: index == 0 ? [step] : [], predicts: FileModule.absence(of: pair.1))
    }
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["src": .string(shown.source), "dest": .string(shown.destination)]
  }
}
