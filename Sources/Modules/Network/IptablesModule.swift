import Diagnostics
import ModuleKit
import Schema

/// `iptables`: a rule, a chain or a policy of the packet filter.
struct IptablesModule: StateModule {
  enum Table: String, ParameterChoice { case filter, nat, mangle, raw, security }
  enum State: String, ParameterChoice { case present, absent }
  enum Action: String, ParameterChoice { case append, insert }
  enum Version: String, ParameterChoice { case ipv4, ipv6, both }
  enum Syn: String, ParameterChoice { case ignore, match, negate }
  enum Policy: String, ParameterChoice {
    case accept = "ACCEPT"
    case drop = "DROP"
    case queue = "QUEUE"
    case `return` = "RETURN"
  }

  /// What is wished of one program.
  private struct Target {
    let program: String
    let rule: [String]
  }

  private let targets: [Target]
  private let table: String
  private let chain: String
  private let isWanted: Bool
  private let inserts: Bool
  private let place: Int?
  private let policy: String?
  private let flushes: Bool
  private let managesChain: Bool
  /// In seconds.
  private let waitTime: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    guard let chain = try arguments[Self.chain] else {
      throw Diagnostic(
        .error, "missing-parameter", "`iptables` needs `chain`", at: arguments.span)
    }
    self.chain = chain
    table = try arguments[Self.table].rawValue
    isWanted = try arguments[Self.state] == .present
    inserts = try arguments[Self.action] == .insert
    place = try arguments[Self.number]
    policy = try arguments[Self.policy]?.rawValue
    flushes = try arguments[Self.flush]
    managesChain = try arguments[Self.managesChain]
    waitTime = max(1, try arguments[Self.wait])
    var targets: [Target] = []
    let version = try arguments[Self.version]
    if version != .ipv6 {
      targets.append(Target(program: "iptables", rule: try Self.rule(arguments, isIPv6: false)))
    }
    if version != .ipv4 {
      targets.append(Target(program: "ip6tables", rule: try Self.rule(arguments, isIPv6: true)))
    }
    self.targets = targets
    if !flushes, policy == nil, !managesChain, targets.contains(where: \.rule.isEmpty) {
      throw Diagnostic(
        .error, "missing-parameter",
        "there is no rule: `iptables` needs `jump`, a match, `policy`, `flush` or `chain_management`",
        at: arguments.span)
    }
    for word in targets.flatMap(\.rule) + [chain] where word.contains("\n") {
      throw Diagnostic(
        .error, "argument-line", "a rule must not contain line ends", at: arguments.span)
    }
  }

  private static func rule(_ arguments: Arguments, isIPv6: Bool) throws(Diagnostic) -> [String] {
    var values: [String: String] = [:]
    for (name, parameter) in IptablesRule.parameters {
      if let value = try arguments[parameter], !value.isEmpty { values[name] = value }
    }
    var tcp: (all: [String], set: [String])?
    if let map = try arguments[flags] {
      func words(_ key: String) -> [String] {
        map[key]?.list?.compactMap(\.string)
          ?? map[key]?.string?.split(separator: ",").map { String($0.trimmed) } ?? []
      }
      tcp = (words("flags"), words("flags_set"))
    }
    return IptablesRule(
      values, matches: try arguments[matches], states: try arguments[states],
      ports: try arguments[ports], flags: tcp, syn: try arguments[syn].rawValue,
      setFlags: try arguments[setFlags], isIPv6: isIPv6
    ).words
  }

  private var isAboutChain: Bool { flushes || policy != nil }

  private func name(_ target: Target) -> String {
    FirewallFact.name(target.program, table, chain, isAboutChain ? [] : target.rule)
  }

  func reads(given facts: FactView) -> [FactRequest] {
    targets.map { FactRequest(FirewallFact.self, name($0)) }
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    var changes: [Change] = []
    for target in targets {
      let fact = try facts.fact(FirewallFact.self, name(target))
      guard let change = try change(target, fact) else { continue }
      changes.append(change)
    }
    return changes
  }

  private func change(_ target: Target, _ fact: FirewallFact?) throws(Obstacle) -> Change? {
    let isThere = fact != nil
    let none = FirewallFact(policy: "", rules: 0)
    if flushes {
      guard let fact, fact.rules > 0 else { return nil }
      var after = fact
      after.rules = 0
      return change(
        target, "rules", .remove, .text("\(fact.rules) rules"), .absent, ["-F", chain],
        .present(after))
    }
    if let policy {
      guard var after = fact, !after.policy.isEmpty else {
        throw .refusing("iptables-policy", "the chain \(chain) has no policy: it is not built in")
      }
      let before = after.policy
      guard before != policy else { return nil }
      after.policy = policy
      return change(
        target, "policy", .update, .text(before), .text(policy), ["-P", chain, policy],
        .present(after))
    }
    guard isThere != isWanted else { return nil }
    if target.rule.isEmpty {
      return change(
        target, "chain", isWanted ? .create : .remove, isThere ? .text("there") : .absent,
        isWanted ? .text("there") : .absent, [isWanted ? "-N" : "-X", chain],
        isWanted ? .present(none) : .absent)
    }
    let shown = Shown.text(target.rule.map { Script.quoted($0) }.joined(separator: " "))
    let way: [String] =
      isWanted
      ? (inserts ? ["-I", chain] + (place.map { [String($0)] } ?? []) : ["-A", chain])
      : ["-D", chain]
    return change(
      target, "rule", isWanted ? .create : .remove, isWanted ? .absent : shown,
      isWanted ? shown : .absent, way + target.rule, isWanted ? .present(none) : .absent)
  }

  private func change(
    _ target: Target, _ attribute: String, _ action: Change.Action, _ before: Shown,
    _ after: Shown, _ words: [String], _ reading: Reading<FirewallFact>
  ) -> Change {
    let ways = ["-w", String(waitTime), "-t", table]
    return Change(
      "\(target.program) \(table) \(chain)", attribute, action, from: before, to: after,
      steps: [
        Step(
          "\(target.program) \(words.prefix(2).joined(separator: " "))",
          "\(target.program) \(words: ways + words)",
          footprint: Footprint([
            .named(kind: FirewallFact.kind, prefix: "\(target.program)\n\(table)\n\(chain)")
          ]))
      ], predicts: [Prediction(FirewallFact.self, name(target), reading)])
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    [
      "rule": .string(targets.first?.rule.joined(separator: " ") ?? ""), "chain": .string(chain),
      "table": .string(table),
    ]
  }
}
