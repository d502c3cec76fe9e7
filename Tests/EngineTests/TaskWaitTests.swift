import Diagnostics
import Model
import Testing

@testable import Engine

@Suite struct TaskWaitTests {
  private let program: Program

  init() throws {
    let site = """
      - id: base
        name: Base
        hosts: all
        tasks:
          - {name: File, file: {path: /tmp/x, state: touch}}
          - {name: Mode, file: {path: /tmp/x, mode: "0600"}}
          - {name: Act, command: "true"}
          - {name: Others, debug: {msg: "{{ groups.all }}"}}
      - name: Next
        hosts: a
        tasks:
          - {name: One, id: one, debug: {msg: x}}
          - {name: Two, id: two, debug: {msg: x}, needs: [{one: all}]}
          - {name: Three, debug: {msg: x}, needs: []}
      - name: Asks
        hosts: b
        needs: [{base: all}]
        tasks:
          - {name: Last, debug: {msg: x}}
      - name: Batches
        hosts: all
        serial: 1
        needs: []
        tasks:
          - {name: Serial, debug: {msg: x}}
      """
    let hosts = "all: {hosts: {a: , b: }}"
    program = try compilePlaybook(.memory(["site.yml": site, "hosts.yml": hosts])).1
  }

  /// What stands before or after a task, as lines.
  private func lines(_ task: String, _ host: String, before: Bool) throws -> [String] {
    let play = try #require(
      program.plays.first { play in
        play.hosts.contains(host) && play.instructions.contains { $0.title == task }
      })
    let position = try #require(play.instructions.firstIndex { $0.title == task })
    let place = try #require(play.hosts.firstIndex(of: host))
    let waits =
      before
      ? program.predecessors(of: position, host: place, in: play)
      : program.successors(of: position, host: place, in: play)
    return waits.map { wait in
      let cause =
        switch wait.cause {
        case .order: "order"
        case .needs(let span): "needs:\(span?.position.line ?? 0)"
        case .linear(let reason): reason
        case .playOrder: "play order"
        case .batch: "batch"
        }
      let kind = wait.isPlay ? "play " : ""
      return
        "\(kind)\(wait.title) \(wait.hosts.joined(separator: "+"))\(wait.needsSuccess ? "" : "?") \(cause)"
    }
  }

  @Test(arguments: [
    ("File", "a", []), ("Mode", "b", ["File b order"]),
    ("Act", "a", ["Mode a order", "Mode a+b? `command` acts: what it does is not declared"]),
    ("Others", "b", ["Act b order", "Act a+b? `groups` concerns other hosts"]),
    ("One", "a", ["play Base a+b? play order", "play Base a play order"]),
    ("Two", "a", ["One a needs:13"]), ("Three", "a", []),
    ("Last", "b", ["play Base a+b needs:17"]),
    ("Serial", "b", ["play Batches a? batch"]),
  ])
  func `a task waits for what the graph has before it`(
    task: String, host: String, expected: [String]
  ) throws {
    #expect(try lines(task, host, before: true).sorted() == expected.sorted())
  }

  @Test(arguments: [
    ("File", "a", ["Mode a order"]),
    ("Mode", "b", ["Act b order", "Act a+b? `command` acts: what it does is not declared"]),
    ("One", "a", ["Two a needs:13"]),
    ("Last", "b", ["flush_handlers b order", "flush_handlers b? handlers run here"]),
  ])
  func `and is waited for by what is after it`(
    task: String, host: String, expected: [String]
  ) throws {
    #expect(try lines(task, host, before: false).sorted() == expected.sorted())
  }
}
