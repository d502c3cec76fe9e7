import PatternMatching
import OrderedCollections
import Schema

/// The lookups that come with the engine; all others are asked from the resources.
enum Lookups {
  private static let table: [String: @Sendable (LookupCall) throws -> [Item]] = [
    "env": environment, "vars": variables, "varnames": variableNames, "dict": dictionary,
    "items": items, "list": { $0.terms }, "flattened": { try flattened($0.terms, $0.context) },
    "indexed_items": indexed, "sequence": sequence, "together": together, "nested": nested,
    "cartesian": cartesian, "subelements": subelements, "file": file,
    "unvault": unvault, "lines": pipeLines,
    "fileglob": fileGlob, "template": template, "first_found": firstFound, "pipe": pipe,
    "ini": ini, "csvfile": csv, "random_choice": randomChoice, "password": password,
  ]

  /// Those that depend on variables and the process's environment alone.
  private static let inward: Set<String> = [
    "env", "vars", "varnames", "dict", "items", "list", "flattened", "indexed_items", "sequence",
    "together", "nested", "cartesian", "subelements",
  ]

  /// Lookups of Ansible that are not here, and what there is instead.
  static let refused = [
    "config": "the settings of Ansible are not settings of this program",
    "url": "nothing is fetched while a template is rendered; let a task fetch it",
  ]

  /// Those that run programs, or that say something else each time.
  static let running: Set<String> = ["pipe", "lines", "password", "random_choice"]

  /// Those that the renderer's resources answer.
  private static let ofResources: Set<String> = ["inventory_hostnames"]

  static var names: [String] { (Array(table.keys) + ofResources).sorted() }

  static func isKnown(_ name: String) -> Bool {
    table[name] != nil || ofResources.contains(name)
  }

  static func run(_ name: String, _ call: LookupCall) throws -> [Item] {
    if !inward.contains(name) { OutsideReads.note() }
    if let lookup = table[name] { return try lookup(call) }
    if let reason = refused[name] { throw TemplateError(.plugin, reason, line: 0) }
    let terms = try call.terms.map(call.context.exported)
    var options = ValueMap()
    for (name, value) in call.options { options[name] = try call.context.exported(value) }
    let resources = call.context.renderer.resources
    guard let result = try resources.lookup(name, terms: terms, options: options) else {
      throw TemplateError(
        .unknownPlugin, "no lookup named `\(name)`", line: 0, name: name,
        suggestions: nearest(name, in: names))
    }
    guard case .list(let elements) = result else { return [Item(data: result)] }
    return elements.map(Item.init(data:))
  }

  // MARK: Names

  private static func environment(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { name in
      if let value = call.context.renderer.resources.environment(name) { return .text(value) }
      return call.option("default") ?? .text("")
    }
  }

  private static func variables(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { name in
      if let item = try call.context.variable(name) {
        if case .undefined(let undefined) = item, let fallback = call.option("default") {
          _ = undefined
          return fallback
        }
        return item
      }
      if let fallback = call.option("default") { return fallback }
      throw Interrupt.undefined(
        Undefined(.name(name), unit: call.context.unit, site: call.context.site))
    }
  }

  private static func variableNames(_ call: LookupCall) throws -> [Item] {
    let names = call.context.renderer.variables.names
    return try call.texts().flatMap { pattern in
      let regex = try Regex.cached(pattern)
      return try names.filter { try regex.search(in: $0) != nil }.map(Item.text)
    }
  }

  // MARK: Data

  private static func dictionary(_ call: LookupCall) throws -> [Item] {
    try call.terms.flatMap { term -> [Item] in
      guard case .dict(let box) = term else { throw call.fail("a dictionary is needed") }
      return try box.entries(in: call.context).map { key, value in
        .dict(DictBox([.string("key"): .key(key), .string("value"): value]))
      }
    }
  }

  private static func items(_ call: LookupCall) throws -> [Item] {
    try call.terms.flatMap { term -> [Item] in
      switch term {
      case .list, .tuple: try call.context.elements(of: term)
      default: [term]
      }
    }
  }

