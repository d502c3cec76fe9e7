import OrderedCollections
import Schema

/// A list that lives in a template; shared, so that `append` is seen by everybody who holds it.
///
/// It may start from data, whose elements are rendered when they are first used.
final class ListBox {
  private var source: [Value]
  private var rendered: [Int: Item] = [:]
  /// The elements, once all of them were asked for or the list was made by the template.
  private var items: [Item]?

  init(_ items: [Item]) {
    source = []
    self.items = items
  }

  init(source: [Value]) { self.source = source }

  var count: Int { items?.count ?? source.count }

  /// The elements as data, where none of them was rendered or changed.
  var untouchedSource: [Value]? { items == nil && rendered.isEmpty ? source : nil }

  func replace(with items: [Item]) {
    self.items = items
    source = []
    rendered = [:]
  }

  /// One element without rendering the others.
  func element(at index: Int, in context: Context) throws -> Item {
    if let items { return try context.admit(items[index]) }
    let data = source[index]
    guard data.isContainer || data.isTemplate else { return try context.resolve(data) }
    if let item = rendered[index] { return try context.admit(item) }
    let item = try context.resolve(data)
    rendered[index] = item
    return try context.admit(item)
  }

  /// All elements, rendered.
  func elements(in context: Context) throws -> [Item] {
    if let items {
      if context.refusesUndefined { for item in items { _ = try context.admit(item) } }
      return items
    }
    var resolved: [Item] = []
    resolved.reserveCapacity(source.count)
    for index in source.indices { resolved.append(try element(at: index, in: context)) }
    replace(with: resolved)
    return resolved
  }

  /// Whether a secret text is inside.
  var holdsSecret: Bool {
    if let items { return items.contains(where: \.holdsSecret) }
    return source.contains { $0.deepMarks.contains(.secret) }
      || rendered.values.contains(where: \.holdsSecret)
  }
}

/// A dictionary that lives in a template; shared like `ListBox`, and lazy in the same way.
final class DictBox {
  private var source: ValueMap
  private var rendered: [Value: Item] = [:]
  private var items: OrderedDictionary<Value, Item>?
  /// Where entries come from that are not built; nil for every dictionary but `hostvars` and what is in it.
  private var lazy: LazyEntries?

  init(lazy: LazyEntries) {
    source = ValueMap()
    self.lazy = lazy
  }

  init(_ items: OrderedDictionary<Value, Item>) {
    source = ValueMap()
    self.items = items
  }

  init(source: ValueMap) { self.source = source }

  var count: Int { items?.count ?? lazy?.keys.count ?? source.count }

  /// The entries as data, where none of them was rendered or changed.
  var untouchedSource: ValueMap? { items == nil && lazy == nil && rendered.isEmpty ? source : nil }

  var keys: [Value] { items.map { Array($0.keys) } ?? lazy?.keys ?? source.keys }

  /// The keys that are texts and no secrets, when they are asked for.
  var names: @Sendable () -> [String] {
    if let lazy { return { lazy.keys.compactMap(\.string) } }
    let names = keys.filter { !$0.deepMarks.contains(.secret) }.compactMap(\.string)
    return { names }
  }

  /// The value of a key, other entries untouched; nil where there is none.
  func value(for key: Value, in context: Context) throws -> Item? {
    if let found = try stored(key, in: context) { return found }
    for candidate in key.otherEqualKeys {
      if let found = try stored(candidate, in: context) { return found }
    }
    return nil
  }

  private func stored(_ key: Value, in context: Context) throws -> Item? {
    if let items { return try items[key].map(context.admit) }
    if let lazy {
      if let item = rendered[key] { return try context.admit(item) }
      guard let item = try lazy.item(under: key, in: context) else { return nil }
      if item.holdsSecret { context.noteSecret() }
      rendered[key] = item
      return try context.admit(item)
    }
    guard let data = source.entries[key] else { return nil }
    return try render(data, for: key, in: context)
  }

  private func render(_ data: Value, for key: Value, in context: Context) throws -> Item {
    guard data.isContainer || data.isTemplate else { return try context.resolve(data) }
    if let item = rendered[key] { return try context.admit(item) }
    let item = try context.resolve(data)
    rendered[key] = item
    return try context.admit(item)
  }

