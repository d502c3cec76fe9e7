import Schema

/// Template text and the statements in it.
extension Parser {
  /// Statements up to a block tag that starts with one of the words; the word stays current.
  mutating func statements(
    until words: [String], tag: String
  ) throws(SyntaxFailure) -> [Statement] {
    if !words.isEmpty { endStack.append((words, tag, tokens[max(0, index - 1)].site)) }
    defer { if !words.isEmpty { endStack.removeLast() } }
    var body: [Statement] = []
    while current.kind != .end {
      switch current.kind {
      case .data:
        body.append(.data(data(current)))
        advance()
      case .variableBegin:
        advance()
        isInOutput = true
        defer { isInOutput = false }
        let expression = try tuple()
        _ = try expect(.variableEnd)
        body.append(.output(expression))
      case .blockBegin:
        advance()
        if current.kind == .name, !words.isEmpty, words.contains(text(current)) { return body }
        if let statement = try nested({ (parser) throws(SyntaxFailure) in
          try parser.statement()
        }) {
          body.append(statement)
        }
        _ = try expect(.blockEnd)
      default: throw SyntaxFailure("unexpected \(describe(current))", at: current.site)
      }
    }
    if !words.isEmpty { throw unexpectedEnd() }
    return body
  }

  private func data(_ token: Token) -> String {
    let text = text(token)
    guard options.newlineSequence != "\n" else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: options.newlineSequence)
  }

  /// The end of the text inside a block, reported at the last thing before it.
  private func unexpectedEnd() -> SyntaxFailure {
    let last = tokens[max(0, index - 1)].site
    guard let (words, tag, site) = endStack.last else {
      return SyntaxFailure("unexpected end of template", at: last)
    }
    let wanted = words.map { "`\($0)`" }.joined(separator: " or ")
    return SyntaxFailure(
      "unexpected end of template: the `\(tag)` block of line \(source.line(of: site.start)) "
        + "still needs \(wanted)", at: last)
  }

  private mutating func statement() throws(SyntaxFailure) -> Statement? {
    let token = current
    guard token.kind == .name else { throw SyntaxFailure("tag name expected", at: token.site) }
    let word = text(token)
    advance()
    switch word {
    case "for": return try loop(token.site)
    case "if": return try branch()
    case "set": return try assignment()
    case "macro": return .macro(try macro(token.site))
    case "call": return try callBlock(token.site)
    case "filter": return try filterBlock()
    case "with": return try with()
    case "include": return try include(token.site)
    case "import": return try importModule(token.site)
    case "from": return try importNames(token.site)
    case "extends": return .extends(try expression(), token.site)
    case "block": return try block(token.site)
    case "autoescape": return try autoescape()
    case "print": return .output(try tuple())
    case "do" where options.allowsDo: return .evaluate(try tuple())
    case "break" where options.allowsLoopControls:
      try needsLoop(token)
      return .breakLoop
    case "continue" where options.allowsLoopControls:
      try needsLoop(token)
      return .continueLoop
    default: throw unknownTag(word, token.site)
    }
  }

  private func needsLoop(_ token: Token) throws(SyntaxFailure) {
    guard loopDepth == 0 else { return }
    throw SyntaxFailure("`\(text(token))` outside of a loop", at: token.site)
  }

  static let tags = [
    "for", "if", "set", "macro", "call", "filter", "with", "include", "import", "from", "extends",
    "block", "autoescape", "print", "raw",
  ]

  private func unknownTag(_ word: String, _ site: Site) -> SyntaxFailure {
    var failure = SyntaxFailure("unknown tag `\(word)`", at: site)
    failure.name = word
    if let (words, tag, _) = endStack.last {
      let wanted = words.map { "`\($0)`" }.joined(separator: " or ")
      failure.hint = "the innermost open block is `\(tag)`; it needs \(wanted)"
    } else if word.hasPrefix("end") || word == "else" || word == "elif" {
      failure.hint = "no block is open here"
    }
    failure.suggestions = nearest(word, in: Self.tags + (endStack.last?.words ?? []))
    return failure
  }

  /// The rest of a block tag, the statements after it, and the word that ended them.
  mutating func body(until words: [String], tag: String) throws(SyntaxFailure) -> [Statement] {
    if current.kind == .colon { advance() }
    _ = try expect(.blockEnd)
    let body = try statements(until: words, tag: tag)
    return body
  }

  // MARK: Control flow

  private mutating func loop(_ site: Site) throws(SyntaxFailure) -> Statement {
    let target = try assignmentTarget(stopsAtIn: true)
    if target.names.contains("loop") {
      throw SyntaxFailure("a loop cannot assign to `loop`", at: tokens[index - 1].site)
    }
    guard skipName("in") else {
      throw SyntaxFailure("expected `in`, got \(describe(current))", at: current.site)
    }
    let iterable = try tuple(takesConditional: false)
    let before = mentions
    mentions = []
    let test = skipName("if") ? try expression() : nil
    let isRecursive = skipName("recursive")
    loopDepth += 1
    let body = try body(until: ["endfor", "else"], tag: "for")
    loopDepth -= 1
    let needsLoop = mentions.contains(.loop) || isRecursive
    mentions.formUnion(before)
    var otherwise: [Statement] = []
    if skipName("else") { otherwise = try self.body(until: ["endfor"], tag: "for") }
    advance()
    return .loop(
      Statement.Loop(
        target: target, iterable: iterable, test: test, body: body, otherwise: otherwise,
        isRecursive: isRecursive, needsLoopObject: needsLoop, site: site))
  }

  private mutating func branch() throws(SyntaxFailure) -> Statement {
    softDepth += 1
    defer { softDepth -= 1 }
    var branches: [Statement.Branch] = []
    while true {
      let test = try tuple(takesConditional: false)
      let body = try body(until: ["elif", "else", "endif"], tag: "if")
      branches.append(Statement.Branch(test: test, body: body))
      guard skipName("elif") else { break }
    }
    var otherwise: [Statement] = []
    if skipName("else") { otherwise = try body(until: ["endif"], tag: "if") }
    advance()
    return .branch(branches, otherwise: otherwise)
  }

  private mutating func with() throws(SyntaxFailure) -> Statement {
    var assignments: [Statement.Assignment] = []
    while current.kind != .blockEnd {
      if !assignments.isEmpty { _ = try expect(.comma) }
      let name = text(try expect(.name))
      _ = try expect(.assign)
      assignments.append(Statement.Assignment(name: name, value: try expression()))
    }
    let body = try body(until: ["endwith"], tag: "with")
    advance()
    return .with(assignments, body: body)
  }

  private mutating func autoescape() throws(SyntaxFailure) -> Statement {
    _ = try expression()
    let body = try body(until: ["endautoescape"], tag: "autoescape")
    advance()
    return .with([], body: body)
  }

  private mutating func filterBlock() throws(SyntaxFailure) -> Statement {
    let filters = try filterChain()
    let body = try body(until: ["endfilter"], tag: "filter")
    advance()
    return .filterBlock(filters: filters, body: body)
  }

  private mutating func filterChain() throws(SyntaxFailure) -> [Expression.FilterCall] {
    var filters = [try filterCall(subject: nil)]
    while skip(.pipe) { filters.append(try filterCall(subject: nil)) }
    return filters
  }

  // MARK: Assignment

  private mutating func assignment() throws(SyntaxFailure) -> Statement {
    let target = try assignmentTarget(stopsAtIn: false)
    if skip(.assign) { return .assign(target, try tuple()) }
    var filters: [Expression.FilterCall] = []
    if skip(.pipe) { filters = try filterChain() }
    guard current.kind == .blockEnd else {
      throw SyntaxFailure("expected `=`, got \(describe(current))", at: current.site)
    }
    let body = try body(until: ["endset"], tag: "set")
    advance()
    return .assignBlock(target, filters: filters, body: body)
  }

  private mutating func assignmentTarget(stopsAtIn: Bool) throws(SyntaxFailure) -> Target {
    var targets: [Target] = []
    var isTuple = false
    let start = current.site
    while true {
      if !targets.isEmpty { _ = try expect(.comma) }
      if (stopsAtIn && isName("in")) || current.kind == .assign || current.kind == .rparen
        || current.kind == .blockEnd
      {
        break
      }
      targets.append(try singleTarget())
      guard current.kind == .comma else { break }
      isTuple = true
    }
    if !isTuple, let only = targets.first { return only }
    guard isTuple else {
      throw SyntaxFailure("expected an expression, got \(describe(current))", at: current.site)
    }
    return .tuple(targets, start.through(tokens[index - 1].site))
  }

  private mutating func singleTarget() throws(SyntaxFailure) -> Target {
    let token = current
    if skip(.lparen) {
      let inner = try nested { (parser) throws(SyntaxFailure) in
        try parser.assignmentTarget(stopsAtIn: false)
      }
      _ = try expect(.rparen)
      return inner
    }
    guard token.kind == .name else {
      throw SyntaxFailure("unexpected \(describe(token))", at: token.site)
    }
    let name = text(token)
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw SyntaxFailure("cannot assign to `\(name)`", at: token.site)
    }
    advance()
    if skip(.dot) {
      let attribute = try expect(.name)
      return .attribute(
        object: name, name: text(attribute), token.site.through(attribute.site))
    }
    return .name(name, token.site)
  }
}
