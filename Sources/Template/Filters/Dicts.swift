import OrderedCollections
import Schema

/// Filters over dictionaries.
let dictFilters: [Filter] = [
  Filter("items", "value") { call in
    guard case .dict(let box) = call[0] else {
      throw call.fail(.type, "can only get item pairs from a mapping")
    }
    let entries = try box.entries(in: call.context)
    return .items(entries.map { .tuple([.key($0.key), $0.value]) })
  },
  Filter("dict2items", "mydict, key_name=, value_name=") { call in
    guard case .dict(let box) = call[0] else {
      throw call.fail(
        .type, "a dictionary is needed, this is \(call.context.phrase(call[0]))")
    }
    let keyName = Value.string(try call.text(1, default: "key"))
    let valueName = Value.string(try call.text(2, default: "value"))
    return .items(
      try box.entries(in: call.context).map { key, value in
        .dict(DictBox([keyName: .key(key), valueName: value]))
      })
  },
  Filter("items2dict", "mylist, key_name=, value_name=") { call in
    let keyName = Value.string(try call.text(1, default: "key"))
    let valueName = Value.string(try call.text(2, default: "value"))
    switch call[0] {
    case .list, .tuple: break
    default:
      throw call.fail(.type, "a list is needed, this is \(call.context.phrase(call[0]))")
    }
    var entries: OrderedDictionary<Value, Item> = [:]
    for element in try call.elements(0) {
      if let unknown = element.unknown { throw Interrupt.unknown(unknown) }
      guard case .dict(let box) = element else {
        throw call.fail(.type, "a list of dictionaries is needed")
      }
      guard let key = try box.value(for: keyName, in: call.context),
        let value = try box.value(for: valueName, in: call.context)
      else {
        throw call.fail(
          .type,
          "each dictionary needs the keys '\(keyName.string ?? "")' and "
            + "'\(valueName.string ?? "")'")
      }
      entries[try call.context.hashable(key)] = value
    }
    return .dict(DictBox(entries))
  },
  Filter("combine", "*terms, **options") { call in try combine(call) },
  Filter("rekey_on_member", "data, key, duplicates=") { call in try rekey(call) },
  Filter("subelements", "obj, subelements, skip_missing=") { call in try subelements(call) },
  Filter("extract", "item, container, morekeys=", traits: .takesAnything) { call in
    var keys = [call[0]]
    if let more = call.given(2) {
      if case .list(let box) = more {
        keys += try box.elements(in: call.context)
      } else {
        keys.append(more)
      }
    }
    return try keys.reduce(call[1]) { try call.context.element($1, of: $0) }
  },
]

private func combine(_ call: PluginCall) throws -> Item {
  let context = call.context
  let isRecursive = try call.keyword("recursive").map(context.isTrue) ?? false
  let mergeName = try call.keyword("list_merge").map(context.string) ?? "replace"
  for (name, _) in call.arguments.keywords where name != "recursive" && name != "list_merge" {
    throw call.fail(.type, "has no parameter `\(name)`")
  }
  guard let merge = ListMerge(rawValue: mergeName) else {
    throw call.fail(
      .plugin, "list_merge must be replace, keep, append, prepend, append_rp or prepend_rp")
  }
  var boxes: [DictBox] = []
  for term in call.rest {
    switch term {
    case .dict(let box): boxes.append(box)
    case .list, .tuple:
      for element in try context.elements(of: term) where !element.isNull {
        boxes.append(try dictionary(element, call))
      }
    case .value(.null): continue
    default: boxes.append(try dictionary(term, call))
    }
  }
  guard let first = boxes.first else { return .dict(DictBox([:])) }
  if boxes.count == 1 { return .dict(first) }
  let merger = DictMerger(context: context, isRecursive: isRecursive, listMerge: merge)
  var result = try first.entries(in: context)
  for box in boxes.dropFirst() {
    result = try merger.merge(result, try box.entries(in: context))
  }
  return .dict(DictBox(result))
}

private func dictionary(_ item: Item, _ call: PluginCall) throws -> DictBox {
  if let unknown = item.unknown { throw Interrupt.unknown(unknown) }
  if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
  guard case .dict(let box) = item else {
    throw call.fail(
      .plugin, "dictionaries are needed, this is \(call.context.phrase(item))")
  }
  return box
}

