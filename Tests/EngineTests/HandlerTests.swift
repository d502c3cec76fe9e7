import ModuleKit
import Schema
import Testing

@testable import Engine

/// Handlers: who is notified, in which order, and what a failure does to them.
struct HandlerTests {
  @Test func `handlers run in the order in which they are written, and may notify those behind`()
    async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: change, copy: {dest: DIR/one, content: "1"}, notify: [third, topic]}
        handlers:
          - {name: first, debug: {msg: x}}
          - {name: second, debug: {msg: x}, changed_when: true, listen: topic, notify: [first, fourth]}
          - {name: third, debug: {msg: x}}
          - {name: fourth, debug: {msg: "{{ item }}"}, loop: [1, 2]}
          - {name: fifth, debug: {msg: x}, when: false, listen: topic}
      """, scratch: scratch)
    #expect(
      run.outcomes(of: "a") == [
        "change changed", "second changed", "third ok", "fourth(1) ok", "fourth(2) ok",
        "fifth skipped",
      ])
  }

  @Test func `of handlers with one name the last is meant`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: change, copy: {dest: DIR/one, content: "1"}, notify: same}
        handlers:
          - {name: same, debug: {msg: first}}
          - {name: same, debug: {msg: last}}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["change changed", "same ok"])
    #expect(run.message(of: "same") == .string("last"))
  }

  @Test func `a computed name that no handler has is a failure`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        vars: {who: nobody}
        tasks:
          - {name: change, copy: {dest: DIR/one, content: "1"}, notify: "{{ who }}"}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["change failed: unknown-handler"])
  }

  @Test func `forced handlers run after a failure, those of its own section alone`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        force_handlers: true
        pre_tasks:
          - {name: change, copy: {dest: DIR/one, content: "1"}, notify: restart}
          - {name: fails, fail: {msg: no}}
        tasks:
          - {name: not reached, copy: {dest: DIR/two, content: "1"}, notify: restart}
        handlers:
          - {name: restart, debug: {msg: x}}
      """, scratch: scratch)
    #expect(
      run.outcomes(of: "a") == ["change changed", "fails failed: controller", "restart ok"])
    #expect(!scratch.exists("two"))
  }
}
