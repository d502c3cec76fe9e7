/// A version of a Python package, and how two compare (PEP 440).
struct PythonVersion: Comparable, Sendable {
  private let epoch: Int
  private let release: [Int]
  /// Before 0, of which `a` is -3, `b` -2, `rc` -1, and a development release alone -4; then the number.
  private let stage: [Int]
  /// -1 without; so that 1.0 comes before 1.0.post0.
  private let post: Int
  /// Greater than any number without: 1.0.dev1 comes before 1.0.
  private let development: Int

  /// nil for what is no version.
  init?(_ text: some StringProtocol) {
    var rest = text.lowercased()[...]
    if rest.first == "v" { rest = rest.dropFirst() }
    rest = rest.prefix { $0 != "+" }
    func number() -> Int? {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      return Int(digits)
    }
    var epoch = 0
    guard var first = number() else { return nil }
    if rest.first == "!" {
      rest = rest.dropFirst()
      epoch = first
      guard let next = number() else { return nil }
      first = next
    }
    var release = [first]
    while rest.first == ".", rest.dropFirst().first?.isNumber == true {
      rest = rest.dropFirst()
      if let next = number() { release.append(next) }
    }
    while release.count > 1, release.last == 0 { release.removeLast() }
    var (stage, post, development) = ([0, 0], -1, Int.max)
    while !rest.isEmpty {
      rest = rest.drop { ".-_".contains($0) }
      let word = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(word.count).drop { ".-_".contains($0) }
      let count = number() ?? 0
      switch word {
      case "a", "alpha": stage = [-3, count]
      case "b", "beta": stage = [-2, count]
      case "c", "rc", "pre", "preview": stage = [-1, count]
      case "post", "rev", "r", "": post = count
      case "dev": development = count
      default: return nil
      }
    }
    if development != .max, stage == [0, 0], post < 0 { stage = [-4, 0] }
    self.epoch = epoch
    self.release = release
    self.stage = stage
    self.post = post
    self.development = development
  }

  private var order: [[Int]] { [[epoch], release, stage, [post], [development]] }

  static func == (left: PythonVersion, right: PythonVersion) -> Bool { left.order == right.order }

  static func < (left: PythonVersion, right: PythonVersion) -> Bool {
    for (mine, other) in zip(left.order, right.order) where mine != other {
      return mine.lexicographicallyPrecedes(other)
    }
    return false
  }

  /// Whether the release begins with that of another: `== 1.4.*`, and the first half of `~= 1.4.2`.
  func begins(with other: PythonVersion, parts: Int) -> Bool {
    func padded(_ numbers: [Int]) -> [Int] {
      Array((numbers + Array(repeating: 0, count: parts)).prefix(parts))
    }
    return epoch == other.epoch && padded(release) == padded(other.release)
  }
}

/// What is wished of a Python package: `name[extra]>=1.2,<2` (PEP 508), the path of a wheel, or `name @ URL`.
struct PythonRequirement: Sendable {
  /// In lower case, with `-` for runs of `-`, `_` and `.`.
  let name: String
  /// As pip(1) takes it.
  let text: String
  private let clauses: [(operator: String, version: String)]

  /// nil where nobody can tell which package is meant.
  init?(_ text: String, version: String? = nil) {
    let plain = text.trimmed
    if plain.hasSuffix(".whl") {
      let parts = (plain.split(separator: "/").last ?? "").split(separator: "-")
      guard parts.count >= 5 else { return nil }
      name = PythonRequirement.normalized(parts[0])
      clauses = [("==", String(parts[1]))]
      self.text = String(plain)
      return
    }
    if let egg = plain.firstRange(of: "#egg=") {
      name = PythonRequirement.normalized(plain[egg.upperBound...].prefix { $0 != "&" })
      clauses = []
      self.text = String(plain)
      return
    }
    let name = plain.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
    guard !name.isEmpty else { return nil }
    var rest = plain.dropFirst(name.count).trimmed
    if rest.first == "[" { rest = rest.drop { $0 != "]" }.dropFirst().trimmed }
    self.name = PythonRequirement.normalized(name)
    if rest.first == "@" {
      clauses = []
      self.text = String(plain)
      return
    }
    if rest.first == "(", rest.last == ")" { rest = rest.dropFirst().dropLast() }
    var clauses: [(String, String)] = version.map { [("==", $0)] } ?? []
    for part in rest.split(separator: ",") {
      let clause = part.trimmed
      let sign = clause.prefix { "=<>!~".contains($0) }
      guard !sign.isEmpty else { return nil }
      clauses.append((String(sign), String(clause.dropFirst(sign.count).trimmed)))
    }
    self.clauses = clauses
    self.text = String(plain) + (version.map { "==\($0)" } ?? "")
  }

  static func normalized(_ name: some StringProtocol) -> String {
    name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
  }

  /// Whether a version is what is wished.
  func accepts(_ version: String) -> Bool {
    clauses.allSatisfy { sign, wished in
      if sign == "===" { return version == wished }
      if wished.hasSuffix(".*"), let base = PythonVersion(wished.dropLast(2)),
        let version = PythonVersion(version)
      {
        let parts = wished.dropLast(2).split(separator: ".").count
        return version.begins(with: base, parts: parts) == (sign == "==")
      }
      guard let now = PythonVersion(version), let other = PythonVersion(wished) else {
        return version == wished
      }
      switch sign {
      case "==": return now == other
      case "!=": return now != other
      case ">=": return now >= other
      case "<=": return now <= other
      case ">": return now > other
      case "<": return now < other
      case "~=":
        let parts = max(1, wished.split(separator: ".").count - 1)
        return now >= other && now.begins(with: other, parts: parts)
      default: return false
      }
    }
  }
}
