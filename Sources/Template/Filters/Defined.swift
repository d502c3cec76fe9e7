import Schema

/// Filters that cope with what is not there.
let definedFilters: [Filter] = [
  Filter("default", "value, default_value=, boolean=", traits: .takesAnything) { call in
    let value = call[0]
    if case .undefined = value { return call.optional(1) ?? .text("") }
    if case .object(let object) = value, object is NoChoice {
      return call.optional(1) ?? .text("")
    }
    if let flag = call.optional(2) {
      if let unknown = flag.unknown { throw Interrupt.unknown(unknown) }
      if call.context.isAnsible, call.context.typeName(flag) != "bool" {
        throw call.fail(.type, "`boolean` must be bool, not \(call.context.typeName(flag))")
      }
      if try call.context.isTrue(flag), value.unknown == nil, try !call.context.isTrue(value) {
        return call.optional(1) ?? .text("")
      }
    }
    return value
  },
  Filter("mandatory", "value, msg=", traits: .takesAnything) { call in
    guard case .undefined(let undefined) = call[0] else { return call[0] }
    if let message = call.given(1) {
      throw call.fail(.plugin, try call.context.string(message))
    }
    guard case .name(let name) = undefined.reason else {
      throw call.fail(.plugin, "the mandatory variable is not defined")
    }
    throw call.fail(.plugin, "the mandatory variable `\(name)` is not defined")
  },
  Filter("ternary", "value, true_val, false_val, none_val=", traits: .takesAnything) { call in
    if call[0].isNull, let item = call.given(3) { return item }
    return try call.context.isTrue(call[0]) ? call[1] : call[2]
  },
  Filter("type_debug", "value", traits: .takesAnything) { call in
    if let unknown = call[0].unknown { throw Interrupt.unknown(unknown) }
    if case .undefined = call[0] { return .text("UndefinedMarker") }
    return .text(call.context.typeName(call[0]))
  },
  Filter("bool", "value") { call in .bool(try call.context.looseBool(call[0])) },
]

extension Context {
  /// The words and numbers that Ansible takes for a boolean; everything else is false.
  func looseBool(_ item: Item) throws -> Bool {
    switch item {
    case .value(.text(let text)):
      return ["yes", "on", "true", "1"].contains(text.string.lowercased())
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    default:
      guard let number = Number(item) else { return false }
      return number.double == 1
    }
  }
}
