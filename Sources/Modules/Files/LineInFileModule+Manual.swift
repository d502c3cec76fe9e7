import Schema

extension LineInFileModule {
  static let state = Parameter<State>.optional(
    "state", "Whether the line must be there or not.", default: .present, shown: "present")
  static let line = Parameter<String?>.optional(
    "line", "The line, without a newline. Needed unless a line is removed by `regexp`.",
    aliases: ["value"])
  static let pattern = Parameter<PatternText?>.optional(
    "regexp",
    """
    A regular expression that finds the line to replace, or with `absent` all lines to remove. Of several the last is \
    replaced.
    """, aliases: ["regex"])
  static let needle = Parameter<String?>.optional(
    "search_string", "A text that finds the line, taken as it is; instead of `regexp`.")
  static let usesGroups = Parameter<Bool>.optional(
    "backrefs",
    """
    Lets `line` refer to groups of `regexp`, as `\\1` or `\\g<name>`. When the pattern finds nothing, the file is left \
    alone.
    """, default: false, shown: "false")
  static let takesFirst = Parameter<Bool>.optional(
    "firstmatch", "Takes the first line that a pattern finds instead of the last.", default: false,
    shown: "false")

  static let manual = Manual(
    "lineinfile", .state, "One line of a file.",
    notes: [
      """
      Patterns have the syntax of Python's `re` and are tried on each line by itself. A line that is there already, \
      exactly as wished, is never added again.
      """,
      "Where a whole file is yours, `template` or `copy` say more clearly what is in it.",
    ],
    parameters: [
      FileEdit.path.manual, line.manual, pattern.manual, needle.manual, state.manual,
      LinePlace.after.manual, LinePlace.before.manual, takesFirst.manual, usesGroups.manual,
      FileEdit.creates.manual,
    ] + FileEdit.parameters,
    exclusive: [
      ["insertbefore", "insertafter"], ["regexp", "search_string"], ["backrefs", "search_string"],
    ],
    results: FileEdit.results + [
      .init("backup", "the same as `backup_file`, or empty"),
      .init("found", "how many lines were taken away, with `state: absent`"),
    ],
    examples: [
      """
      - name: no root login by password
        lineinfile:
          path: /etc/ssh/sshd_config
          regexp: '^#?\\s*PermitRootLogin\\s'
          line: PermitRootLogin prohibit-password
          validate: /usr/sbin/sshd -t -f %s
      """,
      """
      - name: a longer timeout, whatever else the line says
        lineinfile:
          path: /etc/default/app
          regexp: '^(OPTIONS=.*)--timeout=\\d+(.*)$'
          line: '\\1--timeout=60\\2'
          backrefs: true
      """,
      """
      - name: nothing about the old registry
        lineinfile:
          path: /etc/hosts
          search_string: registry.old.example
          state: absent
      """,
    ])
}
