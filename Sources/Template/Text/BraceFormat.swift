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

  func format(_ text: String) throws -> String {
    var next = 0
    return try format(Array(text.unicodeScalars)[...], &next, depth: 2)
  }

  private func format(
    _ scalars: ArraySlice<Unicode.Scalar>, _ next: inout Int, depth: Int
  ) throws -> String {
    var result = String.UnicodeScalarView()
    var rest = scalars
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}", rest.first == scalar {
        rest.removeFirst()
        result.append(scalar)
      } else if scalar == "{" {
        let field = try field(&rest)
        result.append(contentsOf: try replaced(field, &next, depth).unicodeScalars)
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
    _ field: ArraySlice<Unicode.Scalar>, _ next: inout Int, _ depth: Int
  ) throws -> String {
    guard depth > 0 else { throw context.fail(.value, "max string recursion exceeded") }
    var bracketed = false
    let nameEnd =
      field.firstIndex { scalar in
        if scalar == "[" { bracketed = true }
        if scalar == "]" { bracketed = false }
        return !bracketed && (scalar == ":" || scalar == "!")
      } ?? field.endIndex
    var item = try value(String(String.UnicodeScalarView(field[..<nameEnd])), &next)
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
    let specification = try format(rest, &next, depth: depth - 1)
    return try FormatSpecification(specification, context: context).apply(to: item)
  }

  private func value(_ path: String, _ next: inout Int) throws -> Item {
    let first = path.prefix { $0 != "." && $0 != "[" }
    var rest = path.dropFirst(first.count)
    var item: Item
    if first.isEmpty || Int(first) != nil {
      let index = Int(first) ?? next
      if first.isEmpty { next += 1 }
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
        rest = rest.dropFirst(key.count + 1)
        item = try context.element(Int(key).map(Item.int) ?? .text(String(key)), of: item)
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
