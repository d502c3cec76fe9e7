import Diagnostics
import ModuleKit
import PatternMatching
import Schema

/// `wait_for`: goes on once a port or path is as wished.
struct WaitForModule: ActionModule {
  enum State: String, ParameterChoice { case started, stopped, present, absent, drained }

  private let host: String
  private let port: Int?
  private let path: HostPath?
  private let state: State
  private let pattern: ExtendedPattern?
  /// All in seconds.
  private let timeout: Int
  private let delay: Int
  private let sleep: Int
  private let connectTimeout: Int
  private let message: String?
  private let states: [ConnectionState]
  /// Peers that do not count, as `/proc/net/tcp` writes them.
  private let excluded: [String]

  init(_ arguments: Arguments) throws(Diagnostic) {
    host = try arguments[Self.host]
    port = try arguments[Self.port]
    path = try arguments[Self.path]
    state = try arguments[Self.state]
    pattern = try arguments[Self.pattern]
    timeout = try arguments[Self.timeout]
    delay = try arguments[Self.delay]
    sleep = max(1, try arguments[Self.sleep])
    connectTimeout = max(1, try arguments[Self.connectTimeout])
    message = try arguments[Self.message]
    states = try arguments[Self.states]
    var excluded: [String] = []
    for text in try arguments[Self.excluded] ?? [] {
      guard let address = WaitForModule.hexadecimal(text) else {
        throw Diagnostic(
          .error, "address", "`exclude_hosts` takes IPv4 addresses, not `\(text)`",
          at: arguments.span(of: Self.excluded.manual))
      }
      // As an IPv4 socket has it, and as an IPv6 socket with a mapped address.
      excluded += [address, "0000000000000000FFFF0000" + address]
    }
    self.excluded = excluded
    if state != .drained, !excluded.isEmpty {
      throw Diagnostic(
        .error, "exclusive-parameters", "`exclude_hosts` is for `state: drained` only",
        at: arguments.span(of: Self.excluded.manual))
    }
    if let port, !(1...65535).contains(port) {
      throw Diagnostic(
        .error, "port", "`port` must be from 1 to 65535, not \(port)",
        at: arguments.span(of: Self.port.manual))
    }
    if state == .drained, port == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: drained` needs `port`",
        at: arguments.span(of: Self.state.manual))
    }
    if pattern != nil, port == nil, path == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`search_regex` needs `port` or `path`",
        at: arguments.span(of: Self.pattern.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let script: Script = """
      \(WaitForModule.functions)
      check() { \(check); }
      wait_until \(timeout) \(isPause ? timeout : delay) \(sleep)
      """
    let step = Step(
      "wait for \(subject)", script, footprint: .nothing,
      deadline: .seconds(timeout + delay + connectTimeout + sleep + 30), accepts: nil)
    let change = Change(subject, "wait", from: .absent, to: .text(wish), steps: [step])
    return .run(ActionPlan(change, isOpaque: false, isHarmless: true))
  }

  func result(from replies: [StepReply]) -> ActionResult {
    let reply = replies.last
    var result: ValueMap = [
      "state": .string(state.rawValue), "port": port.map(Value.int) ?? .null,
      "path": path.map { .string($0.string) } ?? .null,
      "search_regex": pattern.map { .string($0.text) } ?? .null,
    ]
    let said = reply?.text.halves(at: "\n") ?? (before: "", after: "")
    result["elapsed"] = Int(said.before).map(Value.int)
    result["match_groups"] = .list(groups(in: String(said.after)))
    result["match_groupdict"] = .dict([:])
    switch reply?.status {
    case 0: return ActionResult(result, changed: false)
    case 1:
      let text = message ?? "\(subject) was not \(wish) within \(timeout) seconds"
      result["msg"] = .string(text)
      return ActionResult(result, changed: false, failure: text)
    default:
      let said = reply?.errorText ?? ""
      result["msg"] = .string(said)
      return ActionResult(
        result, changed: false, failure: said.isEmpty ? "waiting ended early" : said)
    }
  }

  /// The four bytes of an IPv4 address, the last first; nil for something else.
  private static func hexadecimal(_ address: String) -> String? {
    let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard parts.count == 4 else { return nil }
    var text = ""
    for part in parts.reversed() {
      guard let part else { return nil }
      let digits = String(part, radix: 16, uppercase: true)
      text += digits.count == 1 ? "0" + digits : digits
    }
    return text
  }

  /// What the groups of the pattern match in a line; null for one that takes no part.
  private func groups(in line: String) -> [Value] {
    guard let pattern, let match = try? Pattern.cached(pattern.text).search(in: line) else {
      return []
    }
    return match.groups.indices.dropFirst().map { match.text($0).map(Value.string) ?? .null }
  }

  // MARK: - What is waited for

  /// Whether there is nothing to look at: only time passes.
  private var isPause: Bool { port == nil && path == nil }

  private var subject: String {
    if let port { return "\(host):\(port)" }
    return path?.string ?? "\(timeout) seconds"
  }

  private var wish: String {
    if pattern != nil { return "answering as wished" }
    return state.rawValue
  }

  /// Succeeds when the wish is fulfilled.
  private var check: Script {
    if let path { return pathCheck(path) }
    guard let port else { return ":" }
    switch state {
    case .drained:
      let numbers = states.map(\.number).joined(separator: " ")
      return "! has_connections \(port) \(numbers) \(words: excluded)"
    case .stopped, .absent: return "! can_connect \(host) \(port) \(connectTimeout)"
    case .started, .present:
      guard let pattern else { return "can_connect \(host) \(port) \(connectTimeout)" }
      return "found=$(says \(host) \(port) \(connectTimeout) \(pattern.extended))"
    }
  }

  private func pathCheck(_ path: HostPath) -> Script {
    switch state {
    case .stopped, .absent, .drained: return "is_absent \(path.string)"
    case .started, .present:
      guard let pattern else { return "[ -e \(path.string) ]" }
      return
        "[ -f \(path.string) ] && found=$(grep -aE -m 1 -e \(pattern.extended) -- \(path.string))"
    }
  }
}
