import OrderedCollections
import Schema

/// Filters of `ansible.utils` over paths into values, and places in lists.
let objectPathFilters: [Filter] = [
  Filter("to_paths", "var, prepend=, wantlist=") { call in
    let context = call.context
    var paths: OrderedDictionary<Value, Item> = [:]
    var root = call[0]
    if let name = try call.given(1).map(context.string), !name.isEmpty {
      root = .dict(DictBox([.string(name): root]))
    }
    try flatten(root, "", into: &paths, context)
    let result: Item =
      switch root {
      case .list(let box) where box.count == 0: .items([])
      default: .dict(DictBox(paths))
      }
    return try call.bool(2) ? .items([result]) : result
  },
  Filter("get_path", "var, path, wantlist=") { call in
    let context = call.context
    let path = try call.text(1, "the path")
    guard case .dict(let box) = call[0] else {
      throw call.fail(.type, "a dictionary is needed")
    }
    let scope = Scope(parent: nil, isIsolated: true)
    for (key, value) in try box.entries(in: context) {
      if let name = key.string { scope.set(name, value) }
    }
    let unit = try Unit.compile(expression: path)
    let result = try context.within(unit, scope: scope) {
      try unit.soleExpression.map(context.evaluate) ?? .null
    }
    return try call.bool(2) ? .items([result]) : result
  },
  Filter("index_of", "data, test, value=, key=, fail_on_missing=, wantlist=") { call in
    let context = call.context
    let test = try PlaceTest(call)
    var places: [Item] = []
    for (index, element) in try call.elements(0).enumerated() {
      var entry = element
      if let key = call.given(3) {
        guard case .dict(let box) = element else {
          throw call.fail(.plugin, "with a key, every element has to be a dictionary")
        }
        guard let member = try box.value(for: context.hashable(key), in: context) else {
          if try call.bool(4) {
            throw call.fail(
              .plugin, "element \(index) has no key \(try context.representation(key))")
          }
          continue
        }
        entry = member
      }
      if try test.holds(entry) { places.append(.int(index)) }
    }
    return try places.count == 1 && !call.bool(5) ? places[0] : .items(places)
  },
]

/// Writes what lies under a path: dots for names, brackets for everything else.
private func flatten(
  _ item: Item, _ path: String, into paths: inout OrderedDictionary<Value, Item>,
  _ context: Context
) throws {
  switch item {
  case .dict(let box):
    let entries = try box.entries(in: context)
    if entries.isEmpty, !path.isEmpty { paths[.string(path)] = item }
    for (key, value) in entries {
      let name = try context.string(.key(key))
      let inner = path.isEmpty ? name : isPlain(name) ? "\(path).\(name)" : "\(path)['\(name)']"
      try flatten(value, inner, into: &paths, context)
    }
  case .list(let box):
    if box.count == 0, !path.isEmpty { paths[.string(path)] = item }
    for (index, value) in try box.elements(in: context).enumerated() {
      try flatten(value, "\(path)[\(index)]", into: &paths, context)
    }
  default: paths[.string(path)] = item
  }
}

private func isPlain(_ name: String) -> Bool {
  guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
  return name.utf8.allSatisfy {
    $0 == 0x5F || 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 | 0x20
  }
}

/// The test that `index_of` makes of each element: by name, `!` or `not ` before it turns it around.
private struct PlaceTest {
  private let call: PluginCall
  private let test: Test
  private let isInverted: Bool
  private let operand: Item?

  init(_ call: PluginCall) throws {
    self.call = call
    var name = try call.text(1, "the test")
    isInverted = name.hasPrefix("!") || name.hasPrefix("not ")
    if name.hasPrefix("!") {
      name = String(name.drop { $0 == "!" })
      if name == "=" { name = "==" }
    } else if isInverted {
      name = String(name.dropFirst(4))
    }
    guard let test = Test.named(name) else {
      throw call.fail(.plugin, "no test named `\(name)`")
    }
    self.test = test
    switch (name, call.given(2)) {
    case ("in", let value?):
      if case .list = value { operand = value } else { operand = .items([value]) }
    case (_, let value): operand = value
    }
  }

  func holds(_ entry: Item) throws -> Bool {
    let result = try call.context.apply(
      test, CallArguments(positional: [entry] + (operand.map { [$0] } ?? [])))
    if case .undefined(let undefined) = result { throw Interrupt.undefined(undefined) }
    if let unknown = result.unknown { throw Interrupt.unknown(unknown) }
    return try call.context.isTrue(result) != isInverted
  }
}
