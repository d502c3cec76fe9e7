import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The modules unarchive and synchronize` {
  static func file(_ path: String, _ text: String, mode: UInt16 = 0o644)
    -> ControllerContent.TreeEntry
  {
    .init(
      path: path, mode: mode, blob: Blob(Array(text.utf8)),
      owner: .init(user: "nobody-knows", uid: 1, group: "daemon", gid: 4711),
      modified: 1_600_000_000)
  }

  static func folder(_ path: String, mode: UInt16 = 0o755) -> ControllerContent.TreeEntry {
    .init(path: path, mode: mode, blob: nil, owner: .init(user: "", uid: 0, group: "", gid: 0))
  }

  static func link(_ path: String, _ target: String) -> ControllerContent.TreeEntry {
    var entry = ControllerContent.TreeEntry(path: path, mode: 0o777, blob: nil)
    entry.link = target
    return entry
  }

  static let tree = ControllerContent.tree([
    folder("app", mode: 0o750), file("app/run", "#!/bin/sh\n", mode: 0o755),
    file("app/conf", "a\n"),
    link("app/current", "run"), file("app/sub/it's a näme", "x"),
    file("app/" + String(repeating: "long/", count: 30) + "f", "deep"),
  ])

  func unarchive(_ host: TestHost, _ options: String = "") throws -> UnarchiveModule {
    try module(
      UnarchiveModule.self, "{src: app.tgz, dest: '\(host.root)'\(options)}",
      contents: ["src": Self.tree])
  }

  @Test(arguments: TestShell.allCases)
  func `what an archive holds is unpacked, with modes, owners and times`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let result = try host.converge(try unarchive(host))
    #expect(result.changes.contains { $0.subject.hasSuffix("/app/sub") && $0.attribute == "state" })
    let after = host.run(
      """
      cd \(host.root)/app && stat -c '%a %u %g %Y %n' run conf . && readlink current
      cat "sub/it's a näme" \(String(repeating: "long/", count: 30))f; ls -A \(host.root)
      """
    ).text
    #expect(
      after == """
        755 1 1 1600000000 run
        644 1 1 1600000000 conf
        750 0 0 \(host.run("stat -c %Y \(host.root)/app").text.trimmed) .
        run
        xdeepapp

        """)
  }

  static let drifts: [(drift: Script, attributes: [String])] = [
    ("rm app/conf", ["content"]), ("echo b >app/conf", ["content"]),
    ("chmod 600 app/run", ["mode"]),
    ("chown 2 app/conf", ["owner"]), ("rm app/current && ln -s x app/current", ["state"]),
    ("chmod 700 app", ["mode"]), ("rm -r app/sub", ["state", "content"]),
    ("rm app/conf && ln -s run app/conf", ["content"]), ("echo more >app/extra", []),
    ("rm app/conf; chmod 600 app/run; echo b >app/sub/new", ["content", "mode"]),
  ]

  @Test(arguments: TestShell.allCases, drifts)
  func `what drifted is repaired, and nothing else is touched`(
    shell: TestShell, row: (drift: Script, attributes: [String])
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    try host.converge(try unarchive(host))
    host.run("cd \(host.root) && \(row.drift)")
    let sum: Script = "cd \(host.root) && stat -c '%i %n' app/run app/extra 2>/dev/null"
    let before = host.run(sum).text
    let repaired = try host.converge(try unarchive(host))
    #expect(repaired.attributes == row.attributes)
    #expect(host.run(sum).text == before)
    #expect(host.run("cat \(host.root)/app/conf").text == "a\n")
  }

  @Test func `options choose, rename and own`() throws {
    let host = TestHost()
    defer { host.remove() }
    try host.converge(
      try unarchive(
        host,
        ", include: [app/run, 'app/c*'], extra_opts: [--strip-components=1], owner: daemon, mode: '0700'"
      ))
    #expect(
      host.run("cd \(host.root) && stat -c '%a %U %n' *").text
        == "700 daemon conf\n777 daemon current\n700 daemon run\n")
    let listed = try host.apply(
      try unarchive(
        host, ", exclude: [app/long, app/sub], list_files: true, owner: daemon, mode: '0700'"))
    #expect(
      listed.result["files"]
        == .list(["app/", "app/run", "app/conf", "app/current"].map(Value.string)))
  }

  @Test func `what is there already keeps an archive from being unpacked`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("touch \(host.root)/mark")
    let left = try host.apply(try unarchive(host, ", creates: '\(host.root)/mark'"))
    #expect(left.changes.isEmpty && left.result["skipped"] == .bool(true))
    #expect(try host.apply(try unarchive(host)).result["skipped"] == nil)
  }

  @Test(arguments: TestShell.allCases)
  func `the folder itself gets the attributes that an archive or the task has for it`(
    shell: TestShell
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    TestHost().run(
      """
      cd \(host.root) && mkdir -p app one two && echo a >app/a && chmod 750 app && tar -cf strip.tar app
      cd app && chmod 711 . && tar -cf ../dot.tar .
      """)
    func archive(_ name: String, _ folder: String, _ more: String) throws -> UnarchiveModule {
      try module(
        UnarchiveModule.self,
        "{src: '\(host.root)/\(name)', remote_src: true, dest: '\(host.root)/\(folder)'\(more)}")
    }
    try host.converge(
      try archive("strip.tar", "one", ", extra_opts: [--strip-components=1], group: daemon"))
    try host.converge(try archive("dot.tar", "two", ""))
    #expect(
      host.run("cd \(host.root) && stat -c '%a %G' one two").text == "750 daemon\n711 root\n")
    host.run("chmod 700 \(host.root)/app; rm -r \(host.root)/one; mkdir \(host.root)/one")
    #expect(try host.converge(try archive("dot.tar", "two", "")).attributes == [])
  }

  @Test func `what stands in the way is not replaced`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("mkdir -p \(host.root)/app/run")
    let task = try unarchive(host)
    #expect(
      obstacleID { () throws(Obstacle) in try task.changes(from: host.view(for: task.reads)) }
        == "wrong-file-type")
    let elsewhere = try module(
      UnarchiveModule.self, "{src: app.tgz, dest: '\(host.root)/none'}",
      contents: ["src": Self.tree])
    #expect(
      obstacleID { () throws(Obstacle) in
        try elsewhere.changes(from: host.view(for: elsewhere.reads))
      } == "no-parent-folder")
  }

  static let packers: [(name: String, pack: Script)] = [
    ("a.tar", "tar -cf a.tar app"), ("a.tgz", "tar -czf a.tgz ./app"),
    ("a.txz", "tar -cJf a.txz app"),
    ("a.tar.bz2", "tar -cjf a.tar.bz2 app"),
  ]

  @Test(arguments: TestShell.allCases, packers)
  func `an archive of the host is compared and unpacked`(
    shell: TestShell, row: (name: String, pack: Script)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    TestHost().run(
      """
      cd \(host.root) && mkdir -p app/sub 'app/odd [x]' out && echo run >app/run && chmod 755 app/run
      echo a >app/conf && ln -s run app/current && echo x >'app/odd [x]/f *'
      \(row.pack) && rm -r app
      """)
    let task = try module(
      UnarchiveModule.self,
      "{src: '\(host.root)/\(row.name)', remote_src: true, dest: '\(host.root)/out'}")
    try host.converge(task)
    #expect(
      host.run(
        "cd \(host.root)/out/app && cat run conf 'odd [x]/f *'; readlink current; stat -c %a run"
      ).text
        == "run\na\nx\nrun\n755\n")
    host.run("cd \(host.root)/out/app && echo b >conf && rm run")
    #expect(Set(try host.converge(task).attributes) == ["content"])
    #expect(host.run("cat \(host.root)/out/app/conf").text == "a\n")
    host.run("cd \(host.root)/out/app && chmod 711 sub 'odd [x]'")
    #expect(try host.converge(task).attributes == ["mode", "mode"])
  }

  @Test func `a zip of the host is compared and unpacked`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run(
      "cd \(host.root) && mkdir -p app/d out && echo 1 >app/a && echo 2 >'app/d/b [x]' && zip -qr a.zip app && rm -r app"
    )
    let task = try module(
      UnarchiveModule.self,
      "{src: '\(host.root)/a.zip', remote_src: true, dest: '\(host.root)/out'}")
    try host.converge(task)
    #expect(host.run("cat \(host.root)/out/app/a '\(host.root)/out/app/d/b [x]'").text == "1\n2\n")
  }

  // MARK: - synchronize

  func synchronize(_ host: TestHost, _ options: String) throws -> SynchronizeModule {
    try module(
      SynchronizeModule.self, "{src: site/, dest: '\(host.root)/www'\(options)}",
      contents: [
        "src": .tree([
          Self.file("index", "i"), Self.folder(".git"), Self.file(".git/config", "c"),
          Self.folder("css"), Self.file("css/a.css", "a"), Self.link("home", "index"),
        ])
      ])
  }

  /// What a pull keeps on the controller, by path.
  private func pulled(_ host: TestHost, _ options: String) throws -> [String: String] {
    let task = try module(SynchronizeModule.self, "{mode: pull, use_ssh_args: true, \(options)}")
    guard case .query(let query) = task.shaped else {
      Issue.record("a pull asks, and brings nothing to the host")
      return [:]
    }
    return try host.ask(query).effects.reduce(into: [:]) { files, effect in
      guard case .storeFile(let path, let blob) = effect else { return }
      files[path] = String(decoding: blob.bytes, as: UTF8.self)
    }
  }

  @Test(arguments: TestShell.allCases)
  func `files and folders of the host are kept on the controller`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && mkdir -p d/sub d/empty && echo a >d/a && echo 'b b' >'d/sub/b b'")
    let folder = "\(host.root)/d"
    #expect(try pulled(host, "src: '\(folder)/a', dest: /c/x") == ["/c/x": "a\n"])
    #expect(try pulled(host, "src: '\(folder)/a', dest: /c/x/") == ["/c/x/a": "a\n"])
    #expect(
      try pulled(host, "src: '\(folder)', dest: /c")
        == ["/c/d/a": "a\n", "/c/d/sub/b b": "b b\n"])
    #expect(
      try pulled(host, "src: '\(folder)/', dest: /c, rsync_opts: [--exclude=sub]")
        == ["/c/a": "a\n"])
  }

  @Test func `a pull says what it cannot bring`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && mkdir -p d && ln -s /etc d/l && ln -s d l")
    func id(_ options: String) throws -> String? {
      let task = try module(SynchronizeModule.self, "{mode: pull, dest: /c, \(options)}")
      guard case .query(let query) = task.shaped else { return nil }
      let view = host.view(for: query.reads)
      return obstacleID { () throws(Obstacle) in try query.result(from: view) }
    }
    #expect(try id("src: '\(host.root)/none'") == "file-absent")
    #expect(try id("src: '\(host.root)/l'") == "unsupported-value")
    #expect(try id("src: '\(host.root)/d'") == "unsupported-value")
    #expect(try id("src: '\(host.root)/d', recursive: false") == "unsupported-value")
    #expect(
      throws: Diagnostic.self, performing: { try id("src: '\(host.root)/d', delete: true") })
    #expect(throws: Diagnostic.self, performing: { try id("src: d") })
  }

  @Test(arguments: TestShell.allCases)
  func `a folder is mirrored`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    try host.converge(try synchronize(host, ""))
    #expect(
      host.run("cd \(host.root)/www && find . | sort | tr '\\n' ' '").text
        == ". ./.git ./.git/config ./css ./css/a.css ./home ./index ")
    host.run(
      "cd \(host.root)/www && mkdir -p old/deep && touch old/deep/x css/b.css && echo j >index")
    #expect(try host.converge(try synchronize(host, "")).attributes == ["content"])
    let cleaned = try host.converge(try synchronize(host, ", delete: true"))
    #expect(
      cleaned.changes.map(\.subject) == ["\(host.root)/www/css/b.css", "\(host.root)/www/old"])
    #expect(cleaned.changes.allSatisfy { $0.action == .remove })
  }

  @Test func `filters hide, and protect from removal`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run(
      "cd \(host.root) && mkdir -p www/.git www/gone www/keep/.git && touch www/.git/x www/keep/.git/y www/gone/z"
    )
    let options =
      ", delete: true, rsync_opts: ['--exclude=.git/', '--chmod=D0700,F0600', --no-owner, --no-group]"
    try host.converge(try synchronize(host, options))
    #expect(
      host.run("cd \(host.root)/www && find . -type f -o -type l | sort | tr '\\n' ' '").text
        == "./.git/x ./css/a.css ./home ./index ./keep/.git/y ")
    #expect(host.run("stat -c '%a %U' \(host.root)/www/index").text == "600 root\n")
  }

  @Test func `one file goes where it is named`() throws {
    let host = TestHost()
    defer { host.remove() }
    let content = ControllerContent.file(Blob(Array("x".utf8)), mode: 0o640)
    for (path, place) in [("d/", "d/f"), ("g", "g")] {
      try host.converge(
        try module(
          SynchronizeModule.self, "{src: files/f, dest: '\(host.root)/\(path)'}",
          contents: ["src": content]))
      #expect(host.run("cat \(host.root)/\(place)").text == "x")
    }
  }

  static let patterns: [(pattern: String, path: String, hides: Bool)] = [
    ("*.o", "a/b.o", true), ("/b.o", "a/b.o", false), ("/a/*.o", "a/b.o", true),
    ("a/", "a/b", true),
    ("b/", "a/b", false), ("a/b", "x/a/b", true), ("/*.o", "a/b.o", false),
    ("a/**/c", "a/x/y/c", true),
    ("[ab]", "b", true), ("[!ab]", "b", false), ("a?", "ab", true), ("a\\*", "ab", false),
  ]

  @Test(arguments: patterns)
  func `patterns mean what rsync means`(row: (pattern: String, path: String, hides: Bool)) {
    var filter = SyncFilter()
    filter.add(row.pattern, isInclusion: false)
    #expect(filter.keeps(path: row.path, isFolder: false) != row.hides)
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{src: a, dest: /x, rsync_opts: [--inplace]}", "rsync-option"),
    ("{src: a, dest: /x, recursive: false}", "unsupported-value"),
    ("{src: a, dest: x}", "host-path"),
  ]

  @Test(arguments: mistakes)
  func `what is not supported is refused`(task: String, id: String) throws {
    #expect(
      try mistakeID { _ = try module(SynchronizeModule.self, task, contents: ["src": Self.tree]) }
        == id)
  }

  @Test func `options of tar that mean nothing here are refused`() throws {
    #expect(
      try mistakeID {
        _ = try module(
          UnarchiveModule.self, "{src: a, dest: /x, extra_opts: [--transform, s/a/b/]}",
          contents: ["src": Self.tree])
      } == "tar-option")
    #expect(
      try mistakeID {
        _ = try module(UnarchiveModule.self, "{src: 'http://a/b', dest: /x, remote_src: true}")
      } == "unsupported-value")
  }
}
