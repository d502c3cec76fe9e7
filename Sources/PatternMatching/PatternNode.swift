/// A regular expression as a tree.
indirect enum PatternNode: Sendable {
  case empty
  case scalar(Unicode.Scalar, ignoresCase: Bool)
  /// Any one character; newlines only where `matchesNewline`.
  case any(matchesNewline: Bool)
  case set(CharacterClass)
  case sequence([PatternNode])
  case alternation([PatternNode])
  case group(PatternNode, index: Int)
  case atomic(PatternNode)
  case backreference(Int, ignoresCase: Bool)
  case repetition(PatternNode, minimum: Int, maximum: Int, Greed)
  case look(PatternNode, isAhead: Bool, isNegated: Bool)
  case anchor(Anchor)
  /// `(?(1)yes|no)`
  case conditional(group: Int, then: PatternNode, otherwise: PatternNode)

  enum Greed: Sendable { case greedy, lazy, possessive }

  enum Anchor: Sendable {
    case textStart, textEnd, lineStart, lineEnd, endBeforeNewline
    case wordBoundary(isASCII: Bool)
    case notWordBoundary(isASCII: Bool)
  }

  /// How many characters a match has, where that is always the same number.
  var fixedWidth: Int? {
    switch self {
    case .empty, .look, .anchor: 0
    case .scalar, .any, .set: 1
    case .sequence(let nodes):
      nodes.reduce(0) { sum, node in sum.flatMap { sum in node.fixedWidth.map { sum + $0 } } }
    case .alternation(let nodes): Self.common(nodes)
    case .group(let node, _), .atomic(let node): node.fixedWidth
    case .backreference: nil
    case .repetition(let node, let minimum, let maximum, _):
      node.fixedWidth.flatMap { $0 == 0 ? 0 : minimum == maximum ? $0 * minimum : nil }
    case .conditional(_, let then, let otherwise): Self.common([then, otherwise])
    }
  }

  private static func common(_ nodes: [PatternNode]) -> Int? {
    guard let first = nodes.first?.fixedWidth else { return nil }
    return nodes.allSatisfy { $0.fixedWidth == first } ? first : nil
  }
}

/// A set of characters.
package struct CharacterClass: Sendable {
  enum Member: Sendable {
    case scalar(Unicode.Scalar)
    case range(ClosedRange<UInt32>)
    case digit(isNegated: Bool)
    case word(isNegated: Bool)
    case space(isNegated: Bool)
  }

  var members: [Member] = []
  var isNegated = false
  var ignoresCase = false
  var isASCII = false

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    if holds(scalar) { return !isNegated }
    if ignoresCase {
      for variant in CharacterClass.caseVariants(scalar) where holds(variant) { return !isNegated }
    }
    return isNegated
  }

  private func holds(_ scalar: Unicode.Scalar) -> Bool {
    members.contains { member in
      switch member {
      case .scalar(let own): own == scalar
      case .range(let range): range.contains(scalar.value)
      case .digit(let isNegated): Self.isDigit(scalar, isASCII: isASCII) != isNegated
      case .word(let isNegated): Self.isWord(scalar, isASCII: isASCII) != isNegated
      case .space(let isNegated): Self.isSpace(scalar, isASCII: isASCII) != isNegated
      }
    }
  }

  static func isDigit(_ scalar: Unicode.Scalar, isASCII: Bool = false) -> Bool {
    if scalar.value < 0x80 || isASCII { return ("0"..."9").contains(scalar) }
    return scalar.properties.generalCategory == .decimalNumber
  }

  /// Whether a character counts as `\w`.
  package static func isWord(_ scalar: Unicode.Scalar, isASCII: Bool = false) -> Bool {
    if scalar.value < 0x80 || isASCII {
      switch scalar {
      case "0"..."9", "a"..."z", "A"..."Z", "_": return true
      default: return false
      }
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber:
      return true
    default: return scalar.properties.numericType != nil
    }
  }

  /// Python's `str.isspace`: also the separators U+001C to U+001F.
  static func isSpace(_ scalar: Unicode.Scalar, isASCII: Bool = false) -> Bool {
    if (9...13).contains(scalar.value) || scalar == " " { return true }
    if isASCII { return false }
    return (0x1C...0x1F).contains(scalar.value) || scalar.properties.isWhitespace
  }

  /// The other cases of a character, where each is one character.
  static func caseVariants(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    var variants: [Unicode.Scalar] = []
    for mapping in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
      let scalars = mapping.unicodeScalars
      if scalars.count == 1, let only = scalars.first, only != scalar { variants.append(only) }
    }
    return variants
  }

  static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.value < 0x80 {
      return ("A"..."Z").contains(scalar)
        ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
    }
    let scalars = scalar.properties.lowercaseMapping.unicodeScalars
    guard scalars.count == 1, let only = scalars.first else { return scalar }
    return only
  }
}
