import ModuleKit
import Schema
import Testing

@testable import Engine

/// What tasks tell of what they did, and what a dry run can try beforehand.
struct ResultTests {
  @Test func `fetch tells whether the controller has another file now`() async throws {
    let scratch = try Scratch()
    try scratch.write("there", "one")
    let book = """
      - hosts: all
        tasks:
          - {name: kept, fetch: {src: DIR/there, dest: DIR/kept/, flat: true}, register: kept}
          - {name: says, debug: {msg: "{{ kept.changed }}"}}
      """
    let plan = try await runPlaybook(book, mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["kept changed", "says ok"])
    #expect(!scratch.exists("kept"))
    let first = try await runPlaybook(book, scratch: scratch)
    #expect(first.outcomes(of: "a") == ["kept changed", "says ok"])
    #expect(first.reports.first?.changes.map(\.after) == [.content("one")])
    #expect(first.message(of: "says") == .bool(true))
    #expect(scratch.text("kept/there") == "one")
    let second = try await runPlaybook(book, scratch: scratch)
    #expect(second.outcomes(of: "a") == ["kept ok", "says ok"])
  }

  @Test func `a dry run knows that a validation will refuse`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks:
          - {name: good, copy: {dest: DIR/good, content: "yes", validate: "grep -q yes %s"}}
          - {name: bad, copy: {dest: DIR/bad, content: "no", validate: "grep -q yes %s"}, ignore_errors: true}
      """
    let alone = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: bad, copy: {dest: DIR/bad, content: "no", validate: "grep -q yes %s"}}
      """, mode: .plan, scratch: scratch)
    #expect(alone.outcomes(of: "a") == ["bad failed: step-failed"])
    // What an earlier task changes may be what the validation wants.
    let plan = try await runPlaybook(book, mode: .plan, scratch: scratch)
    #expect(plan.outcomes(of: "a") == ["good changed", "bad maybe"])
    #expect(!scratch.exists("good") && !scratch.exists("bad"))
    let apply = try await runPlaybook(book, scratch: scratch)
    #expect(apply.outcomes(of: "a") == ["good changed", "bad ignored"])
    #expect(!scratch.exists("bad"))
  }

  @Test func `a task says how its template is cut into tokens`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        vars: {name: web}
        tasks:
          - name: made
            template:
              src: app.j2
              dest: DIR/app
              variable_start_string: "[["
              variable_end_string: "]]"
              lstrip_blocks: true
              trim_blocks: false
          - {name: usual, template: {src: app.j2, dest: DIR/usual}}
      """, scratch: scratch,
      files: ["templates/app.j2": "[[ name ]] {{ name }}\n  {% if true %}\nx{% endif %}\n"])
    #expect(run.outcomes(of: "a") == ["made changed", "usual changed"])
    #expect(scratch.text("app") == "web {{ name }}\n\nx\n")
    #expect(scratch.text("usual") == "[[ name ]] web\n  x\n")
  }

  @Test func `a registered result tells what its own task left behind`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      """
      - hosts: all
        tasks:
          - {name: folder, file: {path: DIR/d, state: directory}, register: folder}
          - {name: gone, file: {path: DIR/d, state: absent}, register: gone}
          - {name: never, file: {path: DIR/e, state: absent}}
          - {name: says, debug: {msg: "{{ folder.size > 0 }} {{ folder.state }} {{ gone.state }}"}}
      """, scratch: scratch)
    #expect(run.message(of: "says") == .string("True directory absent"))
  }
}
