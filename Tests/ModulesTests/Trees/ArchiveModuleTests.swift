import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The module archive` {
  private func host() -> TestHost {
    let host = TestHost()
    host.run(
      """
      cd \(host.root) && mkdir -p data/sub && echo one >data/a && echo two >'data/sub/b c' && ln -s a data/l
      """)
    return host
  }

  @Test(arguments: ["gz", "bz2", "xz", "tar", "zip"])
  func `a folder is packed, and again when it changes`(format: String) throws {
    let host = host()
    defer { host.remove() }
    let wish = try module(
      ArchiveModule.self,
      """
      {path: '\(host.root)/data', dest: '\(host.root)/out', format: \(format), mode: "0600",
       exclusion_patterns: ["\(format == "zip" ? "data/l" : "nothing")"]}
      """)
    let first = try host.converge(wish)
    #expect(first.changes.map(\.subject) == ["\(host.root)/out"])
    #expect(first.result["state"] == .string("archive"))
    #expect(first.result["arcroot"] == .string("\(host.root)/"))
    let names = host.run(
      """
      cd \(host.root) && mkdir x && cd x && if [ \(format) = zip ]; then unzip -q ../out; else tar -xf ../out; fi
      cat data/a 'data/sub/b c'; stat -c %a ../out
      """
    ).text
    #expect(names == "one\ntwo\n600\n")
    host.run("echo more >>\(host.root)/data/a; touch -d 2001-01-01 \(host.root)/data/sub")
    #expect(try host.converge(wish).attributes == ["content"])
  }

  @Test func `one file is packed alone, and removed`() throws {
    let host = host()
    defer { host.remove() }
    let wish = try module(
      ArchiveModule.self, "{path: '\(host.root)/data/a', remove: true}")
    let first = try host.converge(wish)
    #expect(first.attributes == ["content", "sources"])
    #expect(
      host.run("zcat \(host.root)/data/a.gz; ls \(host.root)/data").text == "one\na.gz\nl\nsub\n")
  }

  @Test func `patterns, and what is left out`() throws {
    let host = host()
    defer { host.remove() }
    let wish = try module(
      ArchiveModule.self,
      """
      {path: ['\(host.root)/data/*', '\(host.root)/none*'], dest: '\(host.root)/data/all.tgz',
       exclude_path: ['\(host.root)/data/sub']}
      """)
    _ = try host.converge(wish)
    #expect(host.run("tar -tf \(host.root)/data/all.tgz").text == "a\nl\n")
  }

  @Test func `nothing to pack is an error, unless it is packed already`() throws {
    let host = host()
    defer { host.remove() }
    let text = "{path: '\(host.root)/gone', dest: '\(host.root)/gone.tgz'}"
    let wish = try module(ArchiveModule.self, text)
    let view = host.view(for: wish.reads)
    #expect(obstacleID { () throws(Obstacle) in try wish.changes(from: view) } == "file-absent")
    host.run("echo x >\(host.root)/gone.tgz")
    #expect(try wish.changes(from: host.view(for: wish.reads)).isEmpty)
  }

  @Test(arguments: [
    ("{path: [/a, /b]}", "missing-parameter"), ("{path: /, dest: /x}", "archive-path"),
  ])
  func `what makes no sense`(_ yaml: String, _ id: String) throws {
    #expect(try mistakeID { _ = try module(ArchiveModule.self, yaml) } == id)
  }
}
