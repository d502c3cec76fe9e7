import BigInt
import OrderedCollections
import Schema

/// How YAML is written.
struct YAMLStyle {
  /// Whether collections stand on one line; nil decides by whether they hold only scalars.
  var isFlow: Bool?
  var indentation = 2
  var width = 80
  var sortsKeys = true
  var allowsUnicode = true
  var startsDocument = false
  var endsDocument = false
  /// `'`, `"`, `|`, `>` or nil for the plainest that will do.
  var quote: Unicode.Scalar?
  /// Whether everything is tagged, quoted and on a line of its own.
  var isCanonical = false
}

/// Writes a value as YAML, as PyYAML with libyaml does, aliases aside: shared values are written out.
struct YAMLEmitter {
  let style: YAMLStyle
  var output = String.UnicodeScalarView()
  private(set) var column = 0
  var indent = -1
  /// Whether a block scalar kept line ends that only an end of the document closes.
  var isOpenEnded = false
  var flowLevel = 0
  var isSimpleKey = false
  var isInMapping = false
  var endsWithSpace = true
  var endsWithIndent = true

  private init(_ style: YAMLStyle) { self.style = style }

  static func text(_ value: Value, style: YAMLStyle) throws -> String {
    var emitter = YAMLEmitter(style)
    if style.isCanonical {
      emitter.indicator("---", needsSpace: true)
      emitter.writeIndent()
    } else if style.startsDocument {
      emitter.indicator("---", needsSpace: true)
      if !value.isNonEmptyContainer || emitter.isFlow(value) {
        emitter.endsWithSpace = false
      } else {
        emitter.writeIndent()
      }
    }
    try emitter.write(value)
    emitter.writeIndent()
    if style.endsDocument || emitter.isOpenEnded {
      emitter.indicator("...", needsSpace: true)
      emitter.writeIndent()
    }
    return String(emitter.output)
  }

  // MARK: Characters

  mutating func put(_ text: some Sequence<Unicode.Scalar>) {
    for scalar in text {
      output.append(scalar)
      column += 1
    }
  }

  mutating func newline(_ scalar: Unicode.Scalar = "\n") {
    output.append(scalar)
    column = 0
  }

  mutating func indicator(
    _ text: String, needsSpace: Bool, isSpace: Bool = false, isIndent: Bool = false
  ) {
    if needsSpace, !endsWithSpace { put(" ".unicodeScalars) }
    put(text.unicodeScalars)
    endsWithSpace = isSpace
    endsWithIndent = endsWithIndent && isIndent
  }

  mutating func writeIndent() {
    let indent = max(0, indent)
    if !endsWithIndent || column > indent || (column == indent && !endsWithSpace) { newline() }
    while column < indent { put(" ".unicodeScalars) }
    endsWithSpace = true
    endsWithIndent = true
  }

  mutating func indented(
    isFlow: Bool, isIndentless: Bool = false, _ body: (inout YAMLEmitter) throws -> Void
  ) rethrows {
    let saved = indent
    if indent < 0 {
      indent = isFlow ? style.indentation : 0
    } else if !isIndentless {
      indent += style.indentation
    }
    try body(&self)
    indent = saved
  }

  // MARK: Values

  mutating func write(_ value: Value) throws {
    switch value {
    case .list(let elements):
      tag(value)
      let wasSimpleKey = isSimpleKey
      defer { isSimpleKey = wasSimpleKey }
      if isFlow(value) { try flow(elements) } else { try block(elements) }
    case .dict(let map):
      tag(value)
      let wasSimpleKey = isSimpleKey
      defer { isSimpleKey = wasSimpleKey }
      if isFlow(value) { try flow(sorted(map)) } else { try block(sorted(map)) }
    default: try scalar(value)
    }
  }

  func isFlow(_ value: Value) -> Bool {
    if flowLevel > 0 || style.isCanonical || !value.isNonEmptyContainer { return true }
    if let isFlow = style.isFlow { return isFlow }
    switch value {
    case .list(let elements): return elements.allSatisfy(isPlainScalar)
    case .dict(let map): return map.allSatisfy { isPlainScalar($0.key) && isPlainScalar($0.value) }
    default: return true
    }
  }

  func isPlainScalar(_ value: Value) -> Bool {
    !value.isContainer && style.quote == nil
  }

