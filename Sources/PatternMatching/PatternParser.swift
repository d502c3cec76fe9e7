/// Reads the syntax of Python's `re`.
struct PatternParser {
  let scalars: [Unicode.Scalar]
  var index = 0
  var flags: Pattern.Flags
  var groupCount = 0
  var names: [String: Int] = [:]
  var closed: Set<Int> = []
  var depth = 0
  /// The last group that a condition asks for; it may come later.
  var lastAsked = 0

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

  func failure(_ message: String, at position: Int? = nil) -> PatternError {
    PatternError("pattern: \(message) at position \(position ?? index)")
  }

  var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard index + wanted.count <= scalars.count,
      scalars[index..<index + wanted.count].elementsEqual(wanted)
    else { return false }
    index += wanted.count
    return true
  }

  // MARK: Structure

  mutating func alternation() throws -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else { throw failure("groups nested more than 200 deep") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  mutating func sequence() throws -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = current, scalar != "|", scalar != ")" {
      if flags.contains(.verbose), skipVerbose() { continue }
      guard let atom = try atom() else { continue }
      nodes.append(try quantified(atom))
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  /// White space and comments of a verbose pattern.
  mutating func skipVerbose() -> Bool {
    guard let scalar = current else { return false }
    if CharacterClass.isSpace(scalar) {
      index += 1
      return true
    }
    guard scalar == "#" else { return false }
    while index < scalars.count, scalars[index] != "\n" { index += 1 }
    return true
  }

  mutating func quantified(_ atom: PatternNode) throws -> PatternNode {
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

  mutating func quantifier() throws -> (Int, Int)? {
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

  mutating func number() -> Int? {
    var digits = ""
    while let digit = current, ("0"..."9").contains(digit), digits.count < 9 {
      digits.unicodeScalars.append(digit)
      index += 1
    }
    return Int(digits)
  }

  // MARK: Atoms

  /// Nil for something that stands for nothing, such as a comment or a setting.
  mutating func atom() throws -> PatternNode? {
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

  func literal(_ scalar: Unicode.Scalar) -> PatternNode {
    .scalar(scalar, ignoresCase: flags.contains(.ignoreCase))
  }

  func shorthand(_ member: CharacterClass.Member) -> PatternNode {
    .set(CharacterClass(members: [member], isASCII: flags.contains(.ascii)))
  }

  mutating func escape(_ start: Int) throws -> PatternNode {
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

  mutating func reference(_ start: Int) throws -> PatternNode {
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

  static func classMember(_ scalar: Unicode.Scalar) -> CharacterClass.Member? {
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
  mutating func character(_ start: Int) throws -> Unicode.Scalar {
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

  mutating func octal() -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<2 {
      guard let digit = current, ("0"..."7").contains(digit) else { break }
      value = value * 8 + digit.value - 0x30
      index += 1
    }
    return Unicode.Scalar(value) ?? "\0"
  }

  mutating func hexadecimal(_ count: Int, _ start: Int) throws -> Unicode.Scalar {
    let digits = scalars[index..<min(index + count, scalars.count)]
    guard digits.count == count,
      let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw failure("incomplete escape", at: start) }
    index += count
    return scalar
  }
}
