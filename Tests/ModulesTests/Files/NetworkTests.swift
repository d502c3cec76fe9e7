import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The modules get_url and uri` {
  /// A server that gives everybody the same answer.
  private func server(
    _ body: String, status: String = "200 OK", type: String = "text/plain"
  ) -> Listener {
    Listener(
      greeting:
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nX-Two-Words: a b\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
  }

  private let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test(arguments: TestShell.withMachineTools)
  func `get_url fetches what is not there`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let server = self.server("abc")
    defer { server.close() }
    host.run("mkdir \(host.root)/d; chmod 755 \(host.root)/d")
    let url = "http://127.0.0.1:\(server.port)/x/file.bin?v=1"
    let task = try module(
      GetURLModule.self, "{url: '\(url)', dest: '\(host.root)/d', mode: '0750', use_proxy: false}")
    let first = try host.apply(task)
    #expect(first.attributes == ["content", "mode"] && first.remaining.isEmpty)
    #expect(first.result["dest"] == .string("\(host.root)/d/file.bin"))
    #expect(host.run("cat \(host.root)/d/file.bin && ls -A \(host.root)/d").text == "abcfile.bin\n")
    #expect(try host.apply(task).changes.isEmpty)
  }

  @Test(arguments: TestShell.withMachineTools)
  func `a checksum decides whether it is fetched, and whether it is kept`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let server = self.server("abc")
    defer { server.close() }
    let path = "\(host.root)/f"
    func task(_ checksum: String) throws -> GetURLModule {
      try module(
        GetURLModule.self,
        "{url: 'http://127.0.0.1:\(server.port)/f', dest: '\(path)', use_proxy: false, checksum: '\(checksum)'}"
      )
    }
    host.run("echo edited >\(path)")
    try host.converge(try task("sha256:\(digest.uppercased())"))
    try host.converge(try task("md5:900150983cd24fb0d6963f7d28e17f72"))
    host.run("echo edited >\(path)")
    let refused = try host.apply(
      try task("sha1:\(String(repeating: "0", count: 40))"), expecting: false)
    #expect(refused.replies.last?.status == 1)
    #expect(refused.replies.last?.errorText.contains("a9993e36") == true)
    #expect(host.run("cat \(path); ls -A \(host.root)").text == "edited\nf\n")
  }

  @Test(arguments: TestShell.withMachineTools)
  func `the mirror's list of digests counts`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let server = self.server("abc")
    let list = self.server("0000  other\n\(digest) *./file.bin\n")
    defer {
      server.close()
      list.close()
    }
    let task = try module(
      GetURLModule.self,
      """
      {url: 'http://127.0.0.1:\(server.port)/file.bin', dest: '\(host.root)/', use_proxy: false,
       checksum: 'sha256:http://127.0.0.1:\(list.port)/SHA256SUMS'}
      """)
    try host.converge(task)
    let other = try module(
      GetURLModule.self,
      """
      {url: 'http://127.0.0.1:\(server.port)/none', dest: '\(host.root)/', use_proxy: false,
       checksum: 'sha256:http://127.0.0.1:\(list.port)/SHA256SUMS'}
      """)
    #expect(
      obstacleID { () throws(Obstacle) in try other.changes(from: host.view(for: other.reads)) }
        == "checksum-list")
  }

  @Test(arguments: TestShell.withMachineTools)
  func `force compares with what the server has`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let server = self.server("abc")
    defer { server.close() }
    host.run("printf old >\(host.root)/f")
    func task(_ options: String) throws -> GetURLModule {
      try module(
        GetURLModule.self,
        "{url: 'http://127.0.0.1:\(server.port)/f', dest: '\(host.root)/f', use_proxy: false\(options)}"
      )
    }
    #expect(try host.apply(try task("")).changes.isEmpty)
    let forced = try host.converge(try task(", force: true, backup: true"))
    #expect(forced.attributes == ["content"] && forced.result["backup_file"] != nil)
    #expect(host.run("cat \(host.root)/f").text == "abc")
  }

  @Test func `python fetches where there is no curl, and errors leave nothing`() throws {
    let host = TestHost()
    defer { host.remove() }
    let hidden: Script = "command() { case $2 in curl|wget) return 1 ;; esac; builtin=1; }"
    for (status, body) in [("200 OK", "abc"), ("404 Not Found", "no")] {
      let server = self.server(body, status: status)
      defer { server.close() }
      let task = try module(
        GetURLModule.self,
        "{url: 'http://127.0.0.1:\(server.port)/f', dest: '\(host.root)/f\(body)', use_proxy: false}"
      )
      var step = try task.changes(from: host.view(for: task.reads))[0].steps[0]
      step.script = hidden + step.script
      let reply = host.run(step)
      #expect((reply.status == 0) == (body == "abc"), "\(reply.errorText)")
    }
    #expect(host.run("ls -A \(host.root)").text == "fabc\n")
  }

  @Test func `a password is in no argument`() throws {
    let task = try module(
      GetURLModule.self, "{url: 'http://h/f', dest: /x/f, url_username: u, url_password: canary}",
      secrets: ["url_password"])
    let host = TestHost()
    defer { host.remove() }
    host.run("mkdir \(host.root)/x")
    let facts = FactView([
      FactKey(FileFact.self, "/x/f"): Observation(Reading<FileFact>.absent),
      FactKey(FileFact.self, "/x"): Observation(
        .present(FileFact(.directory, mode: FileMode(bits: 0o755), owner: .root, group: .root))),
      FactKey(IdentityFact.self): Observation(.present(IdentityFact(user: .root, group: .root))),
    ])
    let change = try #require(try task.changes(from: facts).first)
    #expect(change.steps[0].isSecret)
    let words = change.steps[0].script.source.split(separator: "|")
    let holders = words.filter { $0.contains("canary") }
    #expect(holders.allSatisfy { $0.contains("printf '%s'") && !$0.contains("wget -q") })
  }

  // MARK: - uri

  @Test(arguments: [TestShell.sh, .bash])
  func `uri tells the answer`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let server = self.server("{\"a\": [1, \"ü\"]}", type: "application/json; charset=utf-8")
    defer { server.close() }
    let url = "http://user:secret@127.0.0.1:\(server.port)/v1"
    let outcome = try host.act(
      try module(URIModule.self, "{url: '\(url)', use_proxy: false, return_content: true}"))
    #expect(outcome.failure == nil)
    let result = outcome.result
    #expect(result["status"] == .int(200))
    #expect(result["json"]?["a"] == .list([.int(1), .string("ü")]))
    #expect(result["content"] == .string("{\"a\": [1, \"ü\"]}"))
    #expect(result["x_two_words"] == .string("a b"))
    #expect(result["url"] == .string("http://127.0.0.1:\(server.port)/v1"))
    #expect(result["msg"] == .string("OK (16 bytes)"))
  }

  @Test func `an unwanted status is a failure that tells the answer`() throws {
    let host = TestHost()
    defer { host.remove() }
    let server = self.server("busy", status: "503 Service Unavailable")
    defer { server.close() }
    let task = "{url: 'http://127.0.0.1:\(server.port)/', use_proxy: false"
    let failed = try host.act(try module(URIModule.self, task + "}"))
    #expect(failed.failure == "status 503, and 200 was wished")
    #expect(failed.result["content"] == .string("busy") && failed.result["status"] == .int(503))
    let fine = try host.act(
      try module(
        URIModule.self,
        task + ", status_code: [200, 503], method: PUT, body: {a: 1}, body_format: json}"))
    #expect(fine.failure == nil && fine.result["content"] == nil)
    let none = try host.act(
      try module(URIModule.self, "{url: 'http://127.0.0.1:1/', use_proxy: false}"))
    #expect(none.failure != nil && none.result["status"] == .int(-1))
  }

  @Test func `dest keeps the body, and a second run changes nothing`() throws {
    let host = TestHost()
    defer { host.remove() }
    let server = self.server("abc")
    defer { server.close() }
    let task = try module(
      URIModule.self,
      "{url: 'http://127.0.0.1:\(server.port)/f', dest: '\(host.root)/f', use_proxy: false}")
    guard case .ran(let plan, let first) = try host.act(task),
      case .ran(_, let second) = try host.act(task)
    else {
      Issue.record("it did not run")
      return
    }
    #expect(plan.isOpaque && first.changed && !second.changed)
    #expect(host.run("cat \(host.root)/f").text == "abc")
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{url: 'ftp://a/b', dest: /x}", "url"), ("{url: 'http://a/b c', dest: /x}", "url"),
    ("{url: 'http://a/', dest: /x/}", "file-name"), ("{url: 'http://a/b', dest: x}", "host-path"),
    ("{url: 'http://a/b', dest: /x, checksum: 'sha256:abc'}", "checksum"),
    ("{url: 'http://a/b', dest: /x, headers: {'a b': c}}", "http-header"),
    ("{url: 'http://a/b', dest: /x, timeout: 0}", "out-of-range"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(GetURLModule.self, task) } == id)
  }
}
