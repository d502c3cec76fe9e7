import ModuleKit
import Schema
import Testing

@testable import Engine

/// Passes of a loop that cannot be worked out.
struct LoopFailureTests {
  @Test func `a pass that cannot be worked out fails, and the others go on`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - name: each
            copy: {dest: "DIR/{{ item.name }}", content: x}
            loop: [{name: one}, {other: 2}, {name: three}]
            register: each
            ignore_errors: true
          - name: says
            debug: {msg: "{{ each.results | map(attribute='failed') | list }}"}
      """, scratch: scratch)
    #expect(run.message(of: "says") == .list([.bool(false), .bool(true), .bool(false)]))
    #expect(scratch.exists("one") && scratch.exists("three"))
  }

  @Test func `a condition that fails for one pass is its own affair`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: each, debug: {msg: x}, loop: [{a: true}, {}], when: item.a}
          - {name: never, debug: {msg: x}}
      """, scratch: scratch)
    let outcomes = run.outcomes(of: "a")
    #expect(outcomes.count == 2 && outcomes[0].hasSuffix(" ok") && !outcomes[1].hasSuffix(" ok"))
    #expect(run.record.exitCode(changesMatter: false) == 2)
  }
}
