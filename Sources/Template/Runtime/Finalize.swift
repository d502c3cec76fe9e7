import OrderedCollections
import Schema

/// The end of a template: items become data.
extension Context {
  /// What was written, as one item: nothing is null, one thing keeps its type, more are a text.
  func concatenated(_ pieces: [Item]) throws -> Item {
    if isAnsible {
      if pieces.count == 1, !pieces[0].isNull { return pieces[0] }
      let present = pieces.filter { !$0.isNull }
      if present.isEmpty { return .null }
      if present.count == 1 { return present[0] }
      // A text with a piece that is undefined is undefined: only using it is an error.
      for case .undefined(let undefined) in present { return .undefined(undefined) }
      return try joinedText(present.filter { !$0.isOmitted }.map(flattened))
    }
    return try joinedText(pieces)
  }

  private func joinedText(_ pieces: [Item]) throws -> Item {
    var text = ""
    var unknown: Unknown?
    var isSecret = false
    for piece in pieces {
      do {
        if case .value(.text(let piece)) = piece {
          text += piece.string
        } else {
          text += try string(piece)
        }
      } catch Interrupt.unknown(let reason) {
        unknown = unknown.map { $0.merging(reason) } ?? reason
      }
      if sawSecret, piece.holdsSecret { isSecret = true }
    }
    if let unknown { return .value(.unknown(unknown)) }
    return .value(.text(Text(text, marks: isSecret ? .secret : [])))
  }

  /// The item as it prints among text: tuples are lists there, and omitted elements are gone.
  private func flattened(_ item: Item) throws -> Item {
    switch item {
    case .list(let box): return .items(try flattened(box.elements(in: self)))
    case .tuple(let items): return .items(try flattened(items))
    case .dict(let box):
      var entries: OrderedDictionary<Value, Item> = [:]
      for (key, value) in try box.entries(in: self) {
        if case .omit = value { continue }
        entries[key] = try flattened(value)
      }
      return .dict(DictBox(entries))
    case .object(let object):
      return try object.exported(in: self).map(flattened) ?? item
    default: return item
    }
  }

  private func flattened(_ items: [Item]) throws -> [Item] {
    try items.compactMap { item in
      if case .omit = item { return nil }
      return try flattened(item)
    }
  }

  /// An item as data; omitted elements and entries are left out.
  func exported(_ item: Item) throws -> Value {
    switch item {
    case .value(.text(let text)):
      guard text.marks.contains(.template) else { return .text(text) }
      return .text(Text(text.string, marks: text.marks.subtracting(.template)))
    case .value(let value): return value
    case .list(let box):
      if let source = box.untouchedSource, isDataOnly(.list(source)) { return .list(source) }
      return .list(try exported(box.elements(in: self)))
    case .tuple(let items): return .list(try exported(items))
    case .dict(let box):
      if let source = box.untouchedSource, isDataOnly(.dict(source)) { return .dict(source) }
      var entries: OrderedDictionary<Value, Value> = [:]
      for (key, value) in try box.entries(in: self) {
        if case .omit = value { continue }
        if case .list = key {
          throw fail(.unsupportedType, "a dictionary with a tuple as key cannot leave a template")
        }
        entries[key.withoutTemplateMarks] = try exported(value)
      }
      return .dict(ValueMap(entries))
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .object(let object):
      guard let item = try object.exported(in: self) else {
        throw fail(
          .unsupportedType, "a value of type `\(object.typeName)` cannot leave a template")
      }
      return try exported(item)
    case .omit:
      throw fail(.omitted, "`omit` is the whole value, and nothing can be left out here")
    }
  }

  /// Whether nothing inside is to be rendered; secrets inside are noted.
  private func isDataOnly(_ value: Value) -> Bool {
    let marks = value.deepMarks
    if marks.contains(.secret) { noteSecret() }
    return marks.isDisjoint(with: .deferred)
  }

  private func exported(_ items: [Item]) throws -> [Value] {
    try items.compactMap { item in
      if case .omit = item { return nil }
      return try exported(item)
    }
  }
}

extension Value {
  /// Whether a text marked as a template, or encrypted, is inside.
  var holdsTemplate: Bool {
    switch self {
    case .text(let text): !text.marks.isDisjoint(with: .deferred)
    case .list(let elements): elements.contains(where: \.holdsTemplate)
    case .dict(let map):
      map.entries.contains { $0.key.holdsTemplate || $0.value.holdsTemplate }
    default: false
    }
  }

  /// The same value as data only.
  var withoutTemplateMarks: Value {
    switch self {
    case .text(let text): .text(Text(text.string, marks: text.marks.subtracting(.template)))
    case .list(let elements): .list(elements.map(\.withoutTemplateMarks))
    default: self
    }
  }
}
