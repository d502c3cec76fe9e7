import Schema

/// One template text in its compiled form: what lines and offsets of errors refer to.
final class Unit: Sendable {
  let source: SourceText
  let text: String
  let syntax: TemplateSyntax
  let options: TemplateOptions
  /// What is written for newlines at the end of the text: that of the task, whatever the first line of the file says.
  let endingNewline: String
  /// The name of a file reached through include, import or extends; nil for the template itself.
  let name: String?
  let body: [Statement]
  let blocks: [Statement.Block]
  /// Whether there is anything to render; a text without the start of a tag stands as it is.
  let hasTags: Bool
  /// The expression of a template that is exactly one `{{ }}`, or of a condition.
  let soleExpression: Expression?

  init(
    source: SourceText, text: String, syntax: TemplateSyntax, options: TemplateOptions,
    name: String?, body: [Statement], soleExpression: Expression? = nil, hasHeader: Bool = false,
    endingNewline: String = "\n"
  ) {
    self.source = source
    self.text = text
    self.syntax = syntax
    self.options = options
    self.name = name
    self.endingNewline = endingNewline
    self.body = body
    blocks = Unit.blocks(in: body)
    hasTags =
      soleExpression != nil || hasHeader
      || [options.variableStart, options.blockStart, options.commentStart].contains {
        PythonText.find(Array($0.utf8), in: source.bytes, from: 0) != nil
      }
    if let soleExpression {
      self.soleExpression = soleExpression
    } else if body.count == 1, case .output(let expression) = body[0] {
      self.soleExpression = expression
    } else {
      self.soleExpression = nil
    }
  }

  static func blocks(in body: [Statement]) -> [Statement.Block] {
    body.flatMap { statement -> [Statement.Block] in
      switch statement {
      case .block(let block): [block] + blocks(in: block.body)
      case .branch(let branches, let otherwise):
        branches.flatMap { blocks(in: $0.body) } + blocks(in: otherwise)
      case .loop(let loop): blocks(in: loop.body) + blocks(in: loop.otherwise)
      case .with(_, let body), .filterBlock(_, let body), .assignBlock(_, _, let body):
        blocks(in: body)
      case .macro(let definition), .callBlock(_, let definition): blocks(in: definition.body)
      default: []
      }
    }
  }

  /// The error with its place in this text, unless it has one already.
  func located(_ error: TemplateError, at site: Site) -> TemplateError {
    guard error.line == 0 else { return error }
    var located = error
    located.template = name
    guard site.start >= 0 else {
      located.line = 1
      return located
    }
    located.line = source.line(of: site.start)
    located.offset = source.originalOffset(site.start)
    located.length = max(1, source.originalOffset(site.end) - source.originalOffset(site.start))
    return located
  }
}
