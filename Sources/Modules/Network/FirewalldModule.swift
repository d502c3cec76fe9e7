import Diagnostics
import ModuleKit
import Schema

/// `firewalld`: one element of a zone of firewalld, in the running firewall, for good, or both.
struct FirewalldModule: StateModule {
  enum State: String, ParameterChoice { case enabled, disabled, present, absent }

  /// What is asked for and set: the noun of `--query-NOUN`, and its value.
  private struct Element {
    let noun: String
    let value: String?

    /// The option of firewall-cmd(1); an interface may be in another zone, which `--add-interface` refuses.
    func option(_ isWanted: Bool) -> String {
      let verb = isWanted ? (noun == "interface" ? "change" : "add") : "remove"
      return "--\(verb)-\(noun)" + (value.map { "=\($0)" } ?? "")
    }

    var shown: String { value.map { "\(noun) \($0)" } ?? noun }
  }

  private let element: Element?
  private let zone: String
  private let scopes: [String]
  private let isWanted: Bool
  private let target: String?
  /// In seconds; 0 for no end.
  private let timeout: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    let state = try arguments[Self.state]
    isWanted = state == .enabled || state == .present
    zone = try arguments[Self.zone] ?? ""
    target = try arguments[Self.target]?.rawValue
    timeout = try arguments[Self.timeout]
    let isPermanent = try arguments[Self.permanent]
    let isImmediate = try arguments[Self.immediate] ?? !isPermanent
    scopes = (isImmediate ? ["runtime"] : []) + (isPermanent ? ["permanent"] : [])
    var elements: [Element] = []
    var switchedOff = false
    for (noun, parameter) in Self.texts {
      guard let value = try arguments[parameter] else { continue }
      elements.append(Element(noun: noun, value: value))
    }
    for (noun, parameter) in Self.flags {
      guard let flag = try arguments[parameter] else { continue }
      switchedOff = !flag
      elements.append(Element(noun: noun, value: nil))
    }
    if let forward = try arguments[Self.forward] {
      elements.append(Element(noun: "forward-port", value: try Self.text(forward, arguments)))
    }
    for word in elements.compactMap(\.value) + [zone] where word.contains("\n") {
      throw Diagnostic(
        .error, "argument-line", "`\(word)` must not contain line ends", at: arguments.span)
    }
    element = elements.first
    if elements.count > 1 {
      throw Diagnostic(
        .error, "exclusive-parameters",
        "a task is about one thing, and this one has \(elements.map { "`\($0.noun)`" }.joined(separator: " and "))",
        at: arguments.span, help: "write a task for each, or a loop")
    }
    if switchedOff {
      throw Diagnostic(
        .error, "unsupported-value", "`\(elements[0].noun): false` says the same as `state` twice",
        at: arguments.span, help: "write `true`, and `state: disabled`")
    }
    if scopes.isEmpty {
      throw Diagnostic(
        .error, "missing-parameter", "one of `permanent` and `immediate` must be true",
        at: arguments.span)
    }
    try checkZone(state, isPermanent, arguments)
  }

  /// Without an element the zone itself is meant.
  private func checkZone(
    _ state: State, _ isPermanent: Bool, _ arguments: Arguments
  ) throws(Diagnostic) {
    let isAboutZone = state == .present || state == .absent
    if isAboutZone == (element == nil) {
      if isAboutZone && zone.isEmpty {
        throw Diagnostic(
          .error, "missing-parameter", "`state: \(state.rawValue)` needs `zone`",
          at: arguments.span)
      }
      if isAboutZone, scopes != ["permanent"] {
        throw Diagnostic(
          .error, "firewalld-zone",
          "a zone is made and removed in the permanent configuration only",
          at: arguments.span,
          help: "write `permanent: true`, and `command: firewall-cmd --reload` to put it to work")
      }
      if !isAboutZone, target != nil {
        throw Diagnostic(
          .error, "exclusive-parameters", "`target` is for `state: present`, which makes zones",
          at: arguments.span(of: Self.target.manual))
      }
      return
    }
    throw isAboutZone
      ? Diagnostic(
        .error, "firewalld-state",
        "`state: \(state.rawValue)` is about zones: for what is in them write `enabled` or `disabled`",
        at: arguments.span(of: Self.state.manual))
      : Diagnostic(
        .error, "missing-parameter",
        "`firewalld` needs one of \((Self.texts.map(\.1.manual.name) + Self.flags.map(\.1.manual.name)).map { "`\($0)`" }.joined(separator: ", "))",
        at: arguments.span)
  }

  /// `port=80:proto=tcp:toport=8080:toaddr=192.0.2.1`, as firewall-cmd(1) has it.
  private static func text(_ forwards: [ValueMap], _ arguments: Arguments) throws(Diagnostic)
    -> String
  {
    func wrong(_ message: String) -> Diagnostic {
      Diagnostic(
        .error, "firewalld-forward", message, at: arguments.span(of: forward.manual),
        help: "write `port_forward: [{port: 80, proto: tcp, toport: 8080}]`")
    }
    guard forwards.count == 1, let map = forwards.first else {
      throw wrong("`port_forward` takes one forward in each task")
    }
    func word(_ key: String) -> String? { map[key].flatMap { Argument($0, path: key).sourceText } }
    guard let port = word("port"), let proto = word("proto") else {
      throw wrong("a forward needs `port` and `proto`")
    }
    guard word("toport") != nil || word("toaddr") != nil else {
      throw wrong("a forward needs `toport` or `toaddr`")
    }
    return "port=\(port):proto=\(proto)" + (word("toport").map { ":toport=\($0)" } ?? "")
      + (word("toaddr").map { ":toaddr=\($0)" } ?? "")
  }

  private func name(_ scope: String) -> String {
    FirewalldFact.name(scope, zone, element?.noun ?? "zone", element?.value)
  }

  func reads(given facts: FactView) -> [FactRequest] {
    scopes.map { FactRequest(FirewalldFact.self, name($0)) }
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    var changes: [Change] = []
    for scope in scopes {
      let fact = try facts.fact(FirewalldFact.self, name(scope))
      if let element {
        if (fact != nil) != isWanted { changes.append(change(element, scope)) }
      } else {
        changes += zoneChanges(fact)
      }
    }
    return changes
  }

  private func change(_ element: Element, _ scope: String) -> Change {
    var words = FirewalldFact.words(scope, zone) + [element.option(isWanted)]
    if timeout > 0, isWanted, scope == "runtime" { words.append("--timeout=\(timeout)") }
    return change(
      words, scope, isWanted ? .create : .remove, from: isWanted ? .absent : .text(element.shown),
      to: isWanted ? .text(element.shown) : .absent,
      isWanted ? .present(FirewalldFact(target: "")) : .absent)
  }

  private func zoneChanges(_ fact: FirewalldFact?) -> [Change] {
    guard isWanted else {
      guard fact != nil else { return [] }
      return [
        change(
          ["--permanent", "--delete-zone=\(zone)"], "zone", .remove, from: .text("there"),
          to: .absent, .absent)
      ]
    }
    var changes: [Change] = []
    if fact == nil {
      changes.append(
        change(
          ["--permanent", "--new-zone=\(zone)"], "zone", .create, from: .absent, to: .text("there"),
          .present(FirewalldFact(target: "default"))))
    }
    let now = fact?.target ?? "default"
    if let target, target != now {
      changes.append(
        change(
          ["--permanent", "--zone=\(zone)", "--set-target=\(target)"], "target", .update,
          from: .text(now), to: .text(target), .present(FirewalldFact(target: target))))
    }
    return changes
  }

  private func change(
    _ words: [String], _ attribute: String, _ action: Change.Action, from before: Shown,
    to after: Shown, _ reading: Reading<FirewalldFact>
  ) -> Change {
    let scope = scopes.contains(attribute) ? attribute : "permanent"
    let offline = words.filter { $0 != "--permanent" }
    let script: Script =
      scope == "permanent"
      ? """
      if firewall-cmd --state >/dev/null 2>&1; then firewall-cmd \(words: words)
      else firewall-offline-cmd \(words: offline); fi
      """ : "firewall-cmd \(words: words)"
    return Change(
      zone.isEmpty ? "default zone" : "zone \(zone)", attribute, action, from: before, to: after,
      steps: [
        Step(
          "firewall-cmd \(words.last ?? "")", script,
          footprint: Footprint([.kind(FirewalldFact.kind), .kind(FirewallFact.kind)]))
      ], predicts: [Prediction(FirewalldFact.self, name(scope), reading)])
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap { [:] }
}
