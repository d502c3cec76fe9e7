/// The words that may stand on plays, blocks and tasks.
enum KeywordTable {
  /// On plays, blocks and tasks alike.
  static let common: Set<String> = [
    "name", "id", "needs", "tags", "vars", "become", "become_user", "become_method",
    "become_flags", "become_exe", "environment", "connection", "remote_user", "port", "timeout",
    "ignore_errors", "ignore_unreachable", "any_errors_fatal", "no_log", "check_mode", "diff",
    "run_once", "throttle", "module_defaults", "collections", "debugger",
  ]

  static let play: Set<String> = common.union([
    "hosts", "gather_facts", "gather_subset", "gather_timeout", "fact_path", "serial", "order",
    "strategy", "max_fail_percentage", "force_handlers", "vars_files", "vars_prompt", "tasks",
    "pre_tasks", "post_tasks", "handlers", "roles",
  ])

  /// On blocks and tasks.
  static let conditional: Set<String> = common.union([
    "when", "delegate_to", "delegate_facts", "notify",
  ])

  static let block: Set<String> = conditional.union(["block", "rescue", "always", "rolling"])

  static let task: Set<String> = conditional.union([
    "action", "local_action", "args", "async", "poll", "changed_when", "failed_when", "until",
    "retries", "delay", "loop", "loop_control", "register", "listen", "touches",
  ])

  /// On an entry of the list of plays that imports others.
  static let importPlaybook: Set<String> = common.union([
    "import_playbook", "ansible.builtin.import_playbook", "when",
  ])

  /// On `import_tasks` and `import_role`: the tasks inherit it all.
  static let importTasks: Set<String> = conditional.union(["args", "loop", "loop_control"])

  /// On `include_tasks` and `include_role`: for the inclusion itself, but `vars` and `apply`.
  static let includeTasks: Set<String> = [
    "name", "id", "needs", "tags", "vars", "when", "args", "apply", "loop", "loop_control",
    "register", "ignore_errors", "no_log", "run_once", "timeout", "collections", "debugger",
  ]

  /// On an entry of `roles`; other keys are parameters of the role.
  static let role: Set<String> = conditional.union(["role"])

  static let loopControl: Set<String> = [
    "loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when",
  ]

  /// The keywords that are loops, beside `loop`.
  static func isLoop(_ word: String) -> Bool { word.hasPrefix("with_") }
}
