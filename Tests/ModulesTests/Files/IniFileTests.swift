import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The modules ini_file, pam_limits and assemble` {
  static let ini: [(before: String?, task: String, after: String?)] = [
    (nil, "section: a, option: x, value: '1'", "\n[a]\nx = 1\n"),
    (nil, "section: a, option: x, value: '1', state: absent", nil),
    ("", "option: x, value: '1'", "x = 1\n\n"), ("", "section: a, state: absent", ""),
    ("# c\n[a]\ny=1\n", "option: x, value: 2", "x = 2\n# c\n[a]\ny=1\n"),
    ("[a]\nx=1\n[b]\nx=1\n", "section: b, option: x, value: 2", "[a]\nx=1\n[b]\nx = 2\n"),
    ("[a]\nx=1\n", "section: a, option: x, value: 2, no_extra_spaces: true", "[a]\nx=2\n"),
    ("[a]\nx=1\n", "section: a, option: x, value: '1'", "[a]\nx = 1\n"),
    ("[a]\nx=1\n", "section: a, option: x, value: '1', ignore_spaces: true", "[a]\nx=1\n"),
    ("[a]\n\n[b]\n", "section: a, option: x, value: '1'", "[a]\nx = 1\n\n[b]\n"),
    ("[a]\n;x = 0\ny = 1\n", "section: a, option: x, value: '1'", "[a]\nx = 1\ny = 1\n"),
    (
      "[a]\n;x = 0\ny = 1\n", "section: a, option: x, value: '1', modify_inactive_option: false",
      "[a]\n;x = 0\ny = 1\nx = 1\n"
    ),
    ("[a]\nx = 1\nx = 2\nxy = 3\n", "section: a, option: x, value: '2'", "[a]\nx = 2\nxy = 3\n"),
    (
      "[a]\nx = 1\nx = 2\n", "section: a, option: x, value: '3', exclusive: false",
      "[a]\nx = 1\nx = 2\nx = 3\n"
    ),
    (
      "[a]\nx = 1\nx = 9\n", "section: a, option: x, values: ['2', '1', '3']",
      "[a]\nx = 1\nx = 2\nx = 3\n"
    ),
    ("[a]\nx = 1\n", "section: a, option: flag, allow_no_value: true", "[a]\nx = 1\nflag\n"),
    ("[a]\nflag = 1\n", "section: a, option: flag, allow_no_value: true", "[a]\nflag\n"),
    ("[a]\nx = 1\nx = 2\ny=1\n", "section: a, option: x, state: absent", "[a]\ny=1\n"),
    (
      "[a]\nx = 1\nx = 2\n", "section: a, option: x, value: '2', state: absent, exclusive: false",
      "[a]\nx = 1\n"
    ),
    ("[a]\n#x = 1\n", "section: a, option: x, state: absent", "[a]\n#x = 1\n"),
    ("q\n[a]\nx = 1\n[b]\ny=2\n", "section: a, state: absent", "q\n[b]\ny=2\n"),
    ("[a]\nx=1", "section: b", "[a]\nx=1\n[b]\n"),
    ("[a]\nx = 1", "section: a, option: x, value: '1'", "[a]\nx = 1"),
    ("[ a ]\nx=1\n", "section: a, option: x, value: ü", "[ a ]\nx = ü\n"),
    ("[a.b]\n[ab]\n", "section: a.b, option: x, value: '1'", "[a.b]\nx = 1\n[ab]\n"),
    (
      "[p]\nn = 1\nv = 0\n[p]\nn = 2\nv = 0\n",
      "section: p, section_has_values: [{option: n, value: '2'}], option: v, value: '7'",
      "[p]\nn = 1\nv = 0\n[p]\nn = 2\nv = 7\n"
    ),
    (
      "[p]\nn = 1\n",
      "section: p, section_has_values: [{option: n, values: ['3']}], option: v, value: '7'",
      "[p]\nn = 1\n[p]\nn = 3\nv = 7\n"
    ),
  ]

  @Test(arguments: ini)
  func `ini_file edits like Ansible's`(before: String?, task: String, after: String?) throws {
    let host = TestHost()
    defer { host.remove() }
    let path = "\(host.root)/f.ini"
    if let before { host.run("cat >\(path)", input: Array(before.utf8)) }
    let result = try host.converge(try module(IniFileModule.self, "{path: '\(path)', \(task)}"))
    #expect(result.changes.isEmpty == (before == after))
    guard let after else {
      #expect(host.run("[ -e \(path) ]").status == 1)
      return
    }
    #expect(host.run("cat \(path)").text == after)
  }

  static let limits: [(before: String?, task: String, after: String)] = [
    (nil, "domain: '*', limit_type: hard, limit_item: nofile, value: 10", "*\thard\tnofile\t10\n"),
    (
      "# c\na soft nproc 5\n", "domain: a, limit_type: soft, limit_item: nproc, value: 6",
      "# c\na\tsoft\tnproc\t6\n"
    ),
    (
      "a soft nproc 5 # why\n", "domain: a, limit_type: soft, limit_item: nproc, value: 5",
      "a soft nproc 5 # why\n"
    ),
    (
      "a - core 9\n", "domain: a, limit_type: '-', limit_item: core, value: 5, use_max: true",
      "a - core 9\n"
    ),
    (
      "a - core 9\n",
      "domain: a, limit_type: '-', limit_item: core, value: unlimited, use_max: true",
      "a\t-\tcore\tunlimited\n"
    ),
    (
      "a - core 9", "domain: b, limit_type: '-', limit_item: core, value: 5, comment: new",
      "a - core 9\nb\t-\tcore\t5\t#new\n"
    ),
  ]

  @Test(arguments: limits)
  func `pam_limits keeps one line`(before: String?, task: String, after: String) throws {
    let host = TestHost()
    defer { host.remove() }
    let path = "\(host.root)/limits.conf"
    if let before { host.run("cat >\(path)", input: Array(before.utf8)) }
    try host.converge(try module(PamLimitsModule.self, "{dest: '\(path)', \(task)}"))
    #expect(host.run("cat \(path)").text == after)
  }

  static let fragments: [(task: String, after: String)] = [
    ("", "Z\none\nthree\ntwo\n"), ("delimiter: '---'", "Z\n---\none\n---\nthree\n---\ntwo\n"),
    ("regexp: '[0-9]$'", "one\ntwo\n"), ("ignore_hidden: true", "one\nthree\ntwo\n"),
  ]

  @Test(arguments: TestShell.allCases, fragments)
  func `assemble puts fragments together`(
    shell: TestShell, row: (task: String, after: String)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run(
      """
      mkdir -p \(host.root)/d/below && cd \(host.root)/d && ln -s nowhere broken && printf no >below/x
      printf 'Z\\n' >.z && printf 'one\\n' >1 && printf three >a && printf 'two\\n' >b2
      """)
    let task =
      "{src: '\(host.root)/d', dest: '\(host.root)/f'\(row.task.isEmpty ? "" : ", ")\(row.task)}"
    try host.converge(try module(AssembleModule.self, task))
    #expect(host.run("cat \(host.root)/f").text == row.after)
  }

  @Test func `assemble takes fragments of the controller`() throws {
    let host = TestHost()
    defer { host.remove() }
    let tree = ControllerContent.tree([
      .init(path: "b", mode: 0o644, blob: Blob(Array("b\n".utf8))),
      .init(path: "a", mode: 0o644, blob: Blob(Array("a".utf8))),
      .init(path: "below", mode: 0o755, blob: nil),
      .init(path: "below/c", mode: 0o644, blob: Blob(Array("c".utf8))),
    ])
    try host.converge(
      try module(
        AssembleModule.self,
        "{src: parts, dest: '\(host.root)/f', remote_src: false, mode: '0600'}",
        contents: ["src": tree]))
    #expect(host.run("cat \(host.root)/f; stat -c %a \(host.root)/f").text == "a\nb\n600\n")
  }
}
