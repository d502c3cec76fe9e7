import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The module copy` {
  struct Row: CustomTestStringConvertible {
    var name: String
    var setUp: Script
    var task: String
    var source: ControllerContent?
    var changes: [String]
    var afterwards: Script
    var testDescription: String { name }
  }

  static let motd = ControllerContent.file(Blob(Array("hello\n".utf8)), mode: 0o755)
  static let tree = ControllerContent.tree([
    .init(path: "conf", mode: 0o700, blob: nil),
    .init(path: "conf/a", mode: 0o640, blob: Blob(Array("a".utf8))),
    .init(path: "b", mode: 0o755, blob: Blob(Array("b".utf8))),
  ])

  static let rows: [Row] = [
    Row(
      name: "new content gets 0644", setUp: ":", task: "{dest: '{root}/f', content: 'a\nb'}",
      changes: ["content", "mode"],
      afterwards: "[ \"$(stat -c %a f)\" = 644 ] && [ \"$(cat f)\" = 'a b' ]"),
    Row(
      name: "what is there keeps its mode and owner",
      setUp: "echo old >f && chmod 4711 f && chown daemon f && chmod 4711 f",
      task: "{dest: '{root}/f', content: new}", changes: ["content"],
      afterwards: "[ \"$(stat -c %a:%U f)\" = 4711:daemon ] && [ \"$(cat f)\" = new ]"),
    Row(
      name: "mode and owner change with the content", setUp: "echo old >f && chmod 600 f",
      task: "{dest: '{root}/f', content: new, mode: '2755', owner: daemon, group: daemon}",
      changes: ["content", "mode", "owner", "group"],
      afterwards: "[ \"$(stat -c %a:%U:%G f)\" = 2755:daemon:daemon ]"),
    Row(
      name: "only the mode changes", setUp: "printf new >f && chmod 600 f",
      task: "{dest: '{root}/f', content: new, mode: 0644}", changes: ["mode"],
      afterwards: "[ \"$(stat -c %a f)\" = 644 ]"),
    Row(
      name: "force false leaves other content", setUp: "echo old >f && chmod 600 f",
      task: "{dest: '{root}/f', content: new, force: false, mode: '0640'}", changes: ["mode"],
      afterwards: "[ \"$(cat f)\" = old ]"),
    Row(
      name: "a dictionary becomes JSON", setUp: ":",
      task: "{dest: '{root}/f', content: {a: [1, true, null], \"ü\": 1.5}}",
      changes: ["content", "mode"],
      afterwards: "[ \"$(cat f)\" = '{\"a\": [1, true, null], \"\\u00fc\": 1.5}' ]"),
    Row(
      name: "a file of the controller", setUp: ":",
      task: "{dest: '{root}/f', src: motd, mode: preserve}", source: motd,
      changes: ["content", "mode"], afterwards: "[ \"$(stat -c %a f)\" = 755 ]"),
    Row(
      name: "into a folder that is there", setUp: "mkdir d",
      task: "{dest: '{root}/d', src: files/motd}", source: motd, changes: ["content", "mode"],
      afterwards: "[ \"$(cat d/motd)\" = hello ]"),
    Row(
      name: "into a folder that a link leads to", setUp: "mkdir d && ln -s d l",
      task: "{dest: '{root}/l', src: files/motd}", source: motd, changes: ["content", "mode"],
      afterwards: "[ \"$(cat d/motd)\" = hello ]"),
    Row(
      name: "into a folder that a slash makes", setUp: ":",
      task: "{dest: '{root}/x/y/', src: files/motd}", source: motd,
      changes: ["state", "mode", "state", "mode", "content", "mode"],
      afterwards: "[ \"$(cat x/y/motd)\" = hello ] && [ \"$(stat -c %a x/y)\" = 755 ]"),
    Row(
      name: "a link is replaced", setUp: "echo old >f && ln -s f l",
      task: "{dest: '{root}/l', src: motd}", source: motd, changes: ["content"],
      afterwards: "[ ! -L l ] && [ \"$(cat f)\" = old ]"),
    Row(
      name: "a link with the same content is replaced too", setUp: "echo hello >f && ln -s f l",
      task: "{dest: '{root}/l', src: motd}", source: motd, changes: ["content"],
      afterwards: "[ ! -L l ]"),
    Row(
      name: "a link is followed", setUp: "echo old >f && ln -s f l",
      task: "{dest: '{root}/l', src: motd, follow: true}", source: motd, changes: ["content"],
      afterwards: "[ -L l ] && [ \"$(cat f)\" = hello ]"),
    Row(
      name: "a folder", setUp: ":", task: "{dest: '{root}', src: etc}", source: tree,
      changes: ["state", "mode", "state", "mode", "content", "mode", "content", "mode"],
      afterwards: "[ \"$(cat etc/conf/a etc/b)\" = ab ] && [ \"$(stat -c %a etc/conf)\" = 755 ]"),
    Row(
      name: "what a folder holds, with its modes", setUp: ":",
      task: "{dest: '{root}', src: etc/, mode: preserve}", source: tree,
      changes: ["state", "mode", "content", "mode", "content", "mode"],
      afterwards:
        "[ \"$(stat -c %a conf conf/a b | tr '\\n' ' ')\" = '700 640 755 ' ]"),
    Row(
      name: "a backup", setUp: "echo old >f", task: "{dest: '{root}/f', src: motd, backup: true}",
      source: motd, changes: ["content"], afterwards: "[ \"$(cat f.*~)\" = old ]"),
    Row(
      name: "a validation that agrees", setUp: ":",
      task: "{dest: '{root}/f', src: motd, validate: \"grep -q 'hel' %s\"}", source: motd,
      changes: ["content", "mode"], afterwards: "[ -f f ]"),
    Row(
      name: "from the host", setUp: "echo x >f && chmod 750 f",
      task: "{dest: '{root}/g', src: '{root}/f', remote_src: true, mode: preserve}",
      changes: ["content", "mode"], afterwards: "[ \"$(stat -c %a g)\" = 750 ] && cmp f g"),
    Row(
      name: "a folder of the host", setUp: "mkdir -p d/e n && echo x >d/e/f && echo old >n/g",
      task: "{dest: '{root}/n', src: '{root}/d', remote_src: true}",
      changes: ["state", "mode", "state", "mode", "content", "mode"],
      afterwards: "cmp d/e/f n/d/e/f"),
    Row(
      name: "new files and folders of a folder of the host have the modes of their originals",
      setUp:
        "mkdir -p d/e n && echo x >d/f && echo x >d/g && echo x >n/g && chmod 644 n/g && chmod 640 d/f && chmod 600 d/g && chmod 701 d/e",
      task: "{dest: '{root}/n/', src: '{root}/d/', remote_src: true, mode: '0711'}",
      changes: ["mode", "state", "mode", "content", "mode"],
      afterwards:
        "[ \"$(stat -c %a n n/e n/f n/g | tr '\\n' ' ')\" = '711 701 640 644 ' ]"),
    Row(
      name: "what links of a folder of the host lead to is copied",
      setUp: "mkdir d && echo x >f && chmod 600 f && ln -s ../f d/l",
      task: "{dest: '{root}/n', src: '{root}/d/', remote_src: true}",
      changes: ["state", "mode", "content", "mode"],
      afterwards: "[ ! -L n/l ] && [ \"$(stat -c %a n/l)\" = 600 ] && cmp f n/l"),
    Row(
      name: "odd names", setUp: ":", task: "{dest: \"{root}/-it's\\na $(id) é\", content: x}",
      changes: ["content", "mode"], afterwards: "[ -f ./\("-it's\na $(id) é") ]"),
    Row(
      name: "bytes that are no text", setUp: ":", task: "{dest: '{root}/f', src: x}",
      source: .file(Blob([0, 255, 10, 0, 39, 10]), mode: 0o600), changes: ["content", "mode"],
      afterwards: "[ \"$(wc -c <f)\" -eq 6 ]"),
  ]

  @Test(arguments: TestShell.allCases, rows)
  func `comes to rest as predicted`(shell: TestShell, row: Row) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    #expect(host.run("cd \(host.root) && \(row.setUp)").status == 0)
    let task = row.task.replacing("{root}", with: host.root)
    let contents = row.source.map { ["src": $0] } ?? [:]
    let result = try host.converge(try module(CopyModule.self, task, contents: contents))
    #expect(result.attributes == row.changes)
    #expect(host.run("cd \(host.root) && \(row.afterwards)").status == 0)
    #expect(host.run("find \(host.root) -name '.spile*'").text == "")
  }

  @Test(arguments: TestShell.allCases)
  func `a validation that refuses leaves everything as it was`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && echo old >f && chmod 640 f")
    let task = try module(
      CopyModule.self, "{dest: '\(host.root)/f', content: bad, validate: 'grep -q good %s'}")
    let result = try host.apply(task, expecting: false)
    #expect(result.replies.last?.status == 1)
    #expect(result.replies.last?.errorText.contains("refused by its validation") == true)
    #expect(host.run("cat \(host.root)/f; ls -A \(host.root)").text == "old\nf\n")
  }

  @Test func `a file that changed meanwhile is not overwritten`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("echo one >\(host.root)/f")
    let task = try module(CopyModule.self, "{dest: '\(host.root)/f', content: mine}")
    let changes = try task.changes(from: host.view(for: task.reads))
    host.run("echo two >\(host.root)/f")
    let step = try #require(changes.first?.steps.first)
    let reply = host.run(step)
    #expect(reply.errorText == "`\(host.root)/f` changed since it was read")
    #expect(host.run("cat \(host.root)/f").text == "two\n")
  }

  @Test func `secrets are not shown and are closed to others`() throws {
    let host = TestHost()
    defer { host.remove() }
    let text = "{dest: '\(host.root)/f', content: canary}"
    let task = try module(CopyModule.self, text, secrets: ["content"])
    let first = try host.converge(task)
    #expect(first.changes[0].after == .secret && first.changes[0].steps[0].isSecret)
    #expect(!first.changes[0].steps[0].script.source.contains("canary"))
    #expect(host.run("stat -c %a \(host.root)/f").text == "600\n")
    host.run("echo other >\(host.root)/f")
    let second = try host.converge(task)
    #expect(second.changes[0].before == .secret)
  }

  @Test func `a user without rights is told what was refused`() throws {
    var host = TestHost()
    defer { host.remove() }
    host.run("mkdir -m 755 \(host.root)/d")
    host.user = "nobody"
    let task = try module(CopyModule.self, "{dest: '\(host.root)/d/f', content: x}")
    let result = try host.apply(task, expecting: false)
    #expect(result.replies.last?.errorText.contains("Permission denied") == true)
  }

  @Test func `a user's files belong to the user`() throws {
    var host = TestHost()
    defer { host.remove() }
    host.run("mkdir \(host.root)/d && chown nobody \(host.root)/d")
    host.user = "nobody"
    try host.converge(try module(CopyModule.self, "{dest: '\(host.root)/d/f', content: x}"))
    #expect(host.run("stat -c %U:%G \(host.root)/d/f").text == "nobody:nogroup\n")
  }

  static let refusals: [(setUp: Script, task: String, id: String)] = [
    (":", "{dest: '{root}/a/f', content: x}", "no-parent-folder"),
    ("touch a", "{dest: '{root}/a/f', content: x}", "unreadable"),
    ("mkdir f", "{dest: '{root}/f', content: x}", "not-a-file"),
    ("mkfifo f", "{dest: '{root}/f', content: x}", "not-a-file"),
    (":", "{dest: '{root}/f', src: '{root}/none', remote_src: true}", "source-absent"),
    (
      "echo x >f", "{dest: '{root}/g', src: '{root}/f', remote_src: true, checksum: ab}",
      "wrong-checksum"
    ),
    (
      "mkdir -p d e && ln -s ../e d/l", "{dest: '{root}/n', src: '{root}/d/', remote_src: true}",
      "not-a-file"
    ),
  ]

  @Test(arguments: refusals)
  func `refuses what it cannot do`(setUp: Script, task: String, id: String) throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && \(setUp)")
    let module = try module(CopyModule.self, task.replacing("{root}", with: host.root))
    #expect(
      obstacleID { () throws(Obstacle) in
        try module.changes(from: host.view(for: module.reads))
      } == id)
  }

  @Test func `a copy from the host tells the checksum`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("printf abc >\(host.root)/f")
    let copy = try host.converge(
      try module(
        CopyModule.self, "{dest: '\(host.root)/g', src: '\(host.root)/f', remote_src: true}"))
    #expect(copy.result["checksum"] == .string("a9993e364706816aba3e25717850c26c9cd0d89d"))
  }

  static let trials: [(source: String, status: Int32)] = [
    ("content: hello", 0), ("content: goodbye", 1), ("src: '{root}/f', remote_src: true", 0),
  ]

  @Test(arguments: TestShell.allCases, trials)
  func `a validation can be tried before anything is written`(
    shell: TestShell, row: (source: String, status: Int32)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("echo hello >\(host.root)/f")
    let copy = try module(
      CopyModule.self,
      "{dest: '{root}/g', \(row.source), validate: grep -q hel %s}".replacing(
        "{root}", with: host.root))
    let changes = try copy.changes(from: host.view(for: copy.reads))
    let trial = try #require(changes.compactMap(\.trial).first)
    #expect(trial.footprint == .nothing && trial.input?.isSecret != true)
    #expect(host.run(trial).status == row.status)
    #expect(
      host.run("is_absent \(host.root)/g && ! ls /run/spile/trial.* /tmp/trial.*").status == 0)
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{dest: /x}", "missing-parameter"), ("{dest: /x/, content: a}", "content-needs-file"),
    ("{dest: /x, content: a, src: b}", "exclusive-parameters"),
    ("{dest: /x, content: a, validate: visudo -c}", "validate-without-file"),
    ("{dest: /x, content: a, validate: \"visudo 'c %s\"}", "unbalanced-quotes"),
    ("{dest: /x, src: a}", "file-not-read"),
    ("{dest: /x, content: a, local_follow: false}", "unsupported-value"),
    ("{dest: /x, content: a, setype: _default}", "unsupported-value"),
    ("{dest: /x, src: a, remote_src: true, setype: etc_t}", "host-path"),
    ("{dest: /x, src: /a, remote_src: true, setype: etc_t}", "unsupported-value"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(CopyModule.self, task) } == id)
  }
}
