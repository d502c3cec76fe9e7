import Diagnostics
import ModuleKit
import Schema

/// `shell`: source that a shell runs.
struct ShellModule: ActionModule {
  private let source: String
  private let shell: String
  private let run: CommandRun

  static let command = Parameter<String>.required(
    "cmd", "Source for the shell; may span lines.", aliases: ["_raw_params"], isSubject: true)
  static let executable = Parameter<HostPath?>.optional(
    "executable", "The shell to use. Without it `/bin/sh`.")

  static let manual = Manual(
    "shell", .action, "Runs source in a shell.",
    notes: CommandRun.notes + [
      "The status is that of the last command: begin with `set -e` where every command must succeed.",
      """
      Source that holds a secret travels on a pipe and is in no argument vector; what the source itself starts can be \
      seen by every user of the host.
      """,
    ],
    parameters: [command.manual, executable.manual] + CommandRun.parameters, freeForm: "cmd",
    results: CommandRun.results,
    examples: [
      """
      - name: keys that expire within 30 days
        shell: |
          set -e
          cd /etc/kubernetes/pki
          for f in *.crt; do openssl x509 -checkend 2592000 -noout -in "$f" || echo "$f"; done
        register: expiring
        changed_when: false
      """,
      """
      - name: the join token, made once
        shell:
          cmd: openssl rand -hex 16 >/etc/kubernetes/token
          creates: /etc/kubernetes/token
          touches: [/etc/kubernetes/token]
      """,
      """
      - name: images of a tarball
        shell:
          cmd: ctr -n k8s.io images import /opt/cache/images.tar
          unless: ctr -n k8s.io images list -q | grep -qx registry.k8s.io/pause:3.10
          executable: /bin/bash
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    source = try arguments[Self.command]
    shell = try arguments[Self.executable]?.string ?? "/bin/sh"
    run = try CommandRun(arguments, command: .string(source))
    guard source.unicodeScalars.contains(where: { !" \t\n".unicodeScalars.contains($0) }) else {
      throw Diagnostic(.error, "empty-command", "there is no command to run", at: arguments.span)
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { run.guards.reads }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let script: Script =
      run.needsPipe(source)
      ? "run_text \(shell) \(source)" : "native exec \(shell) -c \(source)"
    return try run.decision(from: facts, running: CommandTimes.measuring(script))
  }

  func result(from replies: [StepReply]) -> ActionResult { run.result(from: replies) }
}
