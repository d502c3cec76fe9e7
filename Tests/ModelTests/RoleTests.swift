import Diagnostics
import Schema
import Template
import Testing

@testable import Model

@Suite struct RoleTests {
  private let files = [
    "roles/base/tasks/main.yml": "- {debug: , name: base task}\n- import_tasks: more.yml\n",
    "roles/base/tasks/more.yml": "- {debug: , name: more, notify: restart}\n",
    "roles/base/tasks/other.yml": "- {debug: , name: other}\n",
    "roles/base/handlers/main.yml": "- {debug: , name: restart}\n",
    "roles/base/defaults/main.yml": "d: base\nv: default\np: default\n",
    "roles/base/vars/main.yml": "v: vars\n",
    "roles/web/tasks/main.yml": "- {debug: , name: web task, when: inner}\n",
    "roles/web/meta/main.yml": "dependencies: [base, {role: base}]\n",
    "roles/loop/meta/main.yml": "dependencies: [pool]\n",
    "roles/pool/meta/main.yml": "dependencies: [loop]\n",
  ]

  private func play(_ text: String) throws -> Play {
    let (playbook, problems) = load(text, files)
    #expect(problems.map(line) == [])
    return try #require(playbook?.plays.first)
  }

  private func value(_ name: String, _ task: Task) -> Value? {
    task.keywords.scope?.variable(named: name, in: .commandLine ... .loop)?.value
  }

  @Test func `roles run between pre_tasks and tasks, dependencies first and once`() throws {
    let play = try play(
      """
      - hosts: all
        pre_tasks: [{debug: , name: pre}]
        roles: [web, base]
        tasks: [{debug: , name: task}]
      """)
    let titles = play.sections.flatMap { $0.flatMap(\.allTasks) }.map(\.title)
    #expect(titles == ["pre", "base task", "more", "web task", "task"])
    #expect(play.handlers.flatMap(\.allTasks).map(\.title) == ["restart"])
    #expect(play.roles.flatMap(\.allTasks).map(\.role) == ["base", "base", "web"])
  }

  @Test func `a dependency may lie beside the role that needs it`() throws {
    let (playbook, problems) = load(
      "- {hosts: all, roles: [apps/web]}\n",
      [
        "roles/apps/web/meta/main.yml": "dependencies: [pool]\n",
        "roles/apps/pool/tasks/main.yml": "- {debug: , name: pool}\n",
      ])
    #expect(problems.map(line) == [])
    #expect(playbook?.plays.first?.roles.flatMap(\.allTasks).map(\.title) == ["pool"])
  }

  @Test func `keywords and parameters of a role reach its tasks`() throws {
    let play = try play(
      """
      - hosts: all
        roles: [{role: web, when: outer, tags: t, p: given, vars: {x: 1}}]
      """)
    let tasks = play.roles.flatMap(\.allTasks)
    #expect(tasks.last?.keywords.when.map(\.text) == ["outer", "inner"])
    #expect(tasks.first?.keywords.tags == ["t"])
    let first = try #require(tasks.first)
    #expect(value("p", first) == .string("given"))
    #expect(value("x", first) == .int(1))
    #expect(value("v", first) == .string("vars"))
    #expect(value("d", first) == .string("base"))
    #expect(value("role_path", first) == .string("roles/base"))
    #expect(first.folders == ["roles/base", "roles/base/tasks", "."])
  }

  @Test func `the variables of a play's roles are seen by all its tasks, yet weaker than its own`()
    throws
  {
    let play = try play(
      """
      - hosts: all
        vars: {d: play, v: play}
        roles: [base]
        tasks: [{debug: }]
      """)
    let task = try #require(play.tasks.flatMap(\.allTasks).first)
    #expect(value("d", task) == .string("play"))
    #expect(value("v", task) == .string("vars"))
    #expect(value("p", task) == .string("default"))
  }

  @Test func `import_role stands in its place, include_role is an inclusion`() throws {
    let play = try play(
      """
      - hosts: all
        tasks:
          - import_role: {name: base, tasks_from: other}
            when: c
          - include_role: {name: base, apply: {tags: a}}
            when: c
            vars: {p: included}
      """)
    let tasks = play.tasks.flatMap(\.allTasks)
    #expect(tasks.map(\.title) == ["other", "base task", "more"])
    #expect(tasks[0].keywords.when.map(\.text) == ["c"])
    #expect(tasks[1].keywords.when.isEmpty)
    #expect(tasks[1].keywords.tags == ["a"])
    #expect(value("p", tasks[1]) == .string("included"))
    guard case .includeTasks(let include) = play.tasks[1] else {
      Issue.record("no inclusion")
      return
    }
    #expect(include.keywords.when.map(\.text) == ["c"])
    #expect(play.handlers.count == 1)
  }

  @Test(arguments: [
    (
      "- {hosts: a, roles: [bse]}\n",
      "1:22 role-not-found: there is no role `bse` (did you mean `base`?)"
    ),
    ("- {hosts: a, roles: base}\n", "1:21 wrong-type: `roles` is a list, found text"),
    ("- {hosts: a, roles: [{when: x}]}\n", "1:22 wrong-type: an entry of `roles` names a role"),
    (
      "- {hosts: a, roles: [\"{{ x }}\"]}\n",
      "1:22 role-computed: the name of a role must be known before the run"
    ),
    (
      "- {hosts: a, roles: [loop]}\n",
      "roles/pool/meta/main.yml:1:16 role-cycle: the role depends on itself: loop -> pool -> loop"
    ),
    (
      "- hosts: a\n  tasks:\n    - import_role: {name: base, tasks_from: gone}\n",
      "3:27 file-not-found: the role `base` has no file `tasks/gone`"
    ),
    (
      "- hosts: a\n  tasks:\n    - include_role: {tasks_from: x}\n",
      "3:7 missing-parameter: `include_role` names no role"
    ),
  ])
  func `a mistake has its place and its words`(text: String, expected: String) {
    #expect(problems(text, files) == [expected])
  }

  @Test func `a role begins with the comparison of its arguments, unless told otherwise`() throws {
    let specified = [
      "roles/base/meta/argument_specs.yml":
        "argument_specs: {main: {options: {p: {type: int}}}, other: {options: {q: {}}}}"
    ]
    let (playbook, problems) = load(
      """
      - hosts: all
        roles: [base]
        tasks:
          - import_role: {name: base, tasks_from: other}
          - import_role: {name: base, tasks_from: other, rolespec_validate: false}
      """, files.merging(specified) { _, new in new })
    #expect(problems.map(line) == [])
    let tasks = playbook?.plays.first?.allTasks ?? []
    #expect(
      tasks.map(\.title) == [
        "Validating arguments against arg spec 'main'", "base task", "more",
        "Validating arguments against arg spec 'other'", "other", "other", "restart",
      ])
    #expect(tasks.first?.module == "validate_argument_spec")
    #expect(tasks.first?.keywords.tags == ["always"])
  }

  @Test func `a public role lends the files of variables that it was taken with`() throws {
    let more = ["roles/base/defaults/strange.yml": "strange: 1\n"]
    let (playbook, problems) = load(
      """
      - hosts: all
        tasks:
          - include_role: {name: base, defaults_from: strange, public: true}
          - {debug: , name: last}
      """, files.merging(more) { _, new in new })
    #expect(problems.map(line) == [])
    let last = try #require(playbook?.plays.first?.allTasks.last)
    #expect(value("strange", last) == .int(1) && value("d", last) == nil)
  }
}
