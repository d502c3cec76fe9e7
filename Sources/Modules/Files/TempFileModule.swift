import Diagnostics
import ModuleKit
import Schema

/// `tempfile`: a new file or folder with a name nobody can guess.
struct TempFileModule: ActionModule {
  enum State: String, ParameterChoice { case directory, file }

  private let folder: HostPath
  private let prefix: String
  private let suffix: String
  private let state: State

  static let folder = Parameter<HostPath>.optional(
    "path", "The folder to make it in.", default: HostPath("/tmp") ?? .root, shown: "/tmp",
    isSubject: true)
  static let prefix = Parameter<String>.optional(
    "prefix", "What its name begins with.", default: "ansible.", shown: "ansible.")
  static let suffix = Parameter<String>.optional(
    "suffix", "What its name ends with.", default: "", shown: "\"\"")
  static let state = Parameter<State>.optional(
    "state", "Whether a file or a folder is made.", default: .file, shown: "file")

  static let manual = Manual(
    "tempfile", .action, "Makes a file or folder with a name of its own.",
    notes: [
      """
      Every run makes another one, for its owner only, and nobody removes it: `file` with `state: absent` does. A dry \
      run cannot tell its name.
      """
    ],
    parameters: [folder.manual, state.manual, prefix.manual, suffix.manual],
    results: [
      .init("path", "what was made"), .init("state", "`file` or `directory`"),
      .init("mode", "permission bits as four octal digits"), .init("owner", "the owner's name"),
      .init("group", "the group's name"), .init("uid", "the owner's number"),
      .init("gid", "the group's number"), .init("size", "bytes"),
    ],
    examples: [
      """
      - name: a folder to build in
        tempfile:
          state: directory
          suffix: build
        register: build
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    folder = try arguments[Self.folder]
    prefix = try arguments[Self.prefix]
    suffix = try arguments[Self.suffix]
    state = try arguments[Self.state]
    for (text, parameter) in [(prefix, Self.prefix), (suffix, Self.suffix)]
    where text.contains(where: { $0 == "/" || $0 == "\n" || $0 == "\0" }) {
      throw Diagnostic(
        .error, "file-name", "`\(parameter.manual.name)` is part of a name: it may hold no `/`",
        at: arguments.span(of: parameter.manual), help: "`path` names the folder")
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let start = folder.appending(prefix + "X").string.dropLast()
    let make: Script = state == .directory ? "mkdir -- \"$1\"" : "(set -C; : >\"$1\")"
    let script: Script = """
      make() { \(make); }
      tries=0
      while [ "$tries" -lt 20 ]; do
        tries=$((tries + 1))
        random=$(mktemp -u XXXXXXXXXX) || exit
        set -- \(String(start))"${random##*/}"\(suffix)
        if make "$1" 2>/dev/null; then
          stat -c '%f|%u|%U|%g|%G|%s|%d|%i|%h|%X|%x|%Y|%y|%Z|%z' -- "$1"
          printf '%s\\n' "$1"
          exit 0
        fi
      done
      make "$1"
      exit 1
      """
    let step = Step(
      "make a temporary \(state.rawValue) in \(folder)", script, footprint: .tree(folder.string))
    let change = Change(
      folder.string, "temporary \(state.rawValue)", .create, from: .absent, to: .text("made"),
      steps: [step])
    return .run(ActionPlan(change, isOpaque: true))
  }

  func result(from replies: [StepReply]) -> ActionResult {
    let lines = (replies.last?.text ?? "").split(separator: "\n", maxSplits: 1)
    guard lines.count == 2,
      let file = FileFact(fields: Array(lines[0].utf8)[...].pieces(at: UInt8(ascii: "|")))
    else {
      return ActionResult([:], changed: false, failure: "nothing was made")
    }
    var result: ValueMap = ["path": .string(String(lines[1].dropLast()))]
    result.add(file)
    return ActionResult(result, changed: true)
  }
}
