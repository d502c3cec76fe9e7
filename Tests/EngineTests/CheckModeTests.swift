import ModuleKit
import Schema
import Testing

@testable import Engine

/// `check_mode` and `diff` on tasks, blocks and plays.
struct CheckModeTests {
  private let book = """
    - hosts: all
      tasks:
        - {name: looks, command: "cat DIR/seen", check_mode: false, changed_when: false, register: answer}
        - {name: depends, copy: {dest: DIR/one, content: "{{ answer.stdout }}"}}
        - name: block
          check_mode: false
          block:
            - {name: really, copy: {dest: DIR/real, content: "1"}}
        - {name: only seen, copy: {dest: DIR/unreal, content: "1"}, check_mode: true, register: seen}
        - {name: not run, command: "touch DIR/touched", check_mode: true, register: touched}
        - {name: says, debug: {msg: "{{ seen.changed }} {{ touched.rc }} {{ touched is skipped }} {{ ansible_check_mode }}"}}
    """

  @Test func `a dry run carries out what has check_mode no, and says so`() async throws {
    let scratch = try Scratch()
    try scratch.write("seen", "yes")
    let plan = try await runPlaybook(book, mode: .plan, scratch: scratch)
    #expect(
      plan.outcomes(of: "a") == [
        "looks ok", "depends changed", "really changed", "only seen changed", "not run opaque",
        "says maybe",
      ])
    #expect(scratch.text("real") == "1")
    #expect(!scratch.exists("one") && !scratch.exists("unreal") && !scratch.exists("touched"))
    #expect(plan.reports.first { $0.task == "really" }?.checkMode == false)
    #expect(plan.host("a")?.carriedOut == 2)
  }

  @Test func `an apply only foresees what has check_mode yes`() async throws {
    let scratch = try Scratch()
    try scratch.write("seen", "yes")
    let apply = try await runPlaybook(book, scratch: scratch)
    #expect(
      apply.outcomes(of: "a") == [
        "looks ok", "depends changed", "really changed", "only seen changed", "not run skipped",
        "says ok",
      ])
    #expect(scratch.text("one") == "yes" && scratch.exists("real"))
    #expect(!scratch.exists("unreal") && !scratch.exists("touched"))
    #expect(apply.message(of: "says") == .string("True 0 True False"))
    #expect(apply.reports.first { $0.task == "only seen" }?.checkMode == true)
  }

  @Test func `what builds on changes that a dry run does not make is not carried out in it`()
    async throws
  {
    let scratch = try Scratch()
    let plan = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: folder, file: {path: DIR/d, state: directory}}
          - {name: file, copy: {dest: DIR/d/f, content: "1"}, check_mode: false}
      """, mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["folder changed", "file maybe"])
    #expect(!scratch.exists("d"))
  }

  @Test func `diff no hides the lines of a change`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: hidden, copy: {dest: DIR/one, content: x}, diff: false}
          - {name: shown, copy: {dest: DIR/two, content: x}}
      """, scratch: scratch)
    #expect(run.reports.map(\.showsDiff) == [false, nil])
  }
}
