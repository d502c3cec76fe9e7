import PatternMatching
import BigInt
import Schema

/// The ways in which version numbers are read and compared.
enum VersionScheme {
  /// Numbers and words in turn (Python's former `LooseVersion`).
  case loose
  /// `1.2`, `1.2.3`, `1.2a1`, `1.2.3b2` only (Python's former `StrictVersion`).
  case strict
  /// Semantic Versioning 2.0.0.
  case semantic
  /// Python packages (PEP 440).
  case pep440

  init?(_ name: String) {
    switch name {
    case "loose": self = .loose
    case "strict": self = .strict
    case "semver", "semantic": self = .semantic
    case "pep440": self = .pep440
    default: return nil
    }
  }

  /// Negative, zero or positive.
  func compare(_ left: String, _ right: String) throws -> Int {
    switch self {
    case .loose: try Self.compareLoose(left, right)
    case .strict: Self.compare(try Self.strict(left), try Self.strict(right))
    case .semantic: Self.compare(try Semantic(left), try Semantic(right))
    case .pep440: Self.compare(try PythonVersion(left).key, try PythonVersion(right).key)
    }
  }

  /// A part of a version; numbers order before words where both may stand.
  enum Part: Equatable {
    case number(BigInt)
    case word(String)
  }

  private static func refuse(_ text: String, _ scheme: String) -> TemplateError {
    TemplateError(.plugin, "`\(text)` is not a \(scheme) version", line: 0)
  }

  // MARK: Loose

  private static func loose(_ text: String) -> [Part] {
    var parts: [Part] = []
    var run = ""
    func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
    func isWord(_ character: Character) -> Bool {
      character.isASCII && character.isLowercase
    }
    func flush() {
      guard !run.isEmpty else { return }
      parts.append(BigInt(run).map(Part.number) ?? .word(run))
      run = ""
    }
    for character in text {
      if character == "." {
        flush()
        continue
      }
      if let last = run.last {
        let same =
          isDigit(last) == isDigit(character) && isWord(last) == isWord(character)
        if !same { flush() }
      }
      run.append(character)
    }
    flush()
    return parts
  }

  private static func compareLoose(_ left: String, _ right: String) throws -> Int {
    let left = loose(left)
    let right = loose(right)
    for (left, right) in zip(left, right) where left != right {
      switch (left, right) {
      case (.number(let left), .number(let right)): return left < right ? -1 : 1
      case (.word(let left), .word(let right)):
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
      default:
        throw TemplateError(
          .plugin, "version comparison failed: a number and a word stand at the same place",
          line: 0)
      }
    }
    return left.count - right.count
  }

  // MARK: Strict

  private static let strictPattern = #"(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?"#

  private static func strict(_ text: String) throws -> [Part] {
    guard let match = try Regex.cached(strictPattern).fullMatch(in: text) else {
      throw refuse(text, "strict")
    }
    func number(_ group: Int) -> Part { .number(match.text(group).flatMap { BigInt($0) } ?? 0) }
    // A release orders after its pre-releases: `z` is past `a` and `b`.
    return [
      number(1), number(2), number(3), .word(match.text(4) ?? "z"), number(5),
    ]
  }

  private static func compare(_ left: [Part], _ right: [Part]) -> Int {
    for (left, right) in zip(left, right) where left != right {
      switch (left, right) {
      case (.number(let left), .number(let right)): return left < right ? -1 : 1
      case (.word(let left), .word(let right)):
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
      case (.number, .word): return -1
      case (.word, .number): return 1
      }
    }
    return left.count - right.count
  }

  // MARK: Semantic

  private struct Semantic {
    let core: [Part]
    let preRelease: [Part]

    private static let pattern =
      #"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"#
      + #"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"#
      + #"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"#

    init(_ text: String) throws {
      guard let match = try Regex.cached(Self.pattern).fullMatch(in: text) else {
        throw refuse(text, "semantic")
      }
      func part(_ text: String) -> Part { BigInt(text).map(Part.number) ?? .word(text) }
      core = (1...3).map { part(match.text($0) ?? "0") }
      preRelease = match.text(4).map { PythonText.split($0, separator: ".").map(part) } ?? []
    }
  }

  private static func compare(_ left: Semantic, _ right: Semantic) -> Int {
    let core = compare(left.core, right.core)
    if core != 0 { return core }
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return (left.preRelease.isEmpty ? 1 : 0) - (right.preRelease.isEmpty ? 1 : 0)
    }
    return compare(left.preRelease, right.preRelease)
  }

  // MARK: PEP 440

  private struct PythonVersion {
    /// Parts in the order of comparison, each list padded alike.
    let key: [Part]

    private static let pattern =
      #"v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?(\d*))?"#
      + #"(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?"#
      + #"(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?"#

    init(_ text: String) throws {
      guard
        let match = try Regex.cached(Self.pattern).fullMatch(
          in: pythonStrip(text.lowercased()))
      else { throw refuse(text, "pep440") }
      func number(_ group: Int) -> BigInt { match.text(group).flatMap { BigInt($0) } ?? 0 }
      var release = PythonText.split(match.text(2) ?? "0", separator: ".").map {
        BigInt($0) ?? 0
      }
      while release.count > 1, release.last == 0 { release.removeLast() }
      release += Array(repeating: 0, count: max(0, 24 - release.count))
      let hasPost = match.text(5) != nil || match.text(6) != nil
      let hasDev = match.text(8) != nil
      let phase: BigInt =
        switch match.text(3) {
        case nil: hasDev && !hasPost ? -1 : 3
        case "a", "alpha": 0
        case "b", "beta": 1
        default: 2
        }
      let post = hasPost ? number(5) + number(7) : -1
      let numbers = [number(1)] + release + [phase, number(4), post]
      key =
        numbers.map(Part.number)
        + [hasDev ? .number(number(9)) : .word("z")]
        + (match.text(10).map { local in
          PythonText.split(
            PythonText.replace(PythonText.replace(local, "-", "."), "_", "."), separator: "."
          ).map { BigInt($0).map(Part.number) ?? .word($0) }
        } ?? [])
    }
  }
}
