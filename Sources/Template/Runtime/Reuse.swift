import Schema

/// What belongs to one run of a template: its blocks and the template it extends.
final class TemplateRun {
  /// Each block with the template it was written in, the most derived first.
  var blocks: [String: [(block: Statement.Block, unit: Unit)]] = [:]
  /// The scope of statements outside all blocks.
  let scope: Scope
  var parent: Unit?
  /// Whether text is no longer written, since a parent template writes it.
  var isDiscarding = false

  init(unit: Unit, scope: Scope) {
    self.scope = scope
    add(unit)
  }

  func add(_ unit: Unit) {
    for block in unit.blocks { blocks[block.name, default: []].append((block, unit)) }
  }
}

/// Whole templates: running, including, importing and extending them.
extension Context {
  /// Runs a template in a scope and gives what it wrote.
  func runTemplate(_ unit: Unit, scope: Scope) throws -> Item {
    guard unit.syntax == .value || unit.syntax == .file else {
      return try result(of: unit, scope: scope)
    }
    guard unit.hasTags else { return .text(unit.text) }
    return padded(try result(of: unit, scope: scope), for: unit)
  }

  /// A text with as many newlines at its end as the template has.
  private func padded(_ item: Item, for unit: Unit) -> Item {
    guard unit.text.utf8.last == 0x0A, case .value(.text(let text)) = item else { return item }
    func newlines(_ text: String) -> Int { text.utf8.reversed().prefix { $0 == 0x0A }.count }
    let missing = newlines(unit.text) - newlines(text.string)
    guard missing > 0 else { return item }
    let ending = String(repeating: unit.endingNewline, count: missing)
    return .value(.text(Text(text.string + ending, marks: text.marks)))
  }

  private func result(of unit: Unit, scope: Scope) throws -> Item {
    if unit.body.isEmpty || unit.soleExpression != nil {
      guard let expression = unit.soleExpression else { return try concatenated([]) }
      let item = try evaluate(expression)
      return isAnsible ? item : try concatenated([item])
    }
    return try capture { try write(unit, scope: scope) }
  }

  /// Runs a template and the ones it extends.
  private func write(_ unit: Unit, scope: Scope) throws {
    run = TemplateRun(unit: unit, scope: scope)
    try execute(unit.body)
    while let parent = run.parent {
      run.parent = nil
      run.isDiscarding = false
      run.add(parent)
      let current = run
      try within(parent, scope: scope) {
        run = current
        try execute(parent.body)
      }
    }
  }

  /// The template of a name, or of the first name in a list that exists, where lists are taken.
  func load(_ name: Item, _ site: Site, takesList: Bool = true) throws -> Unit {
    self.site = site
    if !takesList { _ = try text(name, "the name of a template") }
    guard let unit = try loadIfPresent(name) else {
      let names = try names(in: name).map { "`\($0)`" }.joined(separator: ", ")
      throw fail(.templateNotFound, "template \(names) is not on the search path")
    }
    return unit
  }

  private func names(in item: Item) throws -> [String] {
    if case .value(.text(let text)) = item { return [text.string] }
    return try elements(of: item).map { try text($0, "the name of a template") }
  }

  private func loadIfPresent(_ name: Item) throws -> Unit? {
    OutsideReads.note()
    for name in try names(in: name) {
      guard let found = try renderer.resources.template(named: name) else { continue }
      var options = unit.options
      options.keepTrailingNewline = false
      if found.isSecret { noteSecretTemplate() }
      return try Unit.compile(
        found.text, syntax: isAnsible ? .file : .jinja, options: options, name: found.name)
    }
    return nil
  }

  func include(
    _ name: Expression, _ ignoresMissing: Bool, _ withContext: Bool, _ site: Site
  ) throws {
    let name = try evaluate(name)
    if case .undefined(let undefined) = name { throw Interrupt.undefined(undefined) }
    if name.unknown != nil { return emit(name) }
    self.site = site
    guard let unit = ignoresMissing ? try loadIfPresent(name) : try load(name, site) else { return }
    let inner = Scope(
      parent: withContext ? scope : nil, isIsolated: withContext ? false : true)
    let start = output.count
    let written = try capture {
      try within(unit, scope: inner) { try write(unit, scope: inner) }
      // The pieces stay apart, so that an included template counts as if it stood here.
      let pieces = output
      output = [.tuple(pieces)]
    }
    guard case .tuple(let pieces) = written, output.count == start else { return }
    output += pieces
  }

  func module(
    _ template: Expression, _ withContext: Bool, _ site: Site
  ) throws -> ModuleObject {
    let name = try evaluate(template)
    if case .undefined(let undefined) = name { throw Interrupt.undefined(undefined) }
    let unit = try load(name, site, takesList: false)
    let inner = Scope(parent: withContext ? scope : nil, isIsolated: !withContext)
    let text = try capture {
      try within(unit, scope: inner) { try write(unit, scope: inner) }
    }
    return ModuleObject(name: unit.name ?? "", names: inner.names, text: text)
  }

  // MARK: Blocks

  func block(_ block: Statement.Block) throws {
    try self.block(block, at: 0)
  }

  /// Writes one level of a block: 0 is the most derived one, the next is its `super()`.
  func block(_ block: Statement.Block, at level: Int) throws {
    guard let chain = run.blocks[block.name], level < chain.count else { return }
    let (current, unit) = chain[level]
    site = block.site
    if current.isRequired { throw fail(.runtime, "required block `\(block.name)` not found") }
    let inner = Scope(parent: block.isScoped ? scope : run.scope)
    if level + 1 < chain.count {
      inner.set("super", .object(SuperBlock(block, level: level + 1, run: run)))
    }
    let outer = run
    try within(unit, scope: inner) {
      run = outer
      try execute(current.body)
    }
  }
}
