import BigInt
import Schema

/// What an expression gives while a template runs: data, or what cannot leave the template.
enum Item {
  /// A scalar, or an unknown; never a list or dictionary.
  case value(Value)
  case list(ListBox)
  case tuple([Item])
  case dict(DictBox)
  case undefined(Undefined)
  case object(any TemplateObject)
  case omit

  static var null: Item { .value(.null) }

  static func text(_ string: String) -> Item { .value(.text(Text(string))) }
  static func bool(_ bool: Bool) -> Item { .value(.bool(bool)) }
  static func int(_ int: Int) -> Item { .value(.int(int)) }
  static func float(_ float: Double) -> Item { .value(.float(float)) }
  static func items(_ items: [Item]) -> Item { .list(ListBox(items)) }
  static func texts(_ strings: [String]) -> Item { .list(ListBox(strings.map(Item.text))) }

  /// Data as it came from a variable: containers stay lazy.
  init(data: Value) {
    switch data {
    case .list(let elements): self = .list(ListBox(source: elements))
    case .dict(let map): self = .dict(DictBox(source: map))
    default: self = .value(data)
    }
  }

  /// The characters of a text; nil for everything else.
  var string: String? {
    guard case .value(.text(let text)) = self else { return nil }
    return text.string
  }

  var isNull: Bool {
    if case .value(.null) = self { true } else { false }
  }

  var isOmitted: Bool {
    if case .omit = self { true } else { false }
  }

  var unknown: Unknown? {
    guard case .value(.unknown(let unknown)) = self else { return nil }
    return unknown
  }

  var undefined: Undefined? {
    guard case .undefined(let undefined) = self else { return nil }
    return undefined
  }
}
