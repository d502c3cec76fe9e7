import OrderedCollections
import Schema

/// Expressions to items.
extension Context {
  func evaluate(_ expression: Expression) throws -> Item {
    switch expression {
    case .constant(let value, _):
      if unit.syntax == .condition, value.isTemplate { return try resolve(value) }
      return .value(value)
    case .name(let name, let site): return try lookup(name, at: site)
    case .attribute(let object, let name, let site):
      let object = try evaluate(object)
      self.site = site
      return try attribute(name, of: object)
    case .item(let object, let key, let site):
      let object = try evaluate(object)
      let key = try evaluate(key)
      self.site = site
      return try element(key, of: object)
    case .filter(let call): return try filter(call, subject: nil)
    case .test(let call): return try test(call)
    case .list(let elements, _): return .items(try elements.map(evaluate))
    case .tuple(let elements, _): return .tuple(try elements.map(evaluate))
    case .dict(let items, let site): return try dict(items, site)
    case .negate(let operand, let site): return try negated(evaluate(operand), site, isMinus: true)
    case .plus(let operand, let site): return try negated(evaluate(operand), site, isMinus: false)
    case .not(let operand, _):
      switch try truth(of: operand) {
      case .yes: return .bool(false)
      case .no: return .bool(true)
      case .unknown(let unknown): return .value(.unknown(unknown))
      }
    case .and(let left, let right): return try shortCircuit(left, right, decides: false)
    case .or(let left, let right): return try shortCircuit(left, right, decides: true)
    case .binary(let operation, let left, let right, let site):
      let left = try evaluate(left)
      let right = try evaluate(right)
      self.site = site
      return try binary(operation, left, right)
    case .concat(let parts, let site): return try concat(parts, site)
    case .compare(let left, let comparisons, let site):
      return try compare(left, comparisons, site)
    case .conditional(let test, let then, let otherwise, let site):
      return try conditional(test, then, otherwise, site)
    case .slice(let object, let start, let stop, let step, let site):
      return try slice(object, start, stop, step, site)
    case .call(let callee, let arguments, let site):
      return try call(callee, arguments, site)
    }
  }

  // MARK: Logic

  func truth(of expression: Expression) throws -> Truth {
    let item = try evaluate(expression)
    if let unknown = item.unknown { return .unknown(unknown) }
    if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    return try isTrue(item) ? .yes : .no
  }

  /// `and` and `or`; an unknown left side leaves the decision to a right side that is enough alone.
  private func shortCircuit(
    _ left: Expression, _ right: Expression, decides deciding: Bool
  ) throws -> Item {
    let first = try evaluate(left)
    if case .undefined(let undefined) = first { throw Interrupt.undefined(undefined) }
    guard let unknown = first.unknown else {
      return try isTrue(first) == deciding ? first : try evaluate(right)
    }
    // The left side may guard the right one, so a failure there means nothing yet.
    let second: Item
    do {
      second = try evaluate(right)
    } catch is TemplateError {
      return first
    } catch Interrupt.undefined {
      return first
    }
    if let other = second.unknown { return .value(.unknown(unknown.merging(other))) }
    if case .undefined = second { return first }
    return try isTrue(second) == deciding ? second : first
  }

  private func conditional(
    _ test: Expression, _ then: Expression, _ otherwise: Expression?, _ site: Site
  ) throws -> Item {
    switch try truth(of: test) {
    case .yes: return try evaluate(then)
    case .unknown(let unknown): return .value(.unknown(unknown))
    case .no:
      if let otherwise { return try evaluate(otherwise) }
      return .object(NoChoice())
    }
  }

  private func compare(
    _ left: Expression, _ comparisons: [Expression.Comparison], _ site: Site
  ) throws -> Item {
    var left = try evaluate(left)
    var unknown: Unknown?
    for comparison in comparisons {
      let right = try evaluate(comparison.operand)
      self.site = site
      do {
        if try !compared(comparison.comparator, left, right) { return .bool(false) }
      } catch Interrupt.unknown(let reason) {
        unknown = unknown.map { $0.merging(reason) } ?? reason
      }
      left = right
    }
    return unknown.map { .value(.unknown($0)) } ?? .bool(true)
  }

  // MARK: Containers and texts

  private func dict(_ items: [Expression.DictItem], _ site: Site) throws -> Item {
    var entries: OrderedDictionary<Value, Item> = [:]
    for item in items {
      let keyItem = try evaluate(item.key)
      let value = try evaluate(item.value)
      self.site = site
      if let unknown = keyItem.unknown { return .value(.unknown(unknown)) }
      let key = try hashable(keyItem)
      let stored = key.otherEqualKeys.first { entries[$0] != nil } ?? key
      entries[stored] = value
    }
    return .dict(DictBox(entries))
  }

