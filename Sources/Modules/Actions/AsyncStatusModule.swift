import Diagnostics
import ModuleKit
import Schema

/// `async_status`: how far a job is that a task with `async` and `poll: 0` has started.
struct AsyncStatusModule: ActionModule {
  /// What is to be done with the job.
  enum Mode: String, ParameterChoice, CaseIterable {
    case status, cleanup
  }

  private static let job = Parameter<String>.required(
    "jid", "The job: `ansible_job_id` of what the task has registered.", isSubject: true)
  private static let mode = Parameter<Mode>.optional(
    "mode", "`status` looks at it, `cleanup` removes what it has left on the host.",
    default: .status, shown: "status")

  static let manual = Manual(
    "async_status", .action, "Looks at a command that goes on by itself.",
    notes: [
      """
      A task with `async: SECONDS` and `poll: 0` starts its command and goes on at once; the command survives the \
      connection. It is looked for among the jobs of the account: use the same `become` as the task that started it.
      """
    ],
    parameters: [job.manual, mode.manual],
    results: [
      .init("ansible_job_id", "the job"), .init("started", "true"),
      .init("finished", "whether it has ended"), .init("rc", "its status"),
      .init("stdout", "what it printed"), .init("stdout_lines", "the same as a list"),
      .init("stderr", "its complaints"), .init("stderr_lines", "the same as a list"),
      .init("start", "when it began, as `command` tells it"), .init("end", "when it ended"),
      .init("delta", "how long it took"),
    ],
    examples: [
      """
      - name: wait for the copy
        async_status:
          jid: "{{ copying.ansible_job_id }}"
        register: job
        until: job is finished
        retries: 100
        delay: 6
      """
    ])

  private let background: BackgroundJob
  private let mode: Mode

  init(_ arguments: Arguments) throws(Diagnostic) {
    let id = try arguments[Self.job]
    guard let background = BackgroundJob(id: id) else {
      throw Diagnostic(
        .error, "job-name", "`\(id)` is not the name of a job",
        at: arguments.span(of: Self.job.manual), help: "it is in `ansible_job_id`")
    }
    self.background = background
    mode = try arguments[Self.mode]
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let steps = mode == .status ? background.look : [background.erase]
    return .run(
      ActionPlan(
        Change(
          "job \(background.id)", "run", from: .absent, to: .text("looked at"), steps: steps,
          predicts: []), isOpaque: false, isHarmless: true))
  }

  func result(from replies: [StepReply]) -> ActionResult {
    guard mode == .status else {
      return ActionResult(
        [
          "ansible_job_id": .string(background.id), "finished": .bool(false),
          "started": .bool(false),
        ],
        changed: false)
    }
    switch BackgroundJob.state(of: replies) {
    case .absent: return failed("could not find job")
    case .lost: return failed("the job was ended before it could leave its status")
    case .running:
      return ActionResult(background.progress(isFinished: false), changed: false)
    case .finished(let status, let output, let errors):
      var result = background.progress(isFinished: true)
      result["rc"] = .int(Int(status))
      result.setText("stdout", output)
      let (complaints, times) = CommandTimes.taken(from: errors)
      result.setText("stderr", complaints)
      result.set(times)
      guard status != 0 else { return ActionResult(result, changed: true) }
      result["msg"] = .string("non-zero return code")
      return ActionResult(
        result, changed: true, failure: "the job ended with status \(status)")
    }
  }

  private func failed(_ message: String) -> ActionResult {
    var result = background.progress(isFinished: true)
    result["msg"] = .string(message)
    return ActionResult(result, changed: false, failure: message)
  }
}

extension ValueMap {
  /// What was printed, without newlines at its end, and as lines.
  fileprivate mutating func setText(_ name: String, _ bytes: [UInt8]) {
    var text = String(decoding: bytes, as: UTF8.self)[...]
    while let last = text.unicodeScalars.last, last == "\n" || last == "\r" {
      text.unicodeScalars.removeLast()
    }
    let lines = text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false)
    self[name] = .string(String(text))
    self["\(name)_lines"] = .list(lines.map { .string(String($0)) })
  }
}
