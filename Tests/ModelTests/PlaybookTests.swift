import Diagnostics
import Schema
import Template
import Testing

@testable import Model

@Suite struct PlaybookTests {
  private func tasks(_ lines: String, _ files: [String: String] = [:]) throws -> [Task] {
    let (playbook, problems) = load(
      "- hosts: all\n  become: true\n  tags: p\n  tasks:\n" + lines, files)
    #expect(problems.filter { $0.id != "lint-octal" }.map(line) == [])
    return try #require(playbook).plays.flatMap(\.allTasks)
  }

  @Test func `a play keeps what it says`() throws {
    let (playbook, problems) = load(
      """
      - hosts: [web, "!old"]
        id: one
        needs: []
        name: First
        gather_facts: no
        serial: [1, "30%"]
        strategy: free
        max_fail_percentage: 20
        any_errors_fatal: true
        pre_tasks: [{debug: }]
        tasks: [{debug: }]
        post_tasks: [{debug: }]
        handlers: [{name: h, debug: , listen: [a, b]}]
      - hosts: db
        needs: [{one: all}]
      """)
    #expect(problems.map(line) == [])
    let play = try #require(playbook?.plays.first)
    #expect(play.id?.text == "one")
    #expect(play.needs == [])
    #expect(play.name.text == "First")
    #expect(play.gatherFacts?.literal == false)
    #expect(play.strategy == .free)
    #expect(play.maxFailPercentage?.literal == 20)
    #expect(play.keywords.anyErrorsFatal?.literal == true)
    #expect(play.sections.map(\.count) == [1, 1, 1])
    #expect(play.handlers.first?.allTasks.first?.listen == ["a", "b"])
    #expect(try play.serial.map { try $0.count(of: 10, extraVariables: [:]) } == [1, 3])
    let second = try #require(playbook?.plays.last)
    #expect(second.needs?.map(\.reach) == [.all])
    #expect(second.needs?.map(\.id.text) == ["one"])
    #expect(second.name.text == "db")
  }

