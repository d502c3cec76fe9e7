import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

/// Whether this machine can set access control lists.
private let hasTools: Bool = {
  let host = TestHost()
  defer { host.remove() }
  return host.run("touch \(host.root)/f && setfacl -m u:daemon:r \(host.root)/f").status == 0
}()

@Suite struct `The module acl` {
  static let rows: [(setUp: Script, task: String, list: String)] = [
    (
      "touch f && chmod 640 f", "state: present, etype: user, entity: daemon, permissions: wr",
      "user::rw-\nuser:daemon:rw-\ngroup::r--\nmask::rw-\nother::---\n"
    ),
    (
      "touch f && chmod 600 f && setfacl -m u:daemon:rwx f", "state: present, entry: 'u:daemon:r'",
      "user::rw-\nuser:daemon:r--\ngroup::---\nmask::r--\nother::---\n"
    ),
    (
      "touch f && chmod 600 f && setfacl -m u:daemon:rwx f", "state: absent, entry: 'user:daemon'",
      "user::rw-\ngroup::---\nmask::---\nother::---\n"
    ),
    (
      "touch f && chmod 640 f", "state: present, entry: 'other:r'",
      "user::rw-\ngroup::r--\nother::r--\n"
    ),
    (
      "mkdir f && chmod 700 f",
      "state: present, default: true, etype: group, entity: daemon, permissions: rx",
      "user::rwx\ngroup::---\nother::---\ndefault:user::rwx\ndefault:group::---\ndefault:group:daemon:r-x\ndefault:mask::r-x\ndefault:other::---\n"
    ),
  ]

  @Test(.enabled(if: hasTools), arguments: rows)
  func `keeps one entry`(setUp: Script, task: String, list: String) throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && \(setUp)")
    let path = "\(host.root)/f"
    try host.converge(try module(AccessListModule.self, "{path: '\(path)', \(task)}"))
    #expect(host.run("getfacl -cpE \(path) | sed '/^$/d'").text == list)
    let query = try host.apply(try module(AccessListModule.self, "{path: '\(path)'}"))
    #expect(
      query.result["acl"] == .list(list.split(separator: "\n").map { .string(String($0)) }))
  }

  @Test(.enabled(if: hasTools))
  func `recursive means everything below, through links of the path alone`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run(
      "cd \(host.root) && mkdir -p d/sub && touch 'd/sub/it é' outside && ln -s d l && ln -s ../outside d/x"
    )
    let task = try module(
      AccessListModule.self,
      "{path: '\(host.root)/l', recursive: true, state: present, entry: 'user:daemon:r'}")
    #expect(try host.converge(task).changes.count == 1)
    #expect(
      host.run("cd \(host.root) && getfacl -cp 'd/sub/it é' | grep daemon").text
        == "user:daemon:r--\n")
    #expect(host.run("getfacl -cp \(host.root)/outside | grep daemon").text == "")
  }

  @Test(.enabled(if: hasTools))
  func `a file that is written anew keeps its list`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && echo old >f && chmod 640 f && setfacl -m u:daemon:rw f")
    let before = host.run("getfacl -cp \(host.root)/f").text
    try host.converge(try module(CopyModule.self, "{dest: '\(host.root)/f', content: new}"))
    #expect(host.run("getfacl -cp \(host.root)/f").text == before)
    #expect(host.run("cat \(host.root)/f").text == "new")
  }

  @Test func `a host without the tools is told apart`() throws {
    let host = TestHost(.busybox)
    defer { host.remove() }
    host.run("touch \(host.root)/f")
    let task = try module(
      AccessListModule.self, "{path: '\(host.root)/f', state: present, entry: 'user:daemon:r'}")
    #expect(
      obstacleID { () throws(Obstacle) in try task.changes(from: host.view(for: task.reads)) }
        == "acl-tools")
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{path: /x, state: present}", "missing-parameter"),
    ("{path: /x, state: present, etype: user, entity: a}", "missing-parameter"),
    ("{path: /x, state: present, entry: 'x:y:z'}", "acl-entry"),
    ("{path: /x, state: present, entry: 'user:y:q'}", "acl-rights"),
    ("{path: /x, state: absent, etype: other}", "acl-entry"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are found before anything runs`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(AccessListModule.self, task) } == id)
  }
}
