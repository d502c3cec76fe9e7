/// What stands between parentheses: groups, looks ahead and behind, conditions, flags.
extension PatternParser {
  mutating func group(_ start: Int) throws -> PatternNode? {
    if take("?") {
      if take("#") {
        while index < scalars.count, scalars[index] != ")" { index += 1 }
        guard take(")") else { throw failure("missing ), unterminated comment", at: start) }
        return nil
      }
      if take("P=") { return try namedReference(start) }
      if take(":") {
        let inner = try close(alternation(), start)
        // In a group, even an anchor may be repeated.
        if case .anchor = inner { return .sequence([inner]) }
        return inner
      }
      if take(">") { return .atomic(try close(alternation(), start)) }
      if take("=") { return try look(start, isAhead: true, isNegated: false) }
      if take("!") { return try look(start, isAhead: true, isNegated: true) }
      if take("<=") { return try look(start, isAhead: false, isNegated: false) }
      if take("<!") { return try look(start, isAhead: false, isNegated: true) }
      if take("(") { return try conditional(start) }
      if take("P<") {
        let name = try name(until: ">", start)
        guard names[name] == nil else { throw failure("redefinition of group name", at: start) }
        return try capture(start, name: name)
      }
      return try settings(start)
    }
    return try capture(start, name: nil)
  }

  mutating func capture(_ start: Int, name: String?) throws -> PatternNode {
    groupCount += 1
    let number = groupCount
    if let name { names[name] = number }
    let inner = try close(alternation(), start)
    closed.insert(number)
    return .group(inner, index: number)
  }

  mutating func close(_ node: PatternNode, _ start: Int) throws -> PatternNode {
    guard take(")") else { throw failure("missing ), unterminated subpattern", at: start) }
    return node
  }

  mutating func look(
    _ start: Int, isAhead: Bool, isNegated: Bool
  ) throws -> PatternNode {
    let inner = try close(alternation(), start)
    if !isAhead, inner.fixedWidth == nil {
      throw failure("look-behind requires fixed-width pattern", at: start)
    }
    return .look(inner, isAhead: isAhead, isNegated: isNegated)
  }

  mutating func name(until end: Unicode.Scalar, _ start: Int) throws -> String {
    var name = String.UnicodeScalarView()
    while let scalar = current, scalar != end {
      name.append(scalar)
      index += 1
    }
    guard current == end, let first = name.first,
      !("0"..."9").contains(first), name.allSatisfy({ CharacterClass.isWord($0) })
    else { throw failure("bad or missing group name", at: start) }
    index += 1
    return String(name)
  }

  mutating func namedReference(_ start: Int) throws -> PatternNode {
    let name = try name(until: ")", start)
    guard let number = names[name] else { throw failure("unknown group name", at: start) }
    return .backreference(number, ignoresCase: flags.contains(.ignoreCase))
  }

  mutating func conditional(_ start: Int) throws -> PatternNode {
    let number: Int
    if let digits = self.number() {
      number = digits
      guard take(")") else { throw failure("missing )", at: start) }
    } else {
      guard let found = names[try name(until: ")", start)] else {
        throw failure("unknown group name", at: start)
      }
      number = found
    }
    guard number > 0 else { throw failure("invalid group reference", at: start) }
    lastAsked = max(lastAsked, number)
    let then = try sequence()
    let otherwise = take("|") ? try sequence() : .empty
    if current == "|" { throw failure("conditional backref with more than two branches") }
    return try close(
      .conditional(group: number, then: then, otherwise: otherwise), start)
  }

  /// `(?i)` for all that follows, `(?i:...)` and `(?-i:...)` for a group.
  mutating func settings(_ start: Int) throws -> PatternNode? {
    var added: Pattern.Flags = []
    var removed: Pattern.Flags = []
    var isRemoving = false
    while let scalar = current {
      index += 1
      let flag: Pattern.Flags
      switch scalar {
      case "i": flag = .ignoreCase
      case "m": flag = .multiline
      case "s": flag = .dotAll
      case "x": flag = .verbose
      case "a": flag = .ascii
      case "u", "L": flag = []
      case "-" where !isRemoving:
        isRemoving = true
        continue
      case ")" where !isRemoving:
        guard start == 0 else {
          throw failure("global flags not at the start of the expression", at: start)
        }
        flags.formUnion(added)
        return nil
      case ":":
        let saved = flags
        flags = flags.union(added).subtracting(removed)
        defer { flags = saved }
        return try close(alternation(), start)
      default: throw failure("unknown extension ?\(scalar)", at: start)
      }
      if isRemoving { removed.formUnion(flag) } else { added.formUnion(flag) }
    }
    throw failure("missing ), unterminated subpattern", at: start)
  }
}
