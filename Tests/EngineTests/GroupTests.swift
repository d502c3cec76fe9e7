import ModuleKit
import Schema
import Testing

@testable import Engine

/// Hosts and groups that a run adds to its inventory.
struct GroupTests {
  private let book = """
    - hosts: all
      tasks:
        - {name: group, group_by: {key: "kind {{ inventory_hostname }}", parents: kinds}}
        - {name: says, debug: {msg: "{{ group_names | join(',') }} {{ groups['kinds'] | sort | join(',') }} {{ level | default('-') }}"}}
    - id: second
      hosts: kind-a
      tasks: [{name: chosen, copy: {dest: "DIR/{{ inventory_hostname }}", content: "{{ level }}"}}]
    - hosts: all:!kind-a
      needs: [{second: all}]
      tasks: [{name: others, copy: {dest: "DIR/{{ inventory_hostname }}", content: x}}]
    """
  private let files = ["group_vars/kind-a.yml": "level: high"]

  @Test(arguments: [RunMode.plan, .apply])
  func `later plays take the groups that hosts were put into, in a dry run too`(mode: RunMode)
    async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      book, hosts: ["a", "b"], mode: mode, scratch: scratch, files: files)
    #expect(run.outcomes(of: "a") == ["group ok", "says ok", "chosen changed"])
    #expect(run.outcomes(of: "b") == ["group ok", "says ok", "others changed"])
    #expect(run.message(of: "says") == .string("kind-a,kinds a,b high"))
    #expect(scratch.exists("a") == (mode == .apply))
  }

  @Test func `a host that was in order costs one exchange for each part of the run`() async throws {
    let scratch = try Scratch()
    _ = try await runPlaybook(book, hosts: ["a", "b"], scratch: scratch, files: files)
    let again = try await runPlaybook(book, hosts: ["a", "b"], scratch: scratch, files: files)
    #expect(again.outcomes(of: "a") == ["group ok", "says ok", "chosen ok"])
    #expect(again.host("a")?.exchangeCount == 1)
    #expect(again.host("b")?.exchangeCount == 1)
  }

  @Test(arguments: [RunMode.plan, .apply])
  func `a host that was added is taken by later plays, with its variables`(mode: RunMode)
    async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: add, add_host: {name: "new{{ item }}", groups: "fresh,more", port: "{{ item }}", ansible_connection: local}, loop: [1, 2], register: added}
          - {name: says, debug: {msg: "{{ added.results[1].add_host.host_name }} {{ groups.fresh | join(',') }}"}}
      - hosts: fresh
        tasks: [{name: acts, copy: {dest: "DIR/{{ inventory_hostname }}", content: "{{ port }}"}}]
      """, hosts: ["a", "b"], mode: mode, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["add(1) ok", "add(2) ok", "says ok"])
    #expect(run.outcomes(of: "b") == ["says ok"])
    #expect(run.message(of: "says", on: "b") == .string("new2 new1,new2"))
    #expect(run.outcomes(of: "new1") == ["acts changed"])
    #expect(run.record.hosts.map(\.name) == ["a", "b", "new1", "new2"])
    if mode == .apply { #expect(scratch.text("new2") == "2") }
  }

  @Test func `a host that failed before takes no part behind either`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {group_by: {key: some}}
          - {name: fails, fail: {msg: no}, when: inventory_hostname == 'a'}
      - hosts: some
        tasks: [{name: next, copy: {dest: "DIR/{{ inventory_hostname }}", content: x}}]
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(!scratch.exists("a") && scratch.exists("b"))
    #expect(run.outcomes(of: "a").last == "next blocked")
  }
}
