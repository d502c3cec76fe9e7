import Diagnostics
import ModuleKit
import Schema

/// Which of several programs a common name stands for (update-alternatives(1)).
///
/// Keys are names; absent where the host knows none of that name.
package struct AlternativesFact: Fact {
  package static let kind = "alternatives"

  package var link: String
  /// Whether the one with the highest priority is taken.
  package var isAutomatic: Bool
  package var current: String
  /// Priorities by path.
  package var choices: [String: Int]

  package static func sources(of name: String) -> [String] {
    ["/var/lib/dpkg/alternatives/\(name)", "/var/lib/alternatives/\(name)", "/etc/alternatives"]
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    command -v update-alternatives >/dev/null ||
      { echo 'update-alternatives(1) is not on the host' >&2; exit 127; }
    for n in \(words: requests.map(\.key.name)); do
      o=$(update-alternatives --query "$n" 2>/dev/null) || o=$(update-alternatives --display "$n" 2>/dev/null)
      put "$n" "$o"
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<AlternativesFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<AlternativesFact>] = [:]
    while records.count >= 2 {
      let (name, output) = (records.removeFirst(), records.removeFirst())
      readings[name] =
        output.trimmed.isEmpty ? .absent : .present(AlternativesFact(output.fileLines))
    }
    return readings
  }

  init(link: String, isAutomatic: Bool, current: String, choices: [String: Int]) {
    self.link = link
    self.isAutomatic = isAutomatic
    self.current = current
    self.choices = choices
  }

  /// Lines of `--query` (Debian), or of `--display` (RHEL).
  private init(_ lines: [String]) {
    self.init(link: "", isAutomatic: true, current: "", choices: [:])
    var alternative = ""
    for line in lines {
      if let (field, rest) = line.halves(at: ":"), field.allSatisfy(\.isLetter) {
        let value = String(rest.trimmed)
        switch field {
        case "Link": link = value
        case "Status": isAutomatic = value == "auto"
        case "Value": current = value == "none" ? "" : value
        case "Alternative": alternative = value
        case "Priority": choices[alternative] = Int(value)
        default: break
        }
      } else if let range = line.range(ofText: " - status is ") {
        isAutomatic = line[range.upperBound...].hasPrefix("auto")
      } else if let range = line.range(ofText: "link currently points to ") {
        current = String(line[range.upperBound...].trimmed)
      } else if line.hasPrefix("/"), let range = line.range(ofText: " - priority ") {
        choices[String(line[..<range.lowerBound])] = Int(
          line[range.upperBound...].prefix(while: \.isNumber))
      }
    }
  }
}

/// `alternatives`: what a common name of programs stands for.
struct AlternativesModule: StateModule {
  enum State: String, ParameterChoice { case present, selected, absent, auto }

  private static let name = Parameter<String>.required(
    "name", "The common name: `editor`, `java`.", isSubject: true)
  private static let path = Parameter<HostPath?>.optional(
    "path", "The program that is meant; needed unless `auto`.")
  private static let link = Parameter<HostPath?>.optional(
    "link", "The link to the program; needed where the name is new.")
  private static let priority = Parameter<Int?>.optional(
    "priority", "The higher one is taken automatically; 50 for a new program.")
  private static let state = Parameter<State>.optional(
    "state",
    "`selected`: the program is known and taken; `present`: known; `absent`: not known; `auto`: the one with the highest priority is taken.",
    default: .selected, shown: "selected")

  static let manual = Manual(
    "alternatives", .state, "Which program a common name stands for.",
    notes: ["Uses update-alternatives(1). `subcommands` and families are not known here."],
    parameters: [name.manual, path.manual, link.manual, priority.manual, state.manual],
    examples: [
      """
      - name: the older rules of the packet filter
        community.general.alternatives:
          name: iptables
          path: /usr/sbin/iptables-legacy
      """
    ])

  private let common: String
  private let program: String?
  private let linkPath: String?
  private let wishedPriority: Int?
  private let wish: State

  init(_ arguments: Arguments) throws(Diagnostic) {
    common = try arguments[Self.name]
    program = try arguments[Self.path]?.string
    linkPath = try arguments[Self.link]?.string
    wishedPriority = try arguments[Self.priority]
    wish = try arguments[Self.state]
    if wish != .auto, program == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: \(wish.rawValue)` needs `path`", at: arguments.span)
    }
    guard !common.isEmpty, !common.contains(where: { $0 == "/" || $0.isWhitespace }) else {
      throw Diagnostic(
        .error, "alternatives-name", "`\(common)` is no name of alternatives",
        at: arguments.span(of: Self.name.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(AlternativesFact.self, common)]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(AlternativesFact.self, common)
    if wish == .auto {
      guard var after = fact else {
        throw .refusing("alternatives-name", "the host has no alternatives for `\(common)`")
      }
      guard !after.isAutomatic else { return [] }
      after.isAutomatic = true
      after.current = after.choices.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
      return [
        change("mode", .text("manual"), .text("auto"), ["--auto", common], .present(after))
      ]
    }
    guard let program else { return [] }
    if wish == .absent {
      guard var after = fact, after.choices.removeValue(forKey: program) != nil else { return [] }
      if after.current == program {
        after.current = after.choices.max { $0.value < $1.value }?.key ?? ""
      }
      return [
        change(
          program, .text("known"), .absent, ["--remove", common, program],
          after.choices.isEmpty ? .absent : .present(after))
      ]
    }
    return try presence(program, fact)
  }

  private func presence(_ program: String, _ fact: AlternativesFact?) throws(Obstacle) -> [Change] {
    var after =
      fact ?? AlternativesFact(link: linkPath ?? "", isAutomatic: true, current: "", choices: [:])
    var changes: [Change] = []
    let known = after.choices[program]
    let priority = wishedPriority ?? known ?? 50
    if known != priority {
      guard let link = linkPath ?? (after.link.isEmpty ? nil : after.link) else {
        throw .refusing(
          "alternatives-link", "`\(common)` is new on the host: the task has to name its `link`")
      }
      after.link = link
      after.choices[program] = priority
      if after.isAutomatic {
        after.current = after.choices.max { $0.value < $1.value }?.key ?? program
      }
      changes.append(
        change(
          program, known.map { .text("priority \($0)") } ?? .absent, .text("priority \(priority)"),
          ["--install", link, common, program, String(priority)], .present(after)))
    }
    if wish == .selected, after.current != program {
      let before = after.current
      after.current = program
      after.isAutomatic = false
      changes.append(
        change(
          "selected", before.isEmpty ? .absent : .text(before), .text(program),
          ["--set", common, program], .present(after)))
    }
    return changes
  }

  private func change(
    _ attribute: String, _ before: Shown, _ after: Shown, _ words: [String],
    _ reading: Reading<AlternativesFact>
  ) -> Change {
    Change(
      common, attribute, from: before, to: after,
      steps: [
        Step(
          "update-alternatives \(words[0])", "update-alternatives \(words: words)",
          footprint: Footprint([
            .key(FactKey(AlternativesFact.self, common)), .tree("/etc/alternatives"),
          ]))
      ], predicts: [Prediction(AlternativesFact.self, common, reading)])
  }
}
