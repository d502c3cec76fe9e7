import Schema

/// Python's `str.format`.
struct BraceFormat {
  private let context: Context
  /// Nil where fields can only be named (`format_map`).
  private let positional: [Item]?
  private let named: [(name: String, value: Item)]

  init(_ context: Context, _ positional: [Item]?, _ named: [(name: String, value: Item)]) {
    self.context = context
    self.positional = positional
    self.named = named
  }

  /// How the fields are numbered: by themselves, or by the text; both together are an error.
  private enum Numbering {
    case undecided
    case automatic(next: Int)
    case manual
  }

  func format(_ text: String) throws -> String {
    var numbering = Numbering.undecided
    return try format(Array(text.unicodeScalars)[...], &numbering, depth: 2)
  }

  private func format(
    _ scalars: ArraySlice<Unicode.Scalar>, _ numbering: inout Numbering, depth: Int
  ) throws -> String {
    var result = String.UnicodeScalarView()
    var rest = scalars
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}", rest.first == scalar {
        rest.removeFirst()
        result.append(scalar)
      } else if scalar == "{" {
        let field = try field(&rest)
        result.append(contentsOf: try replaced(field, &numbering, depth).unicodeScalars)
      } else if scalar == "}" {
        throw context.fail(.value, "single '}' encountered in format string")
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// The characters up to the brace that closes a field.
  private func field(
    _ rest: inout ArraySlice<Unicode.Scalar>
  ) throws -> ArraySlice<Unicode.Scalar> {
    let whole = rest
    var depth = 1
    while let scalar = rest.popFirst() {
      if scalar == "{" { depth += 1 }
      if scalar == "}" { depth -= 1 }
      if depth == 0 { return whole[..<(rest.startIndex - 1)] }
    }
    throw context.fail(.value, "expected '}' before end of string")
  }

  private func replaced(
    _ field: ArraySlice<Unicode.Scalar>, _ numbering: inout Numbering, _ depth: Int
  ) throws -> String {
    guard depth > 0 else { throw context.fail(.value, "max string recursion exceeded") }
    var bracketed = false
    let nameEnd =
      field.firstIndex { scalar in
        if scalar == "[" { bracketed = true }
        if scalar == "]" { bracketed = false }
        return !bracketed && (scalar == ":" || scalar == "!")
      } ?? field.endIndex
    var item = try value(String(String.UnicodeScalarView(field[..<nameEnd])), &numbering)
    var rest = field[nameEnd...]
    if rest.first == "!" {
      rest.removeFirst()
      switch rest.popFirst() {
      case "r": item = .text(try context.representation(item))
      case "a": item = .text(PythonText.escapingNonASCII(try context.representation(item)))
      case "s": item = .text(try context.string(item))
      default: throw context.fail(.value, "unknown conversion specifier")
      }
    }
    if rest.first == ":" { rest.removeFirst() }
    let specification = try format(rest, &numbering, depth: depth - 1)
    return try FormatSpecification(specification, context: context).apply(to: item)
  }

  /// The number of a positional field.
  private func index(_ digits: Substring, _ numbering: inout Numbering) throws -> Int {
    switch (numbering, Int(digits)) {
    case (.manual, nil):
      throw context.fail(
        .value, "cannot switch from manual field specification to automatic field numbering")
    case (.automatic, .some):
      throw context.fail(
        .value, "cannot switch from automatic field numbering to manual field specification")
    case (_, let index?):
      numbering = .manual
      return index
    case (.automatic(let next), nil):
      numbering = .automatic(next: next + 1)
      return next
    case (.undecided, nil):
      numbering = .automatic(next: 1)
      return 0
    }
  }

  private func value(_ path: String, _ numbering: inout Numbering) throws -> Item {
    let first = path.prefix { $0 != "." && $0 != "[" }
    var rest = path.dropFirst(first.count)
    var item: Item
    if first.allSatisfy(\.isWholeNumber) {
      let index = try index(first, &numbering)
      guard let positional else {
        throw context.fail(.value, "format string contains positional fields")
      }
      guard positional.indices.contains(index) else {
        throw context.fail(.value, "replacement index \(index) out of range")
      }
      item = positional[index]
    } else {
      guard let match = named.first(where: { $0.name == first }) else {
        throw context.fail(.value, "no argument `\(first)` for the format")
      }
      item = match.value
    }
    while let separator = rest.popFirst() {
      if separator == "." {
        let name = rest.prefix { $0 != "." && $0 != "[" }
        rest = rest.dropFirst(name.count)
        item = try attribute(String(name), of: item)
      } else {
        let key = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(key.count)
        guard rest.popFirst() != nil else {
          throw context.fail(.value, "missing ']' in format string")
        }
        let number = key.allSatisfy(\.isWholeNumber) ? Int(key) : nil
        item = try context.element(number.map(Item.int) ?? .text(String(key)), of: item)
      }
      if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    }
    return item
  }

  /// An attribute as Python has it: entries of dictionaries are none.
  private func attribute(_ name: String, of item: Item) throws -> Item {
    if case .dict = item {
      throw context.fail(.value, "'dict' object has no attribute '\(name)'")
    }
    return try context.attribute(name, of: item)
  }
}
