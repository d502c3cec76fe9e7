import OrderedCollections
import Schema

/// Statements.
extension Context {
  func execute(_ body: [Statement]) throws {
    for statement in body { try execute(statement) }
  }

  private func execute(_ statement: Statement) throws {
    switch statement {
    case .data(let text):
      if !run.isDiscarding { emit(.text(text)) }
    case .output(let expression):
      if !run.isDiscarding { try write(expression) }
    case .branch(let branches, let otherwise): try branch(branches, otherwise)
    case .loop(let loop): try self.loop(loop)
    case .assign(let target, let expression): try assign(target, evaluate(expression))
    case .assignBlock(let target, let filters, let body):
      try assign(target, filtered(keptBody(body), filters))
    case .macro(let definition): scope.set(definition.name, .object(macro(definition)))
    case .callBlock(let call, let caller): try callBlock(call, caller)
    case .filterBlock(let filters, let body): emit(try filtered(capturedBody(body), filters))
    case .with(let assignments, let body):
      let inner = Scope(parent: scope)
      for assignment in assignments { inner.set(assignment.name, try evaluate(assignment.value)) }
      try scoped(inner) { try execute(body) }
    case .include(let name, let ignoresMissing, let withContext, let site):
      try include(name, ignoresMissing, withContext, site)
    case .importModule(let template, let name, let withContext, let site):
      scope.set(name, .object(try module(template, withContext, site)))
    case .importNames(let template, let names, let withContext, let site):
      let module = try module(template, withContext, site)
      for imported in names {
        let item = module.names[imported.name]
        scope.set(
          imported.alias,
          item
            ?? undefined(
              .hint("the template `\(module.name)` does not export `\(imported.name)`")))
      }
    case .extends(let template, let site):
      guard run.parent == nil else { throw fail(.runtime, "extended multiple times") }
      run.parent = try load(try evaluate(template), site, takesList: false)
      run.isDiscarding = true
    case .block(let block):
      if !run.isDiscarding { try self.block(block) }
    case .evaluate(let expression): _ = try evaluate(expression)
    case .breakLoop: throw Interrupt.breakLoop
    case .continueLoop: throw Interrupt.continueLoop
    }
  }

  private func write(_ expression: Expression) throws {
    let item = try evaluate(expression)
    if case .undefined(let undefined) = item, !isAnsible {
      throw Interrupt.undefined(undefined)
    }
    emit(item)
  }

  private func capturedBody(_ body: [Statement]) throws -> Item {
    try capture { try scoped(Scope(parent: scope)) { try execute(body) } }
  }

  /// What a body writes, even where a parent template writes everything outside of blocks.
  private func keptBody(_ body: [Statement]) throws -> Item {
    let run = run
    let wasDiscarding = run.isDiscarding
    run.isDiscarding = false
    defer { run.isDiscarding = wasDiscarding }
    return try capturedBody(body)
  }

  func filtered(_ item: Item, _ filters: [Expression.FilterCall]) throws -> Item {
    try filters.reduce(item) { try filter($1, subject: $0) }
  }

  private func branch(_ branches: [Statement.Branch], _ otherwise: [Statement]) throws {
    for branch in branches {
      switch try truth(of: branch.test) {
      case .yes: return try execute(branch.body)
      case .no: continue
      case .unknown(let unknown): return emit(.value(.unknown(unknown)))
      }
    }
    try execute(otherwise)
  }

  // MARK: Assignment

  func assign(_ target: Target, _ item: Item) throws {
    switch target {
    case .name(let name, _): scope.set(name, item)
    case .attribute(let object, let name, let site):
      self.site = site
      guard case .object(let holder as NamespaceObject) = try lookup(object, at: site) else {
        throw fail(.runtime, "cannot assign an attribute of something that is not a namespace")
      }
      holder.values[name] = item
    case .tuple(let targets, let site):
      if let unknown = item.unknown {
        for target in targets { try assign(target, .value(.unknown(unknown))) }
        return
      }
      self.site = site
      let items = try elements(of: item)
      guard items.count == targets.count else {
        let fact =
          items.count > targets.count ? "too many values to unpack" : "not enough values to unpack"
        throw fail(.value, "\(fact) (expected \(targets.count), got \(items.count))")
      }
      for (target, item) in zip(targets, items) { try assign(target, item) }
    }
  }

  // MARK: Loops

  private func loop(_ loop: Statement.Loop) throws {
    let iterable = try evaluate(loop.iterable)
    site = loop.iterable.site
    try iterate(loop, over: iterable, depth: 0)
  }

  /// Runs a loop over something, as often as a recursive loop asks.
  func iterate(_ loop: Statement.Loop, over iterable: Item, depth: Int) throws {
    if case .undefined(let undefined) = iterable { throw Interrupt.undefined(undefined) }
    if iterable.unknown != nil { return emit(iterable) }
    var items = try elements(of: iterable)
    if let test = loop.test {
      guard let selected = try select(items, loop.target, test) else { return }
      items = selected
    }
    if items.isEmpty {
      return try scoped(Scope(parent: scope)) { try execute(loop.otherwise) }
    }
    let object = loop.needsLoopObject ? LoopObject(items, loop, scope: scope, depth: depth) : nil
    var inner = Scope(parent: scope)
    var finishedOne = false
    loop: for (index, item) in items.enumerated() {
      object?.index = index
      if isKnownUniquelyReferenced(&inner) {
        inner.removeAll()
      } else {
        inner = Scope(parent: scope)
      }
      do {
        try run(loop, item, object, in: inner)
        finishedOne = true
      } catch Interrupt.continueLoop {
        continue
      } catch Interrupt.breakLoop {
        break loop
      }
    }
    // Jinja2 runs `else` where no turn came to its end.
    guard !finishedOne else { return }
    try scoped(Scope(parent: scope)) { try execute(loop.otherwise) }
  }

  private func run(
    _ loop: Statement.Loop, _ item: Item, _ object: LoopObject?, in scope: Scope
  ) throws {
    try scoped(scope) {
      if let object { self.scope.set("loop", .object(object)) }
      try assign(loop.target, item)
      try execute(loop.body)
    }
  }

  /// The elements that pass the filter of a loop; nil where that is not known, which is then written.
  private func select(
    _ items: [Item], _ target: Target, _ test: Expression
  ) throws -> [Item]? {
    var selected: [Item] = []
    for item in items {
      let truth = try scoped(Scope(parent: scope)) {
        try assign(target, item)
        return try self.truth(of: test)
      }
      switch truth {
      case .yes: selected.append(item)
      case .no: continue
      case .unknown(let unknown):
        emit(.value(.unknown(unknown)))
        return nil
      }
    }
    return selected
  }

  // MARK: Macros

  private func macro(_ definition: MacroDefinition) -> Macro {
    Macro(definition, unit: unit, scope: scope, run: run)
  }

  private func callBlock(_ call: Expression, _ caller: MacroDefinition) throws {
    guard case .call(let callee, let arguments, let site) = call else { return }
    let function = try evaluate(callee)
    var values = try evaluate(arguments)
    values.keywords.append(("caller", .object(macro(caller))))
    self.site = site
    emit(try self.call(function, values))
  }
}
