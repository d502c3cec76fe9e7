import ModuleKit
import Schema
import Testing

@testable import Engine

/// Conditions, results, blocks, handlers, failures.
struct FlowTests {
  @Test func `conditions and registered results decide what runs`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: first, copy: {dest: DIR/one, content: "1"}, register: one}
          - {name: yes, debug: {msg: "changed {{ one.changed }}"}, when: one is changed}
          - {name: no, debug: {msg: never}, when: one is not changed}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["first changed", "yes ok", "no skipped"])
    #expect(run.message(of: "yes") == .string("changed True"))
  }

  @Test func `a failure is rescued, and always runs`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - block:
              - {name: fails, fail: {msg: no}}
              - {name: not reached, debug: {msg: x}}
            rescue:
              - {name: rescued, debug: {msg: "{{ ansible_failed_task.name }}"}}
            always:
              - {name: always, debug: {msg: x}}
          - {name: after, debug: {msg: x}}
      """, scratch: scratch)
    #expect(
      run.outcomes(of: "a") == ["fails failed: controller", "rescued ok", "always ok", "after ok"])
    #expect(run.message(of: "rescued") == .string("fails"))
    #expect(run.host("a")?.rescued == 1 && run.host("a")?.failed == 0)
    #expect(run.record.exitCode(changesMatter: false) == 0)
  }

  @Test
  func `a failed step stops the host, and what stood behind it in the message did not happen`()
    async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: before, copy: {dest: DIR/before, content: x}}
          - {name: broken, copy: {dest: DIR/broken, content: x, validate: "false %s"}}
          - {name: behind, copy: {dest: DIR/behind, content: x}}
      - hosts: all
        tasks:
          - {name: next play, copy: {dest: DIR/next, content: x}}
      """, scratch: scratch)
    #expect(
      run.outcomes(of: "a") == [
        "before changed", "broken failed: step-failed", "next play blocked",
      ])
    #expect(scratch.exists("before") && !scratch.exists("behind") && !scratch.exists("next"))
    #expect(run.record.exitCode(changesMatter: false) == 2)
  }

  @Test func `ignored errors let the tasks behind run`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: broken, copy: {dest: DIR/broken, content: x, validate: "false %s"}, ignore_errors: true}
          - {name: behind, copy: {dest: DIR/behind, content: x}}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["broken ignored", "behind changed"])
    #expect(run.record.exitCode(changesMatter: false) == 0)
  }

  @Test func `handlers run once after a change, and not without one`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks:
          - {name: one, copy: {dest: DIR/one, content: "1"}, notify: restart}
          - {name: two, copy: {dest: DIR/two, content: "2"}, notify: restart}
        handlers:
          - {name: restart, debug: {msg: restarting}}
          - {name: other, debug: {msg: never}}
      """
    let first = try await runPlaybook(book, scratch: scratch)
    #expect(first.outcomes(of: "a") == ["one changed", "two changed", "restart ok"])
    let second = try await runPlaybook(book, scratch: scratch)
    #expect(second.outcomes(of: "a") == ["one ok", "two ok"])
  }

  @Test func `an inclusion brings its tasks where it stands, once for each item`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {include_tasks: "{{ item }}.yml", loop: [x, y]}
          - {name: after, debug: {msg: x}}
      """, scratch: scratch,
      files: [
        "x.yml": "- {name: x, debug: {msg: '{{ item }}'}}",
        "y.yml": "- {name: y, debug: {msg: '{{ item }}'}}",
      ])
    #expect(run.outcomes(of: "a") == ["x ok", "y ok", "after ok"])
    #expect(run.message(of: "y") == .string("y"))
  }

  @Test func `facts are read when an expression wants them, along with everything else`()
    async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: file, copy: {dest: DIR/one, content: "1"}}
          - {name: fact, debug: {msg: "{{ ansible_distribution }}"}, when: ansible_distribution != ""}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["file changed", "fact ok"])
    #expect(run.host("a")?.exchangeCount == 2)
  }

  @Test func `arguments that depend on facts cost no second look`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks:
          - {name: file, copy: {dest: DIR/one, content: "{{ ansible_distribution }}"}}
          - {name: later, copy: {dest: "DIR/{{ ansible_distribution }}", content: x}}
      """
    _ = try await runPlaybook(book, scratch: scratch)
    let second = try await runPlaybook(book, scratch: scratch)
    #expect(second.outcomes(of: "a") == ["file ok", "later ok"])
    #expect(second.host("a")?.exchangeCount == 1)
  }
}
