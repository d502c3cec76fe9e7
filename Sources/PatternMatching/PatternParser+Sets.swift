/// Character sets: what stands between brackets.
extension PatternParser {
  mutating func set(_ start: Int) throws -> CharacterClass {
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

  mutating func setMember() throws -> CharacterClass.Member {
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
}
