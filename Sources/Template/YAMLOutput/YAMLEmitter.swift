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
  private var output = String.UnicodeScalarView()
  private(set) var column = 0
  private var indent = -1
  /// Whether a block scalar kept line ends that only an end of the document closes.
  var isOpenEnded = false
  private var flowLevel = 0
  private var isSimpleKey = false
  private var isInMapping = false
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

  private mutating func indented(
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

  private mutating func write(_ value: Value) throws {
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

  private func isFlow(_ value: Value) -> Bool {
    if flowLevel > 0 || style.isCanonical || !value.isNonEmptyContainer { return true }
    if let isFlow = style.isFlow { return isFlow }
    switch value {
    case .list(let elements): return elements.allSatisfy(isPlainScalar)
    case .dict(let map): return map.allSatisfy { isPlainScalar($0.key) && isPlainScalar($0.value) }
    default: return true
    }
  }

  private func isPlainScalar(_ value: Value) -> Bool {
    !value.isContainer && style.quote == nil
  }

  private func sorted(_ map: ValueMap) -> [(key: Value, value: Value)] {
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

  private mutating func flow(_ elements: [Value]) throws {
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

  private mutating func flow(_ entries: [(key: Value, value: Value)]) throws {
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
  private mutating func breakFlowLine() {
    if style.isCanonical || column > style.width { writeIndent() }
  }

  private mutating func closeFlow(_ bracket: String, isEmpty: Bool) {
    if style.isCanonical, !isEmpty {
      indicator(",", needsSpace: false)
      writeIndent()
    }
    indicator(bracket, needsSpace: false)
  }

  /// The tag of a value, which only the canonical form shows.
  private mutating func tag(_ value: Value) {
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

  private mutating func block(_ elements: [Value]) throws {
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

  private mutating func block(_ entries: [(key: Value, value: Value)]) throws {
    try indented(isFlow: false) { emitter in
      for entry in entries {
        emitter.writeIndent()
        try emitter.key(entry.key)
        try emitter.write(entry.value)
      }
    }
  }

  /// A key and the colon after it; a long or composed one in the explicit form.
  private mutating func key(_ key: Value) throws {
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

  // MARK: Scalars

  static func scalarText(_ value: Value) throws -> String {
    switch value {
    case .null: return "null"
    case .bool(let bool): return bool ? "true" : "false"
    case .int(let int): return String(int)
    case .bigInt(let big): return String(big)
    case .float(let float):
      if float.isNaN { return ".nan" }
      if float.isInfinite { return float < 0 ? "-.inf" : ".inf" }
      let text = PythonFloat.representation(float)
      return text.utf8.contains(0x2E) ? text : PythonText.replace(text, "e", ".0e")
    case .text(let text): return text.string
    case .unknown(let unknown): throw Interrupt.unknown(unknown)
    case .list: return "[]"
    case .dict: return "{}"
    }
  }

  private mutating func scalar(_ value: Value) throws {
    let text = try Self.scalarText(value)
    let scalar = YAMLScalar(text, allowsUnicode: style.allowsUnicode)
    let isText = value.string != nil
    let form = form(of: scalar, isPlainEnough: try !isText || YAMLPlain.isText(text))
    if style.isCanonical {
      tag(value)
    } else if !isText, form != .plain {
      indicator("!", needsSpace: true)
    }
    indented(isFlow: true) { emitter in
      switch form {
      case .plain: emitter.plain(scalar)
      case .singleQuoted: emitter.singleQuoted(scalar)
      case .doubleQuoted: emitter.doubleQuoted(scalar)
      case .literal: emitter.literal(scalar)
      case .folded: emitter.folded(scalar)
      }
    }
  }

  private enum Form { case plain, singleQuoted, doubleQuoted, literal, folded }

  /// How a scalar is written (libyaml's `yaml_emitter_select_scalar_style`).
  private func form(of scalar: YAMLScalar, isPlainEnough: Bool) -> Form {
    if style.isCanonical || (isSimpleKey && scalar.isMultiline) { return .doubleQuoted }
    switch style.quote {
    case "\"": return .doubleQuoted
    case "|", ">":
      guard scalar.allowsBlock, flowLevel == 0, !isSimpleKey else { return .doubleQuoted }
      return style.quote == "|" ? .literal : .folded
    case nil:
      let isAllowed = flowLevel > 0 ? scalar.allowsFlowPlain : scalar.allowsBlockPlain
      let isEmpty = scalar.characters.isEmpty
      if isAllowed, isPlainEnough, !isEmpty || (flowLevel == 0 && !isSimpleKey) { return .plain }
    default: break
    }
    return scalar.allowsSingleQuoted ? .singleQuoted : .doubleQuoted
  }

  /// Whether a line may be broken at the blank at `index`.
  private func breaks(at index: Int, in characters: [Unicode.Scalar], afterSpace: Bool) -> Bool {
    !isSimpleKey && !afterSpace && column > style.width
      && index > 0 && index < characters.count - 1 && characters[index + 1] != " "
  }

  private mutating func plain(_ scalar: YAMLScalar) {
    if !endsWithSpace, !scalar.characters.isEmpty || flowLevel > 0 { put(" ".unicodeScalars) }
    var afterSpace = false
    for (index, character) in scalar.characters.enumerated() {
      if character == " ", breaks(at: index, in: scalar.characters, afterSpace: afterSpace) {
        writeIndent()
      } else {
        put(CollectionOfOne(character))
      }
      afterSpace = character == " "
      endsWithIndent = false
    }
    endsWithSpace = false
    endsWithIndent = false
  }

  private mutating func singleQuoted(_ scalar: YAMLScalar) {
    indicator("'", needsSpace: true)
    var afterSpace = false
    var afterBreak = false
    for (index, character) in scalar.characters.enumerated() {
      if character == " " {
        if breaks(at: index, in: scalar.characters, afterSpace: afterSpace) {
          writeIndent()
        } else {
          put(CollectionOfOne(character))
        }
        afterSpace = true
        continue
      }
      if YAMLScalar.isBreak(character) {
        if !afterBreak, character == "\n" { newline() }
        newline(character)
        endsWithIndent = true
        afterBreak = true
        continue
      }
      if afterBreak { writeIndent() }
      if character == "'" { put("'".unicodeScalars) }
      put(CollectionOfOne(character))
      endsWithIndent = false
      afterSpace = false
      afterBreak = false
    }
    if afterBreak { writeIndent() }
    indicator("'", needsSpace: false)
    endsWithSpace = false
    endsWithIndent = false
  }

  private mutating func doubleQuoted(_ scalar: YAMLScalar) {
    indicator("\"", needsSpace: true)
    var afterSpace = false
    for (index, character) in scalar.characters.enumerated() {
      if needsEscape(character) {
        put(Self.escape(character).unicodeScalars)
        afterSpace = false
      } else if character == " " {
        let isInside = index > 0 && index < scalar.characters.count - 1
        if !isSimpleKey, !afterSpace, column > style.width, isInside {
          writeIndent()
          if scalar.characters[index + 1] == " " { put("\\".unicodeScalars) }
        } else {
          put(CollectionOfOne(character))
        }
        afterSpace = true
      } else {
        put(CollectionOfOne(character))
        afterSpace = false
      }
    }
    indicator("\"", needsSpace: false)
    endsWithSpace = false
    endsWithIndent = false
  }

  private func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    !YAMLScalar.isPrintable(scalar) || (scalar.value > 0x7F && !style.allowsUnicode)
      || YAMLScalar.isBreak(scalar) || scalar == "\"" || scalar == "\\"
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x00: return "\\0"
    case 0x07: return "\\a"
    case 0x08: return "\\b"
    case 0x09: return "\\t"
    case 0x0A: return "\\n"
    case 0x0B: return "\\v"
    case 0x0C: return "\\f"
    case 0x0D: return "\\r"
    case 0x1B: return "\\e"
    case 0x22: return "\\\""
    case 0x5C: return "\\\\"
    case 0x85: return "\\N"
    case 0xA0: return "\\_"
    case 0x2028: return "\\L"
    case 0x2029: return "\\P"
    default: break
    }
    let width = scalar.value < 0x100 ? 2 : scalar.value < 0x10000 ? 4 : 8
    let letter = width == 2 ? "x" : width == 4 ? "u" : "U"
    return "\\\(letter)\(PythonText.hex(scalar.value, width).uppercased())"
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
