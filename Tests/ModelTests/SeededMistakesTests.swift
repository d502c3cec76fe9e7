import Diagnostics
import Schema
import Testing

@testable import Model

/// Mistakes put into small playbooks on purpose: each is found where it is, under its id, and nothing else is.
///
/// `§` marks the place; it is taken out before the playbook is read. What does not begin with `- ` is a list of tasks
/// of a play on `web`.
@Suite struct SeededMistakesTests {
  struct Seed: Sendable, CustomTestStringConvertible {
    let id: String
    let text: String
    var testDescription: String { "\(id): \(text)" }

    init(_ id: String, _ text: String) {
      self.id = id
      self.text = text
    }
  }

  private static let hosts = """
    all:
      vars: {known: 1, list: [1], flag: true, word: text, users: {a: 1}}
      children:
        web: {hosts: {w1: {only_w1: 1}, w2: }}
        etcd: {hosts: {e1: , e2: , e3: }}
    """

  private static let files = [
    "more.yml": "- debug: {msg: 1}\n", "vars/more.yml": "more: 1\n", "files/a.txt": "a",
    "templates/good.j2": "{{ known }}", "roles/base/tasks/main.yml": "- debug: {msg: 1}\n",
    "roles/base/defaults/main.yml": "base_port: 1\n",
  ]

  private static let catalog: ModuleCatalog = {
    let template = Manual(
      "template", .state, "Renders.",
      parameters: [
        Parameter<String>.required("src", "From.", treatment: .templateFile).manual,
        Parameter<HostPath>.required("dest", "To.").manual,
      ], examples: [])
    let push = Manual(
      "push", .state, "Copies.",
      parameters: [
        Parameter<String?>.optional("src", "From.", treatment: .controllerFile).manual,
        Parameter<String?>.optional("content", "What.").manual,
        Parameter<HostPath>.required("dest", "To.").manual,
        Parameter<State?>.optional("state", "How.").manual,
      ], exclusive: [["src", "content"]], oneOf: [["src", "content"]], examples: [])
    let service = Manual(
      "service", .state, "Starts.",
      parameters: [
        Parameter<String>.required("name", "Which.").manual,
        Parameter<State?>.optional("state", "How.").manual,
      ], examples: [])
    let groupBy = Manual(
      "group_by", .controller, "Groups.",
      parameters: [Parameter<String>.required("key", "Which.").manual], examples: [])
    let own = [template, push, service, groupBy]
    return ModuleCatalog(names: TestModules.catalog.names + own.map(\.name)) { name in
      own.first { $0.name == name } ?? TestModules.catalog.manual(name)
    }
  }()

  private enum State: String, ParameterChoice, CaseIterable { case started, stopped, restarted }

  /// What loading and checking find, notes that `check` adds included.
  private static func find(
    _ text: String, tags: [String] = [], files more: [String: String] = [:]
  ) -> [Diagnostic] {
    let site = text.hasPrefix("- ") ? text : "- hosts: web\n  tasks:\n" + text
    var disk = files.merging(more) { _, new in new }
    disk["site.yml"] = site
    disk["hosts.yml"] = hosts
    var bag = DiagnosticBag()
    let loader = PlaybookLoader(modules: catalog, disk: .memory(disk))
    let inventory = InventoryLoader(disk: .memory(disk), playbookFolders: ["."])
      .load(sources: ["hosts.yml"], into: &bag)
    guard let playbook = loader.load(path: "site.yml", into: &bag) else { return bag.all }
    var scope = StaticCheck.Scope()
    scope.reportsNotes = true
    scope.tags = tags
    bag.add(
      contentsOf: StaticCheck(
        playbook: playbook, inventory: inventory, modules: catalog, disk: .memory(disk),
        scope: scope
      ).run())
    return bag.all.filter { $0.id != "opaque-tasks" }
  }

  private static func position(of mark: String.Index, in text: String) -> Position {
    let before = text[..<mark]
    let line = before.count { $0 == "\n" } + 1
    let column = before.unicodeScalars.reversed().prefix { $0 != "\n" }.count + 1
    return Position(line: line, column: column)
  }

