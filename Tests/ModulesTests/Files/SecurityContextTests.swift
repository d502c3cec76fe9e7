import ModuleKit
import Schema
import Testing

@testable import Modules

/// SELinux contexts: this machine has none, so what a host with SELinux answers is given.
@Suite struct `SELinux contexts` {
  private static let path = "/etc/app.conf"

  private func reading(_ text: String) -> Reading<SecurityContextFact>? {
    SecurityContextFact.parse(
      ProbeReply(status: 0, output: Array(text.utf8)),
      for: [FactRequest(SecurityContextFact.self, Self.path)])[Self.path]
  }

  @Test func `are read where there is SELinux`() {
    let context = SecurityContextFact(
      user: "system_u", role: "object_r", type: "etc_t", level: "s0:c1,c2")
    #expect(
      reading("selinux\0\(Self.path)\0system_u:object_r:etc_t:s0:c1,c2\0") == .present(context))
    #expect(reading("selinux\0") == .absent)
    #expect(reading("none\0") == .present(.none))
    guard case .unreadable = reading("selinux\0\(Self.path)\0?\0") else {
      Issue.record("`?` is no context")
      return
    }
  }

  static let rows: [(reply: String, task: String, attributes: [String], script: String?)] = [
    ("none\0", "setype: etc_t", [], nil),
    ("selinux\0/etc/app.conf\0system_u:object_r:etc_t:s0\0", "setype: etc_t", [], nil),
    (
      "selinux\0/etc/app.conf\0system_u:object_r:tmp_t:s0\0", "setype: etc_t, selevel: s0",
      ["setype"], "chcon -h -t etc_t -- /etc/app.conf"
    ),
    (
      "selinux\0/etc/app.conf\0user_u:object_r:tmp_t:s0\0",
      "seuser: system_u, serole: object_r, setype: etc_t", ["seuser", "setype"],
      "chcon -h -u system_u -t etc_t -- /etc/app.conf"
    ),
    ("selinux\0", "setype: etc_t", ["setype"], "chcon -h -t etc_t -- /etc/app.conf"),
  ]

  @Test(arguments: rows)
  func `differ from the wish, and one step sets what differs`(
    reply: String, task: String, attributes: [String], script: String?
  ) throws {
    let wish = try SecurityContextWish(try arguments("copy", "{\(task)}"))
    let key = FactKey(SecurityContextFact.self, Self.path)
    let path = try #require(HostPath(Self.path))
    let facts = FactView([key: Observation(try #require(reading(reply)))])
    let changes = try wish.changes(of: path, from: facts)
    #expect(changes.map(\.attribute) == attributes)
    #expect(changes.flatMap(\.steps).map(\.script.source) == [script].compactMap { $0 })
    let after = facts.predicting(changes.flatMap(\.predicts))
    if reply != "selinux\0" { #expect(try wish.changes(of: path, from: after).isEmpty) }
  }

  @Test func `are without effect where there is no SELinux`() throws {
    let host = TestHost()
    defer { host.remove() }
    for task in ["{dest: '{root}/f', content: x, setype: etc_t}"] {
      let copy = try module(CopyModule.self, task.replacing("{root}", with: host.root))
      #expect(try host.converge(copy).attributes == ["content", "mode"])
    }
    let file = try module(FileModule.self, "{path: '\(host.root)/f', setype: etc_t}")
    #expect(try host.converge(file).attributes == [])
  }
}
