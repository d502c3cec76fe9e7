import ModuleKit
import Schema
import Testing

@testable import Engine

/// Commands that go on by themselves, with real processes.
struct AsyncTests {
  @Test func `a job goes on while the play does, and is looked at later`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: start, shell: "cat; until [ -e DIR/other ]; do sleep 0.1; done; echo done > DIR/job", args: {stdin: hello}, async: 20, poll: 0, register: job}
          - {name: early, async_status: {jid: "{{ job.ansible_job_id }}"}, register: early}
          - {name: meanwhile, copy: {dest: DIR/other, content: x}}
          - name: late
            async_status: {jid: "{{ job.ansible_job_id }}"}
            register: late
            until: late is finished
            retries: 50
            delay: 1
          - {name: clean, async_status: {jid: "{{ job.ansible_job_id }}", mode: cleanup}}
          - {name: gone, async_status: {jid: "{{ job.ansible_job_id }}"}, ignore_errors: true}
          - {name: says, debug: {msg: "{{ job.finished }} {{ early.finished }} {{ late.rc }} {{ late.stdout }}"}}
      """, scratch: scratch)
    #expect(
      run.outcomes(of: "a") == [
        "start changed", "early ok", "meanwhile changed", "late changed", "clean ok",
        "gone ignored", "says ok",
      ])
    #expect(run.message(of: "says") == .string("False False 0 hello"))
    #expect(scratch.text("job") == "done\n")
  }

  @Test func `with poll the result is that of the command`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: good, command: "echo {{ inventory_hostname }}", async: 20, poll: 1, register: good}
          - {name: bad, shell: "echo no >&2; exit 3", async: 20, poll: 1, register: bad, ignore_errors: true}
          - {name: late, command: sleep 20, async: 1, poll: 1, ignore_errors: true, register: late}
          - {name: says, debug: {msg: "{{ good.stdout }} {{ good.finished }} {{ bad.rc }} {{ bad.stderr }} {{ late.msg }}"}}
      """, scratch: scratch)
    #expect(
      run.outcomes(of: "a") == ["good changed", "bad ignored", "late ignored", "says ok"])
    let late = "async task did not complete within the requested time - 1s"
    #expect(run.message(of: "says") == .string("a True 3 no \(late)"))
  }

  @Test func `a dry run starts nothing`() async throws {
    let scratch = try Scratch()
    let plan = try await runPlaybook(
      "- {hosts: all, tasks: [{name: start, command: touch DIR/job, async: 9, poll: 0}]}",
      mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["start opaque"])
    #expect(!scratch.exists("job"))
  }
}