  static let seeds: [Seed] = [
    // Keywords and the shape of plays and tasks.
    .init("unknown-key", "    - debug: {msg: 1}\n      §notfy: x\n"),
    .init("unknown-key", "    - debug: {msg: 1}\n      §whn: flag\n"),
    .init("unknown-key", "    - §blok: []\n      debug: {msg: 1}\n"),
    .init("unknown-key", "- hosts: web\n  §task: []\n"),
    .init("misplaced-key", "- hosts: web\n  §when: flag\n  tasks: []\n"),
    .init("misplaced-key", "- hosts: web\n  §debug: {msg: 1}\n"),
    .init("missing-hosts", "- §name: a\n  tasks: []\n"),
    .init("wrong-type", "- hosts: web\n  tasks: §text\n"),
    .init("wrong-type", "- hosts: web\n  tasks: §{debug: {msg: 1}}\n"),
    .init("no-module", "    - §name: nothing\n"),
    .init("several-modules", "    - debug: {msg: 1}\n      §command: ls\n"),
    .init("block-loop", "    - block: [{debug: {msg: 1}}]\n      §loop: [1]\n"),
    .init("block-missing", "    - §rescue: [{debug: {msg: 1}}]\n"),
    .init("several-loops", "    - debug: {msg: 1}\n      loop: [1]\n      §with_items: [1]\n"),
    .init("unsupported-loop", "    - debug: {msg: 1}\n      §with_itms: [1]\n"),
    .init("loop-missing", "    - debug: {msg: 1}\n      §loop_control: {label: a}\n"),
    .init("loop-literal", "    - debug: {msg: 1}\n      loop: §list\n"),
    .init("duplicate-key", "    - debug: {msg: 1}\n      §debug: {msg: 2}\n"),
    .init("unquoted-template", "    - debug:\n        msg: §{{ known }}\n"),
    .init("tab-indentation", "    - debug:\n§\tmsg: 1\n"),
    .init("import-loop", "    - import_tasks: more.yml\n      §loop: [1]\n"),
    .init("keyword-type", "- hosts: web\n  serial: §many\n  tasks: []\n"),
    .init("argument-choice", "- hosts: web\n  strategy: §fre\n  tasks: []\n"),
    .init("variable-name", "    - debug: {msg: 1}\n      register: §a-b\n"),
    .init("variable-name", "- hosts: web\n  vars: {§a-b: 1}\n  tasks: []\n"),
    .init("duplicate-id", "    - {id: a, debug: {msg: 1}}\n    - {id: §a, debug: {msg: 1}}\n"),
    .init("unknown-need", "    - {needs: [§b], debug: {msg: 1}}\n"),
    // Modules and parameters.
    .init("unknown-module", "    - §copi: {dest: /a}\n"),
    .init("unknown-module", "    - action: §nope a=b\n"),
    .init("unknown-parameter", "    - copy: {§dst: /a, dest: /b}\n"),
    .init("unknown-parameter", "    - copy: dest=/b §dst=/a\n"),
    .init("unknown-parameter", "    - copy: {dest: /b, §moode: \"{{ known }}\"}\n"),
    .init("missing-parameter", "    - §copy: {src: a}\n"),
    .init("missing-parameter", "    - §push: {dest: /a}\n"),
    .init("exclusive-parameters", "    - push: {src: a.txt, §content: b, dest: /a}\n"),
    .init("argument-type", "    - copy: {dest: /a, force: §maybe}\n"),
    .init("argument-choice", "    - service: {name: a, state: §startd}\n"),
    .init("argument-choice", "    - service: {name: a, state: §\"{{ word }}\"}\n"),
    .init("host-path", "    - copy: {dest: §rel}\n"),
    .init("file-mode", "    - copy: dest=/a mode=§999\n"),
    .init("decimal-mode", "    - copy: {dest: /a, mode: §644}\n"),
    .init("free-text", "    - debug: §some text\n"),
    // Files.
    .init("file-not-found", "    - import_tasks: §gone.yml\n"),
    .init("file-not-found", "    - include_tasks: §gone.yml\n"),
    .init("file-not-found", "    - template: {src: §good.j, dest: /a}\n"),
    .init("file-not-found", "    - push: {src: §b.txt, dest: /a}\n"),
    .init("file-not-found", "    - push: {src: §\"{{ word }}.txt\", dest: /a}\n"),
    .init("file-not-found", "- hosts: web\n  vars_files: [§gone.yml]\n  tasks: []\n"),
    .init("file-not-found", "- import_playbook: §gone.yml\n"),
    .init("role-not-found", "- {hosts: web, roles: [§bse]}\n"),
    .init("role-not-found", "    - include_role: {name: §bse}\n"),
    // Names.
    .init("undefined-name", "    - debug: {msg: \"{{ §knwon }}\"}\n"),
    .init("undefined-name", "    - debug: {msg: \"{{ §only_w1 }}\"}\n"),
    .init("undefined-name", "    - debug: {msg: 1}\n      when: §nope == 1\n"),
    .init("undefined-name", "    - debug: {msg: 1}\n      when: flag and §nope\n"),
    .init(
      "undefined-name", "    - debug: {msg: \"{{ §r.rc }}\"}\n    - {command: ls, register: r}\n"),
    .init("undefined-name", "    - debug: {msg: \"{{ §f }}\"}\n    - set_fact: {f: 1}\n"),
    .init("undefined-name", "    - {command: ls, register: r, until: §rr.rc == 0}\n"),
    .init("undefined-name", "    - debug: {msg: 1}\n      loop: \"{{ §lst }}\"\n"),
    .init("undefined-name", "    - debug: {msg: \"{{ §item }}\"}\n"),
    .init("undefined-name", "    - include_vars: more.yml\n    - debug: {msg: \"{{ §mor }}\"}\n"),
    .init("undefined-name", "    - debug: {msg: \"{{ known if flag else 2 }}{{ §nope }}\"}\n"),
    .init("unknown-fact", "    - debug: {msg: \"{{ §ansible_facts.distributon }}\"}\n"),
    .init("unknown-fact", "    - debug: {msg: \"{{ §ansible_os_famly }}\"}\n"),
    .init("unknown-group", "    - debug: {msg: \"{{ §groups['wbe'] }}\"}\n"),
    .init("unknown-host", "    - debug: {msg: \"{{ §hostvars['w3'].known }}\"}\n"),
    .init(
      "variable-cycle",
      "- {hosts: web, vars: {a: §\"{{ a }}\"}, tasks: [{debug: {msg: \"{{ a }}\"}}]}\n"),
    // Templates and conditions.
    .init("template-syntax", "    - debug: {msg: \"{{ known + §}}\"}\n"),
    .init("unknown-filter", "    - debug: {msg: \"{{ known | §defalt(1) }}\"}\n"),
    .init("unknown-filter", "    - debug: {msg: 1}\n      when: known is §definde\n"),
    .init("condition-braces", "    - debug: {msg: 1}\n      when: §\"{{ flag }}\"\n"),
    .init("condition-not-boolean", "    - debug: {msg: 1}\n      when: §3\n"),
    .init("condition-not-boolean", "    - debug: {msg: 1}\n      when: §word\n"),
    .init("boolean-compared-with-text", "    - debug: {msg: 1}\n      when: flag == §'yes'\n"),
    .init("loop-items", "    - debug: {msg: 1}\n      loop: §\"{{ word }}\"\n"),
    .init("loop-items", "    - debug: {msg: 1}\n      loop: §\"{{ users }}\"\n"),
    // Handlers, tags, hosts.
    .init("unknown-handler", "    - debug: {msg: 1}\n      notify: §gone\n"),
    .init(
      "unused-handler", "- hosts: web\n  handlers:\n    - name: §idle\n      debug: {msg: 1}\n"),
    .init("never-runs", "    - debug: {msg: 1}\n      when: §false\n"),
    .init("pattern-matches-nothing", "- {hosts: §webb, tasks: []}\n"),
    .init("pattern-matches-nothing", "- {hosts: §'web:!web', tasks: []}\n"),
    .init(
      "run-once-condition",
      "    - debug: {msg: 1}\n      run_once: true\n      when: §inventory_hostname == 'w2'\n"),
    .init(
      "quorum-at-risk", "- hosts: etcd\n  tasks:\n    - §service: {name: etcd, state: restarted}\n"),
    .init(
      "quorum-at-risk",
      "- hosts: etcd\n  serial: 2\n  tasks:\n    - §service: {name: etcd, state: restarted}\n"),
  ]

