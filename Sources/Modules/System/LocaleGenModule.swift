import Diagnostics
import ModuleKit
import Schema

/// The locales that the host has (`locale -a`).
///
/// One per host.
package struct LocalesFact: Fact {
  package static let kind = "locales"

  /// In the spelling of `locale -a`: `de_DE.utf8`.
  package var names: Set<String>

  package static func sources(of name: String) -> [String] { ["/usr/lib/locale"] }

  package static func probe(_ requests: [FactRequest]) -> Script { "locale -a" }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<LocalesFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(String(decoding: reply.errors, as: UTF8.self).trimmed))]
    }
    return ["": .present(LocalesFact(names: Set(reply.lines.map { String($0) })))]
  }

  /// `de_DE.UTF-8@euro` as `locale -a` spells it: the character set in small letters, without dashes.
  static func spelled(_ name: String) -> String {
    guard let (language, rest) = name.halves(at: ".") else { return name }
    let set = rest.prefix { $0 != "@" }
    return language + "." + set.lowercased().filter { $0 != "-" } + rest.dropFirst(set.count)
  }
}

/// `locale_gen`: locales of Debian and its relatives.
struct LocaleGenModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let name = Parameter<[String]>.required(
    "name", "Locales: `de_DE.UTF-8`.", isSubject: true)
  private static let state = Parameter<State>.optional(
    "state", "Whether they are there.", default: .present, shown: "present")

  static let manual = Manual(
    "locale_gen", .state, "Makes locales.",
    notes: [
      "Lines of `/etc/locale.gen` are switched on or off, then locale-gen(8) runs; the package `locales` must be there."
    ],
    parameters: [name.manual, state.manual],
    examples: [
      """
      - name: messages in German
        community.general.locale_gen:
          name: de_DE.UTF-8
      """
    ])

  private static let file = HostPath.root.appending("etc/locale.gen")
  private let names: [String]
  private let isWanted: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    names = try arguments[Self.name]
    isWanted = try arguments[Self.state] == .present
    for name in names where !name.contains(".") || name.contains(where: \.isWhitespace) {
      throw Diagnostic(
        .error, "locale-name", "`\(name)` is no locale with its character set",
        at: arguments.span(of: Self.name.manual), help: "write it as `de_DE.UTF-8`")
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(LocalesFact.self)] + TextFile.reads(Self.file)
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(LocalesFact.self) else { return [] }
    let differing = names.filter { fact.names.contains(LocalesFact.spelled($0)) != isWanted }
    guard !differing.isEmpty else { return [] }
    let file = try TextFile(Self.file, from: facts)
    guard let text = file.content else {
      throw .refusing(
        "locale-gen", "the host has no /etc/locale.gen",
        help: "install the package `locales` before this task")
    }
    var after = fact
    for name in differing {
      let spelled = LocalesFact.spelled(name)
      if isWanted { after.names.insert(spelled) } else { after.names.remove(spelled) }
    }
    let lines = edited(text.fileLines, differing)
    let writing = file.writing(lines.fileContent, label: "write /etc/locale.gen")
    var steps = lines == text.fileLines ? [] : [writing.step]
    steps.append(
      Step(
        "locale-gen", "locale-gen", footprint: .tree("/usr/lib/locale"), deadline: .seconds(900)))
    let shown = differing.joined(separator: ", ")
    return [
      Change(
        "locales", "made", isWanted ? .create : .remove,
        from: isWanted ? .absent : .text(shown), to: isWanted ? .text(shown) : .absent,
        steps: steps,
        predicts: (lines == text.fileLines ? [] : writing.predicts)
          + [Prediction(LocalesFact.self, "", .present(after))])
    ]
  }

  private func edited(_ lines: [String], _ differing: [String]) -> [String] {
    var lines = lines
    for name in differing {
      let index = lines.firstIndex { line in
        line.drop { $0 == "#" || $0 == " " }.words.first == name[...]
      }
      let set = name.halves(at: ".")?.after.prefix { $0 != "@" } ?? "UTF-8"
      if let index {
        let bare = String(lines[index].drop { $0 == "#" || $0 == " " })
        lines[index] = isWanted ? bare : "# " + bare
      } else if isWanted {
        lines.append("\(name) \(set)")
      }
    }
    return lines
  }
}
