import BigInt
import Schema

/// Operators between items.
extension Context {
  func binary(_ operation: BinaryOperator, _ left: Item, _ right: Item) throws -> Item {
    if let first = Number(left), let second = Number(right) {
      let result = try Arithmetic.apply(operation, first, second)
      let isSecret = SecretNumbers.isInUse && (left.holdsSecret || right.holdsSecret)
      return isSecret ? try result.concealed(in: self) : result
    }
    for operand in [left, right] {
      if case .undefined(let undefined) = operand { throw Interrupt.undefined(undefined) }
    }
    var unknown: Unknown?
    for operand in [left, right] {
      if let reason = operand.unknown { unknown = unknown.map { $0.merging(reason) } ?? reason }
    }
    if let unknown { return .value(.unknown(unknown)) }
    return try unguardedUndefined(CallArguments(positional: [left, right])) {
      try sequences(operation, left, right)
    }
  }

  /// Like `guarded`, but an undefined operand inside ends the template.
  private func unguardedUndefined(
    _ operands: CallArguments, _ body: () throws -> Item
  ) throws -> Item {
    do {
      return try concealing(operands, body)
    } catch Interrupt.unknown(let unknown) {
      return .value(.unknown(unknown))
    }
  }

  private func sequences(
    _ operation: BinaryOperator, _ left: Item, _ right: Item
  ) throws -> Item {
    switch (operation, left, right) {
    case (.add, .value(.text(let left)), .value(.text(let right))):
      return .text(left.string + right.string)
    case (.add, .list(let left), .list(let right)):
      return .items(try left.elements(in: self) + right.elements(in: self))
    case (.add, .tuple(let left), .tuple(let right)): return .tuple(left + right)
    case (.multiply, _, _):
      if let result = try repeated(left, right) ?? repeated(right, left) { return result }
    case (.modulo, .value(.text(let format)), _):
      return .text(try PercentFormat(context: self).format(format.string, right))
    case (.add, .object(let left as DateObject), .object(let right)):
      if let result = left.adding(right) { return .object(result) }
    case (.subtract, .object(let left as DateObject), .object(let right)):
      if let result = left.subtracting(right) { return .object(result) }
    default: break
    }
    if operation == .add {
      switch (left, right) {
      case (.value(.text), _):
        throw fail(
          .type, "can only concatenate str (not \"\(typeName(right))\") to str")
      case (.list, _):
        throw fail(
          .type, "can only concatenate list (not \"\(typeName(right))\") to list")
      default: break
      }
    }
    throw fail(
      .type,
      "unsupported operand types for \(operation.rawValue): '\(typeName(left))' and "
        + "'\(typeName(right))'")
  }

  /// A sequence so many times in a row; nil where this is not a sequence and a count.
  private func repeated(_ sequence: Item, _ count: Item) throws -> Item? {
    guard let number = Number(count), case .small(let times) = number else { return nil }
    let count = max(0, times)
    switch sequence {
    case .object(let markup as Markup):
      return try repeated(.text(markup.text), .int(count)).flatMap(\.string).map {
        .object(Markup($0))
      }
    case .value(.text(let text)):
      guard text.string.utf8.count * count <= 1 << 26 else {
        throw fail(.value, "the result is longer than 64 MiB")
      }
      return .text(String(repeating: text.string, count: count))
    case .list(let box):
      let items = try box.elements(in: self)
      return .items(try repeating(items, count))
    case .tuple(let items): return .tuple(try repeating(items, count))
    default: return nil
    }
  }

  private func repeating(_ items: [Item], _ count: Int) throws -> [Item] {
    guard items.count * count <= 1 << 22 else {
      throw fail(.value, "the result has more than four million elements")
    }
    return Array(repeatElement(items, count: count).joined())
  }

  func negated(_ operand: Item, _ site: Site, isMinus: Bool) throws -> Item {
    self.site = site
    if case .undefined(let undefined) = operand { throw Interrupt.undefined(undefined) }
    if operand.unknown != nil { return operand }
    if SecretNumbers.isInUse, isMinus, operand.holdsSecret, let number = Number(operand) {
      return try Arithmetic.apply(.subtract, .small(0), number).concealed(in: self)
    }
    guard let number = Number(operand) else {
      throw fail(
        .type, "bad operand type for unary \(isMinus ? "-" : "+"): '\(typeName(operand))'")
    }
    switch number {
    case .small(let int):
      return isMinus ? .integer(-BigInt(int)) : .int(int)
    case .int(let big): return .integer(isMinus ? -big : big)
    case .float(let float): return .float(isMinus ? -float : float)
    }
  }

  // MARK: Truth

  /// Python's truth of an item.
  func isTrue(_ item: Item) throws -> Bool {
    switch item {
    case .value(let value):
      switch value {
      case .null: return false
      case .bool(let bool): return bool
      case .int(let int): return int != 0
      case .bigInt: return true
      case .float(let float): return float != 0
      case .text(let text): return !text.string.isEmpty
      case .unknown(let unknown): throw Interrupt.unknown(unknown)
      case .list(let list): return !list.isEmpty
      case .dict(let dict): return !dict.isEmpty
      }
    case .list(let box): return box.count > 0
    case .tuple(let items): return !items.isEmpty
    case .dict(let box): return box.count > 0
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .object(let object as RangeObject): return object.count > 0
    case .object(let markup as Markup): return !markup.text.isEmpty
    case .object(let object) where object is NoChoice: return false
    case .object, .omit: return true
    }
  }

  // MARK: Types

  /// The name of an item's type as Python says it.
  func typeName(_ item: Item) -> String {
    switch item {
    case .value(let value):
      switch value {
      case .null: "NoneType"
      case .bool: "bool"
      case .int, .bigInt: "int"
      case .float: "float"
      case .text: "str"
      case .list: "list"
      case .dict: "dict"
      case .unknown: "unknown"
      }
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .undefined: "Undefined"
    case .object(let object): object.typeName
    case .omit: "Omit"
    }
  }

  /// A text argument.
  func text(_ item: Item, _ name: String) throws -> String {
    switch item {
    case .value(.text(let text)): return text.string
    case .object(let markup as Markup): return markup.text
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    default: throw fail(.type, "\(name) must be str, not \(typeName(item))")
    }
  }

  /// An integer argument (Python's `__index__`).
  func index(_ item: Item) throws -> Int {
    switch item {
    case .value(.int(let int)): return int
    case .value(.bool(let bool)): return bool ? 1 : 0
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .value(.bigInt(let big)): return big < 0 ? Int.min : Int.max
    default:
      throw fail(.type, "'\(typeName(item))' object cannot be interpreted as an integer")
    }
  }

  /// A dictionary key.
  func hashable(_ item: Item) throws -> Value {
    switch item {
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .value(let value): return value
    case .tuple(let items): return .list(try items.map(hashable))
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .list, .dict, .object, .omit:
      throw fail(.type, "unhashable type: '\(typeName(item))'")
    }
  }
}