  private func concat(_ parts: [Expression], _ site: Site) throws -> Item {
    var text = ""
    var unknown: Unknown?
    var isSecret = false
    for part in parts {
      let item = try evaluate(part)
      self.site = site
      do {
        text += try string(item)
      } catch Interrupt.unknown(let reason) {
        unknown = unknown.map { $0.merging(reason) } ?? reason
      }
      if sawSecret, item.holdsSecret { isSecret = true }
    }
    if let unknown { return .value(.unknown(unknown)) }
    return .value(.text(Text(text, marks: isSecret ? .secret : [])))
  }

  // MARK: Calls

  private func call(
    _ callee: Expression, _ arguments: Arguments, _ site: Site
  ) throws -> Item {
    let function = try evaluate(callee)
    let values = try evaluate(arguments)
    self.site = site
    return try call(function, values)
  }

  func call(_ function: Item, _ arguments: CallArguments) throws -> Item {
    switch function {
    case .undefined(let undefined):
      guard isAnsible else { throw Interrupt.undefined(undefined) }
      return function
    case .value(.unknown(let unknown)): return .value(.unknown(unknown))
    case .object(let object) where object.isCallable:
      if object is Macro { return try object.call(arguments, in: self) }
      if !(object is LookupFunction) {
        for argument in arguments.all {
          if isAnsible, case .undefined = argument { return argument }
          if let unknown = argument.unknown { return .value(.unknown(unknown)) }
        }
      }
      return try guarded(arguments) {
        let copes = (object as? BoundMethod)?.looksAtElements == false
        let result = try calling(copesWithUndefined: copes) {
          try object.call(arguments, in: self)
        }
        guard isAnsible, case .object(let view as ViewObject) = result else { return result }
        return .items(try view.elements(in: self) ?? [])
      }
    default:
      throw fail(.type, "'\(typeName(function))' object is not callable")
    }
  }

  /// Runs an operation on operands: what it meets that is undefined or unknown is its result, and
  /// what it computes from a secret is secret.
  func guarded(_ operands: CallArguments, _ body: () throws -> Item) throws -> Item {
    do {
      return try concealing(operands, body)
    } catch Interrupt.undefined(let undefined) where isAnsible {
      return .undefined(undefined)
    } catch Interrupt.unknown(let unknown) {
      return .value(.unknown(unknown))
    }
  }

  /// Runs an operation on operands: what it computes from a secret is secret, and so is what it complains about.
  func concealing(_ operands: CallArguments, _ body: () throws -> Item) throws -> Item {
    let before = secretCount
    let result: Item
    do {
      result = try body()
    } catch let error as TemplateError {
      guard holdsSecret(operands, since: before) else { throw error }
      throw error.withheld
    } catch Interrupt.undefined(let undefined) {
      throw Interrupt.undefined(
        operands.all.contains(where: \.isSecret) ? undefined.withheld : undefined)
    }
    guard holdsSecret(operands, since: before) else { return result }
    noteSecret()
    if case .undefined(let undefined) = result {
      return .undefined(
        operands.all.contains(where: \.isSecret) ? undefined.withheld : undefined)
    }
    return operands.all.contains(where: \.isSecret)
      ? try result.concealed(in: self) : try result.markedSecret(in: self)
  }

  /// Whether a secret is among the operands, or was met since a count of them was taken.
  func holdsSecret(_ operands: CallArguments, since before: Int) -> Bool {
    guard sawSecret else { return false }
    return secretCount > before || operands.all.contains(where: \.holdsSecret)
  }

  func evaluate(_ arguments: Arguments) throws -> CallArguments {
    var result = CallArguments()
    if arguments.isEmpty { return result }
    result.positional = try arguments.positional.map(evaluate)
    result.keywords = try arguments.keywords.map { ($0.name, try evaluate($0.value)) }
    if let list = arguments.unpackedList {
      result.positional += try elements(of: try evaluate(list))
    }
    if let dict = arguments.unpackedDict {
      guard case .dict(let box) = try evaluate(dict) else {
        throw fail(.type, "argument after ** must be a mapping")
      }
      for (key, value) in try box.entries(in: self) {
        guard case .text(let name) = key else { throw fail(.type, "keywords must be strings") }
        result.keywords.append((name.string, value))
      }
    }
    return result
  }
}
