import Schema

/// Finds the free variables of a template without rendering it.
struct ReferenceFinder {
  private var found: [Reference] = []
  private var unknown: [UnknownPlugin] = []
  private let unit: Unit
  /// Names the template itself binds, innermost scope last.
  private var bound: [Set<String>] = [[]]
  /// Names that a condition around this place has asked about.
  private var guarded: Set<String> = []
  /// How many conditions lie around this place.
  private var conditions = 0

  private init(_ unit: Unit) { self.unit = unit }

  static func references(in unit: Unit) -> [Reference] { usage(of: unit).references }

  /// What a template reads, and the filters and tests in its branches that do not exist.
  static func usage(of unit: Unit) -> (references: [Reference], unknown: [UnknownPlugin]) {
    var finder = ReferenceFinder(unit)
    if unit.body.isEmpty, let expression = unit.soleExpression {
      finder.visit(expression)
    } else {
      finder.visit(unit.body)
    }
    return (finder.found.sorted { $0.offset < $1.offset }, finder.unknown)
  }

  private mutating func note(_ kind: String, _ name: String, _ site: Site, _ names: [String]) {
    let start = unit.source.originalOffset(site.start)
    unknown.append(
      UnknownPlugin(
        kind: kind, name: name, range: start..<start + name.utf8.count,
        suggestion: nearest(name, in: names).first))
  }

  // MARK: Expressions

  private mutating func visit(_ expression: Expression, isGuarded: Bool = false) {
    switch expression {
    case .constant(let value, let site): constant(value, site)
    case .name, .attribute, .item: path(expression, isGuarded: isGuarded)
    case .list(let elements, _), .tuple(let elements, _), .concat(let elements, _):
      for element in elements { visit(element) }
    case .dict(let items, _):
      for item in items {
        visit(item.key)
        visit(item.value)
      }
    case .negate(let operand, _), .plus(let operand, _), .not(let operand, _): visit(operand)
    case .and(let left, let right):
      visit(left)
      withGuards(of: left, holds: true) { finder in
        finder.conditionally { $0.visit(right, isGuarded: isGuarded) }
      }
    case .or(let left, let right):
      visit(left)
      withGuards(of: left, holds: false) { finder in
        finder.conditionally { $0.visit(right, isGuarded: isGuarded) }
      }
    case .binary(_, let left, let right, _):
      visit(left)
      visit(right)
    case .compare(let left, let comparisons, _):
      visit(left)
      for comparison in comparisons { visit(comparison.operand) }
    case .conditional(let test, let then, let otherwise, _):
      visit(test)
      withGuards(of: test, holds: true) { finder in
        finder.conditionally { $0.visit(then, isGuarded: isGuarded) }
      }
      if let otherwise {
        withGuards(of: test, holds: false) { finder in
          finder.conditionally { $0.visit(otherwise, isGuarded: isGuarded) }
        }
      }
    case .slice(let object, let start, let stop, let step, _):
      visit(object)
      for bound in [start, stop, step] { if let bound { visit(bound) } }
    case .call(let callee, let arguments, _):
      visit(callee)
      visit(arguments)
    case .filter(let call):
      if call.filter == nil { note("filter", call.name, call.site, Filter.names) }
      let copes = ["default", "d", "mandatory"].contains(unqualified(call.name, Filter.collections))
      if let subject = call.subject { visit(subject, isGuarded: copes || isGuarded) }
      if copes || call.name == "ternary" {
        conditionally { $0.visit(call.arguments) }
      } else {
        visit(call.arguments)
      }
    case .test(let call):
      if call.test == nil { note("test", call.name, call.site, Test.names) }
      let asks = ["defined", "undefined"].contains(call.name)
      visit(call.subject, isGuarded: asks || isGuarded)
      visit(call.arguments)
    }
  }

  private mutating func visit(_ arguments: Arguments) {
    for argument in arguments.positional { visit(argument) }
    for keyword in arguments.keywords { visit(keyword.value) }
    if let list = arguments.unpackedList { visit(list) }
    if let dict = arguments.unpackedDict { visit(dict) }
  }

  /// A constant with template syntax inside may be rendered: what it reads counts too.
  private mutating func constant(_ value: Value, _ site: Site) {
    guard value.isTemplate, let text = value.string,
      let inner = try? CompileCache.shared.unit(for: text)
    else { return }
    for var reference in ReferenceFinder.references(in: inner) where !isBound(reference.name) {
      reference.offset = unit.source.originalOffset(site.start)
      found.append(reference)
    }
  }

  /// A name and the constant attributes after it.
  private mutating func path(_ expression: Expression, isGuarded: Bool) {
    var segments: [Reference.Segment] = []
    var current = expression
    while true {
      switch current {
      case .attribute(let object, let name, _):
        segments.append(.key(name))
        current = object
        continue
      case .item(let object, let key, _):
        if case .constant(let value, _) = key, let segment = Self.segment(value) {
          segments.append(segment)
        } else {
          // What follows a computed subscript is not known.
          segments = []
          visit(key)
        }
        current = object
        continue
      case .name(let name, let site):
        guard !isBound(name) else { return }
        found.append(
          Reference(
            name: name, path: segments.reversed(),
            offset: unit.source.originalOffset(site.start),
            isGuarded: isGuarded || guarded.contains(name), isConditional: conditions > 0))
      default: visit(current, isGuarded: isGuarded)
      }
      return
    }
  }

