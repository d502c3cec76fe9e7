import Glibc
import Schema
import Template
import Testing

/// One case of the shared file: a template, its variables, and what the real engines give for it.
struct TemplateCase {
  let id: String
  let category: String
  let mode: String
  let source: Value
  let variables: ValueMap
  let untrusted: ValueMap
  let options: ValueMap
  let files: ValueMap
  let expected: Value
  let alternative: Value?
  let isUnordered: Bool

  init?(_ value: Value) {
    guard let id = value["id"]?.string, let category = value["cat"]?.string,
      let mode = value["mode"]?.string, let source = value["src"], let expected = value["expected"]
    else { return nil }
    self.id = id
    self.category = category
    self.mode = mode
    self.source = source
    self.expected = expected
    variables = value["vars"]?.dict ?? ValueMap()
    untrusted = value["untrusted_vars"]?.dict ?? ValueMap()
    options = value["opts"]?.dict ?? ValueMap()
    files = value["files"]?.dict ?? ValueMap()
    alternative = value["also_ok"]
    isUnordered = value["unordered"] == .bool(true)
  }

  /// The file with the cases; nil where there is none.
  static var path: String? {
    if let path = getenv("SPILE_JINJA_CASES") { return String(cString: path) }
    let parts = #filePath.split(separator: "/").dropLast(3)
    var folder = "/" + parts.joined(separator: "/")
    while !folder.isEmpty {
      let candidate = folder + "/../shared/jinja-cases/cases.jsonl"
      if access(candidate, R_OK) == 0 { return candidate }
      folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
    }
    return nil
  }

  static func load(_ path: String) throws -> [TemplateCase] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return try bytes.split(separator: 0x0A).compactMap {
      TemplateCase(try JSON.parse(Array($0)))
    }
  }
}

/// Files and environment of one case.
struct CaseResources: TemplateResources {
  let files: ValueMap

  func template(named name: String) -> TemplateText? {
    files[name]?.string.map { TemplateText($0, name: name) }
  }

  func file(_ path: String) throws(TemplateError) -> FileContent {
    guard let text = files[path]?.string else {
      throw TemplateError(.plugin, "no file `\(path)`", line: 0)
    }
    return FileContent(Array(text.utf8))
  }

  func environment(_ name: String) -> String? { name == "ORACLE_ENV" ? "from-env" : nil }
  func glob(_ pattern: String) -> [String] { [] }
  func lookup(
    _ name: String, terms: [Value], options: ValueMap
  ) throws(TemplateError) -> Value? { nil }
}

extension TemplateCase {
  /// What this engine makes of the case.
  func run() throws(TemplateError) -> Value {
    var all = untrusted
    for (key, value) in variables { all[key] = value.marked(.template) }
    let renderer = Renderer(variables: all, resources: CaseResources(files: files))
    switch mode {
    case "value": return try renderer.render(source.marked(.template))
    case "when":
      let template = try CompiledTemplate.compile(source.string ?? "", syntax: .condition)
      switch try renderer.condition(template) {
      case .yes: return .bool(true)
      case .no: return .bool(false)
      case .unknown(let unknown): return .unknown(unknown)
      }
    default:
      let syntax: TemplateSyntax = mode == "file" ? .file : .jinja
      let template = try CompiledTemplate.compile(
        source.string ?? "", syntax: syntax, options: templateOptions(syntax))
      return try renderer.render(template)
    }
  }

  private func templateOptions(_ syntax: TemplateSyntax) -> TemplateOptions {
    var result = TemplateOptions.usual(for: syntax)
    for (key, value) in options {
      let text = value.string ?? ""
      switch key.string {
      case "trim_blocks": result.trimBlocks = value == .bool(true)
      case "lstrip_blocks": result.lstripBlocks = value == .bool(true)
      case "keep_trailing_newline": result.keepTrailingNewline = value == .bool(true)
      case "newline_sequence": result.newlineSequence = text
      case "block_start_string": result.blockStart = text
      case "block_end_string": result.blockEnd = text
      case "variable_start_string": result.variableStart = text
      case "variable_end_string": result.variableEnd = text
      case "comment_start_string": result.commentStart = text
      case "comment_end_string": result.commentEnd = text
      case "line_statement_prefix": result.lineStatementPrefix = text
      case "line_comment_prefix": result.lineCommentPrefix = text
      case "extensions":
        let names = (value.list ?? []).compactMap(\.string)
        result.allowsDo = names.contains { $0.hasSuffix("do") }
        result.allowsLoopControls = names.contains { $0.hasSuffix("loopcontrols") }
      default: Issue.record("the case \(id) has an unknown option \(key)")
      }
    }
    return result
  }

  /// Nil where the outcome is as expected, else what is wrong with it.
  func check(_ outcome: Result<Value, TemplateError>) -> String? {
    let wanted = expected["ok"]
    switch outcome {
    case .failure(let error):
      return wanted == nil ? nil : "error \(error.kind.rawValue): \(error.message)"
    case .success(let value):
      if let alternative, Self.matches(value, alternative, isUnordered) { return nil }
      guard let wanted else {
        return "gave \(JSON.text(value)) instead of an error"
      }
      return Self.matches(value, wanted, isUnordered) ? nil : "gave \(JSON.text(value))"
    }
  }

  /// Whether an error is of the kind that is asked for; nil where no error is asked for.
  func checkKind(_ outcome: Result<Value, TemplateError>) -> Bool? {
    guard let wanted = expected["error"], case .failure(let error) = outcome else { return nil }
    let name = wanted["kind"]?.string?.split(separator: "_").joined().lowercased() ?? ""
    return error.kind.rawValue.lowercased() == name
  }

  /// Whether a syntax error is on the right line; nil where none is asked for.
  func checkLine(_ outcome: Result<Value, TemplateError>) -> Bool? {
    guard let wanted = expected["error"]?["line"], case .failure(let error) = outcome else {
      return nil
    }
    return wanted == .int(error.line)
  }

  private static func matches(_ value: Value, _ wanted: Value, _ isUnordered: Bool) -> Bool {
    if let float = wanted["$float"]?.string {
      guard case .float(let number) = value else { return false }
      return float == "nan" ? number.isNaN : number == (float == "-inf" ? -.infinity : .infinity)
    }
    if let pairs = wanted["$map"]?.list {
      guard case .dict(let map) = value, map.count == pairs.count else { return false }
      return pairs.allSatisfy { pair in
        guard let parts = pair.list, let found = map[parts[0]] else { return false }
        return matches(found, parts[1], false)
      }
    }
    switch (value, wanted) {
    case (.list(let value), .list(let wanted)):
      guard value.count == wanted.count else { return false }
      if isUnordered {
        var rest = wanted
        return value.allSatisfy { element in
          guard let index = rest.firstIndex(where: { matches(element, $0, false) }) else {
            return false
          }
          rest.remove(at: index)
          return true
        }
      }
      return zip(value, wanted).allSatisfy { matches($0, $1, false) }
    case (.dict(let value), .dict(let wanted)):
      return value.count == wanted.count
        && wanted.allSatisfy { key, wanted in
          value[key].map { matches($0, wanted, false) } ?? false
        }
    default: return value == wanted
    }
  }
}
