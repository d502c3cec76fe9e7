import Diagnostics
import Schema
import Testing

@testable import Model

@Suite struct StaticCheckTests {
  private let hosts = """
    all:
      vars: {known: 1, list: [1]}
      children:
        web: {hosts: {w1: {only_w1: 1}, w2: }}
        db: {hosts: {d1: }}
    """

  /// What a check finds in a playbook that loads.
  private func check(
    _ text: String, files: [String: String] = [:], extra: [String: Variable] = [:]
  ) throws -> [String] {
    let (playbook, problems) = load(text, files)
    #expect(problems.map(line) == [])
    var disk = files
    disk["site.yml"] = text
    return StaticCheck(
      playbook: try #require(playbook), inventory: inventory(hosts), modules: TestModules.catalog,
      extraVariables: extra, disk: .memory(disk)
    ).run().map(line)
  }

  /// A play on `web` whose tasks begin on line 3.
  private func tasks(_ lines: String, files: [String: String] = [:]) throws -> [String] {
    try check("- hosts: web\n  tasks:\n" + lines, files: files)
  }

  @Test(arguments: [
    ("    - copy: {src: a}\n", "3:7 missing-parameter: module `copy` needs the parameter `dest`"),
    (
      "    - copy: {dst: /a, dest: /b}\n",
      "3:14 unknown-parameter: module `copy` has no parameter `dst` (did you mean `dest`?)"
    ),
    ("    - copy: {dest: rel}\n", "3:20 host-path: `dest` must be an absolute path, not `rel`"),
    (
      "    - copy: {dest: /a, force: maybe}\n",
      "3:31 argument-type: `force` must be a boolean, not `maybe`"
    ),
    (
      "    - copy: {dest: /a, mode: 644}\n",
      "3:30 warning decimal-mode: `mode: 644` is read as the octal mode 0644 (a decimal integer to other tools)"
    ),
    (
      "    - copy: dest=/a mode=999\n",
      "3:26 file-mode: `mode` must be an octal file mode, not `999`"
    ),
    (
      "    - debug: {msg: hi}\n      notify: gone\n",
      "4:15 unknown-handler: no handler of this play is called `gone`"
    ),
    (
      "    - rolling: {order: \"{{ knwon }}\"}\n      block: [{debug: {msg: hi}}]\n",
      "3:28 undefined-name: `knwon` is not defined (did you mean `known`?)"
    ),
    (
      "    - debug: {msg: \"{{ knwon }}\"}\n",
      "3:24 undefined-name: `knwon` is not defined (did you mean `known`?)"
    ),
    (
      "    - debug: {msg: \"{{ only_w1 }}\"}\n",
      "3:24 undefined-name: `only_w1` is not defined for w2"
    ),
    ("    - debug:\n      when: nope == 1\n", "4:13 undefined-name: `nope` is not defined"),
    (
      "    - debug:\n      loop: \"{{ lst }}\"\n",
      "4:17 undefined-name: `lst` is not defined (did you mean `list`?)"
    ),
    ("    - debug: {var: nope}\n", "3:20 undefined-name: `nope` is not defined"),
    ("    - debug: {msg: \"{{ item }}\"}\n", "3:24 undefined-name: `item` is not defined"),
    (
      "    - debug: {msg: \"{{ v }}\"}\n      vars: {v: \"{{ w }}\"}\n",
      "4:21 undefined-name: `w` is not defined, and `v` needs it"
    ),
    (
      "    - debug: {msg: \"{{ nope }}\"}\n      when: known == 1\n",
      "3:24 undefined-name: `nope` is not defined"
    ),
    (
      "    - debug: {msg: \"{{ nope }}\"}\n      when: ansible_os == 'x'\n",
      "3:24 warning undefined-name: `nope` is not defined"
    ),
    (
      "    - debug:\n      delegate_to: \"{{ nope }}\"\n",
      "4:24 undefined-name: `nope` is not defined"
    ),
    (
      "    - debug:\n      environment: {A: \"{{ nope }}\"}\n",
      "4:28 undefined-name: `nope` is not defined"
    ),
  ])
  func `a mistake has its place and its words`(lines: String, expected: String) throws {
    #expect(try tasks(lines) == [expected])
  }

