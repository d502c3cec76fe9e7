import Diagnostics
import Model
import ModuleKit
import Schema
import Testing

@testable import Engine

/// Many hosts: order across them, `run_once`, `serial`, `needs`.
struct HostsTests {
  @Test func `run_once runs on the first host, and all get its result`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: once, set_fact: {token: "{{ inventory_hostname }}"}, run_once: true}
          - {name: once registered, debug: {msg: "{{ inventory_hostname }}"}, run_once: true, register: said}
          - {name: all, debug: {msg: "{{ said.msg | default('none') }}"}}
      """, hosts: ["a", "b", "c"], scratch: scratch)
    #expect(run.reports.filter { $0.task == "once registered" }.map(\.host) == ["a"])
    #expect(run.outcomes(of: "c") == ["all ok"])
    #expect(run.message(of: "all", on: "c") == run.message(of: "all", on: "a"))
  }

  @Test func `hosts of another host's results wait for them`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: set, set_fact: {mine: "value of {{ inventory_hostname }}"}}
          - {name: read, debug: {msg: "{{ hostvars['c'].mine }}"}}
      """, hosts: ["a", "b", "c"], scratch: scratch)
    for host in ["a", "b", "c"] {
      #expect(run.message(of: "read", on: host) == .string("value of c"))
    }
  }

  @Test func `a failed host leaves the others alone`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: picky, fail: {msg: no}, when: inventory_hostname == 'b'}
          - {name: goes on, debug: {msg: x}}
      """, hosts: ["a", "b", "c"], scratch: scratch)
    #expect(run.outcomes(of: "a") == ["picky skipped", "goes on ok"])
    #expect(run.outcomes(of: "b") == ["picky failed: controller"])
    #expect(run.record.exitCode(changesMatter: false) == 2)
  }

  @Test func `batches of serial stop when one has failed altogether`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        serial: 1
        tasks:
          - {name: picky, fail: {msg: no}, when: inventory_hostname == 'b'}
          - {name: acts, copy: {dest: "DIR/{{ inventory_hostname }}", content: x}}
      """, hosts: ["a", "b", "c"], scratch: scratch)
    #expect(scratch.exists("a") && !scratch.exists("b") && !scratch.exists("c"))
    #expect(run.outcomes(of: "c") == ["picky skipped", "acts blocked"])
  }

  @Test func `a play with needs waits for all hosts of another, and only for them`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - {id: base, hosts: all, tasks: [{name: base, copy: {dest: "DIR/base-{{ inventory_hostname }}", content: x}}]}
      - id: top
        hosts: a
        needs: [{base: all}]
        tasks: [{name: top, copy: {dest: DIR/top, content: x}}]
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(run.outcomes(of: "a") == ["base changed", "top changed"])
    let order = run.reports.map { "\($0.host) \($0.task)" }
    let top = try #require(order.firstIndex(of: "a top"))
    let base = try #require(order.firstIndex(of: "b base"))
    #expect(base < top)
  }

  @Test func `a cycle of needs is reported with every member`() throws {
    let disk = ControllerDisk.memory([
      "hosts.yml": "all: {hosts: {a: {}}}",
      "site.yml": """
      - {id: one, hosts: all, needs: [two], tasks: []}
      - {id: two, hosts: all, needs: [one], tasks: []}
      """,
    ])
    let error = #expect(throws: DiagnosticError.self) { try compilePlaybook(disk) }
    let diagnostic = try #require(error?.diagnostics.first { $0.id == "cycle" })
    #expect(diagnostic.message.contains("`play `one``") || diagnostic.message.contains("one"))
    #expect(diagnostic.labels.count == 1)
  }

  @Test func `needs of hosts that take no part is an error that says what was meant`() throws {
    let disk = ControllerDisk.memory([
      "hosts.yml": "all: {hosts: {a: {}, b: {}}}",
      "site.yml": """
      - {id: one, hosts: a, tasks: []}
      - {id: two, hosts: b, needs: [one], tasks: []}
      """,
    ])
    let error = #expect(throws: DiagnosticError.self) { try compilePlaybook(disk) }
    #expect(error?.diagnostics.first?.help == "did you mean {one: all}?")
  }
}
