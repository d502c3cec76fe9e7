/// What a step may write: from it come safe batches, derived edges and what must be observed again.
package struct Footprint: Sendable, Hashable {
  package enum Part: Sendable, Hashable {
    /// Exactly this thing.
    case key(FactKey)
    /// The file or folder at a path: every kind of fact about that path.
    case path(String)
    /// A path and everything below it.
    case tree(String)
    /// Every thing of a kind: `unit` after a daemon-reload.
    case kind(String)
    /// Every thing of a kind whose name begins so: the kernel parameters that a kernel module brings.
    case named(kind: String, prefix: String)
    /// Nobody can tell: a command.
    case any
  }

  package var parts: Set<Part>

  package init(_ parts: Set<Part>) { self.parts = parts }

  package static let nothing = Footprint([])
  package static let any = Footprint([.any])
  package static func path(_ path: String) -> Footprint { Footprint([.path(path)]) }
  package static func tree(_ path: String) -> Footprint { Footprint([.tree(path)]) }
  package static func keys(_ keys: FactKey...) -> Footprint { Footprint(Set(keys.map(Part.key))) }

  /// Whether nothing can be said about what it leaves alone.
  package var isAny: Bool { parts.contains(.any) }

  /// Whether a fact may have another value after the step.
  package func touches(_ key: FactKey) -> Bool {
    if key.reach == .machine { return !parts.isEmpty }
    return parts.contains { part in
      switch part {
      case .any: true
      case .key(let written): written == key
      case .kind(let kind): key.kind == kind
      case .named(let kind, let prefix): key.kind == kind && key.name.hasPrefix(prefix)
      case .path(let path):
        key.isPath && (key.name == path || key.reach == .tree && Footprint.holds(key.name, path))
          || key.sources.contains { $0 == path || Footprint.holds($0, path) }
      case .tree(let path):
        key.isPath
          && (key.name == path || Footprint.holds(path, key.name)
            || key.reach == .tree && Footprint.holds(key.name, path))
          || key.sources.contains {
            $0 == path || Footprint.holds($0, path) || Footprint.holds(path, $0)
          }
      }
    }
  }

  /// Whether a path lies below a folder.
  private static func holds(_ folder: String, _ path: String) -> Bool {
    path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }

  /// Whether both may write the same thing.
  package func overlaps(_ other: Footprint) -> Bool {
    if isAny || other.isAny { return !parts.isEmpty && !other.parts.isEmpty }
    return parts.contains { mine in other.parts.contains { Footprint.overlap(mine, $0) } }
  }

  private static func overlap(_ left: Part, _ right: Part) -> Bool {
    switch (left, right) {
    case (.key(let key), _): Footprint([right]).touches(key)
    case (_, .key(let key)): Footprint([left]).touches(key)
    case (.kind(let kind), .kind(let other)): kind == other
    case (.kind(let kind), .named(let other, _)), (.named(let other, _), .kind(let kind)):
      kind == other
    case (.named(let kind, let prefix), .named(let other, let start)):
      kind == other && (prefix.hasPrefix(start) || start.hasPrefix(prefix))
    case (.path(let path), .path(let other)): path == other
    case (.path(let path), .tree(let root)), (.tree(let root), .path(let path)):
      path == root || path.hasPrefix(root == "/" ? "/" : root + "/")
    case (.tree(let root), .tree(let other)):
      root == other || root.hasPrefix(other + "/") || other.hasPrefix(root + "/")
    case (.any, _), (_, .any): true
    case (.kind, .path), (.kind, .tree), (.path, .kind), (.tree, .kind): true
    case (.named, .path), (.named, .tree), (.path, .named), (.tree, .named): false
    }
  }

  package func union(_ other: Footprint) -> Footprint { Footprint(parts.union(other.parts)) }
}
