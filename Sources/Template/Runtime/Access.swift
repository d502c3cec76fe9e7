import Schema

/// Attributes, subscripts, slices and elements.
extension Context {
  /// `object.name`: methods first, then entries.
  func attribute(_ name: String, of object: Item) throws -> Item {
    switch object {
    case .dict(let box):
      if isProtected(name) { return unsafeAttribute(name, object) }
      if let method = Method.dict[name] { return bound(method, object) }
      return try entry(.string(name), of: box, object)
    case .undefined(let undefined):
      guard isAnsible else { throw Interrupt.undefined(undefined) }
      return object
    case .value(.unknown): return object
    case .object(let box):
      if let item = try box.attribute(name, in: self) { return item }
      return missing(name, of: object)
    default:
      if isProtected(name), Method.table(for: object)[name] == nil {
        return unsafeAttribute(name, object)
      }
      if let property = numberProperty(name, of: object) { return property }
      if let method = Method.table(for: object)[name] { return bound(method, object) }
      return missing(name, of: object)
    }
  }

  private func isProtected(_ name: String) -> Bool {
    var utf8 = name.utf8.makeIterator()
    return utf8.next() == 0x5F
  }

  private func unsafeAttribute(_ name: String, _ object: Item) -> Item {
    if case .dict(let box) = object,
      let found = try? box.value(for: .string(name), in: self)
    {
      return found
    }
    return undefined(
      .hint("access to the attribute `\(name)` of \(phrase(object)) is not allowed"))
  }

  private func numberProperty(_ name: String, of object: Item) -> Item? {
    guard let number = Number(object) else { return nil }
    switch (name, number) {
    case ("real", .float(let float)): return .float(float)
    case ("real", .small(let int)), ("numerator", .small(let int)): return .int(int)
    case ("real", .int(let big)), ("numerator", .int(let big)): return .integer(big)
    case ("imag", .float): return .float(0)
    case ("imag", _): return .int(0)
    case ("denominator", .small): return .int(1)
    default: return nil
    }
  }

  private func bound(_ method: Method, _ object: Item) -> Item {
    .object(BoundMethod(method, of: object))
  }

  private func missing(_ key: String, of object: Item) -> Item {
    undefined(.attribute(typeName: phrase(object), key: key, known: { [] }))
  }

  /// The type of an item in plain words.
  func phrase(_ item: Item) -> String {
    switch item {
    case .value(.null): "a null value"
    case .value(.bool): "a boolean"
    case .value(.int), .value(.bigInt): "an integer"
    case .value(.float): "a float"
    case .value(.text): "a string"
    case .list: "a list"
    case .dict: "this dictionary"
    default: "an object of type `\(typeName(item))`"
    }
  }

  private func entry(_ key: Value, of box: DictBox, _ object: Item) throws -> Item {
    if let item = try box.value(for: key, in: self) { return item }
    if key.deepMarks.contains(.secret) {
      return undefined(.attribute(typeName: phrase(object), key: "[secret]", known: { [] }))
    }
    let keyText = key.string ?? representation(ofKey: key)
    return undefined(.attribute(typeName: phrase(object), key: keyText, known: box.names))
  }

  private func representation(ofKey key: Value) -> String {
    (try? representation(Item(data: key))) ?? key.typeName
  }

  /// `object[key]`: entries first, then methods.
  func element(_ key: Item, of object: Item) throws -> Item {
    if case .undefined(let undefined) = object {
      guard isAnsible else { throw Interrupt.undefined(undefined) }
      return object
    }
    if case .undefined(let undefined) = key { throw Interrupt.undefined(undefined) }
    if object.unknown != nil { return object }
    if key.unknown != nil { return key }
    switch object {
    case .dict(let box):
      guard let hash = try? hashable(key) else { return missing("[...]", of: object) }
      if let item = try box.value(for: hash, in: self) { return item }
      if let name = key.string, !isProtected(name), let method = Method.dict[name] {
        return bound(method, object)
      }
      return try entry(hash, of: box, object)
    case .list(let box):
      if let index = position(key, box.count) { return try box.element(at: index, in: self) }
    case .tuple(let items):
      if let index = position(key, items.count) { return items[index] }
    case .value(.text(let text)):
      let scalars = Array(text.string.unicodeScalars)
      if let index = position(key, scalars.count) {
        return .value(.text(Text(String(scalars[index]), marks: text.marks.intersection(.secret))))
      }
    case .object(let target):
      if let items = try target.elements(in: self), let index = position(key, items.count) {
        return items[index]
      }
    default: break
    }
    if key.holdsSecret { return missing("[secret]", of: object) }
    if let name = key.string, !isProtected(name) {
      return try attribute(name, of: object)
    }
    return missing(try representation(key), of: object)
  }

