import Schema

/// Python's `pprint`: one line where it fits in 80 columns, else an element a line; keys sorted.
struct PrettyPrinter {
  private let context: Context

  init(_ context: Context) { self.context = context }

  func print(_ item: Item) throws -> String { try print(item, indent: 0, allowance: 0) }

  private func print(_ item: Item, indent: Int, allowance: Int) throws -> String {
    let flat = try sortedRepresentation(item)
    if flat.unicodeScalars.count <= 80 - indent - allowance { return flat }
    switch item {
    case .list(let box):
      return try lines(
        "[", "]", try box.elements(in: context), indent: indent, allowance: allowance)
    case .tuple(let items):
      return try lines("(", ")", items, indent: indent, allowance: allowance)
    case .dict(let box):
      let entries = try sortedEntries(box)
      var parts: [String] = []
      for (index, entry) in entries.enumerated() {
        let key = try context.representation(entry.key)
        let isLast = index == entries.count - 1
        parts.append(
          "\(key): "
            + (try print(
              entry.value, indent: indent + key.unicodeScalars.count + 3,
              allowance: isLast ? allowance + 1 : 1)))
      }
      let separator = ",\n" + String(repeating: " ", count: indent + 1)
      return "{\(parts.joined(separator: separator))}"
    default: return flat
    }
  }

  private func lines(
    _ open: String, _ close: String, _ items: [Item], indent: Int, allowance: Int
  ) throws -> String {
    let parts = try items.enumerated().map { index, item in
      try print(
        item, indent: indent + 1, allowance: index == items.count - 1 ? allowance + 1 : 1)
    }
    let separator = ",\n" + String(repeating: " ", count: indent + 1)
    return open + parts.joined(separator: separator) + close
  }

  private func sortedEntries(_ box: DictBox) throws -> [(key: Item, value: Item)] {
    let entries = try box.entries(in: context).map { (key: Item.key($0.key), value: $0.value) }
    let texts = try entries.map { try context.representation($0.key) }
    return zip(texts, entries).sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
      .map(\.1)
  }

  private func sortedRepresentation(_ item: Item) throws -> String {
    switch item {
    case .dict(let box):
      let parts = try sortedEntries(box).map {
        "\(try context.representation($0.key)): \(try sortedRepresentation($0.value))"
      }
      return "{\(parts.joined(separator: ", "))}"
    case .list(let box):
      let parts = try box.elements(in: context).map(sortedRepresentation)
      return "[\(parts.joined(separator: ", "))]"
    default: return try context.representation(item)
    }
  }
}
