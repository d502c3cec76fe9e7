import Diagnostics
import ModuleKit
import Schema

/// What dpkg is to do with a package: `install`, `hold`, `deinstall`, `purge` (dpkg(1), `--get-selections`).
///
/// Keys are package names; absent where dpkg has no selection for it.
package struct DpkgSelectionFact: Fact {
  package static let kind = "dpkg_selection"

  package var selection: String

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    command -v dpkg >/dev/null || { echo 'dpkg is not on the host' >&2; exit 127; }
    dpkg --get-selections \(words: requests.map(\.key.name)) 2>/dev/null
    true
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<DpkgSelectionFact>] {
    var readings: [String: Reading<DpkgSelectionFact>] = [:]
    let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
    for request in requests {
      readings[request.key.name] = reply.status == 0 ? .absent : .unreadable(said)
    }
    for line in reply.lines {
      let words = line.words
      guard words.count == 2 else { continue }
      let fact = DpkgSelectionFact(selection: String(words[1]))
      readings[String(words[0])] = .present(fact)
      let bare = String(words[0].prefix { $0 != ":" })
      if readings[bare] == .absent { readings[bare] = .present(fact) }
    }
    return readings
  }
}

/// `dpkg_selections`: holds a package back, or lets it go.
struct DpkgSelectionsModule: StateModule {
  enum Selection: String, ParameterChoice { case install, hold, deinstall, purge }

  private static let name = Parameter<String>.required("name", "The package.", isSubject: true)
  private static let selection = Parameter<Selection>.required(
    "selection", "What dpkg is to do with it: `hold` keeps it at its version.")

  static let manual = Manual(
    "dpkg_selections", .state, "Holds a Debian package back, or lets it go.",
    notes: [
      "`deinstall` and `purge` only say what dpkg is to do next time; `apt` removes at once."
    ],
    parameters: [name.manual, selection.manual],
    results: [.init("before", "the selection there was"), .init("after", "the wished selection")],
    examples: [
      """
      - name: the version of kubelet is decided by whoever upgrades the cluster
        dpkg_selections:
          name: kubelet
          selection: hold
      """
    ])

  private let package: String
  private let wish: String

  init(_ arguments: Arguments) throws(Diagnostic) {
    package = try arguments[Self.name]
    wish = try arguments[Self.selection].rawValue
    guard PackageModule.isName(package) else {
      throw Diagnostic(
        .error, "package-name", "`\(package)` is no package",
        at: arguments.span(of: Self.name.manual)
      )
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(DpkgSelectionFact.self, package)]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(DpkgSelectionFact.self, package)
    guard fact?.selection != wish else { return [] }
    return [
      Change(
        package, "selection", from: fact.map { .text($0.selection) } ?? .absent, to: .text(wish),
        steps: [
          Step(
            "select \(package): \(wish)",
            "printf '%s %s\\n' \(package) \(wish) | dpkg --set-selections",
            footprint: .keys(
              FactKey(DpkgSelectionFact.self, package), FactKey(PackageFact.self, package)))
        ],
        predicts: [
          Prediction(
            DpkgSelectionFact.self, package, .present(DpkgSelectionFact(selection: wish)))
        ])
    ]
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap { ["after": .string(wish)] }
}
