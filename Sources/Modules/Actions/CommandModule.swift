import Diagnostics
import ModuleKit
import Schema

/// `command`: a program with its arguments, without a shell.
struct CommandModule: ActionModule {
  private let words: [String]
  private let isExpanded: Bool
  private let run: CommandRun

  static let command = Parameter<String?>.optional(
    "cmd",
    "The program and its arguments in one text; quotes and backslashes count as in a shell.",
    aliases: ["_raw_params"], isSubject: true)
  static let words = Parameter<[Value]?>.optional(
    "argv", "The program and its arguments as a list.")
  static let expands = Parameter<Bool>.optional(
    "expand_argument_vars",
    "Puts the host's environment into arguments: `$NAME`, `${NAME}`, and `~` at the beginning, whatever the quotes.",
    default: true, shown: "true")

  static let manual = Manual(
    "command", .action, "Runs a program without a shell.",
    notes: CommandRun.notes + [
      "A program that is not there has the status 2, one that may not be executed 13, as in Ansible.",
      """
      There are no pipes or wildcards here: that is what `shell` is for. Arguments can be seen by every user \
      of the host while the program runs: hand secrets over with `stdin`.
      """,
    ],
    parameters: [command.manual, words.manual, expands.manual] + CommandRun.parameters,
    freeForm: "cmd",
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
          at: arguments.span(of: Self.command.manual), help: "`argv` needs no quotes")
      }
      self.words = words
    } else {
      let elements = arguments.argument(Self.words.manual)?.elements ?? []
      words = try elements.map { element throws(Diagnostic) in try String(element) }
    }
    guard !words.isEmpty else {
      throw Diagnostic(.error, "empty-command", "there is no command to run", at: arguments.span)
    }
    isExpanded = try arguments[Self.expands]
    run = try CommandRun(arguments, command: .list(words.map(Value.string)))
  }

  func reads(given facts: FactView) -> [FactRequest] { run.guards.reads }

  /// Looks for the program first, so that one that is not there can be told from one that ends with the status 127.
  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let words = self.words.map { word -> Script in
      isExpanded && ExpandedWord.isNeeded(for: word) ? ExpandedWord(word).script : "\(word)"
    }
    let line = words.reduce("set --" as Script) { "\($0) \($1)" }
    let script: Script = """
      \(line)
      missing=2
      case $1 in
      */*) [ ! -e "$1" ] || missing=13; [ ! -f "$1" ] || [ ! -x "$1" ] || missing= ;;
      *)
        rest=$spile_native_path:
        while [ -n "$missing" ] && [ -n "$rest" ]; do
          place=${rest%%:*}/$1
          rest=${rest#*:}
          if [ -f "$place" ]; then if [ -x "$place" ]; then missing=; else missing=13; fi; fi
        done ;;
      esac
      if [ -n "$missing" ]; then printf '\(ProgramError.sign) %s' "$missing" >&2; exit 127; fi
      \(CommandTimes.measuring("native exec \"$@\""))
      """
    return try run.decision(from: facts, running: script)
  }

  func result(from replies: [StepReply]) -> ActionResult {
    if let error = replies.last.flatMap(ProgramError.init) {
      return run.result(of: error, program: words[0])
    }
    return run.result(from: replies)
  }
}

/// Why a program was not run: a number of errno(3), by the sign that the script prints for it.
struct ProgramError {
  /// 2 (ENOENT) or 13 (EACCES).
  let number: Int

  static let sign: Script = "spile: no program:"

  init?(_ reply: StepReply) {
    let sign = ProgramError.sign.source + " "
    guard reply.status == 127, reply.errorText.hasPrefix(sign),
      let number = Int(reply.errorText.dropFirst(sign.count).trimmed)
    else { return nil }
    self.number = number
  }
}
