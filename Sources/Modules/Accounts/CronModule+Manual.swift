import ModuleKit
import Schema

extension CronModule {
  static let name = Parameter<String>.required(
    "name", "What the entry is called, in a comment before it; with `env` the variable's name.",
    isSubject: true)
  static let job = Parameter<String?>.optional(
    "job", "The command, or with `env` the variable's value; needed unless it is removed.",
    aliases: ["value"])
  static let state = Parameter<State>.optional(
    "state", "Whether the entry is there.", default: .present, shown: "present")
  static let user = Parameter<String?>.optional(
    "user",
    "Whose crontab it is; in a `cron_file` whom the command runs as. The task's user where not given."
  )
  static let file = Parameter<String?>.optional(
    "cron_file", "A file below `/etc/cron.d`, or an absolute path, instead of a user's crontab.")
  static let special = Parameter<Special?>.optional(
    "special_time", "A word instead of five fields.")
  static let disabled = Parameter<Bool>.optional(
    "disabled", "Comments the entry out.", default: false, shown: "false")
  static let isVariable = Parameter<Bool>.optional(
    "env", "Manages a variable of the crontab instead of an entry.", default: false,
    shown: "false")
  static let after = Parameter<String?>.optional(
    "insertafter", "With `env`: the variable after which a new one goes.")
  static let before = Parameter<String?>.optional(
    "insertbefore",
    "With `env`: the variable before which a new one goes; at the top where not given.")
  static let backup = Parameter<Bool>.optional(
    "backup", "Keeps a copy of a `cron_file` before it is changed.", default: false, shown: "false")

  /// The five fields of crontab(5), in their order.
  static let fields: [Parameter<String>] = [
    .optional("minute", "0-59, `*`, `*/5`, ...", default: "*", shown: "*"),
    .optional("hour", "0-23, `*`, ...", default: "*", shown: "*"),
    .optional("day", "1-31, `*`, ...", default: "*", shown: "*", aliases: ["dom"]),
    .optional("month", "1-12, `*`, ...", default: "*", shown: "*"),
    .optional("weekday", "0-6 from Sunday, `*`, ...", default: "*", shown: "*", aliases: ["dow"]),
  ]

  static let manual = Manual(
    "cron", .state, "An entry of a crontab.",
    notes: [
      "Entries are found by the comment `#Ansible: NAME` before them, so that entries made by Ansible are known here, and the other way round.",
      "A user's crontab is read and written with crontab(1), as root for other users. Where a user has no crontab left, an empty one stays.",
      "In a `cron_file` the entry has a user; the file is removed with its last line. `/etc/crontab` is refused.",
    ],
    parameters: [name.manual, job.manual, state.manual] + fields.map(\.manual) + [
      special.manual, user.manual, file.manual, disabled.manual, isVariable.manual, after.manual,
      before.manual, backup.manual,
    ],
    exclusive: [["insertafter", "insertbefore"]],
    results: [
      .init("jobs", "names of all entries"), .init("envs", "names of all variables"),
      .init("cron_file", "as given"),
    ],
    examples: [
      """
      - name: a snapshot of etcd every night
        cron:
          name: etcd snapshot
          minute: "30"
          hour: "2"
          job: /usr/local/bin/etcd-snapshot
          user: root
          cron_file: etcd-snapshot
      """,
      """
      - name: mail goes to the operators
        cron:
          name: MAILTO
          env: true
          job: ops@example.org
      """,
    ])
}
