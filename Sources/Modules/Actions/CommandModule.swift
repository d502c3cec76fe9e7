import Diagnostics
import ModuleKit
import Schema

/// `command`: a program with its arguments, without a shell.
struct CommandModule: ActionModule {
  private let words: [String]
  private let run: CommandRun

  static let command = Parameter<String?>.optional(
    "cmd",
    "The program and its arguments in one text; quotes and backslashes count as in a shell, nothing else does.",
    aliases: ["_raw_params"], isSubject: true)
  static let words = Parameter<[Value]?>.optional(
    "argv", "The program and its arguments as a list, taken as they are.")

  static let manual = Manual(
    "command", .action, "Runs a program without a shell.",
    notes: CommandRun.notes + [
      """
      There are no pipes, variables or wildcards here: that is what `shell` is for. Arguments can be seen by every user \
      of the host while the program runs: hand secrets over with `stdin`.
      """
    ],
    parameters: [command.manual, words.manual] + CommandRun.parameters, freeForm: "cmd",
    exclusive: [["cmd", "argv"]], oneOf: [["cmd", "argv"]], results: CommandRun.results,
    examples: [
      """
      - name: the state of the cluster
        command: kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o name
        register: nodes
        changed_when: false
      """,
      """
      - name: unpack a release once
        command:
          argv: [tar, -xzf, /opt/cache/etcd.tar.gz, --strip-components=1]
          chdir: /opt/etcd
          creates: etcd
          touches: [/opt/etcd]
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    if let text = try arguments[Self.command] {
      guard let words = shellWords(text) else {
        throw Diagnostic(
          .error, "unbalanced-quotes", "the command has a quote that is not closed",
          at: arguments.span(of: Self.command.manual), help: "`argv` takes words as they are")
      }
      self.words = words
    } else {
      let elements = arguments.argument(Self.words.manual)?.elements ?? []
      words = try elements.map { element throws(Diagnostic) in try String(element) }
    }
    guard !words.isEmpty else {
      throw Diagnostic(.error, "empty-command", "there is no command to run", at: arguments.span)
    }
    run = try CommandRun(arguments, command: .list(words.map(Value.string)))
  }

  func reads(given facts: FactView) -> [FactRequest] { run.guards.reads }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    try run.decision(from: facts, running: "native exec \(words: words)")
  }

  func result(from replies: [StepReply]) -> ActionResult { run.result(from: replies) }
}
