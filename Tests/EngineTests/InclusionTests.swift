import ModuleKit
import Schema
import Testing

@testable import Engine

/// Inclusions and roles that are found while a play runs.
struct InclusionTests {
  private let roles = [
    "roles/web/tasks/main.yml": """
    - {name: web, copy: {dest: "DIR/web-{{ port }}", content: x}, notify: reload}
    """,
    "roles/web/tasks/other.yml": "- {name: other, debug: {msg: '{{ role_name }} {{ port }}'}}",
    "roles/web/handlers/main.yml": "- {name: reload, debug: {msg: '{{ ansible_role_name }}'}}",
    "roles/web/defaults/main.yml": "port: 80",
    "roles/outer/tasks/main.yml": """
    - include_role: {name: "{{ inner }}", tasks_from: "{{ part }}"}
    - {name: parents, include_tasks: said.yml}
    """,
    "roles/outer/tasks/said.yml": "- {name: said, debug: {msg: '{{ ansible_role_name }}'}}",
  ]

  @Test func `a role whose name is computed brings its tasks, variables and handlers`() async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {include_role: {name: "{{ item }}"}, loop: [web], register: included}
          - {name: says, debug: {msg: "{{ included.results[0].include }} {{ port is defined }}"}}
      """, scratch: scratch, files: roles)
    #expect(run.outcomes(of: "a") == ["web changed", "says ok", "reload ok"])
    #expect(run.message(of: "says") == .string("web False"))
    #expect(scratch.exists("web-80"))
  }

  @Test func `a role knows itself and takes a part of another role`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        vars: {inner: web, part: other}
        roles: [outer]
      """, scratch: scratch, files: roles)
    #expect(run.outcomes(of: "a") == ["other ok", "said ok"])
    #expect(run.message(of: "other") == .string("web 80"))
    #expect(run.message(of: "said") == .string("outer"))
  }

  @Test func `a public role lends its variables, one without duplicates runs once`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - include_role: {name: web, public: true}
          - import_role: {name: web, allow_duplicates: false}
          - {name: says, debug: {msg: "{{ port }}"}}
      """, scratch: scratch, files: roles)
    #expect(run.outcomes(of: "a") == ["web changed", "says ok", "reload ok"])
  }

  @Test func `run_once includes on the first host alone`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks: [{include_tasks: some.yml, run_once: true}]
      """, hosts: ["a", "b"], scratch: scratch,
      files: ["some.yml": "- {name: some, debug: {msg: x}}"])
    #expect(run.outcomes(of: "a") == ["some ok"])
    #expect(run.outcomes(of: "b") == [])
  }

  @Test func `include_vars reads the first file of a loop, and folders`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - name: by system
            include_vars: "{{ item }}"
            with_first_found: ["{{ inventory_hostname }}-special.yml", "other.yml"]
            register: read
          - {name: never, include_vars: gone.yml, when: false}
          - {name: folder, include_vars: {dir: more, files_matching: "^k", name: held}}
          - {name: says, debug: {msg: "{{ who }} {{ read.results | length }} {{ held.k }} {{ held.l is defined }}"}}
      """, scratch: scratch,
      files: ["vars/other.yml": "who: other", "vars/more/k.yml": "k: 1", "vars/more/l.yml": "l: 1"])
    #expect(
      run.outcomes(of: "a") == [
        "by system(vars/other.yml) ok", "never skipped", "folder ok", "says ok",
      ])
    #expect(run.message(of: "says") == .string("other 1 1 False"))
  }

  @Test func `loops take any lookup of the template language`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        vars: {users: [{name: u, keys: [1, 2]}, {name: v, keys: []}]}
        tasks:
          - {name: keys, debug: {msg: "{{ item.0.name }} {{ item.1 }}"}, with_subelements: ["{{ users }}", keys], register: r}
          - {name: both, debug: {msg: "{{ item.0 }}{{ item.1 }}"}, with_cartesian: [[a, b], [c]], register: s}
          - {name: says, debug: {msg: "{{ (r.results + s.results) | map(attribute='msg') | join(' ') }}"}}
      """, scratch: scratch)
    #expect(run.message(of: "says") == .string("u 1 u 2 ac bc"))
  }

  @Test func `an inclusion that cannot be loaded is rescued like any failure`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        vars: {name: gone}
        tasks:
          - block: [{name: gone, include_tasks: "{{ name }}.yml"}]
            rescue: [{name: rescue, debug: {msg: x}}]
          - {name: after, debug: {msg: x}}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["gone failed: file-not-found", "rescue ok", "after ok"])
    #expect(run.record.exitCode(changesMatter: false) == 0)
  }

  @Test(arguments: [("net", ["plugin ok", "mine ok"]), ("other", [])])
  func `tags may be computed`(tag: String, ran: [String]) async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        vars: {kind: net}
        tasks:
          - {include_tasks: some.yml, tags: always, apply: {tags: ["{{ kind }}"]}}
          - {name: mine, debug: {msg: x}, tags: "{{ kind }}"}
      """, scratch: scratch, files: ["some.yml": "- {name: plugin, debug: {msg: x}}"],
      tags: [tag])
    #expect(run.outcomes(of: "a") == ran)
  }
}