  /// The key as it is stored, where an equal one is.
  func storedKey(equalTo key: Value) -> Value? {
    func has(_ key: Value) -> Bool {
      items.map { $0[key] != nil } ?? lazy?.keys.contains(key) ?? (source.entries[key] != nil)
    }
    if has(key) { return key }
    return key.otherEqualKeys.first(where: has)
  }

  /// All entries, rendered.
  func entries(in context: Context) throws -> OrderedDictionary<Value, Item> {
    if let items {
      if context.refusesUndefined { for item in items.values { _ = try context.admit(item) } }
      return items
    }
    var all: OrderedDictionary<Value, Item> = [:]
    all.reserveCapacity(count)
    for key in keys { all[key] = try stored(key, in: context) }
    replace(with: all)
    return all
  }

  func replace(with items: OrderedDictionary<Value, Item>) {
    self.items = items
    source = ValueMap()
    lazy = nil
    rendered = [:]
  }

  /// Whether a secret text is inside.
  var holdsSecret: Bool {
    if let items {
      return items.contains { $0.key.deepMarks.contains(.secret) || $0.value.holdsSecret }
    }
    return Value.dict(source).deepMarks.contains(.secret)
      || rendered.values.contains(where: \.holdsSecret)
  }
}

extension Item {
  /// Whether a secret text is inside.
  var holdsSecret: Bool {
    switch self {
    case .value(let value): value.deepMarks.contains(.secret)
    case .list(let box): box.holdsSecret
    case .tuple(let items): items.contains(where: \.holdsSecret)
    case .dict(let box): box.holdsSecret
    case .object(let object): object.holdsSecret
    case .undefined, .omit: false
    }
  }

  /// Whether it is one secret, and not something with secrets among others.
  var isSecret: Bool {
    switch self {
    case .value, .object: holdsSecret
    case .list, .tuple, .dict, .undefined, .omit: false
    }
  }

  /// The same item as something computed from a secret alone: numbers and keys are secret too.
  func concealed(in context: Context) throws -> Item {
    switch self {
    case .value(let value): return .value(value.concealed)
    case .list(let box):
      return .items(try box.elements(in: context).map { try $0.concealed(in: context) })
    case .tuple(let items): return .tuple(try items.map { try $0.concealed(in: context) })
    case .dict(let box):
      var entries: OrderedDictionary<Value, Item> = [:]
      for (key, value) in try box.entries(in: context) {
        entries[key.concealed] = try value.concealed(in: context)
      }
      return .dict(DictBox(entries))
    case .object(let object): return .object(try object.markedSecret(in: context))
    case .undefined, .omit: return self
    }
  }

  /// The same item with every text inside marked as secret.
  func markedSecret(in context: Context) throws -> Item {
    switch self {
    case .value(let value): return .value(value.marked(.secret))
    case .list(let box):
      return .items(try box.elements(in: context).map { try $0.markedSecret(in: context) })
    case .tuple(let items): return .tuple(try items.map { try $0.markedSecret(in: context) })
    case .dict(let box):
      return .dict(
        DictBox(try box.entries(in: context).mapValues { try $0.markedSecret(in: context) }))
    case .object(let object): return .object(try object.markedSecret(in: context))
    case .undefined, .omit: return self
    }
  }
}

extension Value {
  var isContainer: Bool {
    switch self {
    case .list, .dict: true
    default: false
    }
  }

  var isTemplate: Bool {
    guard case .text(let text) = self else { return false }
    return !text.marks.isDisjoint(with: .deferred)
  }

  /// The other keys that Python takes for the same one: `1`, `1.0` and `True` are equal.
  var otherEqualKeys: [Value] {
    switch self {
    case .int(let int):
      int == 0 || int == 1
        ? [.bool(int == 1), .float(Double(int))] : [.float(Double(int))]
    case .bool(let bool): [.int(bool ? 1 : 0), .float(bool ? 1 : 0)]
    case .float(let float):
      switch Int(exactly: float) {
      case .some(let int) where int == 0 || int == 1: [.int(int), .bool(int == 1)]
      case .some(let int): [.int(int)]
      case nil: []
      }
    default: []
    }
  }
}