  @Test(arguments: [
    "    - debug: {msg: \"{{ known }} {{ ansible_os }} {{ inventory_hostname }} {{ groups.web }}\"}\n",
    "    - debug: {msg: \"{{ nope | default(1) }}\"}\n",
    "    - debug: {msg: \"{{ nope }}\"}\n      when: nope is defined\n",
    "    - debug: {msg: \"{{ nope }}\"}\n      when: known == 2\n",
    "    - debug: {msg: \"{{ nope }}\"}\n      when: no\n",
    "    - debug: {msg: \"{{ only_w1 }}\"}\n      when: inventory_hostname == 'w1'\n",
    "    - command: ls\n      register: r\n    - debug: {msg: \"{{ r.rc }}\"}\n",
    "    - command: ls\n      register: r\n      until: r.rc == 0\n",
    "    - set_fact: {f: 1}\n    - debug: {msg: \"{{ f }}\"}\n",
    "    - debug: {msg: \"{{ item }} {{ i }}\"}\n      loop: [1]\n      loop_control: {index_var: i}\n",
    "    - debug: {msg: \"{{ x.y }}\"}\n      vars: {x: {y: 1}}\n",
    "    - debug: {msg: \"{% for a in list %}{{ a }}{% endfor %}{{ range(3) }}\"}\n",
    "    - debug: {msg: \"{{ lookup('env', 'HOME') }} {{ query('env', 'HOME') }} {{ omit }}\"}\n",
    "    - include_vars: \"{{ known }}.txt\"\n    - debug: {msg: \"{{ nope }}\"}\n",
    "    - include_vars: more.yml\n    - debug: {msg: \"{{ more }}\"}\n",
    "    - copy: \"{{ list }}\"\n",
    "    - copy: {dest: \"{{ ansible_env.HOME }}\", mode: \"0644\"}\n",
    "    - debug:\n      name: \"{{ nope }}\"\n",
    "    - debug:\n      loop: \"{{ nope }}\"\n      when: known == 2\n",
    "    - include_tasks: inner.yml\n      loop: [1]\n      when: nope is defined\n",
  ])
  func `nothing is said where nothing is certain`(lines: String) throws {
    let files = [
      "vars/more.yml": "more: 1\n", "inner.yml": "- debug: {msg: \"{{ item }} {{ nope }}\"}\n",
    ]
    #expect(try tasks(lines, files: files) == [])
  }

  @Test(arguments: [
    (
      "web:bd",
      "1:10 warning pattern-matches-nothing: no host or group matches `bd` (did you mean `db`?)"
    ),
    ("web:!web", "1:10 note pattern-matches-nothing: `web:!web` leaves no host"),
    (
      "webb",
      "1:10 warning pattern-matches-nothing: no host or group matches `webb` (did you mean `web`?)"
    ),
  ])
  func `patterns that match nothing are warned about`(pattern: String, expected: String) throws {
    #expect(try check("- hosts: \(pattern)\n") == [expected])
  }

  @Test func `handlers are found by name, by topic and in blocks`() throws {
    let found = try check(
      """
      - hosts: web
        tasks:
          - debug:
            notify: [one, topic, two, "{{ known }}", tow]
        handlers:
          - {name: one, debug: , listen: topic}
          - block: [{name: two, debug: }]
      """)
    #expect(
      found == [
        "4:48 unknown-handler: no handler of this play is called `tow` (did you mean `two`?)"
      ])
  }

  @Test func `extra variables count`() throws {
    let extra = ["nope": Variable(.int(1), Origin(.extraVars))]
    #expect(
      try check("- hosts: web\n  tasks: [{debug: {msg: \"{{ nope }}\"}}]\n", extra: extra) == [])
  }

  @Test func `a value is followed into the variables it needs, for the hosts that need it`() throws
  {
    let text = """
      - hosts: web
        vars: {a: "{{ b }}", b: "{{ c }}", c: "{{ only_w1 }}"}
        tasks:
          - debug: {msg: "{{ a }}"}
      """
    let (playbook, _) = load(text)
    let found = StaticCheck(
      playbook: try #require(playbook), inventory: inventory(hosts), modules: TestModules.catalog
    ).run()
    #expect(
      found.map(line) == [
        "2:45 undefined-name: `only_w1` is not defined for w2, and `a` needs it"
      ])
    #expect(
      found.first?.labels.map { "\($0.span.location) \($0.text)" } == [
        "site.yml:4:24 needed here", "site.yml:2:13 in the value of `a`",
        "site.yml:2:27 in the value of `b`",
      ])
  }
}
