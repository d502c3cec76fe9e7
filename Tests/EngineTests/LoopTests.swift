import ModuleKit
import Schema
import Testing

@testable import Engine

/// Loops and tries: order, ends, and what is registered.
struct LoopTests {
  @Test func `each item is tried until it holds before the next one begins`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - name: tries
            shell: "echo {{ item }} >> DIR/log; grep -c {{ item }} DIR/log"
            loop: [x, y]
            until: tried.stdout == '2'
            retries: 3
            delay: 0
            register: tried
          - {name: says, debug: {msg: "{{ tried.results | map(attribute='attempts') | join(',') }}"}}
      """, scratch: scratch)
    #expect(scratch.text("log") == "x\nx\ny\ny\n")
    #expect(run.message(of: "says") == .string("2,2"))
  }

  @Test func `retries alone try again while the task fails, and no longer`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: third, shell: "echo x >> DIR/log; test $(wc -l < DIR/log) = 3", retries: 5, delay: 0, register: third}
          - {name: never, shell: "echo x >> DIR/more; false", retries: 2, delay: 0, register: never, ignore_errors: true}
          - {name: says, debug: {msg: "{{ third.attempts }} {{ never.attempts }} {{ never.failed }}"}}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["third changed", "never ignored", "says ok"])
    #expect(run.message(of: "says") == .string("3 2 True"))
    #expect(scratch.text("more") == "x\nx\nx\n")
  }

  @Test func `break_when ends a loop after the item for which it holds`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - name: counts
            command: "echo {{ item }}"
            loop: [1, 2, 3]
            changed_when: false
            register: counted
            loop_control: {break_when: counted.stdout == '2', index_var: place, extended: true}
          - {name: says, debug: {msg: "{{ counted.results | length }} {{ counted.results[1].place }} {{ counted.results[1].ansible_loop.last }}"}}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["counts(1) ok", "counts(2) ok", "says ok"])
    #expect(run.message(of: "says") == .string("2 1 False"))
  }

  @Test func `loops that are left out register their items all the same`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: none, command: "false", loop: [], register: empty}
          - {name: off, command: "false", loop: [1, 2], when: false, register: off}
          - {name: says, debug: {msg: "{{ empty.results | length }} {{ empty is skipped }} {{ off.results | length }} {{ off.results[1].item }} {{ off.results[0] is skipped }}"}}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["none skipped", "off skipped", "says ok"])
    #expect(run.message(of: "says") == .string("0 True 2 2 True"))
  }

  @Test func `the guard of each item sees what the items before it did`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - name: One after another
            command:
              cmd: touch DIR/{{ item }}
              unless: "[ -e DIR/a ] && [ {{ item }} = c ]"
            loop: [a, b, c]
      """, scratch: scratch)
    #expect(run.reports.map(\.outcome.word) == ["changed", "changed", "ok"])
    #expect(scratch.exists("b") && !scratch.exists("c"))
  }
}
