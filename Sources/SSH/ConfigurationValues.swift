import Diagnostics
import Transport

/// The directives that hold for one host, in order; of most options the first value counts.
struct ConfigurationValues {
  private let directives: [ConfigurationDirective]
  private let failure: (Diagnostic, String) -> TransportError
  private let host: String

  /// Picks what holds; throws where a `Match` cannot be judged.
  init(
    _ endpoint: Endpoint, _ all: [ConfigurationDirective],
    _ failure: @escaping (Diagnostic, String) -> TransportError
  ) throws(TransportError) {
    self.failure = failure
    host = endpoint.name
    let file = SourceFile(name: "the inventory's options of \(endpoint.name)", text: "")
    var chosen = endpoint.options.sorted { $0.key < $1.key }.map { keyword, value in
      ConfigurationDirective(
        keyword: keyword.lowercased(), arguments: value.split(separator: " ").map(String.init),
        conditions: [], span: Span(file, 0..<0))
    }.filter { !$0.arguments.isEmpty }
    for directive in all where try ConfigurationValues.holds(directive, endpoint, failure) {
      chosen.append(directive)
    }
    directives = chosen
  }

  private static func holds(
    _ directive: ConfigurationDirective, _ endpoint: Endpoint,
    _ failure: (Diagnostic, String) -> TransportError
  ) throws(TransportError) -> Bool {
    for condition in directive.conditions {
      switch condition {
      case .always: continue
      case .unsupported(let diagnostic): throw failure(diagnostic, endpoint.name)
      case .host(let patterns):
        let names = [endpoint.name, endpoint.address ?? endpoint.name]
        let isDenied = patterns.contains { pattern in
          pattern.isNegated && names.contains { pattern.fits($0.lowercased()) }
        }
        guard !isDenied, names.contains(where: { HostPattern.anyFits(patterns, $0) }) else {
          return false
        }
      }
    }
    return true
  }

  private func first(_ keyword: String) -> ConfigurationDirective? {
    directives.first { $0.keyword == keyword }
  }

  /// The first directive that is one of two.
  func firstOf(_ one: String, _ other: String) -> ConfigurationDirective? {
    directives.first { $0.keyword == one || $0.keyword == other }
  }

  func text(_ keyword: String) -> String? { first(keyword)?.arguments[0] }

  /// All words of the first value.
  func list(_ keyword: String) -> [String]? { first(keyword)?.arguments }

  /// Every value, in order.
  func all(_ keyword: String) -> [String] {
    directives.filter { $0.keyword == keyword }.map { $0.arguments[0] }
  }

  func number(_ keyword: String, _ range: ClosedRange<Int>) throws(TransportError) -> Int? {
    guard let directive = first(keyword) else { return nil }
    guard let number = Int(directive.arguments[0]), range.contains(number) else {
      throw wrong(directive, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A time as in sshd_config(5) TIME FORMATS: `90`, `1m30s`; `none` counts as zero.
  func seconds(_ keyword: String) throws(TransportError) -> Int? {
    guard let directive = first(keyword) else { return nil }
    let text = directive.arguments[0].lowercased()
    if text == "none" { return 0 }
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    var total = 0
    var digits = ""
    for character in text {
      if character.isASCII, character.isNumber {
        digits.append(character)
      } else if let unit = units[character], let number = Int(digits) {
        total += number * unit
        digits = ""
      } else {
        throw wrong(directive, "a time such as 30 or 1m30s")
      }
    }
    guard let rest = digits.isEmpty ? 0 : Int(digits) else {
      throw wrong(directive, "a time such as 30 or 1m30s")
    }
    return total + rest
  }

  func flag(_ keyword: String) throws(TransportError) -> Bool? {
    guard let directive = first(keyword) else { return nil }
    switch directive.arguments[0].lowercased() {
    case "yes", "true": return true
    case "no", "false": return false
    default: throw wrong(directive, "yes or no")
    }
  }

  /// `ask` counts as `yes`: nobody sits there to answer for hundreds of hosts.
  func strictness() throws(TransportError) -> HostSettings.Strictness? {
    guard let directive = first("stricthostkeychecking") else { return nil }
    switch directive.arguments[0].lowercased() {
    case "yes", "true", "ask": return .strict
    case "accept-new": return .acceptNew
    case "no", "false", "off": return .off
    default: throw wrong(directive, "yes, accept-new, ask or no")
    }
  }

  /// A list of algorithms; `+` appends to the usual ones, `-` removes, `^` puts in front.
  func algorithms(_ keyword: String, _ usual: [String]) throws(TransportError) -> [String]? {
    guard let directive = first(keyword) else { return nil }
    let text = directive.arguments[0]
    let marks: Set<Character> = ["+", "-", "^"]
    let mark = text.first.flatMap { marks.contains($0) ? $0 : nil }
    let names = (mark == nil ? text[...] : text.dropFirst()).split(separator: ",").map(String.init)
    guard !names.isEmpty else { throw wrong(directive, "names with commas between") }
    switch mark {
    case "+": return usual + names.filter { !usual.contains($0) }
    case "^": return names + usual.filter { !names.contains($0) }
    case "-":
      let patterns = names.map { HostPattern($0) }
      return usual.filter { name in !patterns.contains { $0.fits(name) } }
    default: return names
    }
  }

  private func wrong(
    _ directive: ConfigurationDirective, _ wanted: String
  ) -> TransportError {
    failure(
      Diagnostic(
        .error, "ssh-config-value",
        "'\(directive.keyword)' is '\(directive.arguments.joined(separator: " "))'",
        at: directive.span, help: "write \(wanted)"), host)
  }
}
