/// A statement of a template.
indirect enum Statement: Sendable {
  /// Text between tags.
  case data(String)
  case output(Expression)
  case branch([Branch], otherwise: [Statement])
  case loop(Loop)
  case assign(Target, Expression)
  case assignBlock(Target, filters: [Expression.FilterCall], body: [Statement])
  case macro(MacroDefinition)
  case callBlock(call: Expression, caller: MacroDefinition)
  case filterBlock(filters: [Expression.FilterCall], body: [Statement])
  case with([Assignment], body: [Statement])
  case include(Expression, ignoresMissing: Bool, withContext: Bool, Site)
  case importModule(Expression, name: String, withContext: Bool, Site)
  case importNames(Expression, names: [ImportedName], withContext: Bool, Site)
  case extends(Expression, Site)
  case block(Block)
  case evaluate(Expression)
  case breakLoop
  case continueLoop

  struct Branch: Sendable {
    var test: Expression
    var body: [Statement]
  }

  struct Assignment: Sendable {
    var name: String
    var value: Expression
  }

  struct ImportedName: Sendable {
    var name: String
    var alias: String
  }

  struct Loop: Sendable {
    var target: Target
    var iterable: Expression
    var test: Expression?
    var body: [Statement]
    var otherwise: [Statement]
    var isRecursive: Bool
    /// Whether the body mentions `loop`.
    var needsLoopObject: Bool
    var site: Site
  }

  struct Block: Sendable {
    var name: String
    var body: [Statement]
    var isScoped: Bool
    var isRequired: Bool
    var site: Site
  }
}

/// What an assignment or loop binds.
indirect enum Target: Sendable {
  case name(String, Site)
  case attribute(object: String, name: String, Site)
  case tuple([Target], Site)

  /// All names that are bound, without attributes.
  var names: [String] {
    switch self {
    case .name(let name, _): [name]
    case .attribute: []
    case .tuple(let targets, _): targets.flatMap(\.names)
    }
  }
}

/// A macro, or the body of a call block.
struct MacroDefinition: Sendable {
  struct Parameter: Sendable {
    var name: String
    var fallback: Expression?
  }

  var name: String
  var parameters: [Parameter]
  var body: [Statement]
  /// Whether the body mentions `varargs`, `kwargs`, `caller`: only then are extra arguments taken.
  var takesVarargs: Bool
  var takesKwargs: Bool
  var takesCaller: Bool
  var site: Site
}
