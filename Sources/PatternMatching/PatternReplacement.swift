/// A replacement text with its references to groups.
struct PatternReplacement {
  private enum Part {
    case literal(String.UnicodeScalarView)
    case group(Int)
  }

  private var parts: [Part] = []

  init(_ template: String, _ pattern: Pattern) throws {
    var literal = String.UnicodeScalarView()
    var rest = Array(template.unicodeScalars)[...]
    func failure(_ message: String) -> PatternError {
      PatternError("replacement: \(message)")
    }
    func group(_ name: Pattern.GroupName) throws -> Part {
      guard let index = pattern.index(of: name) else {
        throw failure("a reference to a group that is not there")
      }
      return .group(index)
    }
    func digits(_ rest: inout ArraySlice<Unicode.Scalar>, _ limit: Int) -> String {
      var digits = ""
      while digits.count < limit, let digit = rest.first, ("0"..."9").contains(digit) {
        digits.unicodeScalars.append(digit)
        rest.removeFirst()
      }
      return digits
    }
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        literal.append(scalar)
        continue
      }
      guard let escape = rest.popFirst() else { throw failure("a bad escape at its end") }
      switch escape {
      case "g":
        guard rest.first == "<", let end = rest.firstIndex(of: ">") else {
          throw failure("`<` is missing after \\g")
        }
        let name = String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<end]))
        rest = rest[(end + 1)...]
        parts.append(.literal(literal))
        literal = String.UnicodeScalarView()
        parts.append(try group(Int(name).map(Pattern.GroupName.number) ?? .name(name)))
      case "0":
        let octal = digits(&rest, 2)
        literal.append(Unicode.Scalar(UInt8(Int(octal, radix: 8) ?? 0)))
      case "1"..."9":
        let number = String(escape) + digits(&rest, 1)
        parts.append(.literal(literal))
        literal = String.UnicodeScalarView()
        parts.append(try group(.number(Int(number) ?? 0)))
      case "n": literal.append("\n")
      case "t": literal.append("\t")
      case "r": literal.append("\r")
      case "a": literal.append("\u{07}")
      case "b": literal.append("\u{08}")
      case "f": literal.append("\u{0C}")
      case "v": literal.append("\u{0B}")
      case "\\": literal.append("\\")
      case "a"..."z", "A"..."Z": throw failure("bad escape \\\(escape)")
      default:
        literal.append("\\")
        literal.append(escape)
      }
    }
    parts.append(.literal(literal))
  }

  func expand(_ match: PatternMatch, into result: inout String.UnicodeScalarView) {
    for part in parts {
      switch part {
      case .literal(let text): result.append(contentsOf: text)
      case .group(let index):
        if let range = match.groups[index] {
          result.append(contentsOf: match.source[range])
        }
      }
    }
  }
}
