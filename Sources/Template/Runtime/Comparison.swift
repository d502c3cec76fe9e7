import OrderedCollections
import Schema

/// Comparisons between items.
extension Context {
  func compared(_ comparator: Comparator, _ left: Item, _ right: Item) throws -> Bool {
    switch comparator {
    case .equal: return try isEqual(left, right)
    case .notEqual: return try !isEqual(left, right)
    case .contained: return try contains(right, left)
    case .notContained: return try !contains(right, left)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      switch try ordering(left, right, comparator.rawValue) {
      case .less: return comparator == .less || comparator == .lessOrEqual
      case .greater: return comparator == .greater || comparator == .greaterOrEqual
      case .equal: return comparator == .lessOrEqual || comparator == .greaterOrEqual
      case .unordered: return false
      }
    }
  }

  /// Python's equality.
  ///
  /// Unknown parts matter only where everything else is equal.
  func isEqual(_ left: Item, _ right: Item) throws -> Bool {
    if case .value(.text(let left)) = left, case .value(.text(let right)) = right {
      return left.string.utf8.elementsEqual(right.string.utf8)
    }
    if let left = Number(left), let right = Number(right) {
      return Number.compare(left, right) == .equal
    }
    switch (left, right) {
    case (.undefined(let undefined), _), (_, .undefined(let undefined)):
      throw Interrupt.undefined(undefined)
    case (.value(.unknown(let left)), .value(.unknown(let right))):
      throw Interrupt.unknown(left.merging(right))
    case (.value(.unknown(let unknown)), _), (_, .value(.unknown(let unknown))):
      throw Interrupt.unknown(unknown)
    case (.value(.null), .value(.null)), (.omit, .omit): return true
    case (.list(let left), .list(let right)):
      if left === right { return true }
      return try allEqual(left.elements(in: self), right.elements(in: self))
    case (.tuple(let left), .tuple(let right)): return try allEqual(left, right)
    case (.dict(let left), .dict(let right)): return try isEqual(left, right)
    case (.object(let left), .object(let right)):
      if left === right { return true }
      if let left = left as? DateObject, let right = right as? DateObject {
        return left.isEqual(to: right)
      }
      if let left = left as? RangeObject, let right = right as? RangeObject {
        return left.values == right.values
      }
      return false
    default: return false
    }
  }

  private func allEqual(_ left: [Item], _ right: [Item]) throws -> Bool {
    guard left.count == right.count else { return false }
    var unknown: Unknown?
    for (left, right) in zip(left, right) {
      do {
        if try !isEqual(left, right) { return false }
      } catch Interrupt.unknown(let reason) {
        unknown = unknown.map { $0.merging(reason) } ?? reason
      }
    }
    if let unknown { throw Interrupt.unknown(unknown) }
    return true
  }

  private func isEqual(_ left: DictBox, _ right: DictBox) throws -> Bool {
    if left === right { return true }
    guard left.count == right.count else { return false }
    var unknown: Unknown?
    for (key, value) in try left.entries(in: self) {
      guard let other = try right.value(for: key, in: self) else { return false }
      do {
        if try !isEqual(value, other) { return false }
      } catch Interrupt.unknown(let reason) {
        unknown = unknown.map { $0.merging(reason) } ?? reason
      }
    }
    if let unknown { throw Interrupt.unknown(unknown) }
    return true
  }

  func ordering(
    _ left: Item, _ right: Item, _ symbol: String = "<"
  ) throws -> Number.Ordering {
    if let left = Number(left), let right = Number(right) { return Number.compare(left, right) }
    switch (left, right) {
    case (.undefined(let undefined), _), (_, .undefined(let undefined)):
      throw Interrupt.undefined(undefined)
    case (.value(.unknown(let left)), .value(.unknown(let right))):
      throw Interrupt.unknown(left.merging(right))
    case (.value(.unknown(let unknown)), _), (_, .value(.unknown(let unknown))):
      throw Interrupt.unknown(unknown)
    case (.value(.text(let left)), .value(.text(let right))):
      return ordering(left.string, right.string)
    case (.list(let left), .list(let right)):
      return try ordering(left.elements(in: self), right.elements(in: self), symbol)
    case (.tuple(let left), .tuple(let right)): return try ordering(left, right, symbol)
    case (.object(let left as DateObject), .object(let right as DateObject)):
      if let result = left.ordering(to: right) { return result }
    default: break
    }
    throw fail(
      .type,
      "'\(symbol)' not supported between instances of '\(typeName(left))' and "
        + "'\(typeName(right))'")
  }

  /// By code point, as Python orders texts.
  private func ordering(_ left: String, _ right: String) -> Number.Ordering {
    if left.utf8.elementsEqual(right.utf8) { return .equal }
    return left.utf8.lexicographicallyPrecedes(right.utf8) ? .less : .greater
  }

  private func ordering(
    _ left: [Item], _ right: [Item], _ symbol: String
  ) throws -> Number.Ordering {
    for (left, right) in zip(left, right) where try !isEqual(left, right) {
      return try ordering(left, right, symbol)
    }
    return left.count < right.count ? .less : left.count == right.count ? .equal : .greater
  }

  /// Python's `in`.
  func contains(_ container: Item, _ element: Item) throws -> Bool {
    switch container {
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .value(.text(let text)):
      switch element {
      case .value(.text(let part)): return PythonText.contains(text.string, part.string)
      case .undefined(let undefined): throw Interrupt.undefined(undefined)
      case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
      default:
        throw fail(
          .type, "'in <string>' requires string as left operand, not \(typeName(element))")
      }
    case .dict(let box): return box.storedKey(equalTo: try hashable(element)) != nil
    default:
      guard let elements = try elementsIfAny(of: container) else {
        throw fail(.type, "argument of type '\(typeName(container))' is not iterable")
      }
      return try contains(elements, element)
    }
  }

  func contains(_ elements: [Item], _ element: Item) throws -> Bool {
    if elements.isEmpty { return false }
    if case .undefined(let undefined) = element { throw Interrupt.undefined(undefined) }
    var unknown: Unknown?
    for candidate in elements {
      do {
        if try isEqual(candidate, element) { return true }
      } catch Interrupt.unknown(let reason) {
        unknown = unknown.map { $0.merging(reason) } ?? reason
      }
    }
    if let unknown { throw Interrupt.unknown(unknown) }
    return false
  }
}
