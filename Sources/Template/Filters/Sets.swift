import Schema

/// Set operations over lists: integers come in the order of Python's sets, everything else as it was first seen.
let setFilters: [Filter] = [
  Filter("union", "a, b") { call in
    if let numbers = try numbers(call, HashOrder.union) { return numbers }
    let context = call.context
    var seen = ItemSet(context)
    return .items(try (call.elements(0) + call.elements(1)).filter { try seen.insert($0) })
  },
  Filter("intersect", "a, b") { call in
    if let numbers = try numbers(call, HashOrder.intersection) { return numbers }
    let other = try ItemSet(try call.elements(1), call.context)
    var seen = ItemSet(call.context)
    return .items(
      try call.elements(0).filter { try other.contains($0) ? try seen.insert($0) : false })
  },
  Filter("difference", "a, b") { call in
    if let numbers = try numbers(call, HashOrder.subtracting) { return numbers }
    let other = try ItemSet(try call.elements(1), call.context)
    var seen = ItemSet(call.context)
    return .items(
      try call.elements(0).filter { try other.contains($0) ? false : try seen.insert($0) })
  },
  Filter("symmetric_difference", "a, b") { call in
    if let numbers = try numbers(call, HashOrder.symmetricDifference) { return numbers }
    let left = try ItemSet(try call.elements(0), call.context)
    let right = try ItemSet(try call.elements(1), call.context)
    var seen = ItemSet(call.context)
    let first = try call.elements(0).filter { try right.contains($0) ? false : try seen.insert($0) }
    let second = try call.elements(1).filter { try left.contains($0) ? false : try seen.insert($0) }
    return .items(first + second)
  },
]

/// The result of an operation on two lists of nothing but integers; nil for all others.
private func numbers(
  _ call: PluginCall, _ operation: (HashOrder) -> (HashOrder) -> HashOrder
) throws -> Item? {
  let lists = try [0, 1].map { try call.elements($0).map(\.plainInteger) }
  guard lists.allSatisfy({ !$0.contains(nil) }) else { return nil }
  let (left, right) = (
    HashOrder(lists[0].compactMap(\.self)), HashOrder(lists[1].compactMap(\.self))
  )
  return .items(operation(left)(right).numbers.map(Item.int))
}

extension Item {
  fileprivate var plainInteger: Int? {
    guard case .value(.int(let int)) = self else { return nil }
    return int
  }
}

/// How many results a combinatoric filter may give.
private let combinationLimit = 1_000_000

/// Combinations of elements.
let combinatoricFilters: [Filter] = [
  Filter("product", "first, *rest, **options") { call in
    var columns = try ([call[0]] + call.rest).map(call.context.elements)
    if let count = try call.keyword("repeat").map(call.context.index) {
      columns = Array(repeatElement(columns, count: max(0, count)).joined())
    }
    let total = columns.reduce(1.0) { $0 * Double($1.count) }
    guard total <= Double(combinationLimit) else { throw tooMany(call) }
    return .items(
      columns.reduce([[]]) { rows, column in
        rows.flatMap { row in column.map { row + [$0] } }
      }.map(Item.tuple))
  },
  Filter("permutations", "items, r=") { call in
    let items = try call.elements(0)
    let size = try call.given(1).map(call.context.index) ?? items.count
    guard size >= 0 else { throw call.fail(.value, "r must be non-negative") }
    if size > items.count { return .items([]) }
    var count = 1
    for choices in (items.count - size..<items.count).map({ $0 + 1 }) {
      count *= choices
      guard count <= combinationLimit else { throw tooMany(call) }
    }
    var rows: [[Int]] = [[]]
    for _ in 0..<size {
      rows = rows.flatMap { row in
        items.indices.filter { !row.contains($0) }.map { row + [$0] }
      }
    }
    return .items(rows.map { row in .tuple(row.map { items[$0] }) })
  },
  Filter("combinations", "items, r") { call in
    let items = try call.elements(0)
    let size = try call.context.index(call[1])
    guard size >= 0 else { throw call.fail(.value, "r must be non-negative") }
    if size > items.count { return .items([]) }
    var count = 1
    for chosen in 0..<min(size, items.count - size) {
      count = count * (items.count - chosen) / (chosen + 1)
      guard count <= combinationLimit else { throw tooMany(call) }
    }
    var rows: [[Int]] = [[]]
    for place in 0..<size {
      // As many are left behind each as are still to be chosen.
      let end = items.count - (size - place - 1)
      rows = rows.flatMap { row in ((row.last ?? -1) + 1..<end).map { row + [$0] } }
    }
    return .items(rows.map { row in .tuple(row.map { items[$0] }) })
  },
]

private func tooMany(_ call: PluginCall) -> TemplateError {
  call.fail(.value, "more than \(combinationLimit) results")
}
