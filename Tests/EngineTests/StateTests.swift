import Glibc
import ModuleKit
import Schema
import Testing

@testable import Engine

/// Declared state: compared, changed, compared again; the second run is empty.
struct StateTests {
  static let book = """
    - hosts: all
      gather_facts: false
      tasks:
        - name: folder
          file: {path: DIR/conf, state: directory, mode: "0750"}
        - name: content
          copy: {dest: DIR/conf/app, content: "port=1\\n", mode: "0640"}
        - name: loop
          copy: {dest: "DIR/conf/{{ item }}", content: "{{ item }}"}
          loop: [x, y, z]
        - name: said
          debug: {msg: "dir is {{ dir }}"}
    """

  @Test func `a first run changes, a second one does not, and each says so`() async throws {
    let scratch = try Scratch()
    let first = try await runPlaybook(Self.book, scratch: scratch)
    #expect(
      first.outcomes(of: "a") == [
        "folder changed", "content changed", "loop(x) changed", "loop(y) changed",
        "loop(z) changed", "said ok",
      ])
    #expect(scratch.text("conf/app") == "port=1\n")
    #expect(first.host("a")?.mispredicted == 0)
    let second = try await runPlaybook(Self.book, scratch: scratch)
    #expect(Set(second.reports.map(\.outcome.word)) == ["ok"])
    #expect(second.host("a")?.exchangeCount == 1)
  }

  @Test func `a first run of predictable tasks is two exchanges: one to look, one to act`()
    async throws
  {
    let scratch = try Scratch()
    let first = try await runPlaybook(Self.book, scratch: scratch)
    #expect(first.host("a")?.exchangeCount == 2)
  }

  @Test func `plays of a host that begin together ask once`() async throws {
    let scratch = try Scratch()
    let plays = (1...4).map { number in
      """
      - hosts: all
        needs: []
        gather_facts: false
        tasks:
          - name: file \(number)
            copy: {dest: "{{ dir }}/file\(number)", content: "\(number)\\n"}
      """
    }.joined(separator: "\n")
    _ = try await runPlaybook(plays, scratch: scratch)
    let again = try await runPlaybook(plays, scratch: scratch)
    #expect(Set(again.reports.map(\.outcome.word)) == ["ok"])
    // Two where a later play comes first: it looks ahead, not back.
    #expect((again.host("a")?.exchangeCount ?? 9) <= 2)
  }

  @Test func `a plan says what the apply does, and changes nothing`() async throws {
    let scratch = try Scratch()
    let plan = try await runPlaybook(Self.book, mode: .plan, scratch: scratch)
    #expect(!scratch.exists("conf"))
    let apply = try await runPlaybook(Self.book, scratch: scratch)
    #expect(plan.outcomes(of: "a") == apply.outcomes(of: "a"))
    #expect(
      plan.reports.flatMap(\.changes).map(\.attribute)
        == apply.reports.flatMap(\.changes).map(\.attribute))
    #expect(plan.record.exitCode(changesMatter: true) == 16)
    #expect(plan.record.exitCode(changesMatter: false) == 0)
  }

  @Test func `a path may begin with somebody's home`() async throws {
    let run = try await runPlaybook(
      """
      - hosts: all
        gather_facts: false
        tasks:
          - name: own
            stat: {path: "~"}
            register: own
          - name: another's
            stat: {path: "{{ '~daemon' }}/x"}
            register: other
          - name: said
            debug: {msg: "{{ own.stat.path }} {{ other.stat.exists }}"}
          - name: nobody's
            file: {path: ~nobody-has-this-name/x, state: absent}
      """, scratch: try Scratch())
    let home = String(cString: getpwuid(geteuid()).pointee.pw_dir)
    #expect(run.reports.first { $0.task == "said" }?.message == .string("\(home) False"))
    #expect(run.reports.last?.outcome.word == "failed: unknown-user")
  }

  @Test func `a result tells what its own task left, not what a later task made of it`()
    async throws
  {
    let scratch = try Scratch()
    let first = try await runPlaybook(
      """
      - hosts: all
        gather_facts: false
        tasks:
          - name: first
            copy: {dest: DIR/app, content: "one", mode: "0640"}
            register: first
          - name: second
            file: {path: DIR/app, mode: "0600"}
            register: second
          - name: said
            debug: {msg: "{{ first.mode }} {{ second.mode }}"}
      """, scratch: scratch)
    #expect(first.host("a")?.exchangeCount == 2)
    let said = first.reports.first { $0.task == "said" }
    #expect(said?.message == .string("0640 0600"))
  }

  @Test func `plays later on are observed in the same exchange`() async throws {
    let scratch = try Scratch()
    let book = """
      - hosts: all
        tasks: [{name: one, copy: {dest: DIR/one, content: "1"}}]
      - hosts: all
        tasks: [{name: two, copy: {dest: DIR/two, content: "2"}}]
      """
    _ = try await runPlaybook(book, scratch: scratch)
    let again = try await runPlaybook(book, scratch: scratch)
    #expect(again.host("a")?.exchangeCount == 1)
    #expect(again.outcomes(of: "a") == ["one ok", "two ok"])
  }
}
