import Diagnostics
import ModuleKit
import Schema

/// What `command` and `shell` have in common: a command that is run, unless a guard says there is nothing to do.
struct CommandRun: Sendable {
  let guards: Guards
  private let folder: HostPath?
  private let input: Blob?
  private let touches: [HostPath]?
  private let stripsEnds: Bool
  /// Whether a secret is in any argument: then neither command nor output is shown.
  private let isSecret: Bool
  /// The command as it is shown and registered.
  private let command: Value
  /// Whether the result says nothing of the command itself, neither its words nor when it ran: so it is of `raw` and
  /// `script` in Ansible.
  private let isBare: Bool

  static let folder = Parameter<HostPath?>.optional(
    "chdir", "The folder to run in. Without it the account's home.")
  static let input = Parameter<Text?>.optional(
    "stdin", "What the command reads from standard input. Without it there is none.")
  static let addsNewline = Parameter<Bool>.optional(
    "stdin_add_newline", "Ends `stdin` with a newline.", default: true, shown: "true")
  static let stripsEnds = Parameter<Bool>.optional(
    "strip_empty_ends", "Drops empty lines at the end of `stdout` and `stderr`.", default: true,
    shown: "true")
  static let touches = Parameter<[HostPath]?>.optional(
    "touches",
    """
    All paths that the command may write, each with what is below it. With it, what is known of everything else stays \
    known, and other tasks can share a message with this one. An empty list says that nothing is written.
    """)
  static let parameters =
    [folder.manual] + Guards.parameters + [
      input.manual, addsNewline.manual, stripsEnds.manual, touches.manual,
    ]

  /// What `raw` and `script` register.
  static let bareResults: [Manual.Result] = [
    .init("rc", "its status"), .init("stdout", "what it printed"),
    .init("stdout_lines", "the same as a list"), .init("stderr", "its complaints"),
    .init("stderr_lines", "the same as a list"),
    .init("msg", "why it was not run, or that it failed"),
  ]
  static let results =
    [.init("cmd", "the command")] + bareResults + [
      Manual.Result(
        "start", "when it began, by the host's clock and in its time zone; null without a run"
      ),
      .init("end", "when it ended"),
      .init(
        "delta",
        "how long it took (`0:00:01.250000`), in hundredths of a second where the host's sh is not bash"
      ),
    ]

  static let notes = [
    """
    A command runs every time, and a dry run cannot say what it does: it is shown as `opaque`. With `creates`, \
    `removes`, `unless` or `onlyif` a dry run knows whether it would run.
    """,
    """
    It runs with the environment, umask and search path of the account, not with those of a login shell. Standard input \
    is empty unless `stdin` is given.
    """,
  ]

  init(_ arguments: Arguments, command: Value, isBare: Bool = false) throws(Diagnostic) {
    self.isBare = isBare
    folder = try arguments[Self.folder]
    guards = try Guards(arguments, folder: folder)
    touches = try arguments[Self.touches]
    stripsEnds = try arguments[Self.stripsEnds]
    isSecret = arguments.given.values.contains(where: \.isSecret)
    self.command = command
    input = try arguments[Self.input].map { text throws(Diagnostic) in
      let ending = try arguments[Self.addsNewline] ? "\n" : ""
      return Blob(Text(text.string + ending, marks: text.marks))
    }
  }

  // MARK: - Deciding

  /// What to do: nothing, or the script, which need not set its folder.
  func decision(from facts: FactView, running script: Script) throws(Obstacle) -> ActionDecision {
    if let reason = try guards.reason(facts) {
      var result: ValueMap = [
        "cmd": command, "rc": .int(0), "stdout": .string(reason), "stderr": .string(""),
        "stdout_lines": .list([.string(reason)]), "stderr_lines": .list([]),
        "msg": .string(reason),
      ]
      result.set(nil as CommandTimes?)
      return .skip(reason: reason, result: result)
    }
    let place: Script =
      folder.map { "cd -- \($0.string) || exit" } ?? "cd \"${HOME:-/}\" 2>/dev/null || cd /"
    let step = Step(
      isSecret ? "run a command with a secret" : "run \(shown)", place + script, input: input,
      footprint: footprint, accepts: nil, isSecret: isSecret)
    let change = Change(
      isSecret ? "command" : shown, "run", from: .absent, to: .text("done"), steps: [step],
      predicts: guards.predictions)
    return .run(ActionPlan(change, isOpaque: !guards.areGiven))
  }

  private var footprint: Footprint {
    guard let touches else { return .any }
    return Footprint(Set(touches.map { .tree($0.string) }))
  }

  /// The command's first line, cut where it is long.
  private var shown: String {
    let text =
      command.list?.compactMap { $0.string.map(Script.quoted) }.joined(separator: " ")
      ?? command.string ?? ""
    let line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? text
    return line.count > 80 || line != text ? line.prefix(79) + "…" : line
  }

  // MARK: - Result

  func result(from replies: [StepReply]) -> ActionResult {
    guard let reply = replies.last else {
      return ActionResult([:], changed: false, failure: "it was not run")
    }
    let (complaints, times) = CommandTimes.taken(from: reply.errors)
    let output = text(reply.output)
    let errors = text(complaints)
    var result: ValueMap = [
      "rc": .int(Int(reply.status)), "stdout": output, "stderr": errors,
      "stdout_lines": lines(output), "stderr_lines": lines(errors),
    ]
    if !isBare {
      result["cmd"] = command
      result["msg"] = .string("")
      result.set(times)
    }
    guard reply.status != 0 else { return ActionResult(result, changed: true) }
    result["msg"] = .string("non-zero return code")
    return ActionResult(result, changed: true, failure: failure(reply.status))
  }

  /// The result of a program that could not be run.
  func result(of error: ProgramError, program: String) -> ActionResult {
    let empty = Value.string("")
    let result: ValueMap = [
      "cmd": command, "rc": .int(error.number), "stdout": empty, "stderr": empty,
      "stdout_lines": .list([]), "stderr_lines": .list([]),
      "msg": .string("Error executing command."),
    ]
    let name = isSecret ? "the program" : "`\(program)`"
    return ActionResult(
      result, changed: false,
      failure: error.number == 2
        ? "\(name) was not found on the host" : "\(name) may not be executed by this account")
  }

  private func failure(_ status: Int32) -> String {
    switch status {
    case 127: "the command was not found (status 127)"
    case 126: "the command could not be executed (status 126)"
    case 129...: "the command was ended by signal \(status - 128)"
    default: "the command ended with status \(status)"
    }
  }

  private func text(_ bytes: [UInt8]) -> Value {
    var text = String(decoding: bytes, as: UTF8.self)[...]
    if stripsEnds {
      while let last = text.unicodeScalars.last, last == "\n" || last == "\r" {
        text.unicodeScalars.removeLast()
      }
    }
    return Value.string(String(text)).marked(isSecret ? .secret : [])
  }

  private func lines(_ value: Value) -> Value {
    guard let text = value.string, !text.isEmpty else { return .list([]) }
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String(String.UnicodeScalarView($0)) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return Value.list(lines.map(Value.string)).marked(isSecret ? .secret : [])
  }

  /// Whether source has to travel on a pipe: secrets may not stand in an argument vector, and an argument of Linux
  /// holds less than 128 KiB (`MAX_ARG_STRLEN`, execve(2)).
  func needsPipe(_ source: String) -> Bool { isSecret || source.utf8.count > 100_000 }
}