  @Test(arguments: seeds)
  func `a mistake is found at its place`(seed: Seed) throws {
    let mark = try #require(seed.text.firstIndex(of: "§"))
    var expected = Self.position(of: mark, in: seed.text)
    if !seed.text.hasPrefix("- ") { expected.line += 2 }
    let found = Self.find(seed.text.replacing("§", with: ""))
    let first = try #require(found.first)
    #expect(found.count == 1, "\(found.map(line))")
    #expect(first.id == seed.id)
    #expect(first.span?.position == expected)
    let saysMore =
      first.help != nil || first.underline != nil || !first.labels.isEmpty || !first.notes.isEmpty
    #expect(saysMore || first.severity == .note || first.id == "template-syntax")
  }

  @Test func `there are enough of them`() { #expect(Self.seeds.count >= 60) }

  @Test(arguments: [
    "    - debug: {msg: \"{{ known }} {{ groups['web'] }} {{ hostvars['w1'].known }}\"}\n",
    "    - {command: ls, register: r}\n    - debug: {msg: \"{{ r.rc }}\"}\n      when: r.rc == 0\n",
    "    - debug: {msg: \"{{ only_w1 }}\"}\n      when: inventory_hostname == 'w1'\n",
    "    - debug: {msg: \"{{ nope if word == 'x' else known }}\"}\n",
    "    - debug: {msg: \"{{ nope.a | default(known) }} {{ known | default(nope) }}\"}\n",
    "    - debug: {msg: \"{{ groups['gone'] | default([]) }}\"}\n",
    "    - debug: {msg: 1}\n      when: nope is defined and nope == 1\n",
    "    - debug: {msg: \"{{ ansible_facts['os_family'] }} {{ ansible_eth0.ipv4.address }}\"}\n",
    "    - include_vars: \"{{ ansible_os_family }}.txt\"\n    - debug: {msg: \"{{ anything }}\"}\n",
    "    - include_tasks: \"{{ word }}.yml\"\n      when: false or known == 2\n",
    "    - include_role: {name: \"{{ 'ba' ~ 'se' }}\"}\n",
    "    - group_by: {key: made}\n    - debug: {msg: \"{{ groups['made'] }}\"}\n",
    "- hosts: web\n  tasks: [{group_by: {key: made}}]\n- hosts: made\n  tasks: [{debug: {msg: \"{{ only_w1 }}\"}}]\n  vars: {only_w1: 1}\n",
    "- hosts: etcd\n  serial: 1\n  tasks:\n    - service: {name: etcd, state: restarted}\n",
    "- hosts: etcd\n  tasks:\n    - service: {name: etcd, state: restarted}\n      throttle: 1\n",
    "    - template: {src: good.j2, dest: /a}\n    - push: {src: a.txt, dest: /b}\n",
    "    - push: {src: \"{{ item }}.txt\", dest: /b}\n      loop: [a]\n",
    "    - debug: {msg: \"{{ item.0.n }}{{ item.1 }}\"}\n      with_subelements: [[{n: 1, l: [2]}], l]\n",
    "- hosts: web\n  roles: [base]\n  tasks: [{debug: {msg: \"{{ base_port }}\"}}]\n",
    "- hosts: etcd\n  tasks:\n    - service: {name: etcd.service, state: stopped}\n    - service: {name: etcd, state: restarted}\n",
    "    - debug: {msg: 1}\n      when: |\n        known == 1\n        and known != 2\n",
    "- hosts: web\n  tasks: [{debug: {msg: 1}, notify: go}]\n  handlers: [{name: go, debug: {msg: 1}}]\n",
  ])
  func `what is right is not reported`(text: String) {
    let found = Self.find(text).filter { $0.id != "never-runs" }
    #expect(found.map(line) == [])
  }

  @Test func `tags that no task has are reported with the one that was meant`() throws {
    let found = Self.find("    - {debug: {msg: 1}, tags: [setup]}\n", tags: ["setup", "stup"])
    #expect(found.map(line) == ["unknown-tag: no task has the tag `stup`"])
    #expect(found.first?.help == "did you mean `setup`?")
  }

  @Test func `a module that comes with the playbook in Python is one finding for all its uses`() {
    let task = "    - kube: {name: a}\n"
    let found = Self.find(task + task + task, files: ["library/kube.py": "pass"])
    #expect(
      found.map(line) == [
        "3:7 unknown-module: `kube` is a module in Python, which cannot run: hosts need no Python here"
      ])
    #expect(
      found.first?.notes == [
        "its file is `library/kube.py`",
        "used in 3 places: also site.yml:4:7, site.yml:5:7",
      ])
    #expect(found.first?.help?.contains("kubectl apply") == true)
  }

  @Test(arguments: [
    ("", "error"), ("      when: known == 1\n", "error"),
    ("      when: only_w1 is defined\n", "error"),
    ("      when: known == 2\n", "note"), ("      loop: \"{{ [] }}\"\n", "note"),
    ("      when: ansible_os_family == 'Debian'\n", "warning"),
    ("      when: r is changed\n      vars: {r: \"{{ ansible_fact }}\"}\n", "warning"),
  ])
  func `a module of others is a mistake where a host comes to it`(
    _ rest: String, _ severity: String
  ) throws {
    let found = Self.find("    - kubernetes.core.helm: {name: a}\n" + rest)
      .filter { $0.id == "unknown-module" }
    #expect(found.map(\.severity.rawValue) == [severity])
    #expect(found.first?.help?.contains("helm upgrade") == true)
  }

  @Test func `a module that is misspelt is a mistake wherever it stands`() {
    let found = Self.find("    - ansible.builtin.copi: {dest: /a}\n      when: known == 2\n")
    #expect(found.map(\.severity) == [.error])
    #expect(found.first?.underline == "did you mean `copy`?")
  }

  @Test func `loops over what is only known later are not judged`() {
    let text = """
          - command: ls
            register: r
          - debug: {msg: "{{ item }}"}
            with_fileglob: ["{{ r.stdout }}/*"]
          - debug: {msg: "{{ item }}"}
            with_sequence: ["start=1 end={{ r.stdout }}"]
          - debug: {msg: "{{ item }}"}
            with_together: ["{{ r.stdout_lines }}", [1]]

      """
    #expect(Self.find(text).map(line) == [])
  }

  @Test func `doubtful places of an inventory are warned about`() throws {
    let text = """
      all:
        children:
          web: {hosts: {a: {ansible_host: 192.0.2.1}, b: {ansible_host: 192.0.2.1}, db: }}
          db: {hosts: {c: }}
      """
    let disk = [
      "inv/hosts.yml": text, "inv/group_vars/wbe.yml": "x: 1\n", "inv/host_vars/a.yml": "y: 1\n",
      "site.yml": "- {hosts: all, tasks: []}\n",
    ]
    var bag = DiagnosticBag()
    let inventory = InventoryLoader(disk: .memory(disk)).load(
      sources: ["inv/hosts.yml"], into: &bag)
    let playbook = PlaybookLoader(modules: Self.catalog, disk: .memory(disk))
      .load(path: "site.yml", into: &bag)
    let found = StaticCheck(
      playbook: try #require(playbook), inventory: inventory, modules: Self.catalog,
      disk: .memory(disk)
    ).run()
    #expect(
      Set(found.map(\.id)) == ["name-clash", "same-address", "unused-group-vars"])
    #expect(found.first { $0.id == "unused-group-vars" }?.help == "did you mean `web`?")
  }
}