  private static func segment(_ value: Value) -> Reference.Segment? {
    switch value {
    case .text(let text): .key(text.string)
    case .int(let int): .index(int)
    default: nil
    }
  }

  private func isBound(_ name: String) -> Bool {
    GlobalFunction.names.contains(name) || name == "self"
      || bound.contains { $0.contains(name) }
  }

  private mutating func conditionally(_ body: (inout ReferenceFinder) -> Void) {
    conditions += 1
    body(&self)
    conditions -= 1
  }

  // MARK: Guards

  private mutating func withGuards(
    of test: Expression, holds: Bool, _ body: (inout ReferenceFinder) -> Void
  ) {
    let saved = guarded
    guarded.formUnion(Self.defined(by: test, holds: holds))
    body(&self)
    guarded = saved
  }

  /// The names that are certainly defined where a test holds, or where it does not.
  private static func defined(by test: Expression, holds: Bool) -> Set<String> {
    switch test {
    case .test(let call) where call.name == "defined" || call.name == "undefined":
      let asksDefined = (call.name == "defined") != call.isNegated
      guard asksDefined == holds else { return [] }
      var subject = call.subject
      while true {
        switch subject {
        case .attribute(let object, _, _), .item(let object, _, _): subject = object
        case .name(let name, _): return [name]
        default: return []
        }
      }
    case .not(let operand, _): return defined(by: operand, holds: !holds)
    case .and(let left, let right) where holds:
      return defined(by: left, holds: true).union(defined(by: right, holds: true))
    case .or(let left, let right) where !holds:
      return defined(by: left, holds: false).union(defined(by: right, holds: false))
    default: return []
    }
  }

  // MARK: Statements

  private mutating func visit(_ body: [Statement]) {
    for statement in body { visit(statement) }
  }

  private mutating func inner(_ names: some Sequence<String>, _ body: (inout Self) -> Void) {
    bound.append(Set(names))
    body(&self)
    bound.removeLast()
  }

  private mutating func bind(_ names: some Sequence<String>) {
    bound[bound.count - 1].formUnion(names)
  }

  private mutating func visit(_ statement: Statement) {
    switch statement {
    case .data, .breakLoop, .continueLoop: break
    case .output(let expression), .evaluate(let expression), .extends(let expression, _):
      visit(expression)
    case .include(let expression, _, _, _): visit(expression)
    case .branch(let branches, let otherwise): visit(branches, otherwise)
    case .loop(let loop): visit(loop)
    case .assign(let target, let expression):
      visit(expression)
      bind(target.names)
    case .assignBlock(let target, let filters, let body):
      inner([]) { $0.visit(body) }
      for filter in filters { visit(filter.arguments) }
      bind(target.names)
    case .macro(let definition):
      bind([definition.name])
      visit(definition)
    case .callBlock(let call, let caller):
      visit(call)
      visit(caller)
    case .filterBlock(let filters, let body):
      inner([]) { $0.visit(body) }
      for filter in filters { visit(filter.arguments) }
    case .with(let assignments, let body):
      for assignment in assignments { visit(assignment.value) }
      inner(assignments.map(\.name)) { $0.visit(body) }
    case .importModule(let expression, let name, _, _):
      visit(expression)
      bind([name])
    case .importNames(let expression, let names, _, _):
      visit(expression)
      bind(names.map(\.alias))
    case .block(let block): inner(["super"]) { $0.visit(block.body) }
    }
  }

  private mutating func visit(_ branches: [Statement.Branch], _ otherwise: [Statement]) {
    let saved = guarded
    for branch in branches {
      visit(branch.test)
      withGuards(of: branch.test, holds: true) { finder in
        finder.conditionally { $0.visit(branch.body) }
      }
      guarded.formUnion(Self.defined(by: branch.test, holds: false))
    }
    conditionally { $0.visit(otherwise) }
    guarded = saved
  }

  private mutating func visit(_ loop: Statement.Loop) {
    visit(loop.iterable)
    inner(loop.target.names + ["loop"]) { finder in
      finder.conditionally { inner in
        if let test = loop.test { inner.visit(test) }
        inner.visit(loop.body)
      }
    }
    inner([]) { finder in finder.conditionally { $0.visit(loop.otherwise) } }
  }

  private mutating func visit(_ definition: MacroDefinition) {
    for parameter in definition.parameters {
      if let fallback = parameter.fallback { visit(fallback) }
    }
    inner(definition.parameters.map(\.name) + ["varargs", "kwargs", "caller"]) { finder in
      finder.conditionally { $0.visit(definition.body) }
    }
  }
}
