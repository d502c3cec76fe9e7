import Schema

/// Filters over the elements of something.
let sequenceFilters: [Filter] = [
  Filter("list", "value") { .items(try $0.elements(0)) },
  Filter("length", "object") { call in
    guard let count = try call.context.count(of: call[0]) else {
      throw call.fail(.type, "object of type '\(call.context.typeName(call[0]))' has no len()")
    }
    return .int(count)
  },
  Filter("first", "seq") { call in
    if case .list(let box) = call[0], box.count > 0 {
      return try box.element(at: 0, in: call.context)
    }
    return try call.elements(0).first
      ?? call.context.undefined(.hint("no first item, the sequence was empty"))
  },
  Filter("last", "seq") { call in
    if case .list(let box) = call[0], box.count > 0 {
      return try box.element(at: box.count - 1, in: call.context)
    }
    return try call.elements(0).last
      ?? call.context.undefined(.hint("no last item, the sequence was empty"))
  },
  Filter("reverse", "value") { call in
    if case .value(.text(let text)) = call[0] {
      return .text(String(String.UnicodeScalarView(text.string.unicodeScalars.reversed())))
    }
    return .items(try call.elements(0).reversed())
  },
  Filter("join", "value, d=, attribute=") { call in
    var items = try call.elements(0)
    if let attribute = call.given(2) {
      let getter = try AttributeGetter(attribute, call.context)
      items = try items.map { try getter.get($0) }
    }
    let separator = try call.optional(1).map(call.context.string) ?? ""
    return .text(try items.map(call.context.string).joined(separator: separator))
  },
  Filter("sum", "iterable, attribute=, start=") { call in
    var items = try call.elements(0)
    if let attribute = call.given(1) {
      let getter = try AttributeGetter(attribute, call.context)
      items = try items.map { try getter.get($0) }
    }
    if call.optional(2)?.string != nil {
      throw call.fail(.type, "texts are joined with `join`, not summed")
    }
    return try items.reduce(call.optional(2) ?? .int(0)) {
      let sum = try call.context.binary(.add, $0, $1)
      if let unknown = sum.unknown { throw Interrupt.unknown(unknown) }
      return sum
    }
  },
  Filter("batch", "value, linecount, fill_with=") { call in
    let size = try call.context.index(call[1])
    let items = try call.elements(0)
    guard size > 0 else {
      if items.isEmpty { return .items([]) }
      return .items(size == 0 ? [.items([]), .items(items)] : [.items(items)])
    }
    return .items(
      stride(from: 0, to: items.count, by: size).map { start in
        var batch = Array(items[start..<min(start + size, items.count)])
        if let fill = call.given(2) {
          batch += Array(repeating: fill, count: size - batch.count)
        }
        return .items(batch)
      })
  },
  Filter("slice", "value, slices, fill_with=") { call in
    let items = try call.elements(0)
    let slices = try call.context.index(call[1])
    guard slices > 0 else { throw call.fail(.zeroDivision, "division by zero") }
    let (size, extra) = items.count.quotientAndRemainder(dividingBy: slices)
    var start = 0
    return .items(
      (0..<slices).map { number in
        let count = size + (number < extra ? 1 : 0)
        var part = Array(items[start..<start + count])
        start += count
        if let fill = call.given(2), number >= extra { part.append(fill) }
        return .items(part)
      })
  },
  Filter("flatten", "mylist, levels=, skip_nulls=") { call in
    let levels = try call.given(1).map(call.context.index)
    return .items(
      try call.context.flattened(
        try call.elements(0), levels: levels, skipsNulls: try call.bool(2, default: true)))
  },
  Filter("zip", "first, *rest") { call in
    let columns = try ([call[0]] + call.rest).map(call.context.elements)
    let count = columns.map(\.count).min() ?? 0
    return .items((0..<count).map { row in .tuple(columns.map { $0[row] }) })
  },
  Filter("zip_longest", "first, *rest, **options") { call in
    let columns = try ([call[0]] + call.rest).map(call.context.elements)
    let fill = call.keyword("fillvalue") ?? .null
    let count = columns.map(\.count).max() ?? 0
    return .items(
      (0..<count).map { row in
        .tuple(columns.map { row < $0.count ? $0[row] : fill })
      })
  },
  Filter("attr", "obj, name") { call in
    if case .dict(let box) = call[0] {
      let name = try call.string(1)
      return Method.dict[name] == nil
        ? call.context.undefined(
          .attribute(
            typeName: "an attribute of this dictionary", key: name,
            known: box.names))
        : try call.context.attribute(name, of: call[0])
    }
    return try call.context.attribute(try call.string(1), of: call[0])
  },
]

extension Context {
  fileprivate func flattened(
    _ items: [Item], levels: Int?, skipsNulls: Bool
  ) throws -> [Item] {
    var result: [Item] = []
    for item in items {
      if skipsNulls, item.isNull || item.string == "None" || item.string == "null" { continue }
      let inner: [Item]
      switch item {
      case .list(let box): inner = try box.elements(in: self)
      case .tuple(let items): inner = items
      default:
        result.append(item)
        continue
      }
      if let levels, levels < 1 {
        result.append(item)
      } else {
        result += try flattened(inner, levels: levels.map { $0 - 1 }, skipsNulls: skipsNulls)
      }
    }
    return result
  }
}
