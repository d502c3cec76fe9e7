import Schema

/// Filters that apply another filter or a test to each element.
let selectionFilters: [Filter] = [
  Filter("map", "value, *args, **options", traits: .takesUndefinedElements) { call in
    let context = call.context
    guard try context.isTrue(call[0]) else { return .items([]) }
    let items = try call.elements(0)
    if call.rest.isEmpty, let attribute = call.keyword("attribute") {
      for (name, _) in call.arguments.keywords where name != "attribute" && name != "default" {
        throw call.fail(.type, "has no parameter `\(name)`")
      }
      let getter = try AttributeGetter(
        attribute, context, fallback: call.keyword("default"))
      return .items(try items.map { try getter.get($0) })
    }
    guard let first = call.rest.first else {
      throw call.fail(.plugin, "needs the name of a filter or an attribute")
    }
    let name = try context.text(first, "the name of a filter")
    guard let filter = Filter.named(name) else { throw context.unknownFilter(name) }
    let rest = Array(call.rest.dropFirst())
    return .items(
      try items.map { item in
        try context.apply(
          filter,
          CallArguments(positional: [item] + rest, keywords: call.arguments.keywords))
      })
  },
  Filter("select", "value, *args, **options", traits: .takesUndefinedElements) {
    try select($0, keeps: true, byAttribute: false)
  },
  Filter("reject", "value, *args, **options", traits: .takesUndefinedElements) {
    try select($0, keeps: false, byAttribute: false)
  },
  Filter("selectattr", "value, *args, **options", traits: .takesUndefinedElements) {
    try select($0, keeps: true, byAttribute: true)
  },
  Filter("rejectattr", "value, *args, **options", traits: .takesUndefinedElements) {
    try select($0, keeps: false, byAttribute: true)
  },
]

private func select(_ call: PluginCall, keeps: Bool, byAttribute: Bool) throws -> Item {
  let context = call.context
  guard try context.isTrue(call[0]) else { return .items([]) }
  let items = try call.elements(0)
  var arguments = call.rest[...]
  var getter: AttributeGetter?
  if byAttribute {
    guard let attribute = arguments.popFirst() else {
      throw call.fail(.plugin, "needs the name of an attribute")
    }
    getter = try AttributeGetter(attribute, context)
  }
  var test: Test?
  if let first = arguments.popFirst() {
    let name = try context.text(first, "the name of a test")
    guard let found = Test.named(name) else { throw context.unknownTest(name) }
    test = found
  }
  return .items(
    try items.filter { item in
      let subject = try getter?.get(item) ?? item
      guard let test else { return try context.isTrue(subject) == keeps }
      let verdict = try context.apply(
        test,
        CallArguments(
          positional: [subject] + arguments, keywords: call.arguments.keywords))
      return try context.isTrue(verdict) == keeps
    })
}