  func sorted(_ map: ValueMap) -> [(key: Value, value: Value)] {
    let entries = Array(map)
    guard style.sortsKeys else { return entries }
    if entries.allSatisfy({ $0.key.string != nil }) {
      return entries.sorted {
        ($0.key.string ?? "").utf8.lexicographicallyPrecedes(($1.key.string ?? "").utf8)
      }
    }
    let numbers = entries.map { Number(.value($0.key)) }
    guard numbers.allSatisfy({ $0 != nil }) else { return entries }
    return zip(numbers.compactMap(\.self), entries).sorted {
      Number.compare($0.0, $1.0) == .less
    }.map(\.1)
  }

  mutating func flow(_ elements: [Value]) throws {
    indicator("[", needsSpace: true, isSpace: true)
    flowLevel += 1
    try indented(isFlow: true) { emitter in
      for (index, element) in elements.enumerated() {
        if index > 0 { emitter.indicator(",", needsSpace: false) }
        emitter.breakFlowLine()
        emitter.isInMapping = false
        try emitter.write(element)
      }
    }
    flowLevel -= 1
    closeFlow("]", isEmpty: elements.isEmpty)
  }

  mutating func flow(_ entries: [(key: Value, value: Value)]) throws {
    indicator("{", needsSpace: true, isSpace: true)
    flowLevel += 1
    try indented(isFlow: true) { emitter in
      for (index, entry) in entries.enumerated() {
        if index > 0 { emitter.indicator(",", needsSpace: false) }
        emitter.breakFlowLine()
        try emitter.key(entry.key)
        try emitter.write(entry.value)
      }
    }
    flowLevel -= 1
    closeFlow("}", isEmpty: entries.isEmpty)
  }

  /// A new line where the one of a flow collection is full.
  mutating func breakFlowLine() {
    if style.isCanonical || column > style.width { writeIndent() }
  }

  mutating func closeFlow(_ bracket: String, isEmpty: Bool) {
    if style.isCanonical, !isEmpty {
      indicator(",", needsSpace: false)
      writeIndent()
    }
    indicator(bracket, needsSpace: false)
  }

  /// The tag of a value, which only the canonical form shows.
  mutating func tag(_ value: Value) {
    guard style.isCanonical else { return }
    let name =
      switch value {
      case .null: "null"
      case .bool: "bool"
      case .int, .bigInt: "int"
      case .float: "float"
      case .text, .unknown: "str"
      case .list: "seq"
      case .dict: "map"
      }
    indicator("!!\(name)", needsSpace: true)
  }

  mutating func block(_ elements: [Value]) throws {
    let isIndentless = isInMapping && !endsWithIndent
    try indented(isFlow: false, isIndentless: isIndentless) { emitter in
      for element in elements {
        emitter.writeIndent()
        emitter.indicator("-", needsSpace: true, isSpace: false, isIndent: true)
        emitter.isInMapping = false
        try emitter.write(element)
      }
    }
  }

  mutating func block(_ entries: [(key: Value, value: Value)]) throws {
    try indented(isFlow: false) { emitter in
      for entry in entries {
        emitter.writeIndent()
        try emitter.key(entry.key)
        try emitter.write(entry.value)
      }
    }
  }

  /// A key and the colon after it; a long or composed one in the explicit form.
  mutating func key(_ key: Value) throws {
    let isSimple: Bool
    if key.isNonEmptyContainer || style.isCanonical {
      isSimple = false
    } else {
      let text = try Self.scalarText(key)
      isSimple = text.utf8.count <= 128 && !text.unicodeScalars.contains(where: YAMLScalar.isBreak)
    }
    isInMapping = true
    if isSimple {
      isSimpleKey = true
      try write(key)
      isSimpleKey = false
      indicator(":", needsSpace: false)
    } else {
      indicator("?", needsSpace: true, isSpace: false, isIndent: flowLevel == 0)
      try write(key)
      if flowLevel == 0 { writeIndent() } else { breakFlowLine() }
      indicator(":", needsSpace: true, isSpace: false, isIndent: flowLevel == 0)
    }
    isInMapping = true
  }
}

extension Value {
  fileprivate var isNonEmptyContainer: Bool {
    switch self {
    case .list(let elements): !elements.isEmpty
    case .dict(let map): !map.isEmpty
    default: false
    }
  }
}
