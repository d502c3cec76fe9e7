import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The module find` {
  /// A folder with names and dates of all kinds.
  static let scene: Script = """
    mkdir -p sub/deep .hidden 'odd [x]'
    printf 'one\\nkey = 1\\n' >a.conf; printf 'two\\n' >b.log; : >sub/c.conf; : >sub/deep/d.log
    head -c 3000 /dev/zero >big.bin; : >.dot; : >.hidden/in; ln -s a.conf link; ln -s sub folder
    : >'odd [x]/new
    line|x'
    touch -d '2020-01-01 00:00:00' b.log; chmod 640 a.conf
    """

  static let rows: [(task: String, found: [String])] = [
    ("", ["a.conf", "b.log", "big.bin"]),
    ("patterns: '*.conf'", ["a.conf"]), ("patterns: '*.conf,*.log'", ["a.conf", "b.log"]),
    ("patterns: ['*.conf', '*.log'], excludes: 'a*'", ["b.log"]),
    ("excludes: '*.[bl]*'", ["a.conf"]),
    ("hidden: true", [".dot", "a.conf", "b.log", "big.bin"]),
    (
      "recurse: true",
      [
        ".hidden/in", "a.conf", "b.log", "big.bin", "odd [x]/new\nline|x", "sub/c.conf",
        "sub/deep/d.log",
      ]
    ),
    ("recurse: true, patterns: '*.conf', follow: true", ["a.conf", "folder/c.conf", "sub/c.conf"]),
    ("recurse: true, depth: 2, patterns: '?.*'", ["a.conf", "b.log", "sub/c.conf"]),
    ("use_regex: true, patterns: 'b'", ["b.log", "big.bin"]),
    ("use_regex: true, patterns: '^.*\\.log$', recurse: true", ["b.log", "sub/deep/d.log"]),
    ("use_regex: true, patterns: '.*', excludes: ['a.*', '.*bin']", ["b.log"]),
    ("file_type: directory", ["odd [x]", "sub"]), ("file_type: link", ["folder", "link"]),
    ("file_type: any, patterns: 's*'", ["sub"]), ("size: 1k", ["big.bin"]),
    ("size: -20", ["a.conf", "b.log"]), ("age: 1w", ["b.log"]),
    ("age: -1d", ["a.conf", "big.bin"]),
    ("contains: 'key\\s*='", ["a.conf"]), ("contains: '1'", []),
    ("contains: '1', read_whole_file: true", ["a.conf"]), ("mode: '0640'", ["a.conf"]),
    ("mode: 'u=rw,g=r'", ["a.conf"]), ("mode: '0004', exact_mode: false", ["b.log", "big.bin"]),
    ("limit: 1", ["a.conf"]),
  ]

  @Test(arguments: TestShell.allCases, rows)
  func `finds what Ansible finds`(
    shell: TestShell, row: (task: String, found: [String])
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("umask 022; cd \(host.root) && \(Self.scene)")
    let task = "{paths: '\(host.root)'\(row.task.isEmpty ? "" : ", ")\(row.task)}"
    let result = try host.ask(try module(FindModule.self, task)).result
    let paths = result["files"]?.list?.compactMap { $0["path"]?.string } ?? []
    #expect(paths.map { String($0.dropFirst(host.root.utf8.count + 1)) } == row.found)
    #expect(result["matched"] == .int(row.found.count))
  }

  @Test(arguments: TestShell.allCases)
  func `tells about each what stat tells`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && printf abc >f && chmod 600 f && mkdir d && ln -s f l")
    let task = "{paths: ['\(host.root)', /nowhere, '\(host.root)/f'], get_checksum: true}"
    let result = try host.ask(try module(FindModule.self, task)).result
    let file = try #require(result["files"]?.list?.first)
    let expected: [String: Value] = [
      "mode": .string("0600"), "size": .int(3), "isreg": .bool(true), "islnk": .bool(false),
      "uid": .int(0), "gr_name": .string("root"), "nlink": .int(1), "wusr": .bool(true),
      "checksum": .string("a9993e364706816aba3e25717850c26c9cd0d89d"),
    ]
    for (key, value) in expected { #expect(file[key] == value, "\(key)") }
    #expect(result["examined"] == .int(3) && result["matched"] == .int(1))
    let skipped = result["skipped_paths"]?.dict?.keys ?? []
    #expect(Set(skipped) == [.string("/nowhere"), .string("\(host.root)/f")])
  }

  @Test func `what a folder hides is told`() throws {
    var host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && mkdir secret && chmod 700 secret && touch secret/f g")
    host.user = "nobody"
    let result = try host.ask(
      try module(FindModule.self, "{paths: '\(host.root)', recurse: true}")
    ).result
    #expect(result["matched"] == .int(1))
    #expect(
      result["skipped_paths"]?["\(host.root)/secret"] == .string("Permission denied"))
  }

  @Test func `what is below a folder that steps write to is not known`() throws {
    let key = FactKey(FindFact.self, "/srv/app")
    #expect(Footprint.path("/srv/app/x/y").touches(key))
    #expect(!Footprint.path("/srv/other").touches(key))
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{paths: relative}", "host-path"), ("{paths: /a, age: soon}", "amount"),
    ("{paths: /a, size: 1x}", "amount"), ("{paths: /a, depth: 0, recurse: true}", "out-of-range"),
    ("{paths: /a, use_regex: true, patterns: '('}", "regular-expression"),
    ("{paths: /a, contains: x, file_type: any}", "exclusive-parameters"),
    ("{paths: /a, contains: '^x', read_whole_file: true}", "regular-expression"),
    ("{patterns: x}", "missing-parameter"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(FindModule.self, task) } == id)
  }
}
