/// One node in the arena of a document: 24 bytes, in the order of the text, children behind their parent.
struct Record {
  enum Kind: UInt8 {
    /// A place that was kept free for a mapping that did not come; skipped by every reader.
    case gap
    case scalar, alias, sequence, mapping
  }

  struct Flags: OptionSet {
    var rawValue: UInt8
    /// The content is not the bytes as written: escapes, folding, indentation.
    static let cooked = Flags(rawValue: 1)
    /// Has `{{`, `{%` or `{#`.
    static let template = Flags(rawValue: 2)
    /// A collection in `[ ]` or `{ }`.
    static let flow = Flags(rawValue: 4)
  }

  var kind: Kind
  var style: Node.Style
  var flags: Flags = []
  /// Bytes of the file.
  var start: UInt32
  var end: UInt32
  /// The record after this one and all that lies in it.
  var next: UInt32 = 0
  /// What it means depends on the kind.
  ///
  /// Of a collection: number of children; of an alias: the record it means; of a block scalar: its indentation.
  var value: UInt32 = 0
  /// Tag and anchor: index + 1 in the table of the document, or 0.
  var properties: UInt32 = 0

  init(_ kind: Kind, style: Node.Style = .plain, start: Int, end: Int) {
    self.kind = kind
    self.style = style
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
  }

  /// The bytes of the file it covers.
  var range: Range<Int> { Int(start)..<max(Int(start), Int(end)) }
}

/// Tag and anchor of a node.
struct Properties {
  struct Tag {
    /// Handles resolved: `tag:yaml.org,2002:str`, `!vault`.
    var name: String
    var range: Range<Int>
  }

  struct Anchor {
    var name: String
    var range: Range<Int>
  }

  var tag: Tag?
  var anchor: Anchor?

  var isEmpty: Bool { tag == nil && anchor == nil }

  /// Where the first of them begins.
  var start: Int? {
    switch (tag, anchor) {
    case (let tag?, let anchor?): min(tag.range.lowerBound, anchor.range.lowerBound)
    case (let tag?, nil): tag.range.lowerBound
    case (nil, let anchor?): anchor.range.lowerBound
    case (nil, nil): nil
    }
  }
}
