/// What is open while a document is read; a stack of these takes the place of recursion.
struct Frame {
  enum Kind {
    case document
    case blockSequence, blockMapping
    case flowSequence, flowMapping
    /// `[a: b]`: a mapping of one pair, without braces.
    case flowPair
  }

  /// What comes next in a flow collection.
  enum Phase {
    /// An item, a key, or the closing bracket.
    case entry
    /// The key after `?`.
    case explicitKey
    /// `:` and the value, or the end of the pair.
    case afterKey
    case value
    /// A comma or the closing bracket.
    case after
  }

  var kind: Kind
  var phase = Phase.entry
  /// Column (from 0) of the items or keys of a block collection; -1 for the document.
  var indent = -1
  var record = 0
  var children = 0
  /// The record kept free in case this flow collection turns out to be a key; -1 when it cannot.
  var gap = -1
  /// The number of records when an error was left behind in it: keys on both sides of it may be of different mappings.
  var resumed = -1
  /// Where the collection, its properties included, begins.
  var start = 0
  /// The line it begins in.
  var lineStart = 0

  var isBlock: Bool { kind == .blockSequence || kind == .blockMapping }
  var isMapping: Bool { kind == .blockMapping || kind == .flowMapping || kind == .flowPair }
}

/// Where a node in block context may lie.
struct Slot {
  /// Column of the parent: content lines are indented deeper.
  var indent: Int
  /// Whether the node may begin on the line that is being read.
  var sameLine: Bool
  /// Whether a block collection may begin on that line (after `- `, `? `, explicit `: `).
  var compact = false
  /// Whether a sequence may lie as deep as the parent (below the key of a mapping).
  var zeroIndented = false
}

/// A node in block context that may yet become a key.
struct Candidate {
  /// Where it begins, its properties included.
  var start: Int
  /// The line it begins in.
  var lineStart: Int
  /// It stands where a key of the open mapping has to stand.
  var isEntry: Bool
  /// A mapping may begin here.
  var mayOpen: Bool
  /// A tab that forbids that a block collection begins here.
  var tab: Int?
  /// Column of the parent.
  var indent: Int
  /// Properties from lines before: of the mapping, if one begins here.
  var outer = Properties()
  /// Properties from the line of the node.
  var inner = Properties()
}

/// What the parser does next in block context.
enum Step {
  case node(Slot)
  /// The node is complete; on to the next line.
  case next
  /// Inside of `[ ]` or `{ }`.
  case flow
  case done
}

/// An error was reported; the parser goes on at the line after `resume`.
struct Fault: Error {
  var resume: Int
  /// Nothing more can be read from this text.
  var isFinal = false
}
