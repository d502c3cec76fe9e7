import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The module wait_for` {
  static let paths: [(setUp: Script, task: String, holds: Bool)] = [
    ("touch f", "path: '{root}/f'", true), (":", "path: '{root}/f'", false),
    (":", "path: '{root}/f', state: absent", true),
    ("touch f", "path: '{root}/f', state: absent", false),
    ("echo done in 12 s >f", "path: '{root}/f', search_regex: '^done\\sin \\d+ s$'", true),
    ("echo doing >f", "path: '{root}/f', search_regex: '^done'", false),
    ("echo it\\'s >f", "path: '{root}/f', search_regex: \"it's\"", true),
    (":", "delay: 0", true),
  ]

  @Test(arguments: TestShell.allCases, paths)
  func `looks at paths`(
    shell: TestShell, row: (setUp: Script, task: String, holds: Bool)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && \(row.setUp)")
    let task = row.task.replacing("{root}", with: host.root)
    let outcome = try host.act(
      try module(WaitForModule.self, "{\(task), timeout: 1, sleep: 1}"))
    #expect((outcome.failure == nil) == row.holds)
    #expect(outcome.result["elapsed"] != nil)
    guard case .ran(let plan, let result) = outcome else {
      Issue.record("it was skipped")
      return
    }
    #expect(plan.isHarmless && !plan.isOpaque && !result.changed)
    #expect(plan.change.steps[0].footprint == .nothing)
  }

  @Test(arguments: TestShell.allCases)
  func `tells what the groups of a pattern matched`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("printf 'first\\nid=42 x\\nid=43\\n' >\(host.root)/f")
    let outcome = try host.act(
      try module(
        WaitForModule.self,
        "{path: '\(host.root)/f', search_regex: 'id=(\\d+)( x)?(y)?', timeout: 1}"))
    #expect(
      outcome.result["match_groups"] == .list([.string("42"), .string(" x"), .null])
        && outcome.result["elapsed"] == .int(0))
  }

  @Test(arguments: TestShell.allCases)
  func `sees ports open and closed`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let listener = Listener()
    let open = "port: \(listener.port), timeout: 1"
    #expect(try host.act(try module(WaitForModule.self, "{\(open)}")).failure == nil)
    #expect(
      try host.act(try module(WaitForModule.self, "{\(open), state: stopped, msg: still there}"))
        .failure == "still there")
    let script: Script = "\(WaitForModule.functions)\nis_listening \(listener.port)"
    #expect(host.run(script).status == 0)
    listener.close()
    #expect(
      try host.act(try module(WaitForModule.self, "{\(open), state: stopped}")).failure == nil)
    #expect(
      try host.act(try module(WaitForModule.self, "{\(open)}")).failure
        == "127.0.0.1:\(listener.port) was not started within 1 seconds")
    #expect(host.run(script).status == 1)
  }

  @Test(arguments: TestShell.allCases)
  func `reads what a port says`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let listener = Listener(greeting: "hello\nSSH-2.0-OpenSSH_9.2\n")
    defer { listener.close() }
    let task = "port: \(listener.port), timeout: 1, connect_timeout: 2"
    #expect(
      try host.act(try module(WaitForModule.self, "{\(task), search_regex: 'OpenSSH_\\d'}"))
        .failure == nil)
    #expect(
      try host.act(try module(WaitForModule.self, "{\(task), search_regex: dropbear}"))
        .failure == "127.0.0.1:\(listener.port) was not answering as wished within 1 seconds")
  }

  @Test(arguments: TestShell.allCases)
  func `a port is drained when nobody is connected`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let listener = Listener()
    defer { listener.close() }
    let task = try module(
      WaitForModule.self, "{port: \(listener.port), state: drained, timeout: 1}")
    #expect(try host.act(task).failure == nil)
  }

  static let connected: [(options: String, isDrained: Bool)] = [
    ("", false), (", exclude_hosts: [127.0.0.1]", true), (", exclude_hosts: [127.0.0.2]", false),
    (", active_connection_states: [SYN_SENT, LAST_ACK]", true),
    (", active_connection_states: ESTABLISHED", false),
  ]

  @Test(arguments: TestShell.allCases, connected)
  func `which connections count can be said`(
    shell: TestShell, row: (options: String, isDrained: Bool)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let listener = Listener()
    defer { listener.close() }
    TestHost().run(
      "bash -c 'exec 3<>/dev/tcp/127.0.0.1/$0; sleep 4' \(listener.port) >/dev/null 2>&1 & sleep 0.3"
    )
    let task = try module(
      WaitForModule.self, "{port: \(listener.port), state: drained, timeout: 1\(row.options)}")
    #expect((try host.act(task).failure == nil) == row.isDrained)
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{port: 0}", "port"), ("{port: 70000}", "port"),
    ("{port: 1, path: /x}", "exclusive-parameters"),
    ("{path: /x, state: drained}", "missing-parameter"), ("{search_regex: x}", "missing-parameter"),
    ("{path: /x, search_regex: '(?i)x'}", "regular-expression"),
    ("{state: open}", "argument-choice"),
    ("{port: 1, state: drained, exclude_hosts: [a.example]}", "address"),
    ("{port: 1, exclude_hosts: [10.0.0.1]}", "exclusive-parameters"),
    ("{port: 1, state: drained, active_connection_states: [OPEN]}", "argument-choice"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(WaitForModule.self, task) } == id)
  }
}
