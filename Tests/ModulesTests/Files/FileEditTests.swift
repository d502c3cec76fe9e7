import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The line editors` {
  struct Row: CustomTestStringConvertible {
    var before: String?
    var task: String
    var after: String?
    var testDescription: String { task }
  }

  static let lines: [Row] = [
    Row(before: "a\nb\n", task: "line: c", after: "a\nb\nc\n"),
    Row(before: "a\nb", task: "line: c", after: "a\nb\nc\n"),
    Row(before: "a\nb", task: "line: b", after: "a\nb"),
    Row(before: "", task: "line: c", after: "c\n"),
    Row(before: nil, task: "line: c, create: true", after: "c\n"),
    Row(before: "a=1\nb=2\na=3\n", task: "line: a=9, regexp: '^a='", after: "a=1\nb=2\na=9\n"),
    Row(
      before: "a=1\nb=2\na=3\n", task: "line: a=9, regexp: '^a=', firstmatch: true",
      after: "a=9\nb=2\na=3\n"),
    Row(before: "#a=1\n", task: "line: a=9, regexp: '^#?\\s*a='", after: "a=9\n"),
    Row(before: "x\n", task: "line: a=9, regexp: '^a='", after: "x\na=9\n"),
    Row(before: "x\ny\n", task: "line: n, insertafter: '^x'", after: "x\nn\ny\n"),
    Row(before: "x\nx\ny\n", task: "line: n, insertafter: '^x'", after: "x\nx\nn\ny\n"),
    Row(
      before: "x\nx\ny\n", task: "line: n, insertafter: '^x', firstmatch: true",
      after: "x\nn\nx\ny\n"),
    Row(before: "x\ny", task: "line: n, insertafter: '^y'", after: "x\ny\nn\n"),
    Row(before: "x\ny\n", task: "line: n, insertbefore: '^y'", after: "x\nn\ny\n"),
    Row(before: "x\ny\n", task: "line: n, insertbefore: '^z'", after: "x\ny\nn\n"),
    Row(before: "x\n", task: "line: n, insertbefore: BOF", after: "n\nx\n"),
    Row(before: "x\n", task: "line: n, insertafter: EOF", after: "x\nn\n"),
    Row(before: "x\nn\ny\n", task: "line: n, insertafter: '^y'", after: "x\nn\ny\n"),
    Row(
      before: "o=a,b,c\n", task: "line: 'o=\\1,x', regexp: '^o=(a,b)', backrefs: true",
      after: "o=a,b,x\n"),
    Row(
      before: "z\n", task: "line: 'o=\\1,x', regexp: '^o=(a,b)', backrefs: true", after: "z\n"),
    Row(before: "a.b\nacb\n", task: "line: X, search_string: a.b", after: "X\nacb\n"),
    Row(before: "a\nb\na\n", task: "line: a, state: absent", after: "b\n"),
    Row(before: "a1\nb\na2\n", task: "regexp: '^a\\d$', state: absent", after: "b\n"),
    Row(before: "a.b\nacb\n", task: "search_string: a.b, state: absent", after: "acb\n"),
    Row(before: "b\n", task: "line: a, state: absent", after: "b\n"),
    Row(before: nil, task: "line: a, state: absent", after: nil),
    Row(before: "é\r\nb\n", task: "line: é", after: "é\r\nb\n"),
    Row(before: "x\n", task: "line: '  indented # '", after: "x\n  indented # \n"),
  ]

  static let blocks: [Row] = [
    Row(
      before: "a\n", task: "block: \"x\\ny\"",
      after: "a\n# BEGIN ANSIBLE MANAGED BLOCK\nx\ny\n# END ANSIBLE MANAGED BLOCK\n"),
    Row(
      before: "a\n# BEGIN m\nold\nold\n# END m\nz\n", task: "block: new, marker: '# {mark} m'",
      after: "a\n# BEGIN m\nnew\n# END m\nz\n"),
    Row(
      before: "a\n# BEGIN m\nold\n# END m", task: "block: new, marker: '# {mark} m'",
      after: "a\n# BEGIN m\nnew\n# END m\n"),
    Row(
      before: "a\n# BEGIN m\nold\n# END m\nz\n", task: "state: absent, marker: '# {mark} m'",
      after: "a\nz\n"),
    Row(
      before: "a\n# BEGIN m\nold\n# END m\nz\n", task: "block: '', marker: '# {mark} m'",
      after: "a\nz\n"),
    Row(before: "a", task: "state: absent", after: "a"),
    Row(before: nil, task: "state: absent", after: nil),
    Row(
      before: nil, task: "block: x, create: true, marker: '{mark}'", after: "BEGIN\nx\nEND\n"),
    Row(
      before: "a\nb\n", task: "block: x, marker: '{mark}', insertafter: '^a'",
      after: "a\nBEGIN\nx\nEND\nb\n"),
    Row(
      before: "a\nb\n", task: "block: x, marker: '{mark}', insertbefore: BOF",
      after: "BEGIN\nx\nEND\na\nb\n"),
    Row(
      before: "a\nb\n", task: "block: x, marker: '{mark}', insertbefore: '^b'",
      after: "a\nBEGIN\nx\nEND\nb\n"),
    Row(
      before: "a\nb\n",
      task:
        "block: x, marker: '<{mark}>', marker_begin: on, marker_end: off, insertafter: a, prepend_newline: true, append_newline: true",
      after: "a\n\n<on>\nx\n<off>\n\nb\n"),
    Row(before: "a", task: "block: x, marker: '{mark}'", after: "a\nBEGIN\nx\nEND\n"),
  ]

  static let replacements: [Row] = [
    Row(before: "a b a\n", task: "regexp: a, replace: c", after: "c b c\n"),
    Row(before: "a\nb\n", task: "regexp: '^b$', replace: x", after: "a\nx\n"),
    Row(
      before: "x swap\n", task: "regexp: '^([^#].*swap)$', replace: '# \\1'", after: "# x swap\n"),
    Row(before: "a1 b2\n", task: "regexp: '(?P<l>[ab])\\d', replace: '\\g<l>'", after: "a b\n"),
    Row(before: "a\nb\n", task: "regexp: '^a\\n'", after: "b\n"),
    Row(
      before: "a\n[s]\na\n[t]\na\n",
      task: "regexp: a, replace: x, after: '\\[s\\]', before: '\\[t\\]'",
      after: "a\n[s]\nx\n[t]\na\n"),
    Row(
      before: "a\n[s]\na\n", task: "regexp: a, replace: x, after: '\\[s\\]'", after: "a\n[s]\nx\n"),
    Row(
      before: "a\n[s]\na\n", task: "regexp: a, replace: x, before: '\\[s\\]'", after: "x\n[s]\na\n"),
    Row(before: "a\n", task: "regexp: a, replace: x, after: nothing", after: "a\n"),
    Row(before: "é\n", task: "regexp: é, replace: è", after: "è\n"),
  ]

  @Test(arguments: lines) func `lineinfile`(row: Row) throws {
    try check(row) { try module(LineInFileModule.self, $0) }
  }

  @Test(arguments: blocks) func `blockinfile`(row: Row) throws {
    try check(row) { try module(BlockInFileModule.self, $0) }
  }

  @Test(arguments: replacements) func `replace`(row: Row) throws {
    try check(row) { try module(ReplaceModule.self, $0) }
  }

  private func check(_ row: Row, _ make: (String) throws -> any StateModule) throws {
    let host = TestHost()
    defer { host.remove() }
    let path = "\(host.root)/f"
    if let before = row.before { host.run("cat >\(path)", input: Array(before.utf8)) }
    let result = try host.converge(try make("{path: '\(path)', \(row.task)}"))
    #expect(result.changes.isEmpty == (row.before == row.after))
    #expect(
      result.changes.map(\.attribute).prefix(1) == (row.before == row.after ? [] : ["content"]))
    guard let after = row.after else {
      #expect(host.run("is_absent \(path)").status == 0)
      return
    }
    #expect(host.run("cat \(path)").text == after)
  }

  static let results: [(kind: String, before: String?, task: String, result: ValueMap)] = [
    ("lineinfile", "a\n", "line: b", ["msg": .string("line added"), "backup": .string("")]),
    ("lineinfile", "a=1\n", "line: a=2, regexp: '^a'", ["msg": .string("line replaced")]),
    ("lineinfile", "a\n", "line: a", ["msg": .string(""), "backup": .string("")]),
    (
      "lineinfile", "a\na\n", "line: a, state: absent",
      ["msg": .string("2 line(s) removed"), "found": .int(2)]
    ),
    ("lineinfile", "a\n", "line: b, state: absent", ["msg": .string(""), "found": .int(0)]),
    ("lineinfile", nil, "line: b, state: absent", ["msg": .string("file not present")]),
    (
      "lineinfile", "a\n", "line: b, mode: '0600'",
      ["msg": .string("line added and ownership, perms or SE linux context changed")]
    ),
    (
      "lineinfile", nil, "line: b, create: true, mode: '0644'", ["msg": .string("line added")]
    ),
    (
      "blockinfile", "a\n", "block: b, mode: '0600'",
      ["msg": .string("Block inserted and ownership, perms or SE linux context changed")]
    ),
    ("blockinfile", nil, "block: b, create: true", ["msg": .string("File created")]),
    (
      "blockinfile", "# BEGIN m\nx\n# END m\n", "marker: '# {mark} m'",
      ["msg": .string("Block removed")]
    ),
    ("blockinfile", "a\n", "state: absent", ["msg": .string("")]),
    (
      "replace", "aba\n", "regexp: a, replace: x",
      ["msg": .string("2 replacements made"), "rc": .int(0)]
    ),
    ("replace", "b\n", "regexp: a, replace: x", ["msg": .string(""), "rc": .int(0)]),
    (
      "replace", "a\n", "regexp: a, replace: x, after: q",
      [
        "msg": .string(
          "Pattern for before/after params did not match the given file: q(?P<subsection>.*)")
      ]
    ),
  ]

  @Test(arguments: results)
  func `tell what they did as Ansible's do`(
    kind: String, before: String?, task: String, result: ValueMap
  ) throws {
    let host = TestHost()
    defer { host.remove() }
    let path = "\(host.root)/f"
    if let before {
      host.run("cat >\(path) && chmod 644 \(path)", input: Array(before.utf8))
    }
    let found = try host.converge(try editor(kind, "{path: '\(path)', \(task)}")).result
    for (key, value) in result.pairs {
      #expect(key.string.flatMap { found[$0] } == value, "\(key)")
    }
  }

  private func editor(_ kind: String, _ text: String) throws -> any StateModule {
    switch kind {
    case "lineinfile": try module(LineInFileModule.self, text)
    case "blockinfile": try module(BlockInFileModule.self, text)
    default: try module(ReplaceModule.self, text)
    }
  }

  @Test(arguments: TestShell.allCases)
  func `a link is followed, mode and owner are kept`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && echo a >f && chmod 640 f && chown daemon f && ln -s f l")
    try host.converge(
      try module(LineInFileModule.self, "{path: '\(host.root)/l', line: b, backup: true}"))
    #expect(
      host.run("cd \(host.root) && [ -L l ] && stat -c %a:%U f && cat f f.*~").text
        == "640:daemon\na\nb\na\n")
  }

  @Test func `bytes that are no text are kept`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("printf 'a\\377=1\\nb\\376\\n' >\(host.root)/f")
    try host.converge(
      try module(LineInFileModule.self, "{path: '\(host.root)/f', line: c, regexp: '^a'}"))
    #expect(host.run("cat \(host.root)/f").output == [99, 10, 98, 254, 10])
  }

  static let refusals: [(setUp: Script, kind: String, task: String, id: String)] = [
    (":", "lineinfile", "line: a", "file-absent"), (":", "blockinfile", "block: a", "file-absent"),
    (":", "replace", "regexp: a", "file-absent"),
    ("mkdir f", "lineinfile", "line: a", "not-a-file"),
    ("ln -s nowhere f", "lineinfile", "line: a", "file-absent"),
    ("echo a >f", "replace", "regexp: a, replace: aa", "edit-never-settles"),
    ("printf '\\377' >f", "replace", "regexp: a", "not-utf8"),
    ("head -c 3000000 /dev/zero >f", "lineinfile", "line: a", "file-too-large"),
    ("echo a >f", "lineinfile", "line: '\\2', regexp: '(a)', backrefs: true", "regular-expression"),
  ]

  @Test(arguments: refusals)
  func `refuse what they cannot do`(
    setUp: Script, kind: String, task: String, id: String
  ) throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && \(setUp)")
    let text = "{path: '\(host.root)/f', \(task)}"
    let editor = try editor(kind, text)
    #expect(
      obstacleID { () throws(Obstacle) in
        try editor.changes(from: host.view(for: editor.reads))
      } == id)
  }

  static let mistakes: [(kind: String, task: String, id: String)] = [
    ("lineinfile", "{path: /x}", "missing-parameter"),
    ("lineinfile", "{path: /x, line: a, regexp: '('}", "regular-expression"),
    ("lineinfile", "{path: /x, line: a, insertafter: '('}", "regular-expression"),
    ("lineinfile", "{path: /x, line: a, backrefs: true}", "missing-parameter"),
    ("lineinfile", "{path: /x, state: absent}", "missing-parameter"),
    ("lineinfile", "{path: /x, line: a, insertafter: b, insertbefore: c}", "exclusive-parameters"),
    ("blockinfile", "{path: /x, block: a, marker: '#'}", "same-markers"),
    ("replace", "{path: /x}", "missing-parameter"),
    ("replace", "{path: /x, regexp: '[a'}", "regular-expression"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(kind: String, task: String, id: String) throws {
    let found = try mistakeID {
      _ = try editor(kind, task)
    }
    #expect(found == id)
  }

  @Test func `a section of a large file is replaced`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run(
      "{ seq 1 20000; echo '[s]'; seq 1 20000; echo '[t]'; seq 1 20000; } >\(host.root)/f")
    try host.converge(
      try module(
        ReplaceModule.self,
        "{path: '\(host.root)/f', after: '\\[s\\]', before: '\\[t\\]', regexp: '^7$', replace: seven}"
      ))
    #expect(host.run("grep -n seven \(host.root)/f").text == "20008:seven\n")
  }

  @Test(arguments: TestShell.allCases)
  func `template writes what was rendered`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let source = ControllerContent.file(Blob(Array("a\nb\n".utf8)), mode: 0o644)
    let task = try module(
      TemplateModule.self, "{src: x/f.conf.j2, dest: '\(host.root)/', newline_sequence: '\\r\\n'}",
      contents: ["src": source])
    let result = try host.converge(task)
    #expect(result.result["dest"] == .string("\(host.root)/f.conf.j2"))
    #expect(host.run("cat \(host.root)/f.conf.j2").text == "a\r\nb\r\n")
  }
}
