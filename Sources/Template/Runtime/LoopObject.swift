import Schema

/// `loop` inside a loop.
final class LoopObject: TemplateObject {
  private let items: [Item]
  private let loop: Statement.Loop
  private let scope: Scope
  private let depth: Int
  private var lastChanged: [Item]?
  var index = 0

  init(_ items: [Item], _ loop: Statement.Loop, scope: Scope, depth: Int) {
    self.items = items
    self.loop = loop
    self.scope = scope
    self.depth = depth
  }

  var typeName: String { "LoopContext" }
  var isCallable: Bool { true }

  func representation(in context: Context) throws -> String {
    "<LoopContext \(index + 1)/\(items.count)>"
  }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    switch name {
    case "index": .int(index + 1)
    case "index0": .int(index)
    case "revindex": .int(items.count - index)
    case "revindex0": .int(items.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == items.count - 1)
    case "length": .int(items.count)
    case "depth": .int(depth + 1)
    case "depth0": .int(depth)
    case "previtem":
      index > 0 ? items[index - 1] : context.undefined(.hint("there is no previous item"))
    case "nextitem":
      index + 1 < items.count
        ? items[index + 1] : context.undefined(.hint("there is no next item"))
    case "cycle": .object(NativeFunction("cycle", "*items") { [index] in try cycle($0, index) })
    case "changed":
      .object(NativeFunction("changed", "*values") { [self] in try changed($0) })
    default: nil
    }
  }

  private func changed(_ call: PluginCall) throws -> Item {
    let values = call.rest
    if let lastChanged, lastChanged.count == values.count,
      try zip(lastChanged, values).allSatisfy({ try call.context.isEqual($0, $1) })
    {
      return .bool(false)
    }
    lastChanged = values
    return .bool(true)
  }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    guard loop.isRecursive else {
      throw context.fail(.type, "the loop is not marked as `recursive`")
    }
    guard arguments.positional.count == 1, depth < Context.depthLimit else {
      throw context.fail(.recursion, "loops are nested more than \(Context.depthLimit) deep")
    }
    let iterable = arguments.positional[0]
    let written = try context.capture {
      try context.scoped(scope) {
        try context.iterate(loop, over: iterable, depth: depth + 1)
      }
    }
    return written.isNull ? .text("") : written
  }
}

/// One of the arguments, by position.
func cycle(_ call: PluginCall, _ index: Int) throws -> Item {
  guard !call.rest.isEmpty else { throw call.fail(.type, "no items for cycling given") }
  return call.rest[index % call.rest.count]
}
