import Diagnostics
import Schema
import Template

/// Works out what a loop goes over.
struct LoopItems {
  let loop: Loop
  let renderer: Renderer

  func items() throws(Diagnostic) -> Resolved<[Value]> {
    guard let value = try loop.source.source.value(renderer) else {
      throw wrong("cannot be omitted")
    }
    if case .unknown(let unknown) = value { return .unknown(unknown) }
    if loop.form == .together || loop.form == .nested {
      for case .unknown(let unknown) in value.list ?? [] { return .unknown(unknown) }
    }
    switch loop.form {
    case .loop: return .known(try list(value))
    case .list: return .known(value.list ?? [value])
    case .items: return .known(flattenedOnce(value.list ?? [value]))
    case .flattened: return .known(flattened(value))
    case .indexedItems:
      let elements = flattenedOnce(value.list ?? [value])
      return .known(elements.enumerated().map { .list([.int($0), $1]) })
    case .dict: return .known(try pairs(value))
    case .together: return .known(try together(value))
    case .nested: return .known(try nested(value))
    case .fileGlob: return try files(value)
    case .sequence: return try sequence(value)
    case .firstFound: return .known(try looked(up: "first_found", value))
    case .inventoryHostnames: return .known(try looked(up: "inventory_hostnames", value))
    case .cartesian, .subelements, .randomChoice, .lines, .env, .file, .vars, .varnames, .pipe,
      .template, .ini, .csvfile, .password:
      return try queried(value)
    }
  }

  private func list(_ value: Value) throws(Diagnostic) -> [Value] {
    guard let list = value.list else {
      throw wrong(
        "must be a list, not \(shown(value))",
        help: value.dict == nil
          ? "write the items as a list" : "use `{{ the_dictionary | dict2items }}`")
    }
    return list
  }

  private func pairs(_ value: Value) throws(Diagnostic) -> [Value] {
    guard let map = value.dict else {
      throw wrong("must be a dictionary, not \(shown(value))")
    }
    return map.entries.map { .dict(["key": $0.key, "value": $0.value]) }
  }

  private func flattenedOnce(_ elements: [Value]) -> [Value] {
    elements.flatMap { $0.list ?? [$0] }
  }

  private func flattened(_ value: Value) -> [Value] {
    value.list?.flatMap(flattened) ?? [value]
  }

  private func together(_ value: Value) throws(Diagnostic) -> [Value] {
    var lists: [[Value]] = []
    for element in try list(value) { lists.append(try list(element)) }
    return (0..<(lists.map(\.count).max() ?? 0)).map { index in
      .list(lists.map { index < $0.count ? $0[index] : .null })
    }
  }

  private func nested(_ value: Value) throws(Diagnostic) -> [Value] {
    var rows: [[Value]] = [[]]
    for element in try list(value) {
      let choices = element.list ?? [element]
      rows = rows.flatMap { row in choices.map { row + [$0] } }
    }
    return rows.map { row in .list(row.flatMap { $0.list ?? [$0] }) }
  }

  private func files(_ value: Value) throws(Diagnostic) -> Resolved<[Value]> {
    var paths: [Value] = []
    for pattern in value.list ?? [value] {
      if case .unknown(let unknown) = pattern { return .unknown(unknown) }
      guard let text = pattern.string else {
        throw wrong("must be shell patterns, not \(shown(pattern))")
      }
      paths += renderer.resources.glob(text).map(Value.string)
    }
    return .known(paths)
  }

  private func looked(up name: String, _ value: Value) throws(Diagnostic) -> [Value] {
    do {
      let found = try renderer.resources.lookup(
        name, terms: value.list ?? [value], options: ValueMap())
      return found?.list ?? []
    } catch {
      throw wrong("found nothing: \(error.message)")
    }
  }

  /// What a lookup of the template language gives for the terms.
  private func queried(_ value: Value) throws(Diagnostic) -> Resolved<[Value]> {
    let terms = LookupTerms(base: renderer.variables, terms: value.list ?? [value])
    let call = (["'\(loop.form.lookup)'"] + terms.names(of: terms.terms)).joined(separator: ", ")
    do throws(TemplateError) {
      let found = try Renderer(
        variables: terms, resources: renderer.resources, clock: renderer.clock, seed: renderer.seed
      ).expression("query(\(call))")
      if case .unknown(let unknown) = found { return .unknown(unknown) }
      return .known(found.list ?? [found])
    } catch {
      throw wrong("found nothing: \(error.message)", help: error.hint)
    }
  }

  private func sequence(_ value: Value) throws(Diagnostic) -> Resolved<[Value]> {
    var items: [Value] = []
    for element in value.list ?? [value] {
      if case .unknown(let unknown) = element { return .unknown(unknown) }
      guard let text = element.string, let numbers = NumberSequence(text) else {
        throw wrong(
          "must look like `start=1 end=9 stride=2 format=node%02d`, not \(shown(element))")
      }
      items += numbers.texts.map(Value.string)
    }
    return .known(items)
  }

  private func wrong(_ message: String, help: String? = nil) -> Diagnostic {
    Diagnostic(
      .error, "loop-items", "`\(loop.form.rawValue)` \(message)", at: loop.source.span, help: help)
  }

  private func shown(_ value: Value) -> String { Argument(value, path: "").shown }
}

/// Variables with the terms of a lookup among them.
private struct LookupTerms: Variables {
  private static let prefix = "spile_lookup_term_"

  let base: any Variables
  let terms: [Value]

  func names(of terms: [Value]) -> [String] { terms.indices.map { Self.prefix + String($0) } }

  func value(named name: String) throws(TemplateError) -> Value? {
    if name.hasPrefix(Self.prefix), let place = Int(name.dropFirst(Self.prefix.count)) {
      return terms[place]
    }
    return try base.value(named: name)
  }

  var names: [String] { base.names }

  func scopes(named name: String) -> (any VariableScopes)? { base.scopes(named: name) }
}
