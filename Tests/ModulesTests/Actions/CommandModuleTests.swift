import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The modules command and shell` {
  static let commands: [(task: String, output: String)] = [
    (
      "{cmd: \"printf '%s|' a 'b c' \\\"d  e\\\" f\\\\ g '' '$HOME' ';' '*'\"}",
      "a|b c|d  e|f g||/root|;|*|"
    ),
    ("{cmd: 'echo $HOME $spile_none', expand_argument_vars: false}", "$HOME $spile_none"),
    (
      "{argv: [printf, '%s|', '~', ~/a b, x~, ~root/c, ~x y/d, '']}",
      "/root|/root/a b|x~|/root/c|~x y/d||"
    ),
    (
      "{argv: [printf, '%s|', '$HOME/x', '${HOME}y', '$none', '${none}', '$1', '${a b}', 'a$', '${']}",
      "/root/x|/rooty|$none|${none}|$1|${a b}|a$|${|"
    ),
    ("{argv: [printf, '%s|', \"it's\", \"new\\nline\", 1, -n]}", "it's|new\nline|1|-n|"),
    ("{cmd: cat, stdin: hello}", "hello"), ("{cmd: cat}", ""),
    ("{cmd: wc -c, stdin: hello, stdin_add_newline: false}", "5"),
    ("{cmd: pwd, chdir: /usr/bin}", "/usr/bin"), ("{cmd: sh -c umask}", "0022"),
    ("{argv: [sh, -c, 'echo ${LC_ALL-none}']}", "none"),
    ("{cmd: pwd}", "/root"),
  ]

  @Test(arguments: TestShell.allCases, commands)
  func `command runs a program with its arguments`(
    shell: TestShell, row: (task: String, output: String)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let outcome = try host.act(try module(CommandModule.self, row.task))
    #expect(outcome.result["stdout"] == .string(row.output))
    guard case .ran(let plan, let result) = outcome else {
      Issue.record("it did not run")
      return
    }
    #expect(plan.isOpaque && plan.change.steps[0].footprint.isAny && result.changed)
  }

  @Test(arguments: TestShell.allCases)
  func `a program that fails is reported with what it said`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let failed = try host.act(
      try module(ShellModule.self, "{cmd: 'echo out; echo err >&2; exit 3'}"))
    #expect(failed.failure == "the command ended with status 3")
    #expect(failed.result["rc"] == .int(3))
    #expect(failed.result["stdout"] == .string("out") && failed.result["stderr"] == .string("err"))
    #expect(failed.result["msg"] == .string("non-zero return code"))
    let missing = try host.act(try module(CommandModule.self, "{cmd: no-such-program}"))
    #expect(missing.failure == "`no-such-program` was not found on the host")
    #expect(missing.result["rc"] == .int(2) && missing.result["stderr"] == .string(""))
    let folder = try host.act(try module(CommandModule.self, "{cmd: /etc}"))
    #expect(folder.result["rc"] == .int(13) && folder.failure != nil)
    let own = try host.act(try module(CommandModule.self, "{cmd: sh -c 'exit 127'}"))
    #expect(own.result["rc"] == .int(127))
    let builtin = try host.act(try module(CommandModule.self, "{cmd: put a}"))
    #expect(builtin.failure == "`put` was not found on the host")
  }

  @Test(arguments: TestShell.allCases)
  func `results tell when a command ran, those of raw do not`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let before = host.run("date '+%Y-%m-%d %H:%M:%S'").text.prefix(19)
    for task in [
      try module(ShellModule.self, "{cmd: 'sleep 0.3; echo out; printf err >&2; exit 3'}")
        as any ActionModule,
      try module(
        CommandModule.self, "{cmd: \"sh -c 'sleep 0.3; echo out; printf err >&2; exit 3'\"}"),
    ] {
      let result = try host.act(task).result
      #expect(result["rc"] == .int(3) && result["stderr"] == .string("err"))
      #expect(result["stdout"] == .string("out"))
      let start = try #require(result["start"]?.string)
      let end = try #require(result["end"]?.string)
      let delta = try #require(result["delta"]?.string)
      #expect(start.utf8.count == 26 && end.utf8.count == 26 && start < end && before <= end)
      #expect("0:00:00.280000" <= delta && delta < "0:00:09")
    }
    let skipped = try host.act(try module(ShellModule.self, "{cmd: 'true', creates: /etc}")).result
    #expect(skipped["start"] == .null && skipped["delta"] == .null)
    let raw = try host.act(try module(RawModule.self, "{cmd: 'echo err >&2'}")).result
    #expect(raw["start"] == nil && raw["cmd"] == nil && raw["stderr"] == .string("err"))
  }

  static let times: [(line: String, start: String?, end: String, delta: String)] = [
    (
      "10.25 11.75 2026-03-01 00:00:01.250000999", "2026-02-28 23:59:59.750000",
      "2026-03-01 00:00:01.250000", "0:00:01.500000"
    ),
    (
      "0.00 90061.01 2026-01-02 01:01:01.5", "2026-01-01 00:00:00.490000",
      "2026-01-02 01:01:01.500000", "1 day, 1:01:01.010000"
    ),
    (
      "1.0 172801.0 2026-01-03 00:00:00.N", "2026-01-01 00:00:00.000000",
      "2026-01-03 00:00:00.000000", "2 days, 0:00:00.000000"
    ),
    ("1 2 2026-01-03 00:00:00.0", nil, "", ""), ("", nil, "", ""),
  ]

  @Test(arguments: times)
  func `times are reckoned back from the end`(
    line: String, start: String?, end: String, delta: String
  ) {
    let times = CommandTimes(line)
    #expect(times?.start == start)
    #expect(times.map(\.end) ?? "" == end && times.map(\.delta) ?? "" == delta)
  }

  @Test func `times are taken out of complaints, whole or cut`() {
    let sign = "\u{1F}spile: times:"
    func taken(_ text: String) -> (String, Bool) {
      let (errors, times) = CommandTimes.taken(from: Array(text.utf8))
      return (String(decoding: errors, as: UTF8.self), times != nil)
    }
    #expect(taken("a\(sign) 1.0 2.0 2026-01-03 00:00:00.0\nlate") == ("alate", true))
    #expect(taken("a\n\(sign) 1.0 2.") == ("a\n", false))
    #expect(taken("plain") == ("plain", false))
  }

  static let sources: [(task: String, output: String)] = [
    ("{cmd: 'a=1; echo $((a + 1)) | cat'}", "2"), ("{cmd: 'cat; echo x', stdin: in}", "in\nx"),
    ("{cmd: \"echo 'it''s' \\\"$PWD\\\"\", chdir: /usr}", "its /usr"),
    ("{cmd: 'echo ${BASH_VERSION:+bash}', executable: /bin/bash}", "bash"),
    ("cmd: |\n  for i in 1 2; do\n    echo $i\n  done", "1\n2"),
    ("{cmd: 'printf \"a\\n\\n\"'}", "a"),
  ]

  @Test(arguments: TestShell.allCases, sources)
  func `shell runs source, from a pipe if it is secret`(
    shell: TestShell, row: (task: String, output: String)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    for isSecret in [false, true] {
      let task = try module(ShellModule.self, row.task, secrets: isSecret ? ["cmd"] : [])
      let outcome = try host.act(task)
      #expect(outcome.result["stdout"] == .string(row.output))
      #expect(outcome.result["stdout"]?.deepMarks.contains(.secret) == isSecret)
    }
  }

  @Test(arguments: TestShell.allCases)
  func `a secret is in no argument vector and no label`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let task = try module(
      ShellModule.self, "{cmd: 'tr \"\\0\" \" \" </proc/$$/cmdline; : canary-4711'}",
      secrets: ["cmd"])
    guard case .ran(let plan, let result) = try host.act(task) else {
      Issue.record("it did not run")
      return
    }
    #expect(plan.change.steps[0].isSecret && plan.change.subject == "command")
    #expect(!plan.change.steps[0].label.contains("canary"))
    let vector = try #require(result.result["stdout"]?.string)
    #expect(vector.contains("sh") && !vector.contains("canary"))
  }

  static let guards: [(task: String, setUp: Script, runs: Bool)] = [
    ("creates: '{root}/f'", "touch f", false), ("creates: '{root}/f'", ":", true),
    ("creates: f, chdir: '{root}'", "touch f", false),
    ("creates: '{root}/f*'", "touch 'f x'", false), ("creates: '{root}/f*'", ":", true),
    ("creates: '{root}/a b/*'", "mkdir 'a b' && touch 'a b/c'", false),
    ("creates: '{root}/f'", "ln -s nowhere f", false),
    ("creates: '~/../{root}/f'", "touch f", false), ("creates: '~/../{root}/f'", ":", true),
    ("creates: '../{root}/f'", "touch f", false), ("removes: '../{root}/f*'", "touch fx", true),
    ("creates: '$HOME/../{root}/f'", "touch f", false), ("removes: none-in-the-home", ":", false),
    ("creates: '{root}/f/g'", "touch f", true),
    ("removes: '{root}/f'", "touch f", true), ("removes: '{root}/f'", ":", false),
    ("unless: 'test -e {root}/f'", "touch f", false), ("unless: 'test -e {root}/f'", ":", true),
    ("unless: 'no-such-program'", ":", true),
    ("unless: 'test -e f', chdir: '{root}'", "touch f", false),
    ("onlyif: 'test -e {root}/f'", "touch f", true), ("onlyif: 'test -e {root}/f'", ":", false),
    ("onlyif: 'true', unless: 'true'", ":", false),
  ]

  @Test(arguments: TestShell.allCases, guards)
  func `guards decide whether there is something to do`(
    shell: TestShell, row: (task: String, setUp: Script, runs: Bool)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && \(row.setUp)")
    let text = row.task.replacing("{root}", with: host.root)
    let outcome = try host.act(try module(CommandModule.self, "{cmd: 'true', \(text)}"))
    #expect(outcome.didRun == row.runs)
    guard case .ran(let plan, _) = outcome else {
      #expect(outcome.result["msg"]?.string?.hasPrefix("skipped, since ") == true)
      return
    }
    #expect(!plan.isOpaque)
  }

  @Test func `what a command touches can be declared`() throws {
    let task = try module(CommandModule.self, "{cmd: make, touches: [/opt/a, /etc/b]}")
    guard case .run(let plan) = try task.decision(from: FactView()) else {
      Issue.record("it would not run")
      return
    }
    let footprint = plan.change.steps[0].footprint
    #expect(footprint == Footprint([.tree("/opt/a"), .tree("/etc/b")]))
    #expect(footprint.touches(FactKey(CommandFact.self, "anything")))
    #expect(!footprint.touches(FactKey(FileFact.self, "/etc/c")))
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{cmd: \"echo 'x\"}", "unbalanced-quotes"), ("{cmd: ''}", "empty-command"),
    ("{}", "missing-parameter"), ("{cmd: a, argv: [b]}", "exclusive-parameters"),
    ("{cmd: a, chdir: b}", "host-path"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(CommandModule.self, task) } == id)
  }

  static let words: [(text: String, words: [String]?)] = [
    ("a  b\tc\nd", ["a", "b", "c", "d"]), ("'a b'c\"d e\"", ["a bcd e"]),
    ("\"\\$x \\\"\"", ["\\$x \""]),
    ("''", [""]), ("a\\ b", ["a b"]), ("", []), ("'a", nil), ("\"a", nil), ("a\\", nil),
    ("--x='y z'", ["--x=y z"]),
  ]

  @Test(arguments: words)
  func `words are split as a shell does`(text: String, words: [String]?) {
    #expect(shellWords(text) == words)
  }
}
