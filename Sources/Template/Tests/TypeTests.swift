import Schema

/// Tests of what something is.
let typeTests: [Test] = [
  Test("defined", "value", traits: .takesAnything) { call in
    if let unknown = call[0].unknown { throw Interrupt.unknown(unknown) }
    return !isUndefined(call[0])
  },
  Test("undefined", "value", traits: .takesAnything) { call in
    if let unknown = call[0].unknown { throw Interrupt.unknown(unknown) }
    return isUndefined(call[0])
  },
  Test("none", "value") { $0[0].isNull },
  Test("boolean", "value") { call in
    if case .value(.bool) = call[0] { true } else { false }
  },
  Test("true", "value") { call in
    if case .value(.bool(true)) = call[0] { true } else { false }
  },
  Test("false", "value") { call in
    if case .value(.bool(false)) = call[0] { true } else { false }
  },
  Test("integer", "value") { call in
    switch call[0] {
    case .value(.int), .value(.bigInt): true
    default: false
    }
  },
  Test("float", "value") { call in
    if case .value(.float) = call[0] { true } else { false }
  },
  Test("number", "value") { Number($0[0]) != nil },
  Test("string", "value") { call in
    if case .object(let object) = call[0] { return object is Markup }
    return call[0].string != nil
  },
  Test("mapping", "value") { call in
    if case .dict = call[0] { true } else { false }
  },
  Test("sequence", "value") { call in
    switch call[0] {
    case .list, .tuple, .dict, .value(.text): true
    case .object(let object): object is RangeObject || object is Markup || object is GroupObject
    default: false
    }
  },
  Test("iterable", "value") { try $0.context.elementsIfAny(of: $0[0]) != nil },
  Test("callable", "value") { call in
    guard case .object(let object) = call[0] else { return false }
    return object.isCallable
  },
  Test("escaped", "value") { call in
    guard case .object(let object) = call[0] else { return false }
    return object is Markup
  },
  Test("upper", "value") { PythonText.isUpper(try $0.string(0)) },
  Test("lower", "value") { PythonText.isLower(try $0.string(0)) },
  Test("filter", "value") { call in
    Filter.named(try call.text(0, "the name")) != nil
  },
  Test("test", "value") { call in
    // Ansible finds every name that is no text.
    guard let name = call[0].string else { return call.context.isAnsible }
    return Test.named(name) != nil
  },
]

private func isUndefined(_ item: Item) -> Bool {
  if case .object(let object) = item { return object is NoChoice }
  return item.undefined != nil
}

/// Tests of how something compares.
let comparisonTests: [Test] = [
  Test("eq", "a, b") { try $0.context.compared(.equal, $0[0], $0[1]) },
  Test("ne", "a, b") { try $0.context.compared(.notEqual, $0[0], $0[1]) },
  Test("lt", "a, b") { try $0.context.compared(.less, $0[0], $0[1]) },
  Test("le", "a, b") { try $0.context.compared(.lessOrEqual, $0[0], $0[1]) },
  Test("gt", "a, b") { try $0.context.compared(.greater, $0[0], $0[1]) },
  Test("ge", "a, b") { try $0.context.compared(.greaterOrEqual, $0[0], $0[1]) },
  Test("in", "value, seq") { try $0.context.compared(.contained, $0[0], $0[1]) },
  Test("sameas", "value, other") { call in
    switch (call[0], call[1]) {
    case (.list(let left), .list(let right)): return left === right
    case (.dict(let left), .dict(let right)): return left === right
    case (.object(let left), .object(let right)): return left === right
    default:
      guard call.context.typeName(call[0]) == call.context.typeName(call[1]) else { return false }
      return try call.context.isEqual(call[0], call[1])
    }
  },
  Test("odd", "value") { call in
    try call.context.isEqual(try remainder(call, .int(2)), .int(1))
  },
  Test("even", "value") { call in
    try call.context.isEqual(try remainder(call, .int(2)), .int(0))
  },
  Test("divisibleby", "value, num") { call in
    try call.context.isEqual(try remainder(call, call[1]), .int(0))
  },
]

private func remainder(_ call: PluginCall, _ divisor: Item) throws -> Item {
  // A text on the left of `%` is a format, as Python has it.
  guard Number(call[0]) != nil || call[0].string != nil else {
    throw call.fail(.type, "a number is needed, this is \(call.context.phrase(call[0]))")
  }
  return try call.context.binary(.modulo, call[0], divisor)
}
