import Schema

/// Macros, blocks, and everything that reaches into other templates.
extension Parser {
  mutating func macro(_ site: Site) throws(SyntaxFailure) -> MacroDefinition {
    let name = text(try expect(.name))
    let parameters = try signature()
    return try definition(name: name, parameters: parameters, end: "endmacro", tag: "macro", site)
  }

  private mutating func definition(
    name: String, parameters: [MacroDefinition.Parameter], end: String, tag: String, _ site: Site
  ) throws(SyntaxFailure) -> MacroDefinition {
    let before = mentions
    mentions = []
    let loops = loopDepth
    loopDepth = 0
    let body = try body(until: [end], tag: tag)
    loopDepth = loops
    advance()
    let own = mentions
    mentions = before.union(own)
    return MacroDefinition(
      name: name, parameters: parameters, body: body, takesVarargs: own.contains(.varargs),
      takesKwargs: own.contains(.kwargs), takesCaller: own.contains(.caller), site: site)
  }

  private mutating func signature() throws(SyntaxFailure) -> [MacroDefinition.Parameter] {
    _ = try expect(.lparen)
    var parameters: [MacroDefinition.Parameter] = []
    while current.kind != .rparen {
      if !parameters.isEmpty { _ = try expect(.comma) }
      let token = try expect(.name)
      var parameter = MacroDefinition.Parameter(name: text(token), fallback: nil)
      if skip(.assign) {
        parameter.fallback = try expression()
      } else if parameters.last?.fallback != nil {
        throw SyntaxFailure("a parameter without a default after one with it", at: token.site)
      }
      parameters.append(parameter)
    }
    _ = try expect(.rparen)
    return parameters
  }

  mutating func callBlock(_ site: Site) throws(SyntaxFailure) -> Statement {
    var parameters: [MacroDefinition.Parameter] = []
    if current.kind == .lparen { parameters = try signature() }
    let call = try expression()
    guard case .call = call else { throw SyntaxFailure("expected a call", at: call.site) }
    let caller = try definition(
      name: "caller", parameters: parameters, end: "endcall", tag: "call", site)
    return .callBlock(call: call, caller: caller)
  }

  mutating func block(_ site: Site) throws(SyntaxFailure) -> Statement {
    let nameToken = try expect(.name)
    let name = text(nameToken)
    let isScoped = skipName("scoped")
    let isRequired = skipName("required")
    if current.kind == .sub {
      throw SyntaxFailure("block names cannot contain `-`, use `_`", at: current.site)
    }
    let before = mentions
    let loops = loopDepth
    loopDepth = 0
    let body = try body(until: ["endblock"], tag: "block")
    mentions = before
    loopDepth = loops
    advance()
    if current.kind == .name, text(current) == name { advance() }
    return .block(
      Statement.Block(
        name: name, body: body, isScoped: isScoped, isRequired: isRequired, site: nameToken.site))
  }

  /// `with context` or `without context`, where written.
  private mutating func contextChoice(default choice: Bool) -> Bool {
    guard isName("context", next) else { return choice }
    if isName("with") || isName("without") {
      let result = isName("with")
      advance()
      advance()
      return result
    }
    return choice
  }

  mutating func include(_ site: Site) throws(SyntaxFailure) -> Statement {
    let name = try expression()
    var ignoresMissing = false
    if isName("ignore"), isName("missing", next) {
      ignoresMissing = true
      advance()
      advance()
    }
    let withContext = contextChoice(default: true)
    return .include(
      name, ignoresMissing: ignoresMissing, withContext: withContext, name.site)
  }

  mutating func importModule(_ site: Site) throws(SyntaxFailure) -> Statement {
    let name = try expression()
    guard skipName("as") else {
      throw SyntaxFailure("expected `as`, got \(describe(current))", at: current.site)
    }
    let alias = text(try expect(.name))
    let withContext = contextChoice(default: false)
    return .importModule(name, name: alias, withContext: withContext, name.site)
  }

  mutating func importNames(_ site: Site) throws(SyntaxFailure) -> Statement {
    let template = try expression()
    guard skipName("import") else {
      throw SyntaxFailure("expected `import`, got \(describe(current))", at: current.site)
    }
    var names: [Statement.ImportedName] = []
    var withContext = false
    while true {
      if isName("context", next), isName("with") || isName("without") {
        withContext = contextChoice(default: false)
        break
      }
      let token = try expect(.name)
      let name = text(token)
      if name.hasPrefix("_") {
        throw SyntaxFailure("names that start with `_` cannot be imported", at: token.site)
      }
      let alias = skipName("as") ? text(try expect(.name)) : name
      names.append(Statement.ImportedName(name: name, alias: alias))
      if isName("context", next), isName("with") || isName("without") { continue }
      guard skip(.comma) else { break }
    }
    if names.isEmpty {
      throw SyntaxFailure("expected a name, got \(describe(current))", at: current.site)
    }
    return .importNames(template, names: names, withContext: withContext, template.site)
  }
}
