import Diagnostics
import ModuleKit
import Schema

/// `raw`: source for the host's shell, exactly as given.
struct RawModule: ActionModule {
  private let source: String
  private let shell: String
  private let run: CommandRun

  static let command = Parameter<String>.required(
    "cmd", "Source for the shell, taken as it is.", aliases: ["_raw_params"], isSubject: true)

  static let manual = Manual(
    "raw", .action, "Runs source in a shell, exactly as given.",
    notes: [
      "It runs every time, in the home of the account, and a dry run shows it as `opaque`.",
      "Hosts need nothing but a shell for every module, so `shell`, which has guards, does all that this one does.",
    ],
    parameters: [command.manual, ShellModule.executable.manual], freeForm: "cmd",
    results: CommandRun.bareResults,
    examples: [
      """
      - name: what a switch says about itself
        raw: show version
        changed_when: false
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    source = try arguments[Self.command]
    shell = try arguments[ShellModule.executable]?.string ?? "/bin/sh"
    run = try CommandRun(arguments, command: .string(source), isBare: true)
    guard source.contains(where: { !$0.isWhitespace }) else {
      throw Diagnostic(.error, "empty-command", "there is no command to run", at: arguments.span)
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let script: Script =
      run.needsPipe(source)
      ? "run_text \(shell) \(source)" : "native exec \(shell) -c \(source)"
    return try run.decision(from: facts, running: script)
  }

  func result(from replies: [StepReply]) -> ActionResult { run.result(from: replies) }
}
