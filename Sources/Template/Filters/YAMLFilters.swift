import Diagnostics
import Schema
import YAML

/// Filters for YAML.
let yamlFilters: [Filter] = [
  Filter("to_yaml", "a, *ignored, **options") { try yaml($0, YAMLStyle()) },
  Filter("to_nice_yaml", "a, indent=, *ignored, **options") { call in
    var style = YAMLStyle(isFlow: false, indentation: 4)
    if let indent = call.given(1) {
      style.indentation = usableIndentation(try call.context.index(indent))
    }
    return try yaml(call, style)
  },
  Filter("from_yaml", "data") { call in
    guard let text = call[0].string else { return call[0] }
    let documents = try documents(text)
    guard documents.count < 2 else {
      throw call.fail(.plugin, "expected a single document in the stream")
    }
    return Item(data: documents.first ?? .null)
  },
  Filter("from_yaml_all", "data") { call in
    if call[0].isNull { return .items([]) }
    guard let text = call[0].string else { return call[0] }
    return .items(try documents(text).map(Item.init(data:)))
  },
]

private func yaml(_ call: PluginCall, _ defaults: YAMLStyle) throws -> Item {
  let context = call.context
  var style = defaults
  for (name, value) in call.arguments.keywords {
    switch name {
    case "default_flow_style": style.isFlow = value.isNull ? nil : try context.isTrue(value)
    case "sort_keys": style.sortsKeys = try context.isTrue(value)
    case "indent":
      if !value.isNull { style.indentation = usableIndentation(try context.index(value)) }
    case "width": style.width = try width(value, style, context)
    case "allow_unicode": style.allowsUnicode = try context.isTrue(value)
    case "explicit_start": style.startsDocument = try context.isTrue(value)
    case "explicit_end": style.endsDocument = try context.isTrue(value)
    case "default_style":
      style.quote = try value.isNull ? nil : context.string(value).unicodeScalars.first
    case "canonical": style.isCanonical = try context.isTrue(value)
    case "line_break" where value.string != "\r" && value.string != "\r\n": continue
    case "line_break", "encoding", "version", "tags":
      throw call.fail(.plugin, "`\(name)` is not supported")
    case "vault_to_text", "dump_vault_tags", "Dumper": continue
    default: throw call.fail(.type, "has no parameter `\(name)`")
    }
  }
  return .text(try YAMLEmitter.text(try known(context.exported(call[0])), style: style))
}

/// Indentations outside 2 to 9 are taken as 2 (libyaml).
private func usableIndentation(_ indentation: Int) -> Int {
  (2...9).contains(indentation) ? indentation : 2
}

private func width(_ value: Item, _ style: YAMLStyle, _ context: Context) throws -> Int {
  if value.isNull { return 80 }
  let width: Int
  if case .value(.float(let float)) = value {
    width = float.isFinite ? Int(float) : Int.max
  } else {
    width = try context.index(value)
  }
  if width < 0 { return Int.max }
  return width <= style.indentation * 2 ? 80 : width
}

/// The documents of a YAML text as values.
private func documents(_ text: String) throws -> [Value] {
  var bag = DiagnosticBag()
  let trees = parseYAML(SourceFile(name: "<template>", text: text), into: &bag)
  let values = trees.map { Value($0.root, trusted: false, into: &bag) }
  // Of keys that are there twice the last one counts, as in PyYAML.
  if let error = bag.errors.first(where: { $0.id != "duplicate-key" }) {
    let position =
      error.span.map { " on line \($0.file.position(at: $0.start).line)" } ?? ""
    throw TemplateError(.plugin, "\(error.message)\(position)", line: 0)
  }
  return values
}
