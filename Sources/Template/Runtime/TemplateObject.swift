import Schema

/// Something that lives only inside a template: a function, a loop, a range, a date.
protocol TemplateObject: AnyObject {
  /// The type's name as Python says it.
  var typeName: String { get }
  /// Whether it can be called.
  var isCallable: Bool { get }
  /// How it prints.
  func representation(in context: Context) throws -> String
  /// One of its attributes; nil where there is none of that name.
  func attribute(_ name: String, in context: Context) throws -> Item?
  /// Its elements; nil where it has none.
  func elements(in context: Context) throws -> [Item]?
  /// The data it becomes at the end of a template; nil where it cannot leave one.
  func exported(in context: Context) throws -> Item?
  func call(_ arguments: CallArguments, in context: Context) throws -> Item
  /// Whether a secret is inside.
  var holdsSecret: Bool { get }
  /// The same object with everything inside secret; itself where nothing inside leaves it.
  func markedSecret(in context: Context) throws -> any TemplateObject
}

extension TemplateObject {
  var holdsSecret: Bool { false }
  func markedSecret(in context: Context) throws -> any TemplateObject { self }

  var isCallable: Bool { false }
  func representation(in context: Context) throws -> String { "<\(typeName)>" }
  func attribute(_ name: String, in context: Context) throws -> Item? { nil }
  func elements(in context: Context) throws -> [Item]? { nil }
  func exported(in context: Context) throws -> Item? { nil }
  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    throw TemplateError(.type, "'\(typeName)' object is not callable", line: 0)
  }
}

/// The arguments of a call, evaluated.
struct CallArguments {
  var positional: [Item] = []
  var keywords: [(name: String, value: Item)] = []

  func keyword(_ name: String) -> Item? { keywords.first { $0.name == name }?.value }

  /// Every argument, whether positional or by keyword.
  var all: [Item] { positional + keywords.map(\.value) }
}
