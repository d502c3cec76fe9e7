import Diagnostics
import ModuleKit
import Schema

/// `wait_for_connection`: goes on once a host can be logged in to.
struct WaitForConnectionModule: ActionModule {
  private static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until it is given up.", default: 600, shown: "600")
  private static let delay = Parameter<Int>.optional(
    "delay", "Seconds before the first attempt.", default: 0, shown: "0")
  private static let sleep = Parameter<Int>.optional(
    "sleep", "Seconds between two attempts, at least 1.", default: 1, shown: "1")
  private static let connect = Parameter<Int>.optional(
    "connect_timeout", "Seconds that an attempt may take to answer.", default: 5, shown: "5")

  static let manual = Manual(
    "wait_for_connection", .action, "Waits until a host can be logged in to.",
    notes: [
      "With it as the first task of a play, and `gather_facts: false`, hosts may still be starting. Nothing is asked of them before.",
      "A plan waits too: without a connection it can tell nothing.",
    ],
    parameters: [timeout.manual, delay.manual, sleep.manual, connect.manual],
    results: [.init("elapsed", "seconds waited, at most")],
    examples: [
      """
      - name: new machines are up
        wait_for_connection:
          timeout: 300
          delay: 10
      """
    ])

  private let times: (timeout: Int, delay: Int, sleep: Int, connect: Int)

  init(_ arguments: Arguments) throws(Diagnostic) {
    times = (
      try arguments[Self.timeout], max(0, try arguments[Self.delay]),
      max(1, try arguments[Self.sleep]), max(1, try arguments[Self.connect])
    )
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let change = Change(
      "host", "connection", from: .absent, to: .text("there"),
      steps: [])
    var plan = ActionPlan(change, isOpaque: false, isHarmless: true)
    plan.reconnection = Reconnection(
      delay: .seconds(times.delay), timeout: .seconds(times.timeout),
      interval: .seconds(times.sleep),
      check: Step(
        "say something", "true", footprint: .nothing, deadline: .seconds(times.connect)))
    return .run(plan)
  }

  func result(from replies: [StepReply]) -> ActionResult { ActionResult([:], changed: false) }
}
