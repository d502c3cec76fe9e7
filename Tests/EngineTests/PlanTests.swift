import ModuleKit
import Schema
import Testing

@testable import Engine

/// Dry runs: what is certain, what depends on something, and what nobody can tell.
struct PlanTests {
  @Test func `results of commands that would run are unknown, and so is what depends on them`()
    async throws
  {
    let scratch = try Scratch()
    let plan = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: asks, command: "cat DIR/x", register: answer}
          - {name: depends, copy: {dest: DIR/one, content: "{{ answer.stdout }}"}}
          - {name: perhaps, copy: {dest: DIR/two, content: x}, when: answer.stdout == 'yes'}
          - {name: not at all, copy: {dest: DIR/three, content: x}, when: answer.stdout == 'yes' and false}
          - {name: certain, copy: {dest: DIR/four, content: x}}
      """, mode: .plan, scratch: scratch)
    #expect(
      plan.outcomes(of: "a") == [
        "asks opaque", "depends maybe", "perhaps maybe", "not at all skipped", "certain changed",
      ])
    #expect(plan.reports.last?.assuming == ["`asks` changes nothing here"])
    #expect(plan.record.exitCode(changesMatter: false) == 0)
  }

  @Test func `a file that an earlier task will write is there for the later ones`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks:
          - {name: folder, file: {path: DIR/d, state: directory}}
          - {name: file, copy: {dest: DIR/d/f, content: "x"}}
          - {name: mode, file: {path: DIR/d/f, mode: "0600"}}
          - {name: same, copy: {dest: DIR/d/f, content: "x"}}
      """
    let plan = try await runPlaybook(book, mode: .plan, scratch: scratch)
    #expect(
      plan.outcomes(of: "a") == ["folder changed", "file changed", "mode changed", "same ok"])
    let apply = try await runPlaybook(book, scratch: scratch)
    #expect(plan.outcomes(of: "a") == apply.outcomes(of: "a"))
    #expect(apply.host("a")?.mispredicted == 0)
  }

  @Test func `a task may undo what one before it has done, as predicted`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks:
          - {name: first, copy: {dest: DIR/f, content: "one", mode: "0644"}}
          - {name: second, copy: {dest: DIR/f, content: "two", mode: "0600"}}
      """
    let plan = try await runPlaybook(book, mode: .plan, scratch: scratch)
    let apply = try await runPlaybook(book, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["first changed", "second changed"])
    #expect(apply.outcomes(of: "a") == plan.outcomes(of: "a"))
    #expect(scratch.text("f") == "two")
  }

  @Test func `a plan goes on after a failure, and says what it takes for granted`() async throws {
    let scratch = try Scratch()
    let plan = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: check, fail: {msg: no}}
          - {name: later, copy: {dest: DIR/one, content: x}}
      """, mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["check failed: controller", "later changed"])
    #expect(plan.reports.last?.assuming == ["`check` is mended"])
    #expect(plan.record.exitCode(changesMatter: true) == 2)
  }

  @Test func `a guarded command is certain`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks:
          - {name: guarded, command: "touch DIR/made", args: {creates: DIR/made}}
      """
    let plan = try await runPlaybook(book, mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["guarded changed"])
    #expect(!scratch.exists("made"))
    #expect(try await runPlaybook(book, scratch: scratch).outcomes(of: "a") == ["guarded changed"])
    #expect(try await runPlaybook(book, scratch: scratch).outcomes(of: "a") == ["guarded ok"])
  }

  @Test func `handlers of doubtful changes are doubtful`() async throws {
    let scratch = try Scratch()
    let plan = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: asks, command: "true", register: answer, changed_when: false}
          - {name: perhaps, copy: {dest: DIR/two, content: x}, when: answer.rc == 0, notify: tell}
        handlers:
          - {name: tell, copy: {dest: DIR/told, content: x}}
      """, mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["asks ok", "perhaps maybe", "tell maybe"])
  }
}

/// Actions: commands, retries, delegation.
struct ActionTests {
  @Test func `until tries again until it holds`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - name: counts
            shell: echo x >> DIR/count; wc -l < DIR/count
            register: count
            until: count.stdout | int >= 3
            retries: 5
            delay: 0
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["counts changed"])
    #expect(scratch.text("count") == "x\nx\nx\n")
  }

  @Test func `failed_when and changed_when judge a command`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: fine, command: "false", failed_when: false, changed_when: false, register: r}
          - {name: status, debug: {msg: "{{ r.rc }}"}}
          - {name: bad, command: "echo oops", register: said, failed_when: "'oops' in said.stdout"}
      """, scratch: scratch)
    #expect(run.outcomes(of: "a") == ["fine ok", "status ok", "bad failed: failed-when"])
    #expect(run.message(of: "status") == .int(1))
  }

  @Test func `a delegated task works on the other machine with the host's variables`() async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: b
        tasks:
          - {name: there, copy: {dest: "DIR/{{ inventory_hostname }}", content: x}, delegate_to: a}
      """, hosts: ["a", "b"], scratch: scratch)
    #expect(run.reports.map(\.delegate) == ["a"])
    #expect(scratch.exists("b"))
    #expect(run.host("b")?.exchangeCount == 0)
  }

  @Test func `a shell that dies under an action is a host that is lost, and says so`() async throws
  {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: kills, shell: "kill -9 $(ps -o ppid= -p $PPID) $PPID"}
          - {name: after, copy: {dest: DIR/after, content: x}}
      """, scratch: scratch)
    #expect(run.host("a")?.isUnreachable == true)
    #expect(run.record.exitCode(changesMatter: false) == 4)
    #expect(!scratch.exists("after"))
  }

  @Test func `throttle bounds how many hosts work at once`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: alone, shell: "mkdir DIR/lock && sleep 0.05 && rmdir DIR/lock", throttle: 1}
      """, hosts: ["a", "b", "c"], scratch: scratch)
    #expect(Set(run.reports.map(\.outcome.word)) == ["changed"])
  }
}
