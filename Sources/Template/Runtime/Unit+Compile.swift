extension Unit {
  /// Parses a text; `name` is that of a file which a template reaches.
  static func compile(
    _ text: String, syntax: TemplateSyntax, options: TemplateOptions, name: String?
  ) throws(TemplateError) -> Unit {
    if syntax == .condition { return try condition(text, name: name) }
    let endingNewline = options.newlineSequence
    let (options, header) = try overridden(options, by: text)
    let source = SourceText(
      text, keepTrailingNewline: options.keepTrailingNewline, skippedLines: header > 0 ? 1 : 0,
      skippedBytes: header)
    do {
      var parser = Parser(source, syntax: syntax, options: options)
      let body = try parser.template()
      try checkBlocks(in: body)
      return Unit(
        source: source, text: text, syntax: syntax, options: options, name: name, body: body,
        hasHeader: header > 0, endingNewline: endingNewline)
    } catch {
      throw Unit.error(error, source, name)
    }
  }

  /// A name stands for one block of a template.
  private static func checkBlocks(in body: [Statement]) throws(SyntaxFailure) {
    var names: Set<String> = []
    for block in blocks(in: body) where !names.insert(block.name).inserted {
      throw SyntaxFailure("block `\(block.name)` is defined twice", at: block.site)
    }
  }

  /// Parses a bare expression; one that is wrapped in `{{ }}` as a whole is unwrapped.
  private static func condition(_ text: String, name: String?) throws(TemplateError) -> Unit {
    if isOneOutput(text) {
      let template = pythonStrip(text)
      let unit = try compile(template, syntax: .value, options: .value, name: name)
      if unit.soleExpression != nil { return unit }
    }
    let source = SourceText(text, keepTrailingNewline: true)
    do {
      var parser = try Parser(expression: source, syntax: .condition)
      if parser.current.kind == .end {
        throw TemplateError(.notBoolean, "the condition is empty", offset: 0)
      }
      let expression = try parser.tuple()
      guard parser.current.kind == .end else {
        var failure = SyntaxFailure(
          "unexpected \(parser.describe(parser.current)) after the expression",
          at: parser.current.site)
        if parser.current.kind == .assign { failure.hint = "write `==` to compare" }
        throw failure
      }
      return Unit(
        source: source, text: text, syntax: .condition, options: .value, name: name, body: [],
        soleExpression: expression)
    } catch let failure as SyntaxFailure {
      throw Unit.error(failure, source, name)
    } catch let error as TemplateError {
      throw error
    } catch {
      throw TemplateError(.syntax, "\(error)")
    }
  }

  /// Parses what would stand between `{{` and `}}`.
  static func compile(expression text: String) throws(TemplateError) -> Unit {
    let source = SourceText(text, keepTrailingNewline: true)
    do throws(SyntaxFailure) {
      var parser = try Parser(expression: source, syntax: .file)
      let expression = try parser.tuple()
      guard parser.current.kind == .end else {
        throw SyntaxFailure(
          "unexpected \(parser.describe(parser.current)) after the expression",
          at: parser.current.site)
      }
      return Unit(
        source: source, text: text, syntax: .value, options: .value, name: nil, body: [],
        soleExpression: expression)
    } catch {
      throw Unit.error(error, source, nil)
    }
  }

  private static func isOneOutput(_ text: String) -> Bool {
    let bytes = text.utf8.drop(while: Lexer.isSpace)
    return bytes.starts(with: "{{".utf8)
  }

  private static func error(
    _ failure: SyntaxFailure, _ source: SourceText, _ name: String?
  ) -> TemplateError {
    let start = source.originalOffset(failure.site.start)
    return TemplateError(
      failure.kind, failure.message, line: source.line(of: failure.site.start), offset: start,
      length: max(1, source.originalOffset(failure.site.end) - start), hint: failure.hint,
      template: name, name: failure.name, suggestions: failure.suggestions)
  }

  /// Ansible's first line `#jinja2: key: value, ...`, and how many bytes it takes.
  private static func overridden(
    _ options: TemplateOptions, by text: String
  ) throws(TemplateError) -> (TemplateOptions, Int) {
    guard text.utf8.starts(with: overrideHeader) else { return (options, 0) }
    guard let newline = text.utf8.firstIndex(of: 0x0A) else {
      throw TemplateError(.syntax, "a `#jinja2:` line without a newline after it", offset: 0)
    }
    let line = String(
      decoding: text.utf8[..<newline].dropFirst(overrideHeader.count), as: UTF8.self)
    var options = options
    for pair in line.split(separator: ",", omittingEmptySubsequences: false) {
      guard let colon = pair.firstIndex(of: ":") else {
        throw TemplateError(.syntax, "`\(pair)` in `#jinja2:` is not `key: value`", offset: 0)
      }
      let key = pythonStrip(String(pair[..<colon]))
      let value = pythonStrip(String(pair[pair.index(after: colon)...]))
      try options.override(key, value)
    }
    return (options, text.utf8.distance(from: text.utf8.startIndex, to: newline) + 1)
  }
}

extension TemplateOptions {
  /// Sets an option by its Jinja2 name from a Python literal.
  fileprivate mutating func override(_ key: String, _ literal: String) throws(TemplateError) {
    switch key {
    case _ where key.hasSuffix("_string") && TemplateOptions.ofTasks.contains(key):
      setDelimiter(key, try Self.text(literal, of: key))
    case "newline_sequence": newlineSequence = try Self.text(literal, of: key)
    case "line_statement_prefix":
      lineStatementPrefix = literal == "None" ? nil : try Self.text(literal, of: key)
    case "line_comment_prefix":
      lineCommentPrefix = literal == "None" ? nil : try Self.text(literal, of: key)
    case "trim_blocks": trimBlocks = try Self.bool(literal, of: key)
    case "lstrip_blocks": lstripBlocks = try Self.bool(literal, of: key)
    case "keep_trailing_newline": keepTrailingNewline = try Self.bool(literal, of: key)
    default:
      throw TemplateError(.syntax, "`\(key)` in `#jinja2:` is not an option", offset: 0)
    }
  }

  private static func text(_ literal: String, of key: String) throws(TemplateError) -> String {
    if literal.utf8.count >= 2, let first = literal.utf8.first, first == 0x22 || first == 0x27,
      literal.utf8.last == first
    {
      let body = Array(literal.utf8.dropFirst().dropLast())
      if let text = unescapedLiteral(body[...]) { return text }
    }
    throw TemplateError(
      .syntax, "`\(key)` in `#jinja2:` needs a text in quotes, not \(literal)", offset: 0)
  }

  private static func bool(_ literal: String, of key: String) throws(TemplateError) -> Bool {
    let literal = pythonStrip(String(literal.prefix { $0 != "#" }))
    guard literal == "True" || literal == "False" else {
      throw TemplateError(
        .syntax, "`\(key)` in `#jinja2:` is True or False, not \(literal)", offset: 0)
    }
    return literal == "True"
  }
}
