import Schema

/// What may follow an operand: attributes, subscripts, calls, filters and tests.
extension Parser {
  mutating func postfix(_ operand: Expression) throws(SyntaxFailure) -> Expression {
    var result = operand
    while true {
      switch current.kind {
      case .dot: result = try attribute(of: result)
      case .lbracket: result = try subscription(of: result)
      case .lparen: result = try call(result)
      default: return result
      }
    }
  }

  mutating func filtersAndTests(_ operand: Expression) throws(SyntaxFailure) -> Expression {
    var result = operand
    while true {
      switch current.kind {
      case .pipe:
        advance()
        result = .filter(try filterCall(subject: result))
      case .name where isName("is"): result = try test(of: result)
      case .lparen: result = try call(result)
      default: return result
      }
    }
  }

  private mutating func attribute(of operand: Expression) throws(SyntaxFailure) -> Expression {
    advance()
    let token = current
    advance()
    switch token.kind {
    case .name: return .attribute(operand, text(token), operand.site.through(token.site))
    case .integer:
      let index = Int(text(token)) ?? 0
      return .item(
        operand, .constant(.int(index), token.site), operand.site.through(token.site))
    default: throw SyntaxFailure("expected a name or number after `.`", at: token.site)
    }
  }

  private mutating func subscription(of operand: Expression) throws(SyntaxFailure) -> Expression {
    advance()
    var subscripts: [Subscript] = []
    while current.kind != .rbracket {
      if !subscripts.isEmpty { _ = try expect(.comma) }
      subscripts.append(try subscriptOne())
    }
    let site = operand.site.through(try expect(.rbracket).site)
    guard subscripts.count == 1 else {
      let keys = subscripts.compactMap { if case .key(let key) = $0 { key } else { nil } }
      return .item(operand, .tuple(keys, site), site)
    }
    switch subscripts[0] {
    case .key(let key): return .item(operand, key, site)
    case .slice(let start, let stop, let step):
      return .slice(operand, start: start, stop: stop, step: step, site)
    }
  }

  private enum Subscript {
    case key(Expression)
    case slice(Expression?, Expression?, Expression?)
  }

  private mutating func subscriptOne() throws(SyntaxFailure) -> Subscript {
    var start: Expression?
    if current.kind != .colon {
      let key = try expression()
      guard current.kind == .colon else { return .key(key) }
      start = key
    }
    advance()
    var stop: Expression?
    if current.kind != .colon, current.kind != .rbracket, current.kind != .comma {
      stop = try expression()
    }
    var step: Expression?
    if skip(.colon), current.kind != .rbracket, current.kind != .comma {
      step = try expression()
    }
    return .slice(start, stop, step)
  }

  private mutating func call(_ operand: Expression) throws(SyntaxFailure) -> Expression {
    let arguments = try arguments()
    let end = tokens[index - 1].site
    if softDepth == 0, syntax != .jinja, case .name(let function, _) = operand,
      ["lookup", "query", "q"].contains(function),
      case .constant(.text(let name), let site)? = arguments.positional.first,
      let failure = unknownLookup(name.string, site)
    {
      throw failure
    }
    return .call(operand, arguments, operand.site.through(end))
  }

  private func unknownLookup(_ name: String, _ site: Site) -> SyntaxFailure? {
    let plain = unqualified(name, Filter.collections)
    if let reason = Lookups.refused[plain] {
      var failure = SyntaxFailure("the lookup `\(name)` is not supported", at: site, hint: reason)
      failure.kind = .unknownPlugin
      failure.name = name
      return failure
    }
    return Lookups.isKnown(plain) ? nil : unknown("lookup", name, site, Lookups.names)
  }

  mutating func arguments() throws(SyntaxFailure) -> Arguments {
    try nested { (parser) throws(SyntaxFailure) in try parser.argumentList() }
  }

  private mutating func argumentList() throws(SyntaxFailure) -> Arguments {
    _ = try expect(.lparen)
    var arguments = Arguments()
    var needsComma = false
    while current.kind != .rparen {
      if needsComma {
        _ = try expect(.comma)
        if current.kind == .rparen { break }
      }
      needsComma = true
      let site = current.site
      if skip(.mul) {
        try check(arguments.unpackedList == nil && arguments.unpackedDict == nil, at: site)
        arguments.unpackedList = try expression()
      } else if skip(.pow) {
        try check(arguments.unpackedDict == nil, at: site)
        arguments.unpackedDict = try expression()
      } else if current.kind == .name, next.kind == .assign {
        try check(arguments.unpackedDict == nil, at: site)
        let name = text(current)
        if arguments.keywords.contains(where: { $0.name == name }) {
          throw SyntaxFailure("keyword argument repeated: \(name)", at: site)
        }
        advance()
        advance()
        arguments.keywords.append(Arguments.Keyword(name: name, value: try expression()))
      } else {
        try check(
          arguments.unpackedList == nil && arguments.unpackedDict == nil
            && arguments.keywords.isEmpty, at: site)
        arguments.positional.append(try expression())
      }
    }
    _ = try expect(.rparen)
    return arguments
  }

  private func check(_ isFine: Bool, at site: Site) throws(SyntaxFailure) {
    guard isFine else {
      throw SyntaxFailure(
        "a positional argument after a keyword argument", at: site,
        hint: "put the arguments without a name first")
    }
  }

  // MARK: Filters and tests

  mutating func filterCall(
    subject: Expression?
  ) throws(SyntaxFailure) -> Expression.FilterCall {
    let (name, site) = try dottedName()
    let filter = Filter.named(name)
    if filter == nil, softDepth == 0 { throw unknown("filter", name, site, Filter.names) }
    return Expression.FilterCall(
      subject: subject, name: name, filter: filter,
      arguments: current.kind == .lparen ? try arguments() : .none, site: site)
  }

  private func unknown(
    _ kind: String, _ name: String, _ site: Site, _ names: [String]
  ) -> SyntaxFailure {
    var failure = SyntaxFailure("no \(kind) named `\(name)`", at: site)
    failure.kind = .unknownPlugin
    failure.name = name
    failure.suggestions = nearest(name, in: names)
    return failure
  }

  private mutating func dottedName() throws(SyntaxFailure) -> (String, Site) {
    let first = try expect(.name)
    var name = text(first)
    var site = first.site
    while skip(.dot) {
      let part = try expect(.name)
      name += "." + text(part)
      site = site.through(part.site)
    }
    return (name, site)
  }

  private mutating func test(of subject: Expression) throws(SyntaxFailure) -> Expression {
    advance()
    let isNegated = skipName("not")
    let (name, site) = try dottedName()
    let test = Test.named(name)
    if test == nil, softDepth == 0 { throw unknown("test", name, site, Test.names) }
    var arguments = Arguments.none
    switch current.kind {
    case .lparen: arguments = try self.arguments()
    case .name where isName("else") || isName("or") || isName("and"): break
    case .name where isName("is"):
      throw SyntaxFailure("tests cannot be chained with `is`", at: current.site)
    case .name, .string, .integer, .float, .lbracket, .lbrace:
      arguments.positional = [try postfix(try primary())]
    default: break
    }
    return .test(
      Expression.TestCall(
        subject: subject, name: name, test: test, arguments: arguments, isNegated: isNegated,
        site: site))
  }
}
