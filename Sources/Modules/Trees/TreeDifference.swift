import ModuleKit
import Schema

/// One thing below a folder that is not as it is wished.
struct TreeDifference: Sendable {
  let item: TreeItem
  let path: HostPath
  let attributes: Attributes
  /// What will be there.
  let after: FileFact
  /// The digest that the file has now; nil where there is none.
  let digest: String?
  /// Whether content has to be written; else only attributes.
  let isWritten: Bool
  /// Without steps: one step writes them all.
  private(set) var changes: [Change] = []

  /// Something new, or other content or another target.
  init(
    _ item: TreeItem, at path: HostPath, attributes: Attributes, replacing current: FileFact?,
    _ content: ContentFact?
  ) {
    self.item = item
    self.path = path
    self.attributes = attributes
    digest = content?.sha256
    isWritten = true
    var after = FileFact(
      item.type, mode: attributes.mode, owner: attributes.owner, group: attributes.group)
    var predicts: [Prediction] = []
    var shown: (before: Shown, after: Shown) = (.absent, .text("directory"))
    if let target = current?.target { shown.before = .text("link to \(target)") }
    switch item.kind {
    case .folder: break
    case .link(let target):
      after.target = target
      shown.after = .text("link to \(target)")
      if case .absent = shown.before, let current { shown.before = .text(current.type.rawValue) }
      predicts.append(
        Prediction(ContentFact.self, path.string, .unknown(.init("`\(path)` will be a link"))))
    case .file(let sha256, let size, let blob):
      after.size = size
      let fact = blob.map { ContentFact($0) } ?? ContentFact(size: size, sha256: sha256)
      predicts.append(
        Prediction(
          ContentFact.self, path.string, .present(fact),
          wants: blob == nil ? [] : [FactRequest.everything]))
      let isText = blob.map { !$0.isSecret && $0.bytes.count <= 32_768 } ?? false
      shown.after =
        isText
        ? blob.map(Shown.init) ?? .absent
        : blob?.isSecret == true ? .secret : .bytes(count: size, sha256: sha256)
      if let content {
        shown.before =
          blob?.isSecret == true
          ? .secret
          : content.content.map(Shown.init)
            ?? .bytes(count: content.size, sha256: content.sha256)
      }
    }
    self.after = after
    predicts.append(Prediction(FileFact.self, path.string, .present(after)))
    changes = [
      Change(
        path.string, item.type == .regular ? "content" : "state",
        current == nil ? .create : .update, from: shown.before, to: shown.after,
        predicts: predicts)
    ]
    if let current, current.type == item.type {
      changes += attributes.changes(of: path, from: current, steps: [], predicts: [])
    }
  }

  /// Other attributes of what is there.
  init(
    _ item: TreeItem, at path: HostPath, attributes: Attributes, changing current: FileFact,
    _ changes: [Change]
  ) {
    self.item = item
    self.path = path
    self.attributes = attributes
    var after = current
    after.mode = attributes.mode
    after.owner = attributes.owner
    after.group = attributes.group
    after.trace = nil
    self.after = after
    digest = nil
    isWritten = false
    self.changes = changes
    self.changes[0].predicts = [Prediction(FileFact.self, path.string, .present(after))]
  }

  /// What is written where nothing or something else was, or in place of the same.
  var footprint: Footprint { digest == nil && isWritten ? .tree(path.string) : .path(path.string) }
}
