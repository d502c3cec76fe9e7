import Schema

extension PluginCall {
  /// Changes the list a method belongs to.
  fileprivate func change<Result>(_ body: (inout [Item]) throws -> Result) throws -> Result {
    guard case .list(let box) = self[0] else { throw fail(.type, "a list is needed") }
    var items = try box.elements(in: context)
    let result = try body(&items)
    box.replace(with: items)
    return result
  }
}

/// Methods of lists; those that change one are seen by everybody who holds it.
let listMethods: [Method] = [
  Method("append", "self, item") { call in
    try call.change { $0.append(call[1]) }
    return .null
  },
  Method("extend", "self, items") { call in
    let items = try call.elements(1)
    try call.change { $0 += items }
    return .null
  },
  Method("insert", "self, index, item") { call in
    let index = try call.context.index(call[1])
    try call.change { items in
      let position = index < 0 ? max(0, items.count + index) : min(index, items.count)
      items.insert(call[2], at: position)
    }
    return .null
  },
  Method("pop", "self, index=") { call in
    let index = try call.int(1, default: -1)
    return try call.change { items in
      let position = index < 0 ? items.count + index : index
      guard items.indices.contains(position) else {
        throw call.fail(.value, items.isEmpty ? "the list is empty" : "index out of range")
      }
      return items.remove(at: position)
    }
  },
  Method("remove", "self, item") { call in
    try call.change { items in
      guard
        let index = try items.firstIndex(where: { try call.context.isEqual($0, call[1]) })
      else { throw call.fail(.value, "the item is not in the list") }
      items.remove(at: index)
    }
    return .null
  },
  Method("index", "self, item, start=, stop=") { call in
    let items = try call.elements(0)
    let start = try call.int(2, default: 0)
    let stop = min(items.count, try call.int(3, default: items.count))
    for index in max(0, start)..<max(0, start, stop)
    where try call.context.isEqual(items[index], call[1]) {
      return .int(index)
    }
    throw call.fail(.value, "\(try call.context.representation(call[1])) is not in list")
  },
  Method("count", "self, item") { call in
    .int(try call.elements(0).filter { try call.context.isEqual($0, call[1]) }.count)
  },
  Method("sort", "self, **options") { call in
    for (name, _) in call.arguments.keywords where name != "reverse" {
      throw call.fail(.type, "has no parameter `\(name)`")
    }
    let isReversed = try call.keyword("reverse").map(call.context.isTrue) ?? false
    try call.change { $0 = try call.context.sorted($0, isReversed: isReversed) { $0 } }
    return .null
  },
  Method("reverse", "self") { call in
    try call.change { $0.reverse() }
    return .null
  },
  Method("copy", "self") { call in .items(try call.elements(0)) },
  Method("clear", "self") { call in
    try call.change { $0 = [] }
    return .null
  },
]

extension Context {
  /// Sorted by a key, equal ones in their order.
  func sorted(
    _ items: [Item], isReversed: Bool, by key: (Item) throws -> Item
  ) throws -> [Item] {
    var keyed = try items.map { (key: try key($0), item: $0) }
    // A merge sort, since the comparison can throw and equal elements must stay in order.
    var width = 1
    while width < keyed.count {
      var merged: [(key: Item, item: Item)] = []
      merged.reserveCapacity(keyed.count)
      var start = 0
      while start < keyed.count {
        let middle = min(start + width, keyed.count)
        let end = min(start + 2 * width, keyed.count)
        var left = start
        var right = middle
        while left < middle, right < end {
          let order = try ordering(keyed[right].key, keyed[left].key)
          let takesRight = isReversed ? order == .greater : order == .less
          merged.append(takesRight ? keyed[right] : keyed[left])
          if takesRight { right += 1 } else { left += 1 }
        }
        merged += keyed[left..<middle]
        merged += keyed[right..<end]
        start = end
      }
      keyed = merged
      width *= 2
    }
    return keyed.map(\.item)
  }
}
