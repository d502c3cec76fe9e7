/// Reads the syntax of Python's `re`.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var flags: Pattern.Flags
  private(set) var groupCount = 0
  private(set) var names: [String: Int] = [:]
  private var closed: Set<Int> = []
  private var depth = 0
  /// The last group that a condition asks for; it may come later.
  private var lastAsked = 0

  init(_ pattern: String, flags: Pattern.Flags) {
    scalars = Array(pattern.unicodeScalars)
    self.flags = flags
  }

  mutating func parse() throws -> PatternNode {
    let node = try alternation()
    guard index == scalars.count else { throw failure("unbalanced parenthesis") }
    guard lastAsked <= groupCount else { throw failure("invalid group reference \(lastAsked)") }
    return node
  }

  private func failure(_ message: String, at position: Int? = nil) -> PatternError {
    PatternError("pattern: \(message) at position \(position ?? index)")
  }

  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard index + wanted.count <= scalars.count,
      scalars[index..<index + wanted.count].elementsEqual(wanted)
    else { return false }
    index += wanted.count
    return true
  }

  // MARK: Structure

  private mutating func alternation() throws -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else { throw failure("groups nested more than 200 deep") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func sequence() throws -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = current, scalar != "|", scalar != ")" {
      if flags.contains(.verbose), skipVerbose() { continue }
      guard let atom = try atom() else { continue }
      nodes.append(try quantified(atom))
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  /// White space and comments of a verbose pattern.
  private mutating func skipVerbose() -> Bool {
    guard let scalar = current else { return false }
    if CharacterClass.isSpace(scalar) {
      index += 1
      return true
    }
    guard scalar == "#" else { return false }
    while index < scalars.count, scalars[index] != "\n" { index += 1 }
    return true
  }

  private mutating func quantified(_ atom: PatternNode) throws -> PatternNode {
    var node = atom
    var isRepeated = false
    while true {
      if flags.contains(.verbose) { while skipVerbose() {} }
      let start = index
      guard let (minimum, maximum) = try quantifier() else { return node }
      if isRepeated { throw failure("multiple repeat", at: start) }
      if case .anchor = node { throw failure("nothing to repeat", at: start) }
      let greed: PatternNode.Greed = take("?") ? .lazy : take("+") ? .possessive : .greedy
      node = .repetition(node, minimum: minimum, maximum: maximum, greed)
      isRepeated = true
    }
  }

  private mutating func quantifier() throws -> (Int, Int)? {
    switch current {
    case "*":
      index += 1
      return (0, .max)
    case "+":
      index += 1
      return (1, .max)
    case "?":
      index += 1
      return (0, 1)
    case "{":
      let start = index
      index += 1
      let low = number()
      var high = low
      if take(",") { high = number() ?? .max } else if low == nil { high = nil }
      guard take("}"), low != nil || high != nil else {
        index = start
        return nil
      }
      let minimum = low ?? 0
      let maximum = high ?? .max
      guard minimum <= maximum else {
        throw failure("min repeat greater than max repeat", at: start)
      }
      return (minimum, maximum)
    default: return nil
    }
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let digit = current, ("0"..."9").contains(digit), digits.count < 9 {
      digits.unicodeScalars.append(digit)
      index += 1
    }
    return Int(digits)
  }

  // MARK: Atoms

  /// Nil for something that stands for nothing, such as a comment or a setting.
  private mutating func atom() throws -> PatternNode? {
    guard let scalar = current else { return nil }
    let start = index
    index += 1
    switch scalar {
    case ".": return .any(matchesNewline: flags.contains(.dotAll))
    case "^": return .anchor(flags.contains(.multiline) ? .lineStart : .textStart)
    case "$": return .anchor(flags.contains(.multiline) ? .lineEnd : .endBeforeNewline)
    case "(": return try group(start)
    case "[": return .set(try set(start))
    case "*", "+", "?": throw failure("nothing to repeat", at: start)
    case "\\": return try escape(start)
    default: return literal(scalar)
    }
  }

  private func literal(_ scalar: Unicode.Scalar) -> PatternNode {
    .scalar(scalar, ignoresCase: flags.contains(.ignoreCase))
  }

  private func shorthand(_ member: CharacterClass.Member) -> PatternNode {
    .set(CharacterClass(members: [member], isASCII: flags.contains(.ascii)))
  }

  private mutating func escape(_ start: Int) throws -> PatternNode {
    guard let scalar = current else { throw failure("bad escape (end of pattern)", at: start) }
    if let member = Self.classMember(scalar) {
      index += 1
      return shorthand(member)
    }
    let isASCII = flags.contains(.ascii)
    switch scalar {
    case "A":
      index += 1
      return .anchor(.textStart)
    case "Z":
      index += 1
      return .anchor(.textEnd)
    case "b":
      index += 1
      return .anchor(.wordBoundary(isASCII: isASCII))
    case "B":
      index += 1
      return .anchor(.notWordBoundary(isASCII: isASCII))
    case "1"..."9": return try reference(start)
    default: return literal(try character(start))
    }
  }

  private mutating func reference(_ start: Int) throws -> PatternNode {
    var digits = ""
    while let digit = current, ("0"..."9").contains(digit), digits.count < 2 {
      digits.unicodeScalars.append(digit)
      index += 1
    }
    let number = Int(digits) ?? 0
    guard number <= groupCount else {
      throw failure("invalid group reference \(number)", at: start)
    }
    guard closed.contains(number) else {
      throw failure("cannot refer to an open group", at: start)
    }
    return .backreference(number, ignoresCase: flags.contains(.ignoreCase))
  }

  private static func classMember(_ scalar: Unicode.Scalar) -> CharacterClass.Member? {
    switch scalar {
    case "d": .digit(isNegated: false)
    case "D": .digit(isNegated: true)
    case "w": .word(isNegated: false)
    case "W": .word(isNegated: true)
    case "s": .space(isNegated: false)
    case "S": .space(isNegated: true)
    default: nil
    }
  }

  /// The one character an escape stands for; the backslash is already taken.
  private mutating func character(_ start: Int) throws -> Unicode.Scalar {
    guard let scalar = current else { throw failure("bad escape (end of pattern)", at: start) }
    index += 1
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "f": return "\u{0C}"
    case "v": return "\u{0B}"
    case "a": return "\u{07}"
    case "0": return octal()
    case "x": return try hexadecimal(2, start)
    case "u": return try hexadecimal(4, start)
    case "U": return try hexadecimal(8, start)
    case "a"..."z", "A"..."Z", "1"..."9": throw failure("bad escape \\\(scalar)", at: start)
    default: return scalar
    }
  }

  private mutating func octal() -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<2 {
      guard let digit = current, ("0"..."7").contains(digit) else { break }
      value = value * 8 + digit.value - 0x30
      index += 1
    }
    return Unicode.Scalar(value) ?? "\0"
  }

  private mutating func hexadecimal(_ count: Int, _ start: Int) throws -> Unicode.Scalar {
    let digits = scalars[index..<min(index + count, scalars.count)]
    guard digits.count == count,
      let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw failure("incomplete escape", at: start) }
    index += count
    return scalar
  }

  // MARK: Sets

  private mutating func set(_ start: Int) throws -> CharacterClass {
    var set = CharacterClass()
    set.ignoresCase = flags.contains(.ignoreCase)
    set.isASCII = flags.contains(.ascii)
    set.isNegated = take("^")
    var isFirst = true
    while true {
      guard let scalar = current else { throw failure("unterminated character set", at: start) }
      if scalar == "]", !isFirst {
        index += 1
        return set
      }
      isFirst = false
      let position = index
      let low = try setMember()
      guard current == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
        set.members.append(low)
        continue
      }
      index += 1
      let high = try setMember()
      guard case .scalar(let first) = low, case .scalar(let last) = high, first <= last else {
        throw failure("bad character range", at: position)
      }
      set.members.append(.range(first.value...last.value))
    }
  }

  private mutating func setMember() throws -> CharacterClass.Member {
    let start = index
    guard let scalar = current else { throw failure("unterminated character set", at: start) }
    index += 1
    guard scalar == "\\" else { return .scalar(scalar) }
    if let escape = current, let member = Self.classMember(escape) {
      index += 1
      return member
    }
    if current == "b" {
      index += 1
      return .scalar("\u{08}")
    }
    if let digit = current, ("1"..."7").contains(digit) { return .scalar(octal()) }
    return .scalar(try character(start))
  }

  // MARK: Groups

  private mutating func group(_ start: Int) throws -> PatternNode? {
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

  private mutating func capture(_ start: Int, name: String?) throws -> PatternNode {
    groupCount += 1
    let number = groupCount
    if let name { names[name] = number }
    let inner = try close(alternation(), start)
    closed.insert(number)
    return .group(inner, index: number)
  }

  private mutating func close(_ node: PatternNode, _ start: Int) throws -> PatternNode {
    guard take(")") else { throw failure("missing ), unterminated subpattern", at: start) }
    return node
  }

  private mutating func look(
    _ start: Int, isAhead: Bool, isNegated: Bool
  ) throws -> PatternNode {
    let inner = try close(alternation(), start)
    if !isAhead, inner.fixedWidth == nil {
      throw failure("look-behind requires fixed-width pattern", at: start)
    }
    return .look(inner, isAhead: isAhead, isNegated: isNegated)
  }

  private mutating func name(until end: Unicode.Scalar, _ start: Int) throws -> String {
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

  private mutating func namedReference(_ start: Int) throws -> PatternNode {
    let name = try name(until: ")", start)
    guard let number = names[name] else { throw failure("unknown group name", at: start) }
    return .backreference(number, ignoresCase: flags.contains(.ignoreCase))
  }

  private mutating func conditional(_ start: Int) throws -> PatternNode {
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
  private mutating func settings(_ start: Int) throws -> PatternNode? {
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
