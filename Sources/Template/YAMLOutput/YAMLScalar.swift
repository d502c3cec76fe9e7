/// What a text allows when it is written as a YAML scalar (the rules of libyaml's emitter).
struct YAMLScalar {
  let characters: [Unicode.Scalar]
  private(set) var isMultiline = false
  private(set) var allowsFlowPlain = true
  private(set) var allowsBlockPlain = true
  private(set) var allowsSingleQuoted = true
  private(set) var allowsBlock = true

  init(_ text: String, allowsUnicode: Bool) {
    characters = Array(text.unicodeScalars)
    guard !characters.isEmpty else {
      allowsFlowPlain = false
      allowsBlock = false
      return
    }
    analyze(allowsUnicode: allowsUnicode)
  }

  private mutating func analyze(allowsUnicode: Bool) {
    var hasFlowIndicator = false
    var hasBlockIndicator = false
    if characters.starts(with: "---".unicodeScalars)
      || characters.starts(with: "...".unicodeScalars)
    {
      hasFlowIndicator = true
      hasBlockIndicator = true
    }
    var isSpecial = false
    var leadsOrTrails = false
    var trailsWithSpace = false
    var spaceAfterBreak = false
    var breakAfterSpace = false
    var previousSpace = false
    var previousBreak = false
    for (index, scalar) in characters.enumerated() {
      let isFirst = index == 0
      let isLast = index == characters.count - 1
      let isPreceded = isFirst || Self.isBlank(characters[index - 1])
      let isFollowed = isLast || Self.isBlank(characters[index + 1])
      switch Self.indicator(scalar, isFirst, isPreceded: isPreceded, isFollowed: isFollowed) {
      case .none: break
      case .flow: hasFlowIndicator = true
      case .block:
        hasFlowIndicator = true
        hasBlockIndicator = true
      }
      if !Self.isPrintable(scalar) || (scalar.value > 0x7F && !allowsUnicode) { isSpecial = true }
      if Self.isBreak(scalar) {
        isMultiline = true
        leadsOrTrails = leadsOrTrails || isFirst || isLast
        breakAfterSpace = breakAfterSpace || previousSpace
        previousSpace = false
        previousBreak = true
      } else if scalar == " " {
        leadsOrTrails = leadsOrTrails || isFirst || isLast
        trailsWithSpace = trailsWithSpace || isLast
        spaceAfterBreak = spaceAfterBreak || previousBreak
        previousSpace = true
        previousBreak = false
      } else {
        previousSpace = false
        previousBreak = false
      }
    }
    if leadsOrTrails || isMultiline || hasFlowIndicator { allowsFlowPlain = false }
    if leadsOrTrails || isMultiline || hasBlockIndicator { allowsBlockPlain = false }
    if trailsWithSpace { allowsBlock = false }
    if spaceAfterBreak || breakAfterSpace || isSpecial {
      allowsFlowPlain = false
      allowsBlockPlain = false
      allowsSingleQuoted = false
    }
    if breakAfterSpace || isSpecial { allowsBlock = false }
  }

  private enum Indicator { case none, flow, block }

  private static func indicator(
    _ scalar: Unicode.Scalar, _ isFirst: Bool, isPreceded: Bool, isFollowed: Bool
  ) -> Indicator {
    if isFirst {
      switch scalar {
      case "#", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`":
        return .block
      case "?", ":": return isFollowed ? .block : .flow
      case "-": return isFollowed ? .block : .none
      default: return .none
      }
    }
    switch scalar {
    case ",", "?", "[", "]", "{", "}": return .flow
    case ":": return isFollowed ? .block : .flow
    case "#": return isPreceded ? .block : .none
    default: return .none
    }
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || scalar == "\0" || isBreak(scalar)
  }

  static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Characters that need no escape; those outside the basic plane do in libyaml.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFFFD: scalar.value != 0xFEFF
    default: false
    }
  }
}

/// Texts that a YAML 1.1 reader would not take for a text when they stand plain.
enum YAMLPlain {
  private static let words: Set<String> = [
    "", "~", "null", "Null", "NULL", "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE",
    "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF", "=", "<<", "!", "&", "*",
    ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN",
    ".NAN",
  ]

  private static let numbers = [
    // Integers: binary, octal, decimal, hexadecimal, base 60.
    #"[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+"#,
    #"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+"#,
    // Floats, also base 60.
    #"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"#,
    #"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"#,
    // Dates.
    #"[0-9]{4}-[0-9]{2}-[0-9]{2}"#,
    #"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"#
      + #"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"#,
  ]

  static func isText(_ text: String) throws -> Bool {
    if words.contains(text) { return false }
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return true }
    return try !numbers.contains { try Regex.cached($0).fullMatch(in: text) != nil }
  }
}
