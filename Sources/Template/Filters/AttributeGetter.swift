import Schema

/// An attribute argument of `map`, `sort` and others: a name with dots, or an index.
struct AttributeGetter {
  private let keys: [Item]
  private let fallback: Item?
  private let isCaseless: Bool
  /// Whether the name itself is one.
  private let isSecret: Bool
  private let context: Context

  init(
    _ attribute: Item, _ context: Context, fallback: Item? = nil, isCaseless: Bool = false
  ) throws {
    self.context = context
    self.fallback = fallback
    self.isCaseless = isCaseless
    isSecret = attribute.isSecret
    switch attribute {
    case .value(.null): keys = []
    case .value(.text(let text)):
      keys = PythonText.split(text.string, separator: ".").map { part in
        Int(part).flatMap { $0 >= 0 && !part.hasPrefix("+") ? Item.int($0) : nil } ?? .text(part)
      }
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    default: keys = [attribute]
    }
  }

  /// The attribute of one element; undefined where it has none and there is no default.
  func get(_ item: Item) throws -> Item {
    var item = item
    for key in keys {
      item = try context.element(key, of: item)
      guard case .undefined(let undefined) = item else { continue }
      item = fallback ?? .undefined(isSecret ? undefined.withheld : undefined)
    }
    guard isCaseless, case .value(.text(let text)) = item else { return item }
    return .value(.text(Text(text.string.lowercased(), marks: text.marks)))
  }

  /// Several attributes with commas between them, as `sort` takes them.
  static func list(
    _ attribute: Item, _ context: Context, isCaseless: Bool
  ) throws -> (Item) throws -> Item {
    guard case .value(.text(let text)) = attribute, text.string.utf8.contains(0x2C) else {
      let getter = try AttributeGetter(attribute, context, isCaseless: isCaseless)
      return { try getter.get($0) }
    }
    let getters = try PythonText.split(text.string, separator: ",").map {
      try AttributeGetter(
        .value(.text(Text($0, marks: text.marks))), context, isCaseless: isCaseless)
    }
    return { item in .tuple(try getters.map { try $0.get(item) }) }
  }
}
