import OrderedCollections
import Schema

/// Filters that order, group or compare elements.
let orderFilters: [Filter] = [
  Filter("sort", "value, reverse=, case_sensitive=, attribute=") { call in
    let key = try AttributeGetter.list(
      call.optional(3) ?? .null, call.context, isCaseless: try !call.bool(2))
    let isReversed = try call.optional(1).map(call.context.index) ?? 0
    let items = try call.elements(0)
    if items.count == 1, case .undefined(let undefined) = try key(items[0]) {
      throw Interrupt.undefined(undefined)
    }
    return .items(try call.context.sorted(items, isReversed: isReversed != 0, by: key))
  },
  Filter("dictsort", "value, case_sensitive=, by=, reverse=") { call in
    guard case .dict(let box) = call[0] else {
      throw call.fail(.type, "a dictionary is needed")
    }
    let by = try call.text(2, default: "key")
    guard by == "key" || by == "value" else {
      throw call.fail(.plugin, "you can only sort by either \"key\" or \"value\"")
    }
    let getter = try AttributeGetter(
      .int(by == "key" ? 0 : 1), call.context, isCaseless: try !call.bool(1))
    let pairs = try box.entries(in: call.context).map { Item.tuple([.key($0.key), $0.value]) }
    return .items(
      try call.context.sorted(pairs, isReversed: try call.bool(3)) { try getter.get($0) })
  },
  Filter("groupby", "value, attribute, default=, case_sensitive=") { call in
    let isCaseless = try !call.bool(3)
    let context = call.context
    // Ansible reports a missing attribute even where a default is given.
    let fallback = context.isAnsible ? nil : call.given(2)
    let getter = try AttributeGetter(
      call[1], context, fallback: fallback, isCaseless: isCaseless)
    let plain = try AttributeGetter(call[1], context, fallback: fallback)
    let sorted = try context.sorted(try call.elements(0), isReversed: false) { try getter.get($0) }
    var groups: [(key: Item, items: [Item])] = []
    for item in sorted {
      let key = try getter.get(item)
      if let last = groups.last, try context.isEqual(last.key, key) {
        groups[groups.count - 1].items.append(item)
      } else {
        groups.append((key, [item]))
      }
    }
    return .items(
      try groups.map { group in
        let shown = isCaseless ? try plain.get(group.items[0]) : group.key
        return .object(GroupObject(grouper: shown, items: group.items))
      })
  },
  Filter("min", "value, case_sensitive=, attribute=") { try extreme($0, .less) },
  Filter("max", "value, case_sensitive=, attribute=") { try extreme($0, .greater) },
  Filter("unique", "value, case_sensitive=, attribute=") { call in
    let getter = try AttributeGetter(
      call.optional(2) ?? .null, call.context, isCaseless: try !call.bool(1))
    var seen = ItemSet(call.context)
    return .items(try call.elements(0).filter { try seen.insert(try getter.get($0)) })
  },
]

private func extreme(_ call: PluginCall, _ wanted: Number.Ordering) throws -> Item {
  let getter = try AttributeGetter(
    call.optional(2) ?? .null, call.context, isCaseless: try !call.bool(1))
  let items = try call.elements(0)
  guard var best = items.first else {
    return call.context.undefined(.hint("no aggregated item, the sequence was empty"))
  }
  var bestKey = try getter.get(best)
  for item in items.dropFirst() {
    let key = try getter.get(item)
    if try call.context.ordering(key, bestKey, wanted == .less ? "<" : ">") == wanted {
      best = item
      bestKey = key
    }
  }
  return best
}

/// One group of `groupby`: a pair whose parts also have names.
final class GroupObject: TemplateObject {
  private let grouper: Item
  private let items: [Item]

  init(grouper: Item, items: [Item]) {
    self.grouper = grouper
    self.items = items
  }

  var typeName: String { "GroupTuple" }
  var holdsSecret: Bool { grouper.holdsSecret || items.contains(where: \.holdsSecret) }

  func markedSecret(in context: Context) throws -> any TemplateObject {
    GroupObject(
      grouper: try grouper.markedSecret(in: context),
      items: try items.map { try $0.markedSecret(in: context) })
  }

  func elements(in context: Context) throws -> [Item]? { [grouper, .items(items)] }
  func exported(in context: Context) throws -> Item? { .tuple([grouper, .items(items)]) }

  func representation(in context: Context) throws -> String {
    try context.representation(.tuple([grouper, .items(items)]))
  }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    switch name {
    case "grouper": grouper
    case "list": .items(items)
    default: nil
    }
  }
}

/// Items that are distinct by Python's equality.
struct ItemSet {
  private let context: Context
  private var keys: Set<Value> = []
  private var others: [Item] = []

  init(_ context: Context) { self.context = context }

  init(_ items: [Item], _ context: Context) throws {
    self.context = context
    for item in items { _ = try insert(item) }
  }

  /// Adds an item; false where an equal one is there.
  mutating func insert(_ item: Item) throws -> Bool {
    if let key = try Self.key(item) { return keys.insert(key).inserted }
    if try context.contains(others, item) { return false }
    others.append(item)
    return true
  }

  func contains(_ item: Item) throws -> Bool {
    if let key = try Self.key(item) { return keys.contains(key) }
    return try context.contains(others, item)
  }

  /// A scalar in the form that equal ones share; nil for anything else.
  private static func key(_ item: Item) throws -> Value? {
    switch item {
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .value(.bool(let bool)): return .int(bool ? 1 : 0)
    case .value(.float(let float)):
      return Int(exactly: float).map(Value.int) ?? .float(float)
    case .value(let value): return value
    default: return nil
    }
  }
}
