import Diagnostics
import ModuleKit
import Schema

/// `pause`: goes on after a while.
struct PauseModule: ControllerModule {
  private static let seconds = Parameter<Double?>.optional("seconds", "How long, in seconds.")
  private static let minutes = Parameter<Double?>.optional("minutes", "How long, in minutes.")
  private static let prompt = Parameter<String?>.optional(
    "prompt", "What is shown while it waits.")
  private static let echo = Parameter<Bool>.optional(
    "echo", "Taken for Ansible's sake: nothing is typed in.", default: true, shown: "true")

  static let manual = Manual(
    "pause", .controller, "Waits for a while.",
    notes: [
      "A plan does not wait. In an apply each host's tasks wait by themselves, which comes to the same time.",
      "Nobody is asked: a `prompt` needs `seconds` or `minutes` with it. Look at the plan before, instead of being asked in between.",
      "To wait for something use `wait_for`, `until`, or `wait_for_connection`.",
    ],
    parameters: [seconds.manual, minutes.manual, prompt.manual, echo.manual],
    exclusive: [["seconds", "minutes"]],
    results: [.init("delta", "seconds waited")],
    examples: [
      """
      - name: the load balancer notices
        pause:
          seconds: 20
      """
    ])

  private let time: Double
  private let text: String?

  init(_ arguments: Arguments) throws(Diagnostic) {
    text = try arguments[Self.prompt]
    var given = try arguments[Self.seconds]
    if given == nil, let minutes = try arguments[Self.minutes] { given = minutes * 60 }
    guard let time = given else {
      throw Diagnostic(
        .error, "pause-forever", "`pause` needs `seconds` or `minutes`", at: arguments.span,
        help: "nobody is asked in the middle of a run: look at `spile plan` before")
    }
    guard time <= 86_400 else {
      throw Diagnostic(
        .error, "argument-range", "a pause may last a day, not \(Int(time)) seconds",
        at: arguments.span(of: Self.seconds.manual))
    }
    self.time = max(0, time)
  }

  func run() -> ControllerOutcome {
    let shown = Int(time.rounded())
    return ControllerOutcome(
      result: ["delta": .int(shown), "stdout": .string("Paused for \(shown) seconds")],
      effects: text.map { [.show(.string($0))] } ?? [], pause: .milliseconds(Int(time * 1000)))
  }
}
