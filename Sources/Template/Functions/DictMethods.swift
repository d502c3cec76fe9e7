import OrderedCollections
import Schema

extension PluginCall {
  /// The dictionary a method belongs to.
  func box() throws -> DictBox {
    guard case .dict(let box) = self[0] else { throw fail(.type, "a dictionary is needed") }
    return box
  }

  /// Changes the dictionary a method belongs to.
  func change<Result>(
    _ body: (inout OrderedDictionary<Value, Item>) throws -> Result
  ) throws -> Result {
    let box = try box()
    var entries = try box.entries(in: context)
    let result = try body(&entries)
    box.replace(with: entries)
    return result
  }
}

/// Methods of dictionaries.
let dictMethods: [Method] = [
  Method("keys", "self") { call in
    .object(ViewObject("dict_keys", try call.box().keys.map(Item.key)))
  },
  Method("values", "self") { call in
    let entries = try call.box().entries(in: call.context)
    return .object(ViewObject("dict_values", Array(entries.values)))
  },
  Method("items", "self") { call in
    let entries = try call.box().entries(in: call.context)
    return .object(ViewObject("dict_items", entries.map { .tuple([.key($0.key), $0.value]) }))
  },
  Method("get", "self, key, default=") { call in
    let key = try call.context.hashable(call[1])
    return try call.box().value(for: key, in: call.context) ?? call.optional(2) ?? .null
  },
  Method("copy", "self") { call in
    .dict(DictBox(try call.box().entries(in: call.context)))
  },
  Method("update", "self, other=, **entries") { call in
    try call.change { entries in
      if let other = call.optional(1) {
        if case .dict(let box) = other {
          for (key, value) in try box.entries(in: call.context) { entries[key] = value }
        } else {
          for pair in try call.context.elements(of: other) {
            let parts = try call.context.elements(of: pair)
            guard parts.count == 2 else { throw call.fail(.value, "pairs are needed") }
            entries[try call.context.hashable(parts[0])] = parts[1]
          }
        }
      }
      for (name, value) in call.arguments.keywords { entries[.string(name)] = value }
    }
    return .null
  },
  Method("pop", "self, key, default=") { call in
    let key = try call.context.hashable(call[1])
    let stored = try call.box().storedKey(equalTo: key) ?? key
    return try call.change { entries in
      if let removed = entries.removeValue(forKey: stored) { return removed }
      guard let fallback = call.optional(2) else {
        throw call.fail(.value, "the key \(try call.context.representation(call[1])) is not there")
      }
      return fallback
    }
  },
  Method("popitem", "self") { call in
    try call.change { entries in
      guard let last = entries.keys.last, let value = entries.removeValue(forKey: last) else {
        throw call.fail(.value, "the dictionary is empty")
      }
      return .tuple([.key(last), value])
    }
  },
  Method("setdefault", "self, key, default=") { call in
    let key = try call.context.hashable(call[1])
    if let found = try call.box().value(for: key, in: call.context) { return found }
    let fallback = call.optional(2) ?? .null
    try call.change { $0[key] = fallback }
    return fallback
  },
  Method("clear", "self") { call in
    try call.box().replace(with: [:])
    return .null
  },
  Method("fromkeys", "self, keys, value=") { call in
    var entries: OrderedDictionary<Value, Item> = [:]
    for key in try call.elements(1) {
      entries[try call.context.hashable(key)] = call.optional(2) ?? .null
    }
    return .dict(DictBox(entries))
  },
]
