import Schema

/// Builds the tree of a JMESPath expression, by binding powers.
struct JMESParser {
  private let tokens: [JMESToken]
  private var index = 0
  private var depth = 0

  /// What binds less than this ends a projection.
  private static let projectionEnd = 10
  private static let starPower = 20
  private static let filterPower = 21
  private static let flattenPower = 9
  private static let dotPower = 40
  private static let notPower = 45

  init(_ tokens: [JMESToken]) { self.tokens = tokens }

  mutating func parse() throws -> JMESPath {
    let path = try expression(0)
    guard current.kind == .end else { throw unexpected() }
    return path
  }

  private var current: JMESToken { tokens[min(index, tokens.count - 1)] }

  private func kind(after offset: Int) -> JMESToken.Kind {
    tokens[min(index + offset, tokens.count - 1)].kind
  }

  private mutating func advance() -> JMESToken {
    defer { index += 1 }
    return current
  }

  private mutating func match(_ kind: JMESToken.Kind) throws {
    guard current.kind == kind else { throw unexpected() }
    index += 1
  }

  private func unexpected() -> TemplateError {
    current.kind == .end
      ? JMESPath.failure("the expression ends too early", at: current.position)
      : JMESPath.failure("`\(current.text)` cannot stand here", at: current.position)
  }

  // MARK: Expressions

  private mutating func expression(_ power: Int) throws -> JMESPath {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else {
      throw JMESPath.failure("nested more than 200 levels deep", at: current.position)
    }
    var left = try prefix()
    while power < current.power { left = try infix(left) }
    return left
  }

  private mutating func prefix() throws -> JMESPath {
    let token = current
    switch token.kind {
    case .end, .rightBracket, .rightBrace, .rightParenthesis, .comma, .colon, .number, .pipe, .or,
      .and, .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual, .dot:
      throw unexpected()
    default: index += 1
    }
    switch token.kind {
    case .literal: return .literal(token.value)
    case .identifier: return .field(token.text)
    case .quotedIdentifier:
      if current.kind == .leftParenthesis {
        throw JMESPath.failure("a quoted name cannot be a function", at: token.position)
      }
      return .field(token.text)
    case .star:
      return .valueProjection(
        .current, current.kind == .rightBracket ? .current : try projected(Self.starPower))
    case .filter: return try filter(.current)
    case .leftBrace: return try dict()
    case .leftParenthesis:
      let inner = try expression(0)
      try match(.rightParenthesis)
      return .chain([inner])
    case .flatten: return .projection(.flatten(.current), try projected(Self.flattenPower))
    case .not: return .not(try expression(Self.notPower))
    case .leftBracket:
      if current.kind == .number || current.kind == .colon { return try indexed(.current) }
      if current.kind == .star, kind(after: 1) == .rightBracket {
        index += 2
        return .projection(.current, try projected(Self.starPower))
      }
      return try list()
    case .reference: return .reference(try expression(0))
    default: return .current
    }
  }

  private mutating func infix(_ left: JMESPath) throws -> JMESPath {
    let token = advance()
    switch token.kind {
    case .dot:
      if current.kind == .star {
        index += 1
        return .valueProjection(left, try projected(Self.dotPower))
      }
      return .chain([left, try afterDot(Self.dotPower)])
    case .pipe: return .chain([left, try expression(token.power)])
    case .or: return .or(left, try expression(token.power))
    case .and: return .and(left, try expression(token.power))
    case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return .comparison(token.kind, left, try expression(token.power))
    case .flatten: return .projection(.flatten(left), try projected(Self.flattenPower))
    case .filter: return try filter(left)
    case .leftBracket:
      if current.kind == .number || current.kind == .colon { return try indexed(left) }
      try match(.star)
      try match(.rightBracket)
      return .projection(left, try projected(Self.starPower))
    case .leftParenthesis: return try call(left, token)
    default:
      index -= 1
      throw unexpected()
    }
  }

  private mutating func call(_ left: JMESPath, _ token: JMESToken) throws -> JMESPath {
    guard case .field(let name) = left else {
      throw JMESPath.failure("only a name can be called", at: token.position)
    }
    var arguments: [JMESPath] = []
    while current.kind != .rightParenthesis {
      arguments.append(try expression(0))
      guard current.kind == .comma else { break }
      index += 1
    }
    try match(.rightParenthesis)
    return .call(name, arguments)
  }

  private mutating func filter(_ left: JMESPath) throws -> JMESPath {
    let condition = try expression(0)
    try match(.rightBracket)
    let right = current.kind == .flatten ? JMESPath.current : try projected(Self.filterPower)
    return .filter(left, right, condition: condition)
  }

  /// What a projection does with each element.
  private mutating func projected(_ power: Int) throws -> JMESPath {
    if current.power < Self.projectionEnd { return .current }
    switch current.kind {
    case .leftBracket, .filter: return try expression(power)
    case .dot:
      index += 1
      return try afterDot(power)
    default: throw unexpected()
    }
  }

  private mutating func afterDot(_ power: Int) throws -> JMESPath {
    switch current.kind {
    case .identifier, .quotedIdentifier, .star: return try expression(power)
    case .leftBracket:
      index += 1
      return try list()
    case .leftBrace:
      index += 1
      return try dict()
    default: throw unexpected()
    }
  }

  // MARK: Brackets

  /// `[0]` or `[1:2]` after its bracket; a slice starts a projection.
  private mutating func indexed(_ left: JMESPath) throws -> JMESPath {
    if current.kind != .colon, kind(after: 1) != .colon {
      guard case .int(let position) = current.value else { throw unexpected() }
      index += 1
      try match(.rightBracket)
      return .chain([left, .index(position)])
    }
    var parts: [Int?] = [nil, nil, nil]
    var part = 0
    while current.kind != .rightBracket {
      if current.kind == .colon {
        part += 1
      } else if current.kind == .number, case .int(let number) = current.value {
        parts[part] = number
      } else {
        throw unexpected()
      }
      guard part < 3 else { throw unexpected() }
      index += 1
    }
    try match(.rightBracket)
    let slice = JMESPath.slice(start: parts[0], stop: parts[1], step: parts[2])
    return .projection(.chain([left, slice]), try projected(Self.starPower))
  }

  private mutating func list() throws -> JMESPath {
    var elements = [try expression(0)]
    while current.kind == .comma {
      index += 1
      elements.append(try expression(0))
    }
    try match(.rightBracket)
    return .list(elements)
  }

  private mutating func dict() throws -> JMESPath {
    var pairs: [(key: String, value: JMESPath)] = []
    repeat {
      let key = current
      guard key.kind == .identifier || key.kind == .quotedIdentifier else { throw unexpected() }
      index += 1
      try match(.colon)
      pairs.append((key: key.text, value: try expression(0)))
      guard current.kind == .comma else { break }
      index += 1
    } while true
    try match(.rightBrace)
    return .dict(pairs)
  }
}
