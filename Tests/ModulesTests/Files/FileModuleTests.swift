import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The module file` {
  /// A task below `{root}`, what is there before, and the attributes that must change.
  struct Row: CustomTestStringConvertible {
    var name: String
    var setUp: Script
    var task: String
    var changes: [String]
    /// A test(1) expression that must hold afterwards, in the scratch folder.
    var afterwards: Script
    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(
      name: "a new folder gets 0755", setUp: ":", task: "{path: '{root}/d', state: directory}",
      changes: ["state", "mode"], afterwards: "[ \"$(stat -c %a d)\" = 755 ]"),
    Row(
      name: "folders above get the same mode", setUp: ":",
      task: "{path: '{root}/a/b/c', state: directory, mode: '0710', group: daemon}",
      changes: ["state", "mode", "group", "state", "mode", "group", "state", "mode", "group"],
      afterwards: "[ \"$(stat -c %a:%G a a/b a/b/c | sort -u)\" = 710:daemon ]"),
    Row(
      name: "a folder that is there keeps what is not wished", setUp: "mkdir -m 0700 d",
      task: "{path: '{root}/d', state: directory, owner: daemon}", changes: ["owner"],
      afterwards: "[ \"$(stat -c %a:%U d)\" = 700:daemon ]"),
    Row(
      name: "the set-group-ID bit of a folder is cleared", setUp: "mkdir d && chmod 2775 d",
      task: "{path: '{root}/d', state: directory, mode: '0775'}", changes: ["mode"],
      afterwards: "[ \"$(stat -c %a d)\" = 775 ]"),
    Row(
      name: "new things in a set-group-ID folder belong to its group",
      setUp: "mkdir d && chgrp daemon d && chmod 2775 d",
      task: "{path: '{root}/d/e', state: directory}", changes: ["state", "mode"],
      afterwards: "[ \"$(stat -c %a:%G d/e)\" = 2755:daemon ]"),
    Row(
      name: "a set-user-ID bit survives a change of owner", setUp: "touch f && chmod 4755 f",
      task: "{path: '{root}/f', owner: daemon}", changes: ["owner"],
      afterwards: "[ \"$(stat -c %a:%U f)\" = 4755:daemon ]"),
    Row(
      name: "numbers name accounts", setUp: "touch f",
      task: "{path: '{root}/f', owner: 1, group: '54321'}",
      changes: ["owner", "group"], afterwards: "[ \"$(stat -c %U:%g f)\" = daemon:54321 ]"),
    Row(
      name: "a link is followed", setUp: "touch f && chmod 600 f && ln -s f l",
      task: "{path: '{root}/l', mode: '0640'}", changes: ["mode"],
      afterwards: "[ \"$(stat -c %a f)\" = 640 ] && [ -L l ]"),
    Row(
      name: "a link to a folder is a folder", setUp: "mkdir -m 755 d && ln -s d l",
      task: "{path: '{root}/l', state: directory, mode: '0750'}", changes: ["mode"],
      afterwards: "[ -L l ] && [ \"$(stat -c %a d)\" = 750 ]"),
    Row(
      name: "touch makes an empty file", setUp: ":", task: "{path: '{root}/f', state: touch}",
      changes: ["content", "mode"],
      afterwards: "[ -f f ] && [ ! -s f ] && [ \"$(stat -c %a f)\" = 644 ]"),
    Row(
      name: "touch leaves a file's content", setUp: "echo x >f",
      task: "{path: '{root}/f', state: touch}",
      changes: [], afterwards: "[ -s f ]"),
    Row(
      name: "touch sets a time", setUp: "echo x >f",
      task: "{path: '{root}/f', state: touch, modification_time: '202001021530.07'}",
      changes: ["modification_time"],
      afterwards: "case $(stat -c %y f) in '2020-01-02 15:30:07'*) ;; *) false ;; esac"),
    Row(
      name: "a link", setUp: "touch f", task: "{path: '{root}/l', src: f, state: link}",
      changes: ["state"], afterwards: "[ \"$(readlink l)\" = f ]"),
    Row(
      name: "a link is turned", setUp: "touch g && ln -s f l",
      task: "{path: '{root}/l', src: g, state: link}", changes: ["state"],
      afterwards: "[ \"$(readlink l)\" = g ]"),
    Row(
      name: "a link to nowhere needs force", setUp: ":",
      task: "{path: '{root}/l', src: /nowhere, state: link, force: true}", changes: ["state"],
      afterwards: "[ \"$(readlink l)\" = /nowhere ]"),
    Row(
      name: "force puts a link in place of an empty folder", setUp: "mkdir l d",
      task: "{path: '{root}/l', src: d, state: link, force: true}", changes: ["state"],
      afterwards: "[ \"$(readlink l)\" = d ]"),
    Row(
      name: "a link's owner is its own", setUp: "touch f && ln -s f l",
      task: "{path: '{root}/l', src: f, state: link, owner: daemon}", changes: ["owner"],
      afterwards: "[ \"$(stat -c %U l f | tr '\\n' ' ')\" = 'daemon root ' ]"),
    Row(
      name: "a hard link", setUp: "echo x >f",
      task: "{path: '{root}/l', src: '{root}/f', state: hard}",
      changes: ["state"], afterwards: "[ \"$(stat -c %i f)\" = \"$(stat -c %i l)\" ]"),
    Row(
      name: "a file goes", setUp: "echo x >f", task: "{path: '{root}/f', state: absent}",
      changes: ["state"], afterwards: "[ ! -e f ]"),
    Row(
      name: "a folder goes with all it holds", setUp: "mkdir -p d/e && echo x >d/e/f",
      task: "{path: '{root}/d', state: absent}", changes: ["state"], afterwards: "[ ! -e d ]"),
    Row(
      name: "a dangling link goes", setUp: "ln -s nowhere l",
      task: "{path: '{root}/l', state: absent}",
      changes: ["state"], afterwards: "[ ! -L l ]"),
    Row(
      name: "nothing is below a file", setUp: "touch f",
      task: "{path: '{root}/f/g', state: absent}",
      changes: [], afterwards: "[ -f f ]"),
    Row(
      name: "force makes a folder of a file", setUp: "touch f",
      task: "{path: '{root}/f', state: directory, force: true}", changes: ["state", "mode"],
      afterwards: "[ -d f ]"),
    Row(
      name: "recursion reaches everything but what links lead to",
      setUp: """
        mkdir -p d/e && touch d/e/f other && ln -s ../other d/l && chmod 600 other d/e/f && chmod 755 d d/e
        """,
      task: "{path: '{root}/d', recurse: true, mode: '0750', owner: daemon}",
      changes: ["mode", "owner", "below"],
      afterwards:
        "[ \"$(stat -c %a:%U d d/e d/e/f | sort -u)\" = 750:daemon ] && [ \"$(stat -c %a:%U other)\" = 600:root ]"
    ),
    Row(
      name: "a symbolic mode counts from what is there", setUp: "touch f && chmod 4701 f",
      task: "{path: '{root}/f', mode: 'u-s,g=u,o+r'}", changes: ["mode"],
      afterwards: "[ \"$(stat -c %a f)\" = 775 ]"),
    Row(
      name: "recursion with a symbolic mode",
      setUp: """
        mkdir -p d/e && touch d/f "d/it's
        x" d/e/run && chmod 600 d/f d/it* && chmod 2770 d d/e && chmod 700 d/e/run && ln -s /etc d/l
        """,
      task: "{path: '{root}/d', state: directory, recurse: true, mode: 'u=rwX,go=rX'}",
      changes: ["mode", "below"],
      afterwards:
        "[ \"$(stat -c %a d d/e d/e/run d/f d/it* | tr '\\n' ' ')\" = '755 755 755 644 644 ' ]"),
    Row(
      name: "recursion over a new folder", setUp: ":",
      task: "{path: '{root}/d', recurse: true, mode: '0750'}", changes: ["state", "mode"],
      afterwards: "[ -d d ]"),
    Row(
      name: "odd names",
      setUp: "mkdir ./\(FileModuleNames.odd) && touch ./\(FileModuleNames.odd)/f",
      task: FileModuleNames.task, changes: ["mode"],
      afterwards: "[ \"$(stat -c %a ./\(FileModuleNames.odd)/f)\" = 640 ]"),
  ]

  @Test(arguments: TestShell.allCases, rows)
  func `comes to rest as predicted`(shell: TestShell, row: Row) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    #expect(host.run("cd \(host.root) && \(row.setUp)").status == 0)
    let task = row.task.replacing("{root}", with: host.root)
    let result = try host.converge(try module(FileModule.self, task))
    #expect(result.attributes == row.changes)
    #expect(host.run("cd \(host.root) && \(row.afterwards)").status == 0)
  }

  static let modes: [(text: String, before: UInt16, isFolder: Bool, after: UInt16)] = [
    ("0640", 0o777, false, 0o640), ("u=rw,g=r,o=", 0o777, false, 0o640),
    ("a+x", 0o644, false, 0o755), ("+x", 0o644, false, 0o755), ("+w", 0o444, false, 0o644),
    ("go-rwx", 0o4755, false, 0o4700), ("g+X", 0o600, false, 0o600),
    ("g+X", 0o700, false, 0o710), ("g+X", 0o600, true, 0o610), ("g=u,o=g", 0o740, false, 0o777),
    ("u+s,g+s,o+t", 0o755, true, 0o7755), ("u=rwx", 0o4000, false, 0o700),
    ("a=r", 0o7777, false, 0o444),
    ("u+rw-x", 0o100, false, 0o600),
  ]

  @Test(arguments: modes)
  func `modes are read as chmod reads them`(
    row: (text: String, before: UInt16, isFolder: Bool, after: UInt16)
  ) throws {
    let wish = try ModeWish(Argument(.string(row.text), path: "mode"))
    let mode = wish.applied(to: FileMode(bits: row.before), isFolder: row.isFolder)
    #expect(mode == FileMode(bits: row.after))
  }

  static let results: [(task: String, state: String, hasDestination: Bool)] = [
    ("{path: '{root}/l', src: '{root}/f', state: link}", "link", true),
    ("{path: '{root}/h', src: '{root}/f', state: hard}", "hard", true),
    ("{path: '{root}/t', state: touch}", "file", true),
    ("{path: '{root}/two', state: file}", "hard", false),
    ("{path: '{root}/d', state: directory}", "directory", false),
  ]

  @Test(arguments: results)
  func `tells what is there as Ansible does`(
    task: String, state: String, hasDestination: Bool
  ) throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && echo >f && echo >one && ln one two")
    let result = try host.apply(
      try module(FileModule.self, task.replacing("{root}", with: host.root))
    ).result
    #expect(result["state"] == .string(state))
    #expect((result["dest"] == nil) == !hasDestination)
    #expect(result["size"] != nil)
  }

  static let refusals: [(setUp: Script, task: String, id: String)] = [
    (":", "{path: '{root}/f', state: file}", "file-absent"),
    ("mkdir d", "{path: '{root}/d', state: file}", "wrong-file-type"),
    ("touch f", "{path: '{root}/f', state: directory}", "wrong-file-type"),
    ("touch f", "{path: '{root}/f/g', state: directory}", "unreadable"),
    ("touch f", "{path: '{root}/f', state: link, src: /etc}", "wrong-file-type"),
    (":", "{path: '{root}/l', state: link, src: nowhere}", "link-target-absent"),
    (":", "{path: '{root}/a/f', state: touch}", "no-parent-folder"),
    ("touch f", "{path: '{root}/f', owner: no-such-user}", "unknown-user"),
    ("touch f", "{path: '{root}/f', group: no-such-group}", "unknown-group"),
    (":", "{path: /, state: absent}", "remove-root"),
  ]

  @Test(arguments: refusals)
  func `refuses what it cannot do`(setUp: Script, task: String, id: String) throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && \(setUp)")
    let module = try module(
      FileModule.self, task.replacing("{root}", with: host.root))
    #expect(
      obstacleID { () throws(Obstacle) in
        try module.changes(from: host.view(for: module.reads))
      } == id)
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{path: relative}", "host-path"), ("{path: /x, state: link}", "missing-parameter"),
    ("{path: /x, state: file, recurse: true}", "exclusive-parameters"),
    ("{path: /x, recurse: true}", "missing-parameter"),
    ("{path: /x, state: gone}", "argument-choice"), ("{path: /x, mode: u+y}", "file-mode"),
    ("{path: /x, mode: '999'}", "file-mode"),
    ("{path: /x, state: touch, modification_time: now}", "file-time"), ("{}", "missing-parameter"),
    ("{path: /x, mod: '0644'}", "unknown-parameter"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(FileModule.self, task) } == id)
  }

  @Test func `a folder with something in it is not replaced by a link`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && mkdir l d && touch l/precious")
    let task = try module(
      FileModule.self, "{path: '\(host.root)/l', src: d, state: link, force: true}")
    let result = try host.apply(task, expecting: false)
    #expect(!result.remaining.isEmpty)
    #expect(host.run("ls -A \(host.root)").text == "d\nl\n")
    #expect(host.run("[ -f \(host.root)/l/precious ]").status == 0)
  }
}

private enum FileModuleNames {
  static let odd = "-odd 'name'\n$(id) é"
  static let task = "{path: \"{root}/-odd 'name'\\n$(id) é/f\", mode: '0640'}"
}
