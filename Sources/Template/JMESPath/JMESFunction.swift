import BigInt
import Schema

/// The functions of JMESPath.
enum JMESFunction {
  /// What an argument may be.
  private enum Kind: String {
    case any, array, object, string, number, reference
    case numbers = "array of numbers"
    case strings = "array of strings"
  }

  private static let signatures: [String: [[Kind]]] = [
    "abs": [[.number]], "avg": [[.numbers]], "ceil": [[.number]],
    "contains": [[.array, .string], [.any]], "ends_with": [[.string], [.string]],
    "floor": [[.number]], "join": [[.string], [.strings]], "keys": [[.object]],
    "length": [[.string, .array, .object]], "map": [[.reference], [.array]],
    "max": [[.numbers, .strings]], "max_by": [[.array], [.reference]], "merge": [[.object]],
    "min": [[.numbers, .strings]], "min_by": [[.array], [.reference]], "not_null": [[.any]],
    "reverse": [[.array, .string]], "sort": [[.strings, .numbers]],
    "sort_by": [[.array], [.reference]], "starts_with": [[.string], [.string]],
    "sum": [[.numbers]], "to_array": [[.any]], "to_number": [[.any]], "to_string": [[.any]],
    "type": [[.any]], "values": [[.object]],
  ]

  private static let variadic: Set<String> = ["merge", "not_null"]

  static func call(_ name: String, _ paths: [JMESPath], over value: Value) throws -> Value {
    guard let signature = signatures[name] else {
      throw TemplateError(
        .plugin, "no JMESPath function `\(name)`", line: 0, name: name,
        suggestions: nearest(name, in: Array(signatures.keys)))
    }
    guard paths.count == signature.count || (variadic.contains(name) && paths.count > 0) else {
      throw TemplateError(
        .plugin, "`\(name)()` takes \(signature.count) arguments, \(paths.count) were given",
        line: 0)
    }
    var arguments: [Value] = []
    var key: JMESPath?
    for (index, path) in paths.enumerated() {
      let kinds = signature[min(index, signature.count - 1)]
      if case .reference(let inner) = path {
        guard kinds == [.reference] || kinds == [.any] else {
          throw refused(name, kinds, "an expression")
        }
        key = inner
        continue
      }
      let argument = try path.evaluate(value)
      guard kinds.contains(where: { fits(argument, $0) }) else {
        throw refused(name, kinds, argument.typeName)
      }
      arguments.append(argument)
    }
    if let key { return try ordered(name, arguments[0].list ?? [], key) }
    return try plain(name, arguments)
  }

  private static func refused(_ name: String, _ kinds: [Kind], _ found: String) -> TemplateError {
    TemplateError(
      .plugin,
      "`\(name)()` needs \(kinds.map(\.rawValue).joined(separator: " or ")), this is \(found)",
      line: 0)
  }

  private static func fits(_ value: Value, _ kind: Kind) -> Bool {
    switch kind {
    case .any: true
    case .array: value.list != nil
    case .object: value.dict != nil
    case .string: value.string != nil
    case .number: JMESPath.isNumber(value)
    case .numbers: value.list.map { $0.allSatisfy(JMESPath.isNumber) } ?? false
    case .strings: value.list.map { $0.allSatisfy { $0.string != nil } } ?? false
    case .reference: false
    }
  }

  // MARK: Functions with an expression

  private static func ordered(_ name: String, _ list: [Value], _ key: JMESPath) throws -> Value {
    if name == "map" { return .list(try list.map { try key.evaluate($0) }) }
    let keys = try list.map { element -> Value in
      let result = try key.evaluate(element)
      guard JMESPath.isNumber(result) || result.string != nil else {
        throw TemplateError(
          .plugin, "`\(name)()` needs numbers or strings to order by, this is \(result.typeName)",
          line: 0)
      }
      return result
    }
    guard let first = keys.first else { return name == "sort_by" ? .list([]) : .null }
    for other in keys where (other.string == nil) != (first.string == nil) {
      throw TemplateError(.plugin, "`\(name)()` orders by numbers and by strings at once", line: 0)
    }
    let indices = keys.indices
    switch name {
    case "sort_by": return .list(sorted(Array(indices)) { keys[$0] }.map { list[$0] })
    case "max_by": return best(Array(indices), .greater) { keys[$0] }.map { list[$0] } ?? .null
    default: return best(Array(indices), .less) { keys[$0] }.map { list[$0] } ?? .null
    }
  }

