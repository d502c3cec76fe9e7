import OrderedCollections
import Schema

/// A function that comes with the engine.
final class NativeFunction: TemplateObject {
  private let name: String
  private let signature: Signature
  private let body: (PluginCall) throws -> Item

  init(
    _ name: String, _ parameters: StaticString, _ body: @escaping (PluginCall) throws -> Item
  ) {
    self.name = name
    signature = Signature(parameters)
    self.body = body
  }

  var typeName: String { "function" }
  var isCallable: Bool { true }

  func representation(in context: Context) throws -> String { "<function \(name)>" }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    do {
      let bound = try signature.bind(arguments, name: name)
      return try body(PluginCall(context: context, arguments: bound))
    } catch var error as TemplateError where error.line == 0 {
      error.message = "`\(name)`: \(error.message)"
      throw error
    }
  }
}

/// A method together with the object it belongs to.
final class BoundMethod: TemplateObject {
  private let method: Method
  private let object: Item

  init(_ method: Method, of object: Item) {
    self.method = method
    self.object = object
  }

  var typeName: String { "method" }
  var isCallable: Bool { true }

  /// Whether elements that are undefined matter; to those that only move them they do not.
  var looksAtElements: Bool {
    switch method.name {
    case "append", "clear", "copy", "extend", "insert", "pop", "popitem", "setdefault", "update":
      false
    default: true
    }
  }

  var holdsSecret: Bool { object.holdsSecret }

  func representation(in context: Context) throws -> String {
    "<method '\(method.name)' of '\(context.typeName(object))' objects>"
  }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    var arguments = arguments
    arguments.positional.insert(object, at: 0)
    return try context.guarded(arguments) {
      do {
        let bound = try method.signature.bind(arguments, name: method.name)
        return try method.body(PluginCall(context: context, arguments: bound))
      } catch var error as TemplateError where error.line == 0 {
        error.message = "`\(method.name)`: \(error.message)"
        throw error
      }
    }
  }
}

/// What `range(...)` gives: integers in equal steps.
final class RangeObject: TemplateObject {
  let values: [Int]

  init(_ values: [Int]) { self.values = values }

  var count: Int { values.count }
  var typeName: String { "range" }

  func representation(in context: Context) throws -> String {
    let step = values.count > 1 ? values[1] - values[0] : 1
    let start = values.first ?? 0
    let stop = values.last.map { $0 + (step > 0 ? 1 : -1) } ?? 0
    return step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))"
  }

  func elements(in context: Context) throws -> [Item]? { values.map(Item.int) }
}

/// `namespace(...)`: the one object whose attributes a template can set.
final class NamespaceObject: TemplateObject {
  var values: OrderedDictionary<String, Item>

  init(_ values: OrderedDictionary<String, Item>) { self.values = values }

  var typeName: String { "Namespace" }
  func attribute(_ name: String, in context: Context) throws -> Item? { values[name] }

  func representation(in context: Context) throws -> String {
    let entries = try values.map { "'\($0)': \(try context.representation($1))" }
    return "<Namespace {\(entries.joined(separator: ", "))}>"
  }

  var holdsSecret: Bool { values.values.contains(where: \.holdsSecret) }
}

/// What `cycler(...)` gives: items handed out in turn.
final class CyclerObject: TemplateObject {
  private let items: [Item]
  private var position = 0

  init(_ items: [Item]) { self.items = items }

  var typeName: String { "Cycler" }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    switch name {
    case "current": items[position]
    case "next":
      .object(
        NativeFunction("next", "") { [self] _ in
          defer { position = (position + 1) % items.count }
          return items[position]
        })
    case "reset":
      .object(
        NativeFunction("reset", "") { [self] _ in
          position = 0
          return .null
        })
    default: nil
    }
  }
}

/// `joiner(...)`: empty the first time it is called, the separator after that.
final class JoinerObject: TemplateObject {
  private let separator: Item
  private var isUsed = false

  init(_ separator: Item) { self.separator = separator }

  var typeName: String { "Joiner" }
  var isCallable: Bool { true }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    defer { isUsed = true }
    return isUsed ? separator : .text("")
  }
}

/// The keys, values or items of a dictionary, or what a generator gives: a list without a name.
final class ViewObject: TemplateObject {
  let typeName: String
  private let items: [Item]

  init(_ typeName: String, _ items: [Item]) {
    self.typeName = typeName
    self.items = items
  }

  func elements(in context: Context) throws -> [Item]? { items }
  func exported(in context: Context) throws -> Item? { .items(items) }

  func representation(in context: Context) throws -> String {
    "\(typeName)(\(try context.representation(.items(items))))"
  }

  var holdsSecret: Bool { items.contains(where: \.holdsSecret) }

  func markedSecret(in context: Context) throws -> any TemplateObject {
    ViewObject(typeName, try items.map { try $0.markedSecret(in: context) })
  }
}
