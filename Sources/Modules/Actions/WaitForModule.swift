import Diagnostics
import ModuleKit
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
    result["elapsed"] = reply.flatMap { Int($0.text.filter(\.isNumber)) }.map(Value.int)
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
    case .drained: return "! has_connections \(port)"
    case .stopped, .absent: return "! can_connect \(host) \(port) \(connectTimeout)"
    case .started, .present:
      guard let pattern else { return "can_connect \(host) \(port) \(connectTimeout)" }
      return "says \(host) \(port) \(connectTimeout) \(pattern.extended)"
    }
  }

  private func pathCheck(_ path: HostPath) -> Script {
    switch state {
    case .stopped, .absent, .drained: return "is_absent \(path.string)"
    case .started, .present:
      guard let pattern else { return "[ -e \(path.string) ]" }
      return "[ -f \(path.string) ] && grep -aqE -e \(pattern.extended) -- \(path.string)"
    }
  }
}
