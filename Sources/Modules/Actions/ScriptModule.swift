import Diagnostics
import ModuleKit
import Schema

/// `script`: a script of the controller, run on the host.
struct ScriptModule: ActionModule {
  private let content: Blob
  /// Everything behind the script's name, for a shell to split.
  private let words: String
  private let executable: String?
  private let run: CommandRun

  static let command = Parameter<String>.required(
    "cmd", "The script on the controller, searched in `files/`, and its arguments.",
    aliases: ["_raw_params"], treatment: .controllerScript)
  static let executable = Parameter<String?>.optional(
    "executable",
    "What to run it with, such as `python3` or `/bin/bash -e`. Without it the script's first line (`#!`) says."
  )

  static let manual = Manual(
    "script", .action, "Runs a script of the controller on the host.",
    notes: [
      """
      The script is sent, kept in a file that only the task's user can read, run, and removed. Its arguments are split \
      by the host's `sh`, which expands variables and wildcards in them.
      """
    ] + CommandRun.notes,
    parameters: [
      command.manual, executable.manual, CommandRun.folder.manual, Guards.creates.manual,
      Guards.removes.manual, Guards.unless.manual, Guards.onlyIf.manual, CommandRun.touches.manual,
    ], freeForm: "cmd", results: CommandRun.bareResults,
    examples: [
      """
      - name: the vendor's installer
        script: install.sh --prefix /opt/vendor
        args:
          creates: /opt/vendor/bin/agent
      """,
      """
      - name: a report by Python
        script:
          cmd: report.py --format 'one line'
          executable: python3
        register: report
        changed_when: false
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    let text = try arguments[Self.command]
    guard let argument = arguments.argument(Self.command.manual),
      case .file(let blob, _) = argument.content
    else {
      throw Diagnostic(
        .error, "file-not-read", "there is no script `\(text)` on the controller",
        at: arguments.span(of: Self.command.manual), help: "`script` runs a file, not a folder")
    }
    let isSecret = blob.isSecret || argument.isSecret
    content = Blob(bytes: blob.bytes, sha256: blob.sha256, isSecret: isSecret)
    words = ScriptModule.afterFirstWord(text)
    executable = try arguments[Self.executable]
    if let executable, shellWords(executable)?.isEmpty ?? true {
      throw Diagnostic(
        .error, "empty-command", "`executable` names no program",
        at: arguments.span(of: Self.executable.manual))
    }
    run = try CommandRun(arguments, command: .string(text), isBare: true)
  }

  private static func afterFirstWord(_ text: String) -> String {
    var quote: Character?
    var rest = text.drop(while: \.isWhitespace)
    while let character = rest.first, quote != nil || !character.isWhitespace {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
      }
      rest = rest.dropFirst()
    }
    return String(rest.drop(while: \.isWhitespace))
  }

  func reads(given facts: FactView) -> [FactRequest] { run.guards.reads }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let script: Script = """
      new_temp /tmp/script || exit
      cat >"$temp" && chmod 700 "$temp" || exit
      eval "set -- "\(words)
      native \(words: interpreter) "$temp" "$@" </dev/null
      """
    switch try run.decision(from: facts, running: script) {
    case .skip(let reason, _):
      return .skip(reason: reason, result: ["skipped": .bool(true), "msg": .string(reason)])
    case .run(var plan):
      plan.change.steps = plan.change.steps.map { step in
        var step = step
        step.input = content
        return step
      }
      return .run(plan)
    }
  }

  func result(from replies: [StepReply]) -> ActionResult { run.result(from: replies) }

  /// What runs the script; a folder for temporary files from which nothing can be executed is then no obstacle.
  private var interpreter: [String] {
    if let executable { return shellWords(executable) ?? [] }
    let first = content.bytes.prefix { $0 != UInt8(ascii: "\n") }
    guard first.starts(with: Array("#!".utf8)) else {
      return first.starts(with: [0x7F] + Array("ELF".utf8)) ? [] : ["/bin/sh"]
    }
    let words = String(decoding: first.dropFirst(2), as: UTF8.self).trimmed
    guard let (program, argument) = words.halves(at: " ") else { return [String(words)] }
    return [String(program), String(argument.trimmed)]
  }
}
