import Diagnostics
import YAML

/// What goes into a bundle: the file `bundle.yml`.
package struct BundleList: Sendable {
  /// Some files of the controller that are alike.
  package struct Entry: Sendable {
    var kind: BundleItem.Kind
    /// A path or shell pattern, relative to the list.
    var path: String
    var pathSpan: Span
    var name: String?
    var nameSpan: Span?
    var version: String?
    var architectures: [String]?
    var systems: [String]
    var licence: String
    var source: String
    var requiredBy: [String]
    /// The full name of the only image in an archive that does not tell it.
    var reference: String?
  }

  /// For people; empty where none is given.
  package var name: String
  /// In the order of the list.
  package var entries: [Entry]
  /// The folder that paths are relative to.
  package var folder: String

  /// Reads a list; nil, with reasons in the bag, where something is wrong.
  package static func read(_ path: String, into bag: inout DiagnosticBag) -> BundleList? {
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try ReadableFile.contents(of: path)
    } catch {
      bag.add(
        Diagnostic(
          .error, error.isMissing ? "file-not-found" : "file-unreadable",
          "the list `\(path)` cannot be read: \(error.reason)",
          help: "it says what goes into the bundle: `items:` with `kind` and `path` each"))
      return nil
    }
    return read(SourceFile(name: path, bytes: bytes), into: &bag)
  }

  /// Reads a list that is in memory.
  package static func read(_ file: SourceFile, into bag: inout DiagnosticBag) -> BundleList? {
    let trees = parseYAML(file, into: &bag)
    guard !bag.hasErrors else { return nil }
    guard let root = trees.first?.root, root.kind == .mapping else {
      bag.add(
        Diagnostic(
          .error, "bundle-list", "`\(file.name)` is no mapping with `items`",
          at: trees.first?.root.span, help: "begin with `items:`, and a list below it"))
      return nil
    }
    var reading = ListReading(bag: bag)
    let list = reading.list(root, folder: Self.folder(of: file.name))
    bag = reading.bag
    return bag.hasErrors ? nil : list
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// Takes a list apart, and notes what is wrong.
private struct ListReading {
  var bag: DiagnosticBag

  private static let words: Set<String> = ["name", "items"]
  private static let entryWords: Set<String> = [
    "kind", "path", "name", "version", "arch", "os", "licence", "license", "source", "required_by",
    "reference",
  ]

  private mutating func complain(_ id: String, _ message: String, _ span: Span, _ help: String?) {
    bag.add(Diagnostic(.error, id, message, at: span, help: help))
  }

  mutating func list(_ root: Node, folder: String) -> BundleList {
    checkWords(of: root, Self.words)
    var entries: [BundleList.Entry] = []
    if let items = root["items"], items.kind == .sequence, items.count > 0 {
      entries = items.elements.compactMap { entry($0) }
    } else {
      complain(
        "bundle-list", "there are no `items`", root["items"]?.span ?? root.span,
        "a list of mappings, each with `kind` and `path`")
    }
    return BundleList(name: text(root, "name") ?? "", entries: entries, folder: folder)
  }

  private mutating func entry(_ node: Node) -> BundleList.Entry? {
    guard node.kind == .mapping else {
      complain("bundle-list", "an item is a mapping", node.span, "`- kind: binary` and `path:`")
      return nil
    }
    checkWords(of: node, Self.entryWords)
    let kind = kind(node)
    guard let path = text(node, "path"), !path.isEmpty, let pathNode = node["path"] else {
      complain(
        "bundle-list", "an item needs a `path`", node.span,
        "a file, or a pattern such as `debs/*.deb`")
      return nil
    }
    if path.contains("**") {
      complain(
        "bundle-list", "`**` is no pattern here", pathNode.span, "write a `*` for each folder")
    }
    if let reference = node["reference"], let kind, kind != .image {
      complain(
        "bundle-list", "`reference` is for images, not for a \(kind.rawValue)", reference.span, nil)
    }
    guard let kind else { return nil }
    return BundleList.Entry(
      kind: kind, path: path, pathSpan: pathNode.span, name: text(node, "name"),
      nameSpan: node["name"]?.span, version: text(node, "version"),
      architectures: texts(node, "arch")?.map(Architecture.name(ofMachine:)),
      systems: (texts(node, "os") ?? []).map { $0.lowercased() },
      licence: text(node, "licence") ?? text(node, "license") ?? "",
      source: text(node, "source") ?? "", requiredBy: texts(node, "required_by") ?? [],
      reference: text(node, "reference").map(ImageName.full))
  }

  private mutating func kind(_ node: Node) -> BundleItem.Kind? {
    let known = BundleItem.Kind.allCases.map(\.rawValue)
    guard let written = node["kind"] else {
      complain(
        "bundle-list", "an item needs a `kind`", node.span,
        "one of \(known.joined(separator: ", "))")
      return nil
    }
    if let kind = BundleItem.Kind(rawValue: written.text) { return kind }
    let near = suggestion(for: written.text, among: known)
    complain(
      "bundle-list", "unknown kind `\(written.text)`", written.span,
      near.map { "did you mean `\($0)`?" } ?? "one of \(known.joined(separator: ", "))")
    return nil
  }

  private mutating func checkWords(of node: Node, _ known: Set<String>) {
    for (key, _) in node.pairs where !known.contains(key.text) {
      let near = suggestion(for: key.text, among: known.sorted())
      complain(
        "unknown-key", "unknown key `\(key.text)`", key.span,
        near.map { "did you mean `\($0)`?" }
          ?? "one of \(known.sorted().joined(separator: ", "))")
    }
  }

  /// A scalar as it was written: a version `1.30` keeps its nought.
  private mutating func text(_ node: Node, _ key: String) -> String? {
    guard let value = node[key] else { return nil }
    guard value.kind == .scalar else {
      complain("bundle-list", "`\(key)` must be a text", value.span, nil)
      return nil
    }
    return value.text
  }

  private mutating func texts(_ node: Node, _ key: String) -> [String]? {
    guard let value = node[key] else { return nil }
    let elements = value.kind == .sequence ? value.elements : [value]
    for element in elements where element.kind != .scalar || element.text.isEmpty {
      complain("bundle-list", "`\(key)` must be a text, or a list of them", element.span, nil)
    }
    return Set(elements.map(\.text)).sorted()
  }
}
