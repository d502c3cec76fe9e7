import Schema

/// Scalars: plain, quoted or as a block.
extension YAMLEmitter {
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

  mutating func scalar(_ value: Value) throws {
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

  /// How a scalar is written.
  enum Form { case plain, singleQuoted, doubleQuoted, literal, folded }

  /// How a scalar is written (libyaml's `yaml_emitter_select_scalar_style`).
  func form(of scalar: YAMLScalar, isPlainEnough: Bool) -> Form {
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
  func breaks(at index: Int, in characters: [Unicode.Scalar], afterSpace: Bool) -> Bool {
    !isSimpleKey && !afterSpace && column > style.width
      && index > 0 && index < characters.count - 1 && characters[index + 1] != " "
  }

  mutating func plain(_ scalar: YAMLScalar) {
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

  mutating func singleQuoted(_ scalar: YAMLScalar) {
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

  mutating func doubleQuoted(_ scalar: YAMLScalar) {
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

  func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    !YAMLScalar.isPrintable(scalar) || (scalar.value > 0x7F && !style.allowsUnicode)
      || YAMLScalar.isBreak(scalar) || scalar == "\"" || scalar == "\\"
  }

  static func escape(_ scalar: Unicode.Scalar) -> String {
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
