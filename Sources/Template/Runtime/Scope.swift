import Schema

/// The names that a template itself has set, innermost scope first.
final class Scope {
  private(set) var names: [String: Item] = [:]
  let parent: Scope?
  /// Whether the variables of the renderer are out of reach: an import or include without context.
  let isIsolated: Bool

  init(parent: Scope?, isIsolated: Bool = false) {
    self.parent = parent
    self.isIsolated = isIsolated || parent?.isIsolated ?? false
  }

  func set(_ name: String, _ item: Item) { names[name] = item }

  func removeAll() { names.removeAll(keepingCapacity: true) }

  /// The innermost binding; nil where the templates set no such name.
  func lookup(_ name: String) -> Item? {
    var scope: Scope? = self
    while let current = scope {
      if !current.names.isEmpty, let item = current.names[name] { return item }
      scope = current.parent
    }
    return nil
  }
}
