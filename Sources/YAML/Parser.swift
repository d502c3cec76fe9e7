import Diagnostics

/// Reads a YAML 1.2.2 stream into arenas, one a document, in one pass and without recursion.
///
/// The parser follows the productions of the specification (<https://yaml.org/spec/1.2.2/>); where a
/// node may turn out to be the key of a mapping only when its colon is met, the mapping is put
/// before it then: a scalar is not yet stored, a flow collection has a gap in front of it.
struct Parser {
  enum Mode {
    /// Syntax only, as the specification has it.
    case events
    /// What a tool needs on top: aliases that mean something, unique keys, template braces.
    case tree
  }

  let file: SourceFile
  let source: UnsafeBufferPointer<UInt8>
  /// 256 bytes, see `ByteClass`.
  let classes: UnsafePointer<UInt8>
  let limits: Limits
  let mode: Mode
  var quotedLines = QuotedLines.deeper
  let end: Int

  /// The next byte.
  var position = 0
  /// Where its line begins.
  var lineStart = 0
  /// Spaces at the beginning of the line that `nextLine` found.
  var lineIndent = 0
  /// The first tab in the white space at the beginning of that line.
  var lineTab: Int?
  /// A node ended on this line: only white space and a comment may follow.
  var isMidLine = false
  /// Where the last token ended.
  var contentEnd = 0
  /// Column of the block that the outermost flow collection lies in.
  var flowIndent = -1
  /// The outermost flow collection, should it become a key.
  var flowCandidate = Candidate(start: 0, lineStart: 0, isEntry: false, mayOpen: false, indent: -1)
  /// The last flow node is in quotes or brackets: its colon needs no space.
  var isLastAdjacent = false

  var frames: [Frame] = []
  var records: [Record] = []
  var properties: [Properties] = []
  var anchors: [String: Int] = [:]
  var hasAliases = false
  var handles: [String: String] = [:]
  var keyTable = KeyTable()

  /// The last literal or folded scalar: where it begins, its indentation.
  var lastBlockScalar: (start: Int, indent: Int)?
  /// Where the last quoted text begins that was reported for the indentation of its lines.
  var lastShallow = -1
  /// No line before this place is tried again after an error.
  var recoveredTo = -1

  var documents: [Tree] = []
  var diagnostics: [Diagnostic] = []
  var isOver = false

  init(
    _ file: SourceFile, source: UnsafeBufferPointer<UInt8>, classes: UnsafePointer<UInt8>,
    limits: Limits, mode: Mode
  ) {
    self.file = file
    self.source = source
    self.classes = classes
    self.limits = limits
    self.mode = mode
    end = source.count
  }

  // MARK: Bytes

  /// The byte at an offset; zero at and behind the end.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 { offset < end ? source[offset] : 0 }

  /// Whether the byte at an offset is of one of the classes.
  @inline(__always)
  func isOf(_ classes: UInt8, at offset: Int) -> Bool {
    self.classes[Int(byte(offset))] & classes != 0
  }

  /// Whether `---` or `...` stands alone at an offset that begins a line.
  func isMarker(_ character: UInt8, at offset: Int) -> Bool {
    byte(offset) == character && byte(offset + 1) == character && byte(offset + 2) == character
      && isOf(ByteClass.space, at: offset + 3)
  }

  func isAnyMarker(at offset: Int) -> Bool {
    switch byte(offset) {
    case .dash: isMarker(.dash, at: offset)
    case .dot: isMarker(.dot, at: offset)
    default: false
    }
  }

  // MARK: White space

  /// Skips spaces and tabs; the first tab, if there was one.
  @inline(__always)
  mutating func skipBlanks() -> Int? {
    var tab: Int?
    while true {
      switch byte(position) {
      case .space: break
      case .tab: if tab == nil { tab = position }
      default: return tab
      }
      position += 1
    }
  }

  /// Skips to the line break or the end.
  mutating func skipToLineEnd() {
    while position < end, classes[Int(source[position])] & ByteClass.lineBreak == 0 {
      position += 1
    }
  }

  /// Steps over a line break, if there is one.
  @inline(__always)
  mutating func skipLineBreak() {
    switch byte(position) {
    case .carriageReturn:
      position += byte(position + 1) == .lineFeed ? 2 : 1
    case .lineFeed:
      position += 1
    default:
      return
    }
    lineStart = position
  }

  enum LineContent {
    case content, marker, end
  }

  /// From the beginning of a line to the next thing that is neither white space nor a comment.
  mutating func nextLine() -> LineContent {
    while true {
      lineStart = position
      while byte(position) == .space { position += 1 }
      lineIndent = position - lineStart
      lineTab = byte(position) == .tab ? skipBlanks() : nil
      let byte = byte(position)
      if byte == .hash { skipToLineEnd() }
      if position >= end { return .end }
      if isOf(ByteClass.lineBreak, at: position) {
        skipLineBreak()
        continue
      }
      return lineIndent == 0 && lineTab == nil && isAnyMarker(at: position) ? .marker : .content
    }
  }

  /// Whether only white space and a comment are left of the line; the line is then left behind.
  mutating func finishLine() -> Bool {
    let before = position
    _ = skipBlanks()
    if byte(position) == .hash {
      guard position > before || position == lineStart || isOf(ByteClass.blank, at: position - 1)
      else { return false }
      skipToLineEnd()
    }
    guard isOf(ByteClass.lineEnd, at: position) else { return false }
    skipLineBreak()
    return true
  }
}