  /// The position an index means in a sequence of `count` elements; nil where it is none.
  private func position(_ key: Item, _ count: Int) -> Int? {
    let index: Int
    switch key {
    case .value(.int(let int)): index = int
    case .value(.bool(let bool)): index = bool ? 1 : 0
    default: return nil
    }
    let position = index < 0 ? count + index : index
    return position >= 0 && position < count ? position : nil
  }

  // MARK: Slices

  func slice(
    _ object: Expression, _ start: Expression?, _ stop: Expression?, _ step: Expression?,
    _ site: Site
  ) throws -> Item {
    let object = try evaluate(object)
    let bounds = try [start, stop, step].map { try $0.map(evaluate) ?? .null }
    self.site = site
    for item in [object] + bounds {
      if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
    }
    for item in [object] + bounds where item.unknown != nil { return item }
    let slice = try PythonSlice(
      start: bound(bounds[0]), stop: bound(bounds[1]), step: bound(bounds[2]))
    switch object {
    case .value(.text(let text)):
      let scalars = Array(text.string.unicodeScalars)
      var result = String.UnicodeScalarView()
      for index in slice.indices(count: scalars.count) { result.append(scalars[index]) }
      return .value(.text(Text(String(result), marks: text.marks.intersection(.secret))))
    case .list(let box):
      let indices = slice.indices(count: box.count)
      return .items(try indices.map { try box.element(at: $0, in: self) })
    case .tuple(let items): return .tuple(slice.indices(count: items.count).map { items[$0] })
    case .object(let range as RangeObject):
      return .object(RangeObject(slice.indices(count: range.count).map { range.values[$0] }))
    case .object(let target) where !(target is NoChoice):
      guard let items = try target.elements(in: self) else { fallthrough }
      return .items(slice.indices(count: items.count).map { items[$0] })
    default:
      throw fail(.type, "'\(typeName(object))' object is not subscriptable")
    }
  }

  private func bound(_ item: Item) throws -> Int? {
    switch item {
    case .value(.null): return nil
    case .value(.int), .value(.bool), .value(.bigInt): return try index(item)
    default:
      throw fail(.type, "slice indices must be integers or none, not \(typeName(item))")
    }
  }

  // MARK: Elements

  /// The elements of anything that has some; nil otherwise.
  func elementsIfAny(of item: Item) throws -> [Item]? {
    switch item {
    case .list(let box): return try box.elements(in: self)
    case .tuple(let items): return items
    case .dict(let box): return box.keys.map(Item.key)
    case .value(.text(let text)):
      let marks = text.marks.intersection(.secret)
      return text.string.unicodeScalars.map {
        .value(.text(Text(String($0), marks: marks)))
      }
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .object(let object): return try object.elements(in: self)
    case .value, .omit: return nil
    }
  }

  func elements(of item: Item) throws -> [Item] {
    guard let elements = try elementsIfAny(of: item) else {
      throw fail(.type, "'\(typeName(item))' object is not iterable")
    }
    return elements
  }

  /// The number of elements (Python's `len`); nil where there is none.
  func count(of item: Item) throws -> Int? {
    switch item {
    case .list(let box): return box.count
    case .tuple(let items): return items.count
    case .dict(let box): return box.count
    case .value(.text(let text)): return text.string.unicodeScalars.count
    case .value(.unknown(let unknown)): throw Interrupt.unknown(unknown)
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .object(let object): return try object.elements(in: self)?.count
    case .value, .omit: return nil
    }
  }
}

extension Item {
  /// A dictionary key as an item: a key that is a list was written as a tuple.
  static func key(_ key: Value) -> Item {
    guard case .list(let elements) = key else { return Item(data: key) }
    return .tuple(elements.map(Item.key))
  }
}

/// The indices that a Python slice selects.
struct PythonSlice {
  private let start: Int?
  private let stop: Int?
  private let step: Int

  init(start: Int?, stop: Int?, step: Int?) throws {
    guard step != 0 else {
      throw TemplateError(.value, "slice step cannot be zero", line: 0)
    }
    self.start = start
    self.stop = stop
    self.step = step ?? 1
  }

  func indices(count: Int) -> [Int] {
    func clamped(_ index: Int?, _ fallback: Int) -> Int {
      guard let index else { return fallback }
      let lower = step > 0 ? 0 : -1
      let upper = step > 0 ? count : count - 1
      if index < 0 {
        let (sum, overflow) = index.addingReportingOverflow(count)
        return overflow ? lower : max(sum, lower)
      }
      return min(index, upper)
    }
    let first = clamped(start, step > 0 ? 0 : count - 1)
    let last = clamped(stop, step > 0 ? count : -1)
    var result: [Int] = []
    var index = first
    while step > 0 ? index < last : index > last {
      result.append(index)
      let (next, overflow) = index.addingReportingOverflow(step)
      if overflow { break }
      index = next
    }
    return result
  }
}