  /// Equal ones stay in their order.
  private static func sorted<Element>(_ items: [Element], by key: (Element) -> Value) -> [Element] {
    items.enumerated().sorted { left, right in
      switch JMESPath.order(key(left.element), key(right.element)) {
      case .less: true
      case .equal: left.offset < right.offset
      default: false
      }
    }.map(\.element)
  }

  private static func best<Element>(
    _ items: [Element], _ wanted: Number.Ordering, by key: (Element) -> Value
  ) -> Element? {
    guard var best = items.first else { return nil }
    for item in items.dropFirst() where JMESPath.order(key(item), key(best)) == wanted {
      best = item
    }
    return best
  }

  // MARK: Functions of values

  private static func plain(_ name: String, _ arguments: [Value]) throws -> Value {
    guard let first = arguments.first else { return .null }
    let list = first.list ?? []
    switch name {
    case "abs", "ceil", "floor": return rounded(name, first)
    case "sum": return try sum(list)
    case "avg":
      if list.isEmpty { return .null }
      return .float((Number(.value(try sum(list)))?.double ?? 0) / Double(list.count))
    case "max": return best(list, .greater) { $0 } ?? .null
    case "min": return best(list, .less) { $0 } ?? .null
    case "sort": return .list(sorted(list) { $0 })
    case "contains": return try contains(first, arguments[1])
    case "starts_with":
      return .bool(PythonText.hasPrefix(first.string ?? "", arguments[1].string ?? ""))
    case "ends_with":
      return .bool(PythonText.hasSuffix(first.string ?? "", arguments[1].string ?? ""))
    case "join":
      return .string(
        (arguments[1].list ?? []).compactMap(\.string).joined(separator: first.string ?? ""))
    case "keys": return .list(first.dict?.keys ?? [])
    case "values": return .list(first.dict?.values ?? [])
    case "merge":
      var merged = ValueMap()
      for argument in arguments {
        for (key, value) in argument.dict ?? ValueMap() { merged[key] = value }
      }
      return .dict(merged)
    case "not_null": return arguments.first { $0 != .null } ?? .null
    case "to_array": return first.list == nil ? .list([first]) : first
    case "to_number": return number(first)
    case "to_string":
      return first.string == nil
        ? .string(JSON.text(first, style: JSONStyle(escapesNonASCII: true))) : first
    case "type": return .string(typeName(first))
    default: return lengthOrReverse(name, first)
    }
  }

  private static func lengthOrReverse(_ name: String, _ value: Value) -> Value {
    switch (name, value) {
    case ("length", .text(let text)): return .int(text.string.unicodeScalars.count)
    case ("length", .dict(let map)): return .int(map.count)
    case ("length", .list(let list)): return .int(list.count)
    case (_, .text(let text)):
      return .text(
        Text(
          String(String.UnicodeScalarView(text.string.unicodeScalars.reversed())), marks: text.marks
        ))
    default: return .list((value.list ?? []).reversed())
    }
  }

  private static func rounded(_ name: String, _ value: Value) -> Value {
    switch value {
    case .float(let float):
      if name == "abs" { return .float(abs(float)) }
      let whole = float.rounded(name == "ceil" ? .up : .down)
      return BigInt(exactly: whole).map(Value.integer) ?? value
    case .int(let int): return name == "abs" ? .integer(abs(BigInt(int))) : value
    case .bigInt(let big): return name == "abs" ? .integer(abs(big)) : value
    default: return value
    }
  }

  private static func sum(_ list: [Value]) throws -> Value {
    var total = Item.int(0)
    for element in list {
      guard let left = Number(total), let right = Number(.value(element)) else { continue }
      total = try Arithmetic.apply(.add, left, right)
    }
    guard case .value(let value) = total else { return .null }
    return value
  }

  private static func contains(_ subject: Value, _ wanted: Value) throws -> Value {
    if let list = subject.list { return .bool(list.contains { JMESPath.isEqual($0, wanted) }) }
    guard let part = wanted.string else {
      throw TemplateError(.plugin, "a string can only contain a string", line: 0)
    }
    return .bool(PythonText.contains(subject.string ?? "", part))
  }

  private static func number(_ value: Value) -> Value {
    if JMESPath.isNumber(value) { return value }
    guard let text = value.string else { return .null }
    if let integer = PythonNumber.integer(text, base: 10) { return .integer(integer) }
    return PythonNumber.float(text).map(Value.float) ?? .null
  }

  private static func typeName(_ value: Value) -> String {
    switch value {
    case .text: "string"
    case .bool: "boolean"
    case .list: "array"
    case .dict: "object"
    case .int, .bigInt, .float: "number"
    case .null, .unknown: "null"
    }
  }
}
