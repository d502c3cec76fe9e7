import Diagnostics
import ModuleKit
import Schema

/// A switch of the SELinux policy.
///
/// Keys are names; absent where the policy has no such switch.
package struct SebooleanFact: Fact {
  package static let kind = "seboolean"

  package var isOn: Bool
  /// After a reboot; nil where semanage(8) is not there to tell.
  package var staysOn: Bool?

  package static func == (left: SebooleanFact, right: SebooleanFact) -> Bool {
    left.isOn == right.isOn
      && (left.staysOn == nil || right.staysOn == nil || left.staysOn == right.staysOn)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(isOn) }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    [ -e /sys/fs/selinux/enforce ] || { echo 'SELinux is off on the host' >&2; exit 1; }
    command -v getsebool >/dev/null || { echo 'getsebool(8) is not on the host' >&2; exit 127; }
    for n in \(words: requests.map(\.key.name)); do getsebool "$n" 2>/dev/null; done
    if command -v semanage >/dev/null; then semanage boolean -l -n; fi
    true
    """
  }

  /// Lines `NAME --> on` of getsebool(8), and `NAME (on , off) TEXT` of semanage(8): now, and after a reboot.
  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<SebooleanFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var found: [String: SebooleanFact] = [:]
    for line in reply.lines {
      let words = line.words
      guard let name = words.first.map({ String($0) }) else { continue }
      if words.count >= 3, words[1] == "-->" {
        found[name] = SebooleanFact(isOn: words[2] == "on", staysOn: nil)
      } else if let inner = line.halves(at: "(")?.after.halves(at: ")")?.before,
        let later = inner.halves(at: ",")?.after.trimmed
      {
        found[name]?.staysOn = later == "on"
      }
    }
    return Dictionary(
      requests.map { ($0.key.name, found[$0.key.name].map { .present($0) } ?? .absent) }
    ) { first, _ in first }
  }
}

/// `seboolean`: a switch of the SELinux policy.
struct SebooleanModule: StateModule {
  private static let name = Parameter<String>.required(
    "name", "The switch: `httpd_can_network_connect`.", isSubject: true)
  private static let state = Parameter<Bool>.required("state", "Whether it is on.")
  private static let persistent = Parameter<Bool>.optional(
    "persistent", "Whether it stays so after a reboot.", default: false, shown: "false")
  private static let ignored = Parameter<Bool>.optional(
    "ignore_selinux_state", "Taken for Ansible's sake: without SELinux the task fails.",
    default: false, shown: "false")

  static let manual = Manual(
    "seboolean", .state, "A switch of the SELinux policy.",
    notes: [
      "Uses getsebool(8) and setsebool(8). What is after a reboot is read with semanage(8); without it only the present is compared."
    ],
    parameters: [name.manual, state.manual, persistent.manual, ignored.manual],
    results: [.init("name", "the switch"), .init("state", "as given")],
    examples: [
      """
      - name: the proxy may connect to any port
        ansible.posix.seboolean:
          name: haproxy_connect_any
          state: true
          persistent: true
      """
    ])

  private let name: String
  private let isOn: Bool
  private let stays: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    name = try arguments[Self.name]
    isOn = try arguments[Self.state]
    stays = try arguments[Self.persistent]
    guard !name.isEmpty,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    else {
      throw Diagnostic(
        .error, "seboolean-name", "`\(name)` is no switch of SELinux",
        at: arguments.span(of: Self.name.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { [FactRequest(SebooleanFact.self, name)] }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(SebooleanFact.self, name) else {
      throw .refusing("seboolean-name", "the host's SELinux policy has no switch `\(name)`")
    }
    let differsLater = stays && fact.staysOn.map { $0 != isOn } ?? false
    guard fact.isOn != isOn || differsLater else { return [] }
    func word(_ flag: Bool) -> String { flag ? "on" : "off" }
    let after = SebooleanFact(isOn: isOn, staysOn: stays ? isOn : fact.staysOn)
    return [
      Change(
        name, stays ? "persistent" : "active",
        from: .text(word(differsLater && fact.isOn == isOn ? !isOn : fact.isOn)),
        to: .text(word(isOn)),
        steps: [
          Step(
            "setsebool \(name)", "setsebool \(words: stays ? ["-P"] : []) \(name) \(word(isOn))",
            footprint: .keys(FactKey(SebooleanFact.self, name)), deadline: .seconds(600))
        ], predicts: [Prediction(SebooleanFact.self, name, .present(after))])
    ]
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["name": .string(name), "state": .bool(isOn), "persistent": .bool(stays)]
  }
}
