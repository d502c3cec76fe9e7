import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `Queries about files` {
  @Test(arguments: TestShell.allCases)
  func `stat tells what Ansible tells`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && printf abc >f && chgrp daemon f && chmod 4750 f && ln -s f l")
    let result = try host.ask(try module(StatModule.self, "{path: '\(host.root)/f'}")).result
    let stat = try #require(result["stat"]?.dict)
    let expected: [String: Value] = [
      "exists": .bool(true), "mode": .string("4750"), "isreg": .bool(true), "isdir": .bool(false),
      "islnk": .bool(false), "isuid": .bool(true), "isgid": .bool(false), "uid": .int(0),
      "pw_name": .string("root"), "gr_name": .string("daemon"), "size": .int(3),
      "nlink": .int(1), "rusr": .bool(true), "xgrp": .bool(true), "wgrp": .bool(false),
      "roth": .bool(false), "executable": .bool(true), "writeable": .bool(true),
      "path": .string("\(host.root)/f"), "blocks": .int(8), "device_type": .int(0),
      "mimetype": .string(
        host.run("file -b --mime-type \(host.root)/f").text.isEmpty ? "unknown" : "text/plain"),
      "checksum": .string("a9993e364706816aba3e25717850c26c9cd0d89d"),
    ]
    for (key, value) in expected { #expect(stat[key] == value, "\(key)") }
    guard case .float(let time) = stat["mtime"] else {
      Issue.record("there is no time")
      return
    }
    #expect(time > 1_600_000_000)
  }

  @Test(arguments: TestShell.allCases)
  func `stat tells links from what they lead to`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && mkdir d && ln -s d l && touch f")
    func stat(_ task: String) throws -> ValueMap? {
      try host.ask(try module(StatModule.self, task)).result["stat"]?.dict
    }
    let link = try stat("{path: '\(host.root)/l'}")
    #expect(link?["islnk"] == .bool(true) && link?["lnk_target"] == .string("d"))
    #expect(link?["lnk_source"] == .string("\(host.root)/d"))
    let folder = try stat("{path: '\(host.root)/l', follow: true}")
    #expect(folder?["isdir"] == .bool(true) && folder?["islnk"] == .bool(false))
    #expect(try stat("{path: '\(host.root)/none'}") == ["exists": .bool(false)])
    #expect(try stat("{path: '\(host.root)/f/none'}") == ["exists": .bool(false)])
  }

  @Test(arguments: TestShell.allCases)
  func `what may be done with a link is what may be done with its target`(shell: TestShell) throws {
    let host = TestHost(shell, user: "daemon")
    defer { TestHost().run("rm -rf \(host.root)") }
    TestHost(shell).run("cd \(host.root) && echo >f && chmod 604 f && ln -s f l && ln -s none n")
    for (name, access) in [
      ("f", [true, false, false]), ("l", [true, false, false]), ("n", [false, false, false]),
    ] {
      let stat = try host.ask(try module(StatModule.self, "{path: '\(host.root)/\(name)'}"))
        .result["stat"]?.dict
      #expect(
        ["readable", "writeable", "executable"].map { stat?[$0] } == access.map(Value.bool),
        "\(name)")
    }
  }

  @Test func `stat tells devices, and attributes where the file system has them`() throws {
    let host = TestHost()
    defer { host.remove() }
    let null = try host.ask(try module(StatModule.self, "{path: /dev/null}")).result["stat"]?.dict
    #expect(null?["ischr"] == .bool(true) && null?["device_type"] == .int(259))
    #expect(null?["block_size"] != nil && null?["mimetype"] != nil)
    let reply = FileDetailFact.parse(
      ProbeReply(
        status: 0,
        output: Array(
          "8|512|4096|0|0|/f\n\0attributes\0/f\02386728 ----ia--------e------- /f\0mime\0/f\0text/x-c; charset=utf-8\0"
            .utf8)),
      for: [FactRequest(FileDetailFact.self, "/f", wants: ["mime", "attributes"])])
    guard case .present(let fact) = reply["/f"] else {
      Issue.record("it was not understood")
      return
    }
    let entries = fact.entries(wantsMime: true, wantsAttributes: true)
    #expect(entries["attr_flags"] == .string("iae"))
    #expect(
      entries["attributes"] == .list([.string("immutable"), .string("append"), .string("extents")]))
    #expect(entries["mimetype"] == .string("text/x-c") && entries["charset"] == .string("utf-8"))
  }

  static let digests = [
    ("md5", "900150983cd24fb0d6963f7d28e17f72"),
    ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ]

  @Test(arguments: TestShell.allCases, digests)
  func `stat tells the digest that is wanted`(
    shell: TestShell, row: (algorithm: String, digest: String)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("printf abc >\(host.root)/f")
    let task = "{path: '\(host.root)/f', checksum_algorithm: \(row.algorithm)}"
    let result = try host.ask(try module(StatModule.self, task)).result
    #expect(result["stat"]?["checksum"] == .string(row.digest))
    let without = try host.ask(
      try module(StatModule.self, "{path: '\(host.root)/f', get_checksum: false}")
    ).result
    #expect(without["stat"]?["checksum"] == nil)
  }

  @Test func `stat of a predicted file says what cannot be known`() throws {
    let host = TestHost()
    defer { host.remove() }
    let copy = try module(CopyModule.self, "{dest: '\(host.root)/f', content: abc, mode: '0600'}")
    let stat = try module(StatModule.self, "{path: '\(host.root)/f'}")
    let facts = host.view { view in copy.reads(given: view) + stat.reads(given: view) }
    let changes = try copy.changes(from: facts)
    let foreseen = facts.predicting(changes.flatMap(\.predicts))
    let result = try #require(try stat.result(from: foreseen).result["stat"]?.dict)
    #expect(result["exists"] == .bool(true) && result["mode"] == .string("0600"))
    #expect(result["checksum"] == .string("a9993e364706816aba3e25717850c26c9cd0d89d"))
    #expect(result["mtime"]?.deepUnknown != nil)
  }

  @Test(arguments: TestShell.allCases)
  func `slurp and fetch bring the bytes`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let bytes: [UInt8] = [0, 255, 10, 13, 200]
    host.run("cat >\(host.root)/f; ln -s f \(host.root)/l", input: bytes)
    let slurp = try host.ask(try module(SlurpModule.self, "{path: '\(host.root)/l'}"))
    #expect(slurp.result["content"] == .string("AP8KDcg="))
    #expect(slurp.result["encoding"] == .string("base64"))
    let places = [
      ("dest: logs", "logs/web1\(host.root)/f"), ("dest: logs/", "logs/web1\(host.root)/f"),
      ("dest: out/, flat: true", "out/f"), ("dest: out/x, flat: true", "out/x"),
    ]
    for (task, path) in places {
      var arguments = try arguments("fetch", "{src: '\(host.root)/f', \(task)}")
      arguments.host = "web1"
      let fetched = try host.ask(try FetchModule(arguments))
      #expect(fetched.result["dest"] == .string(path))
      guard case .storeFile(let stored, let blob) = fetched.effects.first else {
        Issue.record("nothing is stored")
        return
      }
      #expect(stored == path && blob.bytes == bytes)
    }
  }

  @Test func `files that are not there or too large are told apart`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && truncate -s 40M large && mkdir d")
    func id(_ query: any QueryModule) -> String? {
      let facts = host.view(for: query.reads)
      return obstacleID { () throws(Obstacle) in try query.result(from: facts) }
    }
    #expect(id(try module(SlurpModule.self, "{src: '\(host.root)/none'}")) == "file-absent")
    #expect(id(try module(SlurpModule.self, "{src: '\(host.root)/large'}")) == "file-too-large")
    #expect(id(try module(SlurpModule.self, "{src: '\(host.root)/d'}")) == "unreadable")
    #expect(
      id(try module(FetchModule.self, "{src: '\(host.root)/none', dest: x}")) == "file-absent")
    let missing = try host.ask(
      try module(
        FetchModule.self, "{src: '\(host.root)/none', dest: x, fail_on_missing: false}"))
    #expect(missing.effects.isEmpty && missing.result["msg"] != nil)
  }

  @Test(arguments: TestShell.allCases)
  func `a file that is too large for one reply comes in pieces`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("seq 1 800000 >\(host.root)/f")
    let fetched = try host.ask(
      try module(FetchModule.self, "{src: '\(host.root)/f', dest: x, flat: true}"))
    guard case .storeFile(_, let blob) = fetched.effects.first else {
      Issue.record("nothing is stored")
      return
    }
    #expect(blob.bytes.count > 2 * FilePieceFact.size)
    #expect(host.run("sha256sum <\(host.root)/f").text.hasPrefix(blob.sha256))
  }

  @Test(arguments: [[], [0], [1, 2], [1, 2, 3], Array(UInt8.min...UInt8.max)] as [[UInt8]])
  func `base64 goes there and back`(bytes: [UInt8]) {
    #expect(base64Decoded(base64Encoded(bytes).utf8) == bytes)
    #expect(base64Encoded(bytes).utf8.count == (bytes.count + 2) / 3 * 4)
  }

  @Test(arguments: ["A", "AA", "AAA", "A===", "AA=A", "A A=", "AAAA="])
  func `what is no base64 is refused`(text: String) {
    #expect(base64Decoded(text.utf8) == nil)
  }
}