  @Test func `tasks inherit from blocks and the play`() throws {
    let found = try tasks(
      """
          - block:
              - {debug: , when: b, tags: [t], become_user: x, environment: {B: 2}}
              - {debug: , become: no}
            when: a
            tags: [bl, p]
            ignore_errors: yes
            environment: {A: 1}
            notify: h
            rescue:
              - {debug: }

      """)
    #expect(found[0].keywords.when.map(\.text) == ["a", "b"])
    #expect(found[0].keywords.tags == ["p", "bl", "t"])
    #expect(found[0].keywords.become.isEnabled?.literal == true)
    #expect(found[0].keywords.become.user?.text == "x")
    #expect(found[0].keywords.ignoreErrors?.literal == true)
    #expect(found[0].keywords.environment.count == 2)
    #expect(found[0].notify.map(\.text) == ["h"])
    #expect(found[1].keywords.become.isEnabled?.literal == false)
    #expect(found.map(\.number) == [1, 2, 3])
    #expect(
      found.map(\.path) == [
        "plays[0].tasks[0].block[0]", "plays[0].tasks[0].block[1]", "plays[0].tasks[0].rescue[0]",
      ])
  }

  @Test func `imported tasks take the keywords of the import, included ones only vars and apply`()
    throws
  {
    let files = ["sub/a.yml": "- import_tasks: b.yml\n", "sub/b.yml": "- {debug: , tags: own}\n"]
    let found = try tasks(
      """
          - import_tasks: sub/a.yml
            when: i
            tags: imp
            vars: {v: 1}
          - include_tasks: {file: sub/a.yml, apply: {tags: app}}
            when: i
            tags: inc
            vars: {v: 1}

      """, files)
    #expect(found.count == 2)
    #expect(found[0].keywords.when.map(\.text) == ["i"])
    #expect(found[0].keywords.tags == ["p", "imp", "own"])
    #expect(found[0].keywords.scope?.variables["v"]?.origin.level == .taskVars)
    #expect(found[1].keywords.when.isEmpty)
    #expect(found[1].keywords.tags == ["p", "app", "own"])
    #expect(found[1].keywords.scope?.variables["v"]?.origin.level == .includeParameters)
    #expect(found[1].folders == ["sub", "."])
  }

  @Test func `a computed inclusion is loaded when its file is known`() throws {
    let files = ["web.yml": "- {debug: , name: inner}\n"]
    let (playbook, problems) = load(
      "- hosts: all\n  tasks:\n    - include_tasks: \"{{ kind }}.yml\"\n", files)
    #expect(problems.isEmpty)
    let loaded = try #require(playbook)
    guard case .includeTasks(let include)? = loaded.plays[0].tasks.first else {
      Issue.record("no inclusion")
      return
    }
    #expect(include.tasks == nil)
    let loader = PlaybookLoader(modules: TestModules.catalog, disk: .memory(files))
    let tasks = try loader.tasks(
      of: include, file: "web.yml", in: loaded, firstNumber: loaded.nextTaskNumber
    ).tasks
    #expect(tasks.flatMap(\.allTasks).map(\.title) == ["inner"])
    #expect(tasks.flatMap(\.allTasks).map(\.number) == [1])
    #expect(throws: DiagnosticError.self) {
      try loader.tasks(of: include, file: "gone.yml", in: loaded, firstNumber: 0)
    }
  }

  @Test func `imported playbooks bring their plays with conditions and variables`() throws {
    let (playbook, problems) = load(
      """
      - hosts: a
      - import_playbook: more/other.yml
        when: w
        tags: t
        vars: {x: import}
      """,
      ["more/other.yml": "- hosts: b\n  vars: {x: play, y: play}\n  tasks: [{debug: }]\n"])
    #expect(problems.map(line) == [])
    let plays = try #require(playbook).plays
    #expect(plays.map(\.name.text) == ["a", "b"])
    #expect(plays[1].folder == "more")
    let task = try #require(plays[1].allTasks.first)
    #expect(task.keywords.when.map(\.text) == ["w"])
    #expect(task.keywords.tags == ["t"])
    let scope = try #require(task.keywords.scope)
    #expect(scope.variable(named: "x", in: .playVars ... .playVars)?.value == .string("import"))
    #expect(scope.variable(named: "y", in: .playVars ... .playVars)?.value == .string("play"))
  }

  @Test func `vars_files lie beside the playbook or in vars, and win over vars`() throws {
    let (playbook, problems) = load(
      "- hosts: a\n  vars: {x: 1}\n  vars_files: [one.yml, [gone.yml, two.yml], \"{{ os }}.yml\"]\n",
      ["one.yml": "x: 2\n", "vars/two.yml": "y: 3\n"])
    #expect(problems.map(line) == [])
    let play = try #require(playbook?.plays.first)
    let scope = try #require(play.keywords.scope)
    #expect(scope.variable(named: "x", in: .playVars ... .taskVars)?.value == .int(2))
    #expect(scope.variable(named: "y", in: .playVars ... .taskVars)?.value == .int(3))
    #expect(play.laterVarsFiles.count == 1)
  }

  @Test func `the ways to write a module's arguments come to the same`() throws {
    let found = try tasks(
      """
          - copy: {src: a, dest: /b, mode: 0644}
          - copy: src=a dest=/b mode=0644
          - action: copy src=a dest=/b mode=0644
          - action: {module: copy, src: a, dest: /b, mode: 0644}
          - ansible.builtin.copy: {src: a, dest: /b}
            args: {mode: 0644, src: loses}
          - local_action: copy src=a dest=/b mode=0644

      """)
    for task in found {
      let given = try task.arguments(Renderer(variables: ValueMap()), manual: TestModules.copy)
      #expect(given.given["src"]?.sourceText == "a")
      #expect(given.given["dest"]?.sourceText == "/b")
      #expect(try given.given["mode"].map { try FileMode($0).bits } == 0o644)
    }
    #expect(found.last?.keywords.delegateTo?.text == "localhost")
  }

  @Test func `a command keeps its text and its guards`() throws {
    let found = try tasks(
      """
          - command: echo "{{ a }}" creates=/x
          - command: {cmd: ls}
          - command: ls -l
            args: {chdir: /tmp}

      """)
    let renderer = Renderer(variables: ["a": .string("b")] as ValueMap)
    let given = try found.map { try $0.arguments(renderer, manual: TestModules.command).given }
    #expect(given[0]["cmd"]?.value == .string("echo \"b\""))
    #expect(given[0]["creates"]?.value == .string("/x"))
    #expect(given[0]["creates"]?.span?.location == "site.yml:5:39")
    #expect(given[1]["cmd"]?.value == .string("ls"))
    #expect(given[2]["chdir"]?.value == .string("/tmp"))
  }

  @Test func `arguments keep literals as written and render the rest natively`() throws {
    let found = try tasks(
      """
          - set_fact:
              plain: 0644
              list: [0644, "{{ n }}", "{{ omit }}", x]
              deep: {a: no, b: "{{ n + 1 }}"}
              gone: "{{ omit }}"
              later: "{{ u }}"

      """)
    let variables: ValueMap = ["n": .int(1), "u": .unknown(Unknown("soon"))]
    let given = try found[0].arguments(Renderer(variables: variables), manual: TestModules.setFact)
      .given
    #expect(given["plain"]?.sourceText == "0644")
    #expect(given["list"]?.value == .list([.int(420), .int(1), .string("x")]))
    #expect(given["deep"]?.entries?.map(\.argument.sourceText) == ["no", "2"])
    #expect(given["deep"]?.value == .dict(["a": .bool(false), "b": .int(2)]))
    #expect(given["gone"] == nil)
    #expect(given["later"]?.value == .unknown(Unknown("soon")))
  }

  @Test func `every argument that cannot be rendered is reported at its place`() throws {
    let found = try tasks("    - copy: {src: \"{{ a }}\", dest: \"/x/{{ b }}\"}\n")
    do {
      _ = try found[0].arguments(Renderer(variables: ValueMap()), manual: TestModules.copy)
      Issue.record("nothing thrown")
    } catch {
      #expect(error.diagnostics.map { $0.span?.location } == ["site.yml:5:43", "site.yml:5:23"])
      #expect(error.diagnostics.map(\.id) == ["undefined-name", "undefined-name"])
      #expect(error.diagnostics.first?.path == "plays[0].tasks[0].copy.dest")
    }
  }

  @Test func `conditions and expressions in arguments are evaluated`() throws {
    let found = try tasks(
      """
          - assert: {that: [n == 1, "n > 1", u]}
          - debug: {var: n + 1}
          - debug: var=n
          - assert: that="n == 1"

      """)
    let variables: ValueMap = ["n": .int(1), "u": .unknown(Unknown("soon"))]
    let renderer = Renderer(variables: variables)
    let outcomes = try found[0].arguments(renderer, manual: TestModules.assert).given["that"]?.value
    #expect(
      outcomes?.list?.map { $0["holds"] ?? .null } == [
        .bool(true), .bool(false), .unknown(Unknown("soon")),
      ])
    #expect(outcomes?.list?.first?["condition"] == .string("n == 1"))
    #expect(
      try found[1].arguments(renderer, manual: TestModules.debug).given["var"]?.value == .int(2))
    #expect(
      try found[2].arguments(renderer, manual: TestModules.debug).given["var"]?.value == .int(1))
    let last = try found[3].arguments(renderer, manual: TestModules.assert).given["that"]?.value
    #expect(last?.list?.first?["holds"] == .bool(true))
  }

  @Test func `module_defaults fill in what a task does not give`() throws {
    let found = try tasks(
      """
          - block: [{copy: {src: a, dest: /own}}]
            module_defaults: {copy: {dest: /default, mode: 0600}}

      """)
    let given = try found[0].arguments(Renderer(variables: ValueMap()), manual: TestModules.copy)
    #expect(given.given["dest"]?.sourceText == "/own")
    #expect(given.given["mode"]?.sourceText == "0600")
  }

  @Test(arguments: [
    ("loop: [1, [2, 3]]", "[1, [2, 3]]"),
    ("with_items: [1, [2, 3]]", "[1, 2, 3]"),
    ("with_items: one", "[one]"),
    ("with_list: [1, [2, 3]]", "[1, [2, 3]]"),
    ("with_flattened: [1, [2, [3]]]", "[1, 2, 3]"),
    ("with_indexed_items: [a, b]", "[[0, a], [1, b]]"),
    ("with_dict: {a: 1}", "[{key: a, value: 1}]"),
    ("with_together: [[1, 2], [a]]", "[[1, a], [2, null]]"),
    ("with_nested: [[1, 2], [a, b]]", "[[1, a], [1, b], [2, a], [2, b]]"),
    ("with_sequence: start=1 end=2 format=n%d", "[n1, n2]"),
    ("loop: \"{{ range(2) | list }}\"", "[0, 1]"),
    ("loop: []", "[]"),
  ])
  func `loops give their items`(loop: String, items: String) throws {
    let found = try tasks("    - debug:\n      \(loop)\n")
    let values = try found[0].loop?.items(Renderer(variables: ValueMap())).known
    #expect(values.map { shown(.list($0)) } == items)
  }

  private func shown(_ value: Value) -> String {
    switch value {
    case .list(let elements): "[\(elements.map(shown).joined(separator: ", "))]"
    case .dict(let map):
      "{\(map.keys.map { "\(shown($0)): \(shown(map[$0] ?? .null))" }.joined(separator: ", "))}"
    default: Argument(value, path: "").sourceText ?? "null"
    }
  }

  @Test func `a loop that is no list says what it is`() throws {
    let found = try tasks("    - debug:\n      loop: \"{{ x }}\"\n")
    let renderer = Renderer(variables: ["x": .dict(["a": .int(1)])] as ValueMap)
    #expect {
      try found[0].loop?.items(renderer)
    } throws: { error in
      (error as? Diagnostic).map(line)
        == "6:13 loop-items: `loop` must be a list, not a dictionary"
    }
  }

  @Test func `an unknown loop stays unknown`() throws {
    let found = try tasks("    - debug:\n      loop: \"{{ x }}\"\n")
    let renderer = Renderer(variables: ["x": .unknown(Unknown("soon"))] as ValueMap)
    #expect(try found[0].loop?.items(renderer) == .unknown(Unknown("soon")))
  }

  @Test(arguments: [
    ("with_first_found: [gone.yml, b.yml, a.yml]", "[files/b.yml]"),
    ("with_first_found: [{files: [gone.yml, a.yml], paths: [x, vars]}]", "[vars/a.yml]"),
    ("with_first_found: [{files: [gone.yml], skip: true}]", "[]"),
    ("with_fileglob: \"*.yml\"", "[files/b.yml, files/c.yml]"),
    ("with_inventory_hostnames: web:!w1", "[w2]"),
  ])
  func `loops look around on the controller`(loop: String, items: String) throws {
    let found = try tasks("    - debug:\n      \(loop)\n")
    let disk = ControllerDisk.memory([
      "vars/a.yml": "", "files/b.yml": "", "files/c.yml": "", "a.txt": "",
    ])
    let resources = TaskResources(
      folders: ["."], inventory: inventory("web: {hosts: {w1: , w2: }}"), disk: disk)
    let renderer = Renderer(variables: ValueMap(), resources: resources)
    let values = try found[0].loop?.items(renderer).known
    #expect(values.map { shown(.list($0)) } == items)
  }

  @Test func `a pass of a loop has its variables`() throws {
    let found = try tasks(
      "    - debug:\n      loop: [a, b]\n      loop_control: {loop_var: x, index_var: i, extended: yes}\n"
    )
    let loop = try #require(found[0].loop)
    let names = loop.variables(of: 1, in: [.string("a"), .string("b")])
    #expect(names["x"] == .string("b"))
    #expect(names["i"] == .int(1))
    #expect(names["ansible_loop"]?["last"] == .bool(true))
    #expect(names["ansible_loop"]?["previtem"] == .string("a"))
    #expect(names["item"] == nil)
  }

  @Test func `template errors are placed to the column`() {
    let found = problems(
      """
      - hosts: all
        vars: {v: "a {{ b | }} c"}
        tasks:
          - name: "x {{ }}"
            debug: {msg: "{{ a b }}"}
            when: a ==
      """)
    #expect(found.count == 4)
    #expect(found.map { $0.prefix { $0 != " " } } == ["2:23", "4:19", "5:26", "6:17"])
  }

  @Test func `a computed pattern is rendered over extra variables`() throws {
    let (playbook, _) = load("- hosts: \"{{ target }}\"\n")
    let hosts = try #require(playbook?.plays.first).hosts
    let extra = ["target": Variable(.string("web:db"), Origin(.extraVars))]
    #expect(try hosts.pattern(extraVariables: extra).known?.text == "web:db")
    #expect(throws: Diagnostic.self) { try hosts.pattern(extraVariables: [:]) }
  }
}
