import ModuleKit
import Modules
import Schema
import Testing

/// Entries and variables of crontabs.
@Suite struct CronTests {
  private func crontab(_ text: String) -> Observation? {
    let reply = ProbeReply(status: 0, output: Array("\00\0\(text)\0".utf8))
    return CrontabFact.parse(reply, for: [])[""].map { Observation($0) }
  }

  /// What a crontab becomes; nil where nothing differs.
  private func edited(_ text: String, _ yaml: String) throws -> String? {
    let cron = try module(Registry.all.module(named: "cron"), yaml)
    var view = FactView()
    view[FactKey(CrontabFact.self, "")] = crontab(text)
    let changes = try cron.changes(from: view)
    let content = changes.first?.steps.first?.input.map {
      String(decoding: $0.bytes, as: UTF8.self)
    }
    if let content {
      var after = view
      after[FactKey(CrontabFact.self, "")] = crontab(content)
      #expect(try cron.changes(from: after).isEmpty)
    }
    return content
  }

  @Test(arguments: [
    ("", "name: a\njob: x", "#Ansible: a\n* * * * * x\n"),
    ("", "name: a\njob: x\nminute: '*/5'\nhour: 2\ndow: 1-5", "#Ansible: a\n*/5 2 * * 1-5 x\n"),
    ("", "name: a\njob: x\nspecial_time: reboot", "#Ansible: a\n@reboot x\n"),
    ("", "name: a\njob: x\ndisabled: true", "#Ansible: a\n#* * * * * x\n"),
    (
      "#Ansible: a\n1 1 1 1 1 y\n0 * * * * z\n", "name: a\njob: x",
      "#Ansible: a\n* * * * * x\n0 * * * * z\n"
    ),
    ("* * * * * x\n", "name: a\njob: x", "#Ansible: a\n* * * * * x\n"),
    ("#Ansible: a\n* * * * * x\n", "name: a\njob: x", nil),
    ("#Ansible: a\n* * * * * x\nMAILTO=me\n", "name: a\nstate: absent", "MAILTO=me\n"),
    ("# mine\n", "name: a\nstate: absent", nil),
    ("0 * * * * z\n", "name: MAILTO\nenv: true\njob: me", "MAILTO=\"me\"\n0 * * * * z\n"),
    ("A=1\nB=2\n", "name: C\nenv: true\njob: 3\ninsertafter: A", "A=1\nC=\"3\"\nB=2\n"),
    ("A=1\n", "name: A\nenv: true\nstate: absent", ""),
  ])
  func `a crontab before and after`(_ before: String, _ yaml: String, _ after: String?) throws {
    #expect(try edited(before, yaml) == after)
  }

  @Test(arguments: [
    ("name: a", "missing-parameter"), ("name: a\njob: x\ncron_file: f", "missing-parameter"),
    ("name: a\njob: x\nspecial_time: daily\nhour: 1", "exclusive-parameters"),
    ("name: a\njob: x\nhour: '1 2'", "cron-time"),
    ("name: a\njob: x\nuser: root\ncron_file: /etc/crontab", "cron-file"),
    ("name: a b\njob: x\nenv: true", "cron-name"),
  ])
  func `mistakes`(_ yaml: String, _ id: String) throws {
    #expect(try mistakeID { _ = try module(Registry.all.module(named: "cron"), yaml) } == id)
  }

  @Test func `a variable beside one that is not there is refused`() throws {
    #expect(throws: (any Error).self) {
      try edited("A=1\n", "name: C\nenv: true\njob: 3\ninsertafter: X")
    }
  }

  @Test(arguments: TestShell.allCases)
  func `a file with entries of a user comes and goes`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let file = "cron_file: \(host.root)/job"
    try host.converge(
      try module(
        Registry.all.module(named: "cron"), "name: n\njob: /bin/true\nuser: root\nhour: 3\n\(file)")
    )
    #expect(host.run("cat \(host.root)/job").text == "#Ansible: n\n* 3 * * * root /bin/true\n")
    try host.converge(
      try module(Registry.all.module(named: "cron"), "name: n\nstate: absent\n\(file)"))
    #expect(host.run("test -e \(host.root)/job").status == 1)
  }

  @Test(arguments: [
    ("0", "a\n", "present"), ("1", "no crontab for root\n", "absent"),
    ("1", "you are not allowed to use this program", "unreadable"),
  ])
  func `replies of crontab`(status: String, output: String, kind: String) {
    let reply = ProbeReply(status: 0, output: Array("root\0\(status)\0\(output)\0".utf8))
    switch CrontabFact.parse(reply, for: [])["root"] {
    case .present: #expect(kind == "present")
    case .absent: #expect(kind == "absent")
    default: #expect(kind == "unreadable")
    }
  }
}
