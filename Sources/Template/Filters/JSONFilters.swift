import OrderedCollections
import Schema

/// Filters for JSON.
let jsonFilters: [Filter] = [
  Filter("to_json", "a, profile=, vault_to_text=, preprocess_unsafe=, **options") { call in
    if let profile = call.given(1), profile.string != "tagless" {
      throw call.fail(
        .plugin, "no profile \(try call.context.representation(profile)); there is `tagless`")
    }
    return try json(
      call,
      defaults: JSONStyle(
        itemSeparator: ", ", keySeparator: ": ", escapesNonASCII: true))
  },
  Filter("to_nice_json", "a, indent=, sort_keys=, **options") { call in
    var style = JSONStyle(
      indentation: 4, itemSeparator: ",", keySeparator: ": ", sortsKeys: true,
      escapesNonASCII: true)
    if let indent = call.optional(1) {
      try indented(&style, indent, call.context)
    }
    if let sort = call.optional(2) { style.sortsKeys = try call.context.isTrue(sort) }
    return try json(call, defaults: style, hasOwnSeparators: true)
  },
  Filter("tojson", "value, indent=") { call in
    var style = JSONStyle(
      itemSeparator: ", ", keySeparator: ": ", sortsKeys: true, escapesNonASCII: true)
    if let indent = call.given(1) {
      try indented(&style, indent, call.context)
      style.itemSeparator = ","
    }
    var text = JSON.text(try known(call.context.exported(call[0])), style: style)
    for (character, escape) in [
      ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027"),
    ] {
      text = PythonText.replace(text, character, escape)
    }
    return .object(Markup(text))
  },
  Filter("from_json", "a, profile=, **options") { call in
    let text = try call.text(0, "the JSON object")
    do throws(JSONError) {
      return Item(data: try JSON.parse(text))
    } catch {
      throw call.fail(
        .plugin, "\(error.message): line \(error.line) column \(error.column)")
    }
  },
]

private func json(
  _ call: PluginCall, defaults: JSONStyle, hasOwnSeparators: Bool = false
) throws -> Item {
  let context = call.context
  var style = defaults
  for (name, value) in call.arguments.keywords {
    switch name {
    case "indent":
      try indented(&style, value, context)
      if style.indentation != nil { style.itemSeparator = "," }
    case "sort_keys": style.sortsKeys = try context.isTrue(value)
    case "ensure_ascii": style.escapesNonASCII = try context.isTrue(value)
    case "separators" where hasOwnSeparators: continue
    case "separators":
      let parts = try context.elements(of: value)
      guard parts.count == 2 else { throw call.fail(.value, "two separators are needed") }
      style.itemSeparator = try context.text(parts[0], "a separator")
      style.keySeparator = try context.text(parts[1], "a separator")
    case "skipkeys", "allow_nan", "check_circular", "default", "cls": continue
    default: throw call.fail(.type, "has no parameter `\(name)`")
    }
  }
  let isRange = context.typeName(call[0]) == "range"
  let item = isRange ? try .items(context.elements(of: call[0])) : call[0]
  return .text(JSON.text(try known(context.exported(item)), style: style))
}

/// Indents as Python's `indent` says: so many blanks, or a text, for each level.
private func indented(_ style: inout JSONStyle, _ indent: Item, _ context: Context) throws {
  if let text = indent.string {
    (style.indentation, style.step) = (1, text)
  } else {
    style.indentation = indent.isNull ? nil : try context.index(indent)
  }
}

/// The value where all of it is known.
func known(_ value: Value) throws -> Value {
  if let unknown = value.deepUnknown { throw Interrupt.unknown(unknown) }
  return value
}