/// What happens to two lists under the same key.
private enum ListMerge: String {
  case replace, keep, append, prepend
  case appendDistinct = "append_rp"
  case prependDistinct = "prepend_rp"
}

private struct DictMerger {
  let context: Context
  let isRecursive: Bool
  let listMerge: ListMerge

  func merge(
    _ low: OrderedDictionary<Value, Item>, _ high: OrderedDictionary<Value, Item>
  ) throws -> OrderedDictionary<Value, Item> {
    var result = low
    for (key, value) in high {
      guard let old = result[key] else {
        result[key] = value
        continue
      }
      switch (old, value) {
      case (.dict(let old), .dict(let new)) where isRecursive:
        result[key] = .dict(
          DictBox(try merge(old.entries(in: context), new.entries(in: context))))
      case (.list(let old), .list(let new)):
        result[key] = .items(
          try merge(old.elements(in: context), new.elements(in: context)))
      default: result[key] = value
      }
    }
    return result
  }

  private func merge(_ old: [Item], _ new: [Item]) throws -> [Item] {
    switch listMerge {
    case .replace: return new
    case .keep: return old
    case .append: return old + new
    case .prepend: return new + old
    case .appendDistinct: return try old.filter { try !context.contains(new, $0) } + new
    case .prependDistinct: return try new + old.filter { try !context.contains(new, $0) }
    }
  }
}

private func rekey(_ call: PluginCall) throws -> Item {
  let context = call.context
  let duplicates = try call.text(2, default: "error")
  guard ["error", "overwrite"].contains(duplicates) else {
    throw call.fail(.plugin, "duplicates must be error or overwrite")
  }
  let elements: [Item]
  switch call[0] {
  case .dict(let box): elements = Array(try box.entries(in: context).values)
  case .list, .tuple: elements = try call.elements(0)
  default: throw call.fail(.plugin, "a list or a dictionary is needed")
  }
  var entries: OrderedDictionary<Value, Item> = [:]
  for element in elements {
    if let unknown = element.unknown { throw Interrupt.unknown(unknown) }
    guard case .dict(let box) = element else {
      throw call.fail(.plugin, "an element is not a dictionary")
    }
    guard let member = try box.value(for: context.hashable(call[1]), in: context) else {
      throw call.fail(.plugin, "the key \(try context.representation(call[1])) was not found")
    }
    let key = try context.hashable(member)
    if entries[key] != nil, duplicates == "error" {
      throw call.fail(
        .plugin, "the key \(try context.representation(member)) is not unique")
    }
    entries[key] = element
  }
  return .dict(DictBox(entries))
}

private func subelements(_ call: PluginCall) throws -> Item {
  let context = call.context
  let elements: [Item]
  switch call[0] {
  case .dict(let box): elements = Array(try box.entries(in: context).values)
  case .list: elements = try call.elements(0)
  default: throw call.fail(.plugin, "a list of dictionaries or a nested dictionary is needed")
  }
  let path: [Item]
  switch call[1] {
  case .value(.text(let text)):
    path = PythonText.split(text.string, separator: ".").map(Item.text)
  case .list: path = try call.elements(1)
  default: throw call.fail(.type, "the subelements must be a list or a string")
  }
  let skipsMissing = try call.bool(2)
  var result: [Item] = []
  for element in elements {
    var values = element
    for key in path {
      if let unknown = values.unknown { throw Interrupt.unknown(unknown) }
      guard case .dict(let box) = values else {
        throw call.fail(
          .type, "the key `\(try context.string(key))` should point to a dictionary")
      }
      guard let next = try box.value(for: context.hashable(key), in: context) else {
        guard skipsMissing else {
          throw call.fail(
            .plugin, "no key \(try context.representation(key)) in an element")
        }
        values = .items([])
        break
      }
      values = next
    }
    if let unknown = values.unknown { throw Interrupt.unknown(unknown) }
    guard case .list(let box) = values else {
      throw call.fail(.type, "the subelements should be a list")
    }
    result += try box.elements(in: context).map { .tuple([element, $0]) }
  }
  return .items(result)
}
