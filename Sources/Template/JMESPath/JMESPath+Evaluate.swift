import Schema

/// The meaning of JMESPath over data.
extension JMESPath {
  func evaluate(_ value: Value) throws -> Value {
    if case .unknown(let unknown) = value { throw Interrupt.unknown(unknown) }
    switch self {
    case .current: return value
    case .field(let name): return value.dict?[name] ?? .null
    case .literal(let literal): return literal
    case .chain(let steps): return try steps.reduce(value) { try $1.evaluate($0) }
    case .index(let index):
      guard let list = value.list else { return .null }
      let position = index < 0 ? list.count + index : index
      return list.indices.contains(position) ? list[position] : .null
    case .slice(let start, let stop, let step):
      guard let list = value.list else { return .null }
      return .list(
        try PythonSlice(start: start, stop: stop, step: step)
          .indices(count: list.count).map { list[$0] })
    case .projection(let base, let rest):
      guard case .list(let elements) = try base.evaluate(value) else { return .null }
      return try Self.projected(elements, rest)
    case .valueProjection(let base, let rest):
      guard case .dict(let map) = try base.evaluate(value) else { return .null }
      return try Self.projected(map.values, rest)
    case .filter(let base, let rest, let condition):
      guard case .list(let elements) = try base.evaluate(value) else { return .null }
      return try Self.projected(
        elements.filter { try Self.isTrue(try condition.evaluate($0)) }, rest)
    case .flatten(let base):
      guard case .list(let elements) = try base.evaluate(value) else { return .null }
      return .list(elements.flatMap { $0.list ?? [$0] })
    case .list(let paths):
      return value == .null ? .null : .list(try paths.map { try $0.evaluate(value) })
    case .dict(let pairs):
      if value == .null { return .null }
      return .dict(ValueMap(try pairs.map { (.string($0.key), try $0.value.evaluate(value)) }))
    case .not(let path):
      let result = try path.evaluate(value)
      return .bool(try !Self.isTrue(result))
    case .and(let left, let right):
      let first = try left.evaluate(value)
      return try Self.isTrue(first) ? right.evaluate(value) : first
    case .or(let left, let right):
      let first = try left.evaluate(value)
      return try Self.isTrue(first) ? first : right.evaluate(value)
    case .comparison(let kind, let left, let right):
      return try Self.compared(kind, try left.evaluate(value), try right.evaluate(value))
    case .call(let name, let arguments):
      return try JMESFunction.call(name, arguments, over: value)
    case .reference:
      throw TemplateError(.plugin, "`&` may only stand before a function's argument", line: 0)
    }
  }

  private static func projected(_ elements: [Value], _ rest: JMESPath) throws -> Value {
    .list(try elements.map { try rest.evaluate($0) }.filter { $0 != .null })
  }

  /// Everything but null, false and what is empty; zero too.
  static func isTrue(_ value: Value) throws -> Bool {
    switch value {
    case .null, .bool(false): false
    case .text(let text): !text.string.isEmpty
    case .list(let list): !list.isEmpty
    case .dict(let map): !map.isEmpty
    case .unknown(let unknown): throw Interrupt.unknown(unknown)
    default: true
    }
  }

  /// Equality as in Python, but numbers are no booleans.
  static func isEqual(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.bool(let left), .bool(let right)): return left == right
    case (.bool, _), (_, .bool): return false
    case (.list(let left), .list(let right)):
      return left.count == right.count && zip(left, right).allSatisfy(isEqual)
    case (.dict(let left), .dict(let right)):
      return left.count == right.count
        && left.pairs.allSatisfy { key, value in right[key].map { isEqual(value, $0) } ?? false }
    default:
      if let left = Number(.value(left)), let right = Number(.value(right)) {
        return Number.compare(left, right) == .equal
      }
      return left == right
    }
  }

  /// The order of two numbers or two texts; nil of anything else.
  static func order(_ left: Value, _ right: Value) -> Number.Ordering? {
    if let left = left.string, let right = right.string {
      if left == right { return .equal }
      return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars) ? .less : .greater
    }
    guard isNumber(left), isNumber(right), let left = Number(.value(left)),
      let right = Number(.value(right))
    else { return nil }
    return Number.compare(left, right)
  }

  static func isNumber(_ value: Value) -> Bool {
    switch value {
    case .int, .bigInt, .float: true
    default: false
    }
  }

  private static func compared(
    _ kind: JMESToken.Kind, _ left: Value, _ right: Value
  ) throws -> Value {
    if kind == .equal { return .bool(isEqual(left, right)) }
    if kind == .unequal { return .bool(!isEqual(left, right)) }
    let areComparable = [left, right].allSatisfy { isNumber($0) || $0.string != nil }
    guard areComparable else { return .null }
    guard let order = order(left, right) else {
      throw TemplateError(
        .plugin, "a \(left.typeName) and a \(right.typeName) have no order", line: 0)
    }
    switch kind {
    case .less: return .bool(order == .less)
    case .lessOrEqual: return .bool(order == .less || order == .equal)
    case .greater: return .bool(order == .greater)
    default: return .bool(order == .greater || order == .equal)
    }
  }
}
