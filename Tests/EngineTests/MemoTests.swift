import ModuleKit
import Schema
import Testing

@testable import Engine

/// What is worked out once for all hosts, and what must not be.
struct MemoTests {
  static let inventory =
    "all: {vars: {ansible_connection: local}, hosts: {a: {port: 1}, b: {port: 1}, c: {port: 2}}}"

  @Test func `equal variables share, others do not`() async throws {
    let run = try await runPlaybook(
      """
      - hosts: all
        gather_facts: false
        tasks:
          - name: same
            debug: {msg: "port {{ port }}"}
          - name: own
            debug: {msg: "{{ inventory_hostname }} {{ hostvars[inventory_hostname].port }}"}
          - name: looped
            debug: {msg: "{{ item }}{{ port }}"}
            loop: [x]
          - set_fact: {late: "late {{ inventory_hostname }}"}
          - name: set
            debug: {msg: "{{ late }}"}
      """, scratch: try Scratch(), files: ["hosts.yml": Self.inventory])
    for (host, port) in [("a", "1"), ("b", "1"), ("c", "2")] {
      #expect(run.message(of: "same", on: host) == .string("port \(port)"))
      #expect(run.message(of: "own", on: host) == .string("\(host) \(port)"))
      #expect(run.message(of: "looped", on: host) == .string("x\(port)"))
      #expect(run.message(of: "set", on: host) == .string("late \(host)"))
    }
  }

  @Test func `random numbers are drawn for each host`() async throws {
    let run = try await runPlaybook(
      """
      - hosts: all
        gather_facts: false
        tasks:
          - name: drawn
            debug: {msg: "{{ 1000000000000 | random }}"}
      """, scratch: try Scratch(), files: ["hosts.yml": Self.inventory])
    let drawn = ["a", "b", "c"].compactMap { run.message(of: "drawn", on: $0) }
    #expect(Set(drawn).count == 3)
  }

  @Test func `a file that an earlier task made on the controller is sent as it is then`()
    async throws
  {
    let scratch = try Scratch()
    let book = { (text: String) in
      """
      - hosts: all
        gather_facts: false
        tasks:
          - name: make
            copy: {dest: DIR/source, content: "\(text)"}
          - name: send
            copy: {src: DIR/source, dest: DIR/target}
      """
    }
    _ = try await runPlaybook(book("old"), scratch: scratch)
    _ = try await runPlaybook(book("new"), scratch: scratch)
    #expect(scratch.text("target") == "new")
  }
}
