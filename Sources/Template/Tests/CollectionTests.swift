import Glibc
import Schema

/// Tests over lists and numbers.
let collectionTests: [Test] = [
  Test("all", "value") { call in
    try call.elements(0).allSatisfy { try call.context.isTrue($0) }
  },
  Test("any", "value") { call in
    try call.elements(0).contains { try call.context.isTrue($0) }
  },
  Test("contains", "seq, value") { try $0.context.contains($0[0], $0[1]) },
  Test("subset", "a, b") { call in
    let other = try ItemSet(try call.elements(1), call.context)
    for element in try call.elements(0) { _ = try call.context.hashable(element) }
    return try call.elements(0).allSatisfy { try other.contains($0) }
  },
  Test("superset", "a, b") { call in
    let other = try ItemSet(try call.elements(0), call.context)
    for element in try call.elements(0) { _ = try call.context.hashable(element) }
    return try call.elements(1).allSatisfy { try other.contains($0) }
  },
  Test("nan", "x") { call in
    Number(call[0])?.double.isNaN ?? false
  },
  Test("truthy", "value, convert_bool=") { call in
    try truthiness(call)
  },
  Test("falsy", "value, convert_bool=") { call in
    try !truthiness(call)
  },
]

private func truthiness(_ call: PluginCall) throws -> Bool {
  if try call.bool(1) {
    let words: [String: Bool] = [
      "y": true, "yes": true, "on": true, "1": true, "true": true, "t": true, "n": false,
      "no": false, "off": false, "0": false, "false": false, "f": false,
    ]
    switch call[0] {
    case .value(.text(let text)):
      if let bool = words[pythonStrip(text.string.lowercased())] { return bool }
    case .value(.int(0)), .value(.float(0)): return false
    case .value(.int(1)), .value(.float(1)): return true
    default: break
    }
  }
  return try call.context.isTrue(call[0])
}

/// Tests of the results of tasks.
let resultTests: [Test] = [
  Test("failed", "result") { call in
    guard let field = try field("failed", call) else { return false }
    return try call.context.isTrue(field)
  },
  Test("succeeded", "result") { call in
    guard let field = try field("failed", call) else { return true }
    return try !call.context.isTrue(field)
  },
  Test("changed", "result") { call in
    let context = call.context
    let box = try result(call)
    if let changed = try box.value(for: .string("changed"), in: context) {
      return try context.isTrue(changed)
    }
    guard case .list(let results)? = try box.value(for: .string("results"), in: context) else {
      return false
    }
    for case .dict(let result) in try results.elements(in: context) {
      if let changed = try result.value(for: .string("changed"), in: context),
        try context.isTrue(changed)
      {
        return true
      }
    }
    return false
  },
  Test("skipped", "result") { try flag("skipped", $0) },
  Test("reachable", "result") { call in
    guard let field = try field("unreachable", call) else { return true }
    return try !call.context.isTrue(field)
  },
  Test("unreachable", "result") { try flag("unreachable", $0) },
  Test("timedout", "result") { call in
    guard let field = try field("timedout", call), try call.context.isTrue(field) else {
      return false
    }
    guard case .dict(let box) = field else {
      throw call.fail(.plugin, "`timedout` of the result is not a dictionary")
    }
    guard let period = try box.value(for: .string("period"), in: call.context) else { return false }
    return try call.context.isTrue(period)
  },
  Test("started", "result") { call in
    guard let field = try field("started", call) else {
      if let finished = try field("finished", call) { return try call.context.isTrue(finished) }
      return true
    }
    return try call.context.isTrue(field)
  },
  Test("finished", "result") { call in
    guard let field = try field("finished", call) else { return true }
    return try call.context.isTrue(field)
  },
]

private func result(_ call: PluginCall) throws -> DictBox {
  guard case .dict(let box) = call[0] else {
    throw call.fail(
      .plugin, "the result of a task is needed, this is \(call.context.phrase(call[0]))")
  }
  return box
}

private func field(_ name: String, _ call: PluginCall) throws -> Item? {
  try result(call).value(for: .string(name), in: call.context)
}

private func flag(_ name: String, _ call: PluginCall) throws -> Bool {
  guard let field = try field(name, call) else { return false }
  return try call.context.isTrue(field)
}