  private static func flattened(_ terms: [Item], _ context: Context) throws -> [Item] {
    try terms.flatMap { term -> [Item] in
      switch term {
      case .list, .tuple: try flattened(try context.elements(of: term), context)
      default: [term]
      }
    }
  }

  private static func indexed(_ call: LookupCall) throws -> [Item] {
    try items(call).enumerated().map { .tuple([.int($0.offset), $0.element]) }
  }

  private static func columns(_ call: LookupCall) throws -> [[Item]] {
    guard !call.terms.isEmpty else { throw call.fail("at least one list is needed") }
    return try call.terms.map { try call.context.elements(of: $0) }
  }

  private static func together(_ call: LookupCall) throws -> [Item] {
    let columns = try columns(call)
    let count = columns.map(\.count).max() ?? 0
    return (0..<count).map { row in
      .items(columns.map { row < $0.count ? $0[row] : .null })
    }
  }

  /// Every combination, what is a list inside taken apart at each step.
  private static func nested(_ call: LookupCall) throws -> [Item] {
    let columns = try combinable(call)
    let rows = try columns.dropFirst().reduce(columns[0]) { rows, column in
      try rows.flatMap { row in
        try column.map { .items(try spread(row, call) + spread($0, call)) }
      }
    }
    return try rows.map { row in
      .items(try call.context.elements(of: row).flatMap { try spread($0, call) })
    }
  }

  /// The elements of a list, or the one item that is none.
  private static func spread(_ item: Item, _ call: LookupCall) throws -> [Item] {
    switch item {
    case .list, .tuple: try call.context.elements(of: item)
    default: [item]
    }
  }

  private static func combinable(_ call: LookupCall) throws -> [[Item]] {
    let columns = try columns(call)
    let total = columns.reduce(1.0) { $0 * Double($1.count) }
    guard total <= 1_000_000 else { throw call.fail("more than a million combinations") }
    return columns
  }

  private static func cartesian(_ call: LookupCall) throws -> [Item] {
    let columns = try combinable(call)
    return columns.reduce([[]]) { rows, column in
      rows.flatMap { row in column.map { row + [$0] } }
    }.map(Item.items)
  }

  private static func subelements(_ call: LookupCall) throws -> [Item] {
    guard call.terms.count >= 2, let filter = Filter.named("subelements") else {
      throw call.fail("a list and a key are needed")
    }
    var skipsMissing = Item.bool(false)
    if call.terms.count > 2, case .dict(let flags) = call.terms[2] {
      skipsMissing =
        try flags.value(for: .string("skip_missing"), in: call.context) ?? skipsMissing
    }
    let result = try call.context.apply(
      filter, CallArguments(positional: [call.terms[0], call.terms[1], skipsMissing]))
    let path = PythonText.split(try call.context.string(call.terms[1]), separator: ".")
    return try call.context.elements(of: result).map { pair in
      var parts = try call.context.elements(of: pair)
      parts[0] = try without(path[...], parts[0], call.context)
      return .tuple(parts)
    }
  }

  /// A dictionary without what lies at the end of a path.
  private static func without(
    _ path: ArraySlice<String>, _ item: Item, _ context: Context
  ) throws -> Item {
    guard let first = path.first, case .dict(let box) = item else { return item }
    var entries = try box.entries(in: context)
    let key = Value.string(first)
    if path.count == 1 {
      entries[key] = nil
    } else if let inner = entries[key] {
      entries[key] = try without(path.dropFirst(), inner, context)
    }
    return .dict(DictBox(entries))
  }

  private static func randomChoice(_ call: LookupCall) throws -> [Item] {
    guard !call.terms.isEmpty else { return [] }
    return [call.terms[call.context.random.next(below: call.terms.count)]]
  }

  // MARK: Sequences

  private static func sequence(_ call: LookupCall) throws -> [Item] {
    var texts = try call.texts()
    if texts.isEmpty { texts = [""] }
    return try texts.flatMap { try SequenceTerm($0, call).items.map(Item.text) }
  }
}
