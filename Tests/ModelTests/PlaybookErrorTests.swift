import Testing

@testable import Model

/// A play with some lines of tasks; the first task stands on line 3.
private func tasks(_ lines: String) -> String { "- hosts: all\n  tasks:\n" + lines }

@Suite struct PlaybookErrorTests {
  @Test(arguments: [
    ("", "1:1 empty-file: this playbook is empty"),
    ("hello\n", "1:1 wrong-type: a playbook is a list of plays, found text"),
    ("hosts: all\n", "1:1 wrong-type: a playbook is a list of plays, found a mapping"),
    ("- hi\n", "1:3 wrong-type: a play is a mapping, found text"),
    ("- tasks: []\n", "1:3 missing-hosts: this play names no hosts"),
    (
      "- hosts: all\n  task: []\n",
      "2:3 unknown-key: unknown play keyword `task` (did you mean `tasks`?)"
    ),
    ("- hosts: all\n  when: x\n", "2:3 misplaced-key: `when` stands on tasks, not on plays"),
    (
      "- hosts: all\n  debug: x\n",
      "2:3 misplaced-key: the module `debug` is used in a task, not in a play"
    ),
    ("- hosts: all\n  tasks: {}\n", "2:10 wrong-type: tasks are a list, found a mapping"),
    (
      "- hosts: all\n  vars_prompt: [{name: x, promt: y}]\n",
      "2:27 unknown-key: unknown `vars_prompt` keyword `promt` (did you mean `prompt`?)"
    ),
    (
      "- hosts: all\n  serial: many\n",
      "2:11 keyword-type: `serial` must be a number of hosts or a percentage, not `many`"
    ),
    (
      tasks("    - rolling: {max_unavailable: 0}\n      block: [{debug: }]\n"),
      "3:34 keyword-type: `max_unavailable` must be at least 1, not 0"
    ),
    (
      tasks("    - rolling: {ordr: 1}\n      block: [{debug: }]\n"),
      "3:17 unknown-key: unknown `rolling` keyword `ordr` (did you mean `order`?)"
    ),
    (
      tasks("    - rolling: {}\n      block: [{debug: , run_once: true}]\n"),
      "4:25 rolling-waits: `run_once` makes hosts wait for each other, and here they take turns"
    ),
    (
      tasks("    - rolling: {}\n      block: [{debug: , notify: x}]\n"),
      "4:25 rolling-handler: a handler runs after the block, when the host's turn is over"
    ),
    (
      "- hosts: all\n  strategy: fre\n",
      "2:13 argument-choice: `strategy` must be one of `linear`, `free`, `host_pinned`, not `fre` (did you mean `free`?)"
    ),
    (
      "- hosts: all\n  gather_facts: maybe\n",
      "2:17 argument-type: `gather_facts` must be a boolean, not `maybe`"
    ),
    (
      "- hosts: all\n  vars: {a-b: 1}\n",
      "2:10 variable-name: `a-b` cannot be the name of a variable"
    ),
    (
      "- hosts: \"~(\"\n",
      "1:10 host-pattern: `~(` is not a regular expression: pattern: missing ), unterminated subpattern at position 0"
    ),
    ("- hosts: \"a:!\"\n", "1:10 host-pattern: `!` names no host or group"),
    (
      "- hosts: all\n  vars: {a: !vault x}\n",
      "2:13 vault-format: this value is encrypted, and damaged: it does not begin with `$ANSIBLE_VAULT;`"
    ),
    (
      "- hosts: all\n  vars_files: [gone.yml]\n",
      "2:16 file-not-found: the file of variables `gone.yml` does not exist"
    ),
    (
      "- import_playbook: gone.yml\n",
      "1:20 file-not-found: the playbook `gone.yml` cannot be read: No such file or directory"
    ),
    (
      "- import_playbook: site.yml\n",
      "1:20 import-cycle: the playbook imports itself: site.yml -> site.yml"
    ),
  ])
  func `a mistake in a play has its place and its words`(text: String, expected: String) {
    #expect(problems(text) == [expected])
  }

