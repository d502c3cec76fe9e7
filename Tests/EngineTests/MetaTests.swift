import ModuleKit
import Schema
import Testing

@testable import Engine

/// `meta` actions, and failures that concern more than their host.
struct MetaTests {
  @Test func `end_host ends a play on one host, with a condition of its own`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {meta: end_host, when: inventory_hostname == 'a'}
          - {name: on, debug: {msg: "{{ ansible_play_hosts | join(',') }} {{ ansible_play_hosts_all | join(',') }}"}}
      - hosts: all
        tasks: [{name: next, debug: {msg: x}}]
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(run.outcomes(of: "a") == ["next ok"])
    #expect(run.outcomes(of: "b") == ["on ok", "next ok"])
    #expect(run.message(of: "on", on: "b") == .string("b a,b"))
  }

  @Test func `end_play is decided by the first host and ends all batches, end_batch ends one`()
    async throws
  {
    let scratch = try Scratch()
    func book(_ action: String) -> String {
      """
      - hosts: all
        serial: 1
        tasks:
          - {name: first, debug: {msg: x}}
          - {meta: \(action), when: inventory_hostname == 'a'}
          - {name: second, debug: {msg: x}}
      """
    }
    let play = try await runPlaybook(book("end_play"), hosts: ["a", "b"], scratch: scratch)
    #expect(play.outcomes(of: "a") == ["first ok"])
    #expect(play.outcomes(of: "b") == [])
    let batch = try await runPlaybook(book("end_batch"), hosts: ["a", "b"], scratch: scratch)
    #expect(batch.outcomes(of: "a") == ["first ok"])
    #expect(batch.outcomes(of: "b") == ["first ok", "second ok"])
  }

  @Test func `end_role leaves the role and goes on behind it`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        roles: [web]
        tasks: [{name: after, debug: {msg: x}}]
      """, scratch: scratch,
      files: [
        "roles/web/tasks/main.yml": """
        - {name: in, debug: {msg: x}}
        - {meta: end_role}
        - {name: out, debug: {msg: x}}
        """
      ])
    #expect(run.outcomes(of: "a") == ["in ok", "after ok"])
  }

  @Test func `cleared errors let later plays have the host again`() async throws {
    let scratch = try Scratch()
    func book(_ meta: String) -> String {
      """
      - hosts: all
        tasks:
          - {name: fails, fail: {msg: no}, when: inventory_hostname == 'b'}
          - {meta: \(meta)}
      - hosts: all
        tasks: [{name: next, debug: {msg: x}}]
      """
    }
    let cleared = try await runPlaybook(
      book("clear_host_errors"), hosts: ["a", "b"], scratch: scratch)
    #expect(cleared.outcomes(of: "b") == ["fails failed: controller", "next ok"])
    let other = try await runPlaybook(book("noop"), hosts: ["a", "b"], scratch: scratch)
    #expect(other.outcomes(of: "b") == ["fails failed: controller", "next blocked"])
  }

  @Test func `cleared facts are read anew, and a connection can be begun anew`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: fact, debug: {msg: "{{ ansible_distribution }}"}}
          - {meta: clear_facts}
          - {name: gone, debug: {msg: "{{ ansible_facts | length }}"}}
          - {meta: reset_connection}
          - {name: command, command: "true", changed_when: false}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["fact ok", "gone ok", "command ok"])
  }

  @Test func `a fatal error ends the play everywhere, and what follows it`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        any_errors_fatal: true
        tasks:
          - {name: fails, command: "{{ (inventory_hostname == 'b') | ternary('false', 'true') }}"}
          - {name: later, copy: {dest: "DIR/{{ inventory_hostname }}", content: x}}
      - {hosts: all, tasks: [{name: next, copy: {dest: DIR/next, content: x}}]}
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(!scratch.exists("a") && !scratch.exists("next"))
    #expect(run.outcomes(of: "a") == ["fails changed", "later blocked"])
  }

  @Test func `a fatal error in a block with rescue takes all hosts there`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        any_errors_fatal: true
        tasks:
          - block:
              - {name: fails, command: "{{ (inventory_hostname == 'b') | ternary('false', 'true') }}"}
              - {name: not reached, debug: {msg: x}}
            rescue: [{name: rescue, debug: {msg: x}}]
          - {name: after, debug: {msg: x}}
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(run.outcomes(of: "a") == ["fails changed", "rescue ok", "after ok"])
    #expect(run.outcomes(of: "b") == ["fails failed: action-failed", "rescue ok", "after ok"])
  }

  @Test func `when all hosts of a play have failed the plays behind it do not begin`() async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - {hosts: a, tasks: [{name: fails, fail: {msg: no}}]}
      - {hosts: b, tasks: [{name: next, copy: {dest: DIR/next, content: x}}]}
      - {id: own, hosts: b, needs: [], tasks: [{name: own, copy: {dest: DIR/own, content: x}}]}
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(!scratch.exists("next") && scratch.exists("own"))
    #expect(run.outcomes(of: "b").sorted() == ["next blocked", "own changed"])
  }

  @Test func `what another play on the same host makes unknown is read again`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: a
        tasks:
          - name: waits
            file: {path: "DIR/{{ item }}", state: absent}
            loop: [1, 2, 3, 4]
            loop_control: {pause: 0.2}
          - name: asks
            stat: {path: "DIR/{{ item }}"}
            loop: [1, 2, 3, 4]
            loop_control: {pause: 0.2}
      - hosts: a
        needs: []
        tasks: [{name: acts, shell: sleep 0.05, loop: "{{ range(30) | list }}"}]
      """, scratch: scratch)
    #expect(
      Set(run.reports.map { "\($0.task) \($0.outcome.word)" }) == [
        "waits ok", "asks ok", "acts changed",
      ])
  }

  @Test func `more failures than max_fail_percentage end the play, as many do not`() async throws {
    let scratch = try Scratch()
    func book(_ percent: Int) -> String {
      """
      - hosts: all
        max_fail_percentage: \(percent)
        tasks:
          - {name: fails, fail: {msg: no}, when: inventory_hostname == 'b'}
          - {name: acts, shell: "echo {{ inventory_hostname }} >> DIR/\(percent)"}
      """
    }
    let hosts = ["a", "b"]
    _ = try await runPlaybook(book(50), hosts: hosts, scratch: scratch)
    #expect(scratch.text("50") == "a\n")
    _ = try await runPlaybook(book(49), hosts: hosts, scratch: scratch)
    #expect(!scratch.exists("49"))
  }

  @Test func `delegated facts belong to the machine that they were read from`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: a
        tasks:
          - {name: hands on, set_fact: {port: 80}, delegate_to: b, delegate_facts: true}
          - {name: keeps, set_fact: {own: 81}, delegate_to: b}
          - {name: says, debug: {msg: "{{ port is defined }} {{ hostvars['b'].port }} {{ own }}"}}
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(run.message(of: "says") == .string("False 80 81"))
  }
}
