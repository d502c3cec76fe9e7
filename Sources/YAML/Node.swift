import Diagnostics

/// A place in the tree of a document.
///
/// Two nodes are equal when they are the same place.
package struct Node: Sendable, Hashable {
  package enum Kind: Sendable {
    case scalar, sequence, mapping
  }

  /// How a scalar was written.
  package enum Style: UInt8, Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  package let tree: Tree
  let index: Int

  init(tree: Tree, index: Int) {
    self.tree = tree
    self.index = index
  }

  package static func == (left: Node, right: Node) -> Bool {
    left.tree === right.tree && left.index == right.index
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(tree))
    hasher.combine(index)
  }

  /// The record as written; of an alias the alias.
  var written: Record { tree.records[index] }

  /// The record that is meant; of an alias its target.
  var record: Record { tree.records[meant] }

  /// The index of the record that is meant.
  var meant: Int { written.kind == .alias ? Int(written.value) : index }

  /// What the node is; an alias answers as its target.
  package var kind: Kind {
    switch record.kind {
    case .sequence: .sequence
    case .mapping: .mapping
    case .scalar, .alias, .gap: .scalar
    }
  }

  /// Whether the node was written as `*name`.
  package var isAlias: Bool { written.kind == .alias }

  /// How the scalar was written; `.plain` for collections.
  package var style: Style { record.style }

  /// Whether a collection was written in `[ ]` or `{ }`.
  package var isFlow: Bool { record.flags.contains(.flow) }

  /// Where the node was written, its tag and anchor not included; of an alias the alias.
  package var span: Span { Span(tree.file, written.range) }

  private var properties: Properties? {
    let number = Int(record.properties)
    return number == 0 ? nil : tree.properties[number - 1]
  }

  /// Whether there is a tag or an anchor.
  private var hasProperties: Bool { record.properties != 0 }

  /// The explicit tag with its handle resolved (`!vault`, `tag:yaml.org,2002:str`, or `!` alone); nil when none.
  package var tag: String? { hasProperties ? properties?.tag?.name : nil }

  /// Where the explicit tag was written.
  package var tagSpan: Span? { properties?.tag.map { Span(tree.file, $0.range) } }

  /// The name of the anchor, without `&`.
  package var anchor: String? { properties?.anchor?.name }

  /// Scalar with `{{`, `{%` or `{#`.
  package var hasTemplate: Bool { record.flags.contains(.template) }

  /// The content of a scalar, unescaped and folded; empty for a collection.
  package var text: String {
    let record = record
    guard record.kind == .scalar else { return "" }
    return tree.file.bytes.withUnsafeBufferPointer { source in
      guard !record.flags.contains(.cooked) else {
        return String(decoding: ScalarText(record, in: source).bytes, as: UTF8.self)
      }
      let content = UnsafeBufferPointer(rebasing: source[Tree.verbatimRange(of: record)])
      return String(decoding: content, as: UTF8.self)
    }
  }

  /// How many elements or pairs it has, as written.
  package var count: Int {
    switch record.kind {
    case .sequence: Int(record.value)
    case .mapping: Int(record.value) / 2
    case .scalar, .alias, .gap: 0
    }
  }

  /// The elements of a sequence; else none.
  package var elements: [Node] { kind == .sequence ? children : [] }

  /// All children as they were written; of a mapping keys and values in turn.
  var children: [Node] {
    let parent = meant
    let count = Int(tree.records[parent].value)
    var result: [Node] = []
    result.reserveCapacity(count)
    var next = tree.skippingGaps(parent + 1)
    while result.count < count, next < tree.records.count {
      result.append(Node(tree: tree, index: next))
      next = tree.skippingGaps(Int(tree.records[next].next))
    }
    return result
  }

  /// A range of `text` in UTF-8 bytes, mapped back into the file; the whole span where the text was written differently.
  package func span(ofContent range: Range<Int>) -> Span {
    let record = record
    guard record.kind == .scalar, range.lowerBound >= 0 else { return span }
    if record.flags.contains(.cooked) {
      let written = tree.file.bytes.withUnsafeBufferPointer { source in
        ScalarText(record, in: source, traced: true).sourceRange(of: range)
      }
      return written.map { Span(tree.file, $0) } ?? span
    }
    let content = Tree.verbatimRange(of: record)
    guard range.upperBound <= content.count else { return span }
    return Span(
      tree.file, content.lowerBound + range.lowerBound..<content.lowerBound + range.upperBound)
  }

  /// The type and value of a scalar by a policy; quoted ones and those tagged `!!str` or `!` are strings.
  package func resolved(_ policy: TypePolicy = .ansible) -> PlainScalar {
    let record = record
    if record.properties == 0, record.style != .plain { return .string(text) }
    if record.properties == 0, record.kind == .scalar, !record.flags.contains(.cooked) {
      return tree.file.bytes.withUnsafeBufferPointer { source in
        let content = UnsafeBufferPointer(rebasing: source[record.range])
        return PlainScalar.typed(content, policy)
          ?? .string(String(decoding: content, as: UTF8.self))
      }
    }
    let text = text
    switch tag {
    case nil: return style == .plain ? PlainScalar(text, policy) : .string(text)
    case "tag:yaml.org,2002:str", "!": return .string(text)
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
      "tag:yaml.org,2002:null":
      return PlainScalar(text, policy).tagged(tag ?? "")
    default: return style == .plain ? PlainScalar(text, policy) : .string(text)
    }
  }
}