  @Test(arguments: [
    (
      "    - debug: msg=hi\n      wen: true\n",
      "4:7 unknown-key: unknown task keyword `wen` (did you mean `when`?)"
    ),
    ("    - copi: {}\n", "3:7 unknown-module: there is no module `copi` (did you mean `copy`?)"),
    ("    - name: x\n", "3:7 no-module: this task has no module"),
    (
      "    - debug: msg=hi\n      command: ls\n",
      "4:7 several-modules: a task has one module, and this one has `debug` and `command`"
    ),
    (
      "    - debug: {msg: {{ foo }}}\n",
      "3:20 unquoted-template: a value that begins with `{{` must be quoted"
    ),
    (
      "    - debug:\n        msg: {{ foo }}\n",
      "4:14 unquoted-template: a value that begins with `{{` must be quoted"
    ),
    (
      "    - debug: msg=hi\n      when: \"{{ a }}\"\n",
      "4:13 warning condition-braces: `when` is an expression already"
    ),
    (
      "    - debug: msg=hi\n      when: \"{{ a }} == 1\"\n",
      "4:13 condition-braces: `when` is an expression, and `{{ }}` cannot be in it"
    ),
    (
      "    - debug: msg=hi\n      when: 1\n",
      "4:13 condition-not-boolean: `when` must give true or false, and this is a number"
    ),
    (
      "    - debug: msg=hi\n      register: a b\n",
      "4:17 variable-name: `a b` cannot be the name of a variable"
    ),
    (
      "    - debug: msg=hi\n      loop: packages\n",
      "4:13 loop-literal: `loop` must be a list, not the text `packages`"
    ),
    (
      "    - debug: msg=hi\n      loop: [1]\n      with_items: [1]\n",
      "5:7 several-loops: a task has one loop, and this one has 2"
    ),
    (
      "    - debug: msg=hi\n      with_rows: x\n",
      "4:7 unsupported-loop: `with_rows` is not supported (did you mean `with_vars`?)"
    ),
    (
      "    - debug: msg=hi\n      loop_control: {loop_vra: x}\n      loop: []\n",
      "4:22 unknown-key: unknown `loop_control` keyword `loop_vra` (did you mean `loop_var`?)"
    ),
    (
      "    - debug: msg=hi\n      retries: often\n",
      "4:16 argument-type: `retries` must be an integer, not `often`"
    ),
    (
      "    - debug: msg=hi\n      become: sure\n",
      "4:15 argument-type: `become` must be a boolean, not `sure`"
    ),
    (
      "    - debug: msg=hi\n      async: 5\n      poll: 0\n",
      "4:7 not-supported: `debug` cannot be left to itself with `poll: 0`"
    ),
    ("    - debug: [1]\n", "3:14 wrong-type: the arguments of `debug` are a mapping, found a list"),
    ("    - debug: hello\n", "3:14 free-text: module `debug` takes no free text"),
    (
      "    - command: echo 'a\n",
      "3:16 unbalanced-quotes: a quote or a template is not closed in the arguments of `command`"
    ),
    ("    - action: nope\n", "3:15 unknown-module: there is no module `nope`"),
    ("    - rescue: []\n", "3:7 block-missing: `rescue` belongs to a `block`, and there is none"),
    ("    - block: []\n      loop: [1]\n", "4:7 block-loop: a block cannot be repeated"),
    (
      "    - block: []\n      debug: msg=x\n",
      "4:7 several-modules: a block has no module of its own, and this one names `debug`"
    ),
    (
      "    - block: []\n      resuce: []\n",
      "4:7 unknown-key: unknown block keyword `resuce` (did you mean `rescue`?)"
    ),
    (
      "    - import_tasks: gone.yml\n",
      "3:21 file-not-found: the file of tasks `gone.yml` does not exist"
    ),
    (
      "    - import_tasks: \"{{ x }}\"\n",
      "3:21 import-computed: the file of `import_tasks` must be known before the run"
    ),
    (
      "    - import_tasks: x.yml\n      loop: [1]\n",
      "4:7 import-loop: `import_tasks` cannot be repeated"
    ),
    (
      "    - include_tasks: \"{{ x }}\"\n      become: true\n",
      "4:7 unknown-key: `become` has no meaning on `include_tasks`"
    ),
    (
      "    - import_playbook: x.yml\n",
      "3:7 misplaced-import: `import_playbook` stands between plays, not among tasks"
    ),
    (
      "    - debug: msg=hi\n      needs: {a: some}\n",
      "4:14 wrong-type: `needs` is a list of ids, found a mapping"
    ),
    (
      "    - debug: msg=hi\n      needs: [{a: some}]\n",
      "4:19 need-reach: what is needed of `a` must be `all`"
    ),
    ("    - debug: msg=hi\n      id: 1a\n", "4:11 invalid-id: `1a` cannot be an id"),
  ])
  func `a mistake in a task has its place and its words`(lines: String, expected: String) {
    #expect(problems(tasks(lines)).first == expected)
  }

  @Test func `all mistakes are reported, not only the first`() {
    let found = problems(
      """
      - hosts: all
        become: sure
        tasks:
          - debug: msg=hi
            wen: true
          - copi: {}
          - block:
              - name: nothing
            rescue:
              - debug: msg=hi
                register: "1"
      - hosts: all
        taks: []
      """)
    #expect(
      found == [
        "2:11 argument-type: `become` must be a boolean, not `sure`",
        "5:7 unknown-key: unknown task keyword `wen` (did you mean `when`?)",
        "6:7 unknown-module: there is no module `copi` (did you mean `copy`?)",
        "8:11 no-module: this task has no module",
        "11:21 variable-name: `1` cannot be the name of a variable",
        "13:3 unknown-key: unknown play keyword `taks` (did you mean `tasks`?)",
      ])
  }

  @Test func `mistakes in imported files are placed there`() {
    let found = problems(
      tasks("    - import_tasks: more/a.yml\n"),
      ["more/a.yml": "- import_tasks: b.yml\n", "more/b.yml": "- debg: msg=x\n"])
    #expect(
      found == ["more/b.yml:1:3 unknown-module: there is no module `debg` (did you mean `debug`?)"])
  }

  @Test func `a file of tasks that imports itself is reported with the way`() {
    let found = problems(
      tasks("    - import_tasks: a.yml\n"),
      ["a.yml": "- import_tasks: b.yml\n", "b.yml": "- import_tasks: a.yml\n"])
    #expect(found == ["b.yml:1:17 import-cycle: the file imports itself: a.yml -> b.yml -> a.yml"])
  }

  @Test(arguments: [
    ("- {hosts: a, id: x}\n- {hosts: b, id: x}\n", "2:18 duplicate-id: the id `x` is used twice"),
    (
      "- {hosts: a, id: base}\n- {hosts: b, needs: [bas]}\n",
      "2:22 unknown-need: no play has the id `bas` (did you mean `base`?)"
    ),
    ("- {hosts: a, id: x, needs: [x]}\n", "1:29 self-need: `x` cannot need itself"),
    (
      "- hosts: a\n  tasks:\n    - {debug: {}, id: one}\n    - {debug: {}, needs: [{two: all}]}\n",
      "4:28 unknown-need: no task has the id `two`"
    ),
  ])
  func `ids and needs are checked across the playbook`(text: String, expected: String) {
    #expect(problems(text) == [expected])
  }
}
