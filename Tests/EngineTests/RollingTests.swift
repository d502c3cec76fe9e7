import Testing

@testable import Engine

/// Blocks in which hosts take turns.
@Suite struct RollingTests {
  /// Turns write their begin and end to one file, so that their order is seen.
  private func turns(_ rolling: String, before: String = "", inside: String = "") -> String {
    """
    - hosts: all
      tasks:
        - {copy: {dest: "DIR/log", content: "", force: false}, delegate_to: a, run_once: true}
        - rolling: \(rolling)
          block:
            - shell: echo begin {{ inventory_hostname }} >>DIR/log; sleep 0.05
              args: {creates: "DIR/skip-{{ inventory_hostname }}"}
            - copy: {dest: "DIR/done-{{ inventory_hostname }}", content: x}
            \(inside)
            - shell: echo end {{ inventory_hostname }} >>DIR/log
              args: {creates: "DIR/skip-{{ inventory_hostname }}"}
        - shell: echo after {{ inventory_hostname }} >>DIR/log
    """
  }

  @Test func `one host at a time comes through the block, from begin to end`() async throws {
    let scratch = try Scratch()
    _ = try await runPlaybook(
      turns("{max_unavailable: 1}"), hosts: ["a", "b", "c"], scratch: scratch)
    let lines = (scratch.text("log") ?? "").split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(6) == ["begin a", "end a", "begin b", "end b", "begin c", "end c"])
    #expect(lines.dropFirst(6).sorted() == ["after a", "after b", "after c"])
  }

  @Test func `the order is what an expression says of each host`() async throws {
    let scratch = try Scratch()
    _ = try await runPlaybook(
      turns(#"{order: "{{ 2 if inventory_hostname == 'a' else 1 }}"}"#),
      hosts: ["a", "b", "c"], scratch: scratch)
    let begins = (scratch.text("log") ?? "").split(separator: "\n").filter { $0.hasPrefix("begin") }
    #expect(begins == ["begin b", "begin c", "begin a"])
  }

  @Test func `hosts with nothing to do pass without a turn`() async throws {
    let scratch = try Scratch()
    try scratch.write("skip-b", "")
    try scratch.write("done-b", "x")
    _ = try await runPlaybook(
      turns("{max_unavailable: 1}"), hosts: ["a", "b", "c"], scratch: scratch)
    let lines = (scratch.text("log") ?? "").split(separator: "\n").map(String.init)
    #expect(lines.prefix(4) == ["begin a", "end a", "begin c", "end c"])
  }

  @Test func `a host that fails in its turn ends the turns of all others`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      turns(
        "{max_unavailable: 1}",
        inside: #"- {shell: "exit 1", when: inventory_hostname == 'b'}"#),
      hosts: ["a", "b", "c"], scratch: scratch)
    let lines = (scratch.text("log") ?? "").split(separator: "\n").map(String.init)
    #expect(lines == ["begin a", "end a", "begin b", "after a"])
    #expect(run.host("b")?.failed == 1)
    #expect(run.reports.contains { $0.host == "c" && $0.outcome == .blocked(by: "b") })
    #expect(!scratch.exists("done-c"))
    #expect(run.record.exitCode(changesMatter: false) == 2)
  }

  @Test func `two may be in their turn, and a failure takes one place`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      turns(
        "{max_unavailable: 2}",
        inside: #"- {shell: "exit 1", when: inventory_hostname == 'a'}"#),
      hosts: ["a", "b", "c", "d"], scratch: scratch)
    #expect(run.host("a")?.failed == 1)
    let ends = (scratch.text("log") ?? "").split(separator: "\n").filter { $0.hasPrefix("end") }
    #expect(ends.sorted() == ["end b", "end c", "end d"])
  }

  @Test func `what was known before the turn is observed again in it`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - rolling: {max_unavailable: 1}
            block:
              - {shell: "touch DIR/shared", args: {creates: "DIR/shared"}}
      """, hosts: ["a", "b", "c"], scratch: scratch)
    #expect(run.reports.map(\.outcome.word).sorted() == ["changed", "ok", "ok"])
  }

  @Test func `a plan waits for no turns`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      turns("{max_unavailable: 1}"), hosts: ["a", "b"], mode: .plan, scratch: scratch)
    #expect(!scratch.exists("log"))
    #expect(run.reports.contains { $0.host == "b" && $0.outcome.word == "changed" })
  }
}
