import ModuleKit
import Modules
import Schema
import Testing

/// Queries that set facts: `getent`, `service_facts`, `package_facts`.
@Suite struct FactQueryTests {
  private func result(_ name: String, _ yaml: String, _ facts: FactView) throws -> Value? {
    let type = try #require(Registry.all.module(named: name))
    let arguments = try arguments(type.manual.name, yaml)
    let query = try #require(try type.init(arguments) as? any QueryModule)
    return try query.result(from: facts).result["ansible_facts"]
  }

  @Test(arguments: [TestShell.sh, .bash])
  func `entries of this machine's databases`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    func ask(_ yaml: String) throws -> Value? {
      let type = try #require(Registry.all.module(named: "getent"))
      let query = try #require(
        try type.init(try arguments("getent", yaml)) as? any QueryModule)
      return try host.ask(query).result["ansible_facts"]
    }
    #expect(
      try ask("database: passwd\nkey: root")?["getent_passwd"]?["root"]?.list?[1] == .string("0"))
    #expect(try ask("database: group")?["getent_group"]?["root"] != nil)
    #expect(
      try ask("database: passwd\nkey: nobodys\nfail_key: false")?["getent_passwd"]?["nobodys"]
        == .null)
    #expect(
      obstacleID { () throws(Obstacle) in
        try
          (try! #require(
            try! Registry.all.module(named: "getent")?.init(
              try! arguments("getent", "database: passwd\nkey: nobodys")) as? any QueryModule))
          .result(from: host.view { _ in [FactRequest(DatabaseFact.self, "passwd nobodys")] })
      } == "getent-key")
  }

  @Test func `hashes of shadow are secrets, and keys that come twice are a list`() throws {
    func view(_ name: String, _ output: String) -> FactView {
      var view = FactView()
      let reply = ProbeReply(status: 0, output: Array("\(name)\00\0\(output)\0".utf8))
      view[FactKey(DatabaseFact.self, name)] = DatabaseFact.parse(reply, for: [])[name].map {
        Observation($0)
      }
      return view
    }
    let shadow = try result("getent", "database: shadow", view("shadow ", "root:$6$x:1::::::"))
    #expect(shadow?.deepMarks.contains(.secret) == true)
    let hosts = try result(
      "getent", "database: hosts\nkey: h", view("hosts h", "10.0.0.1  h.example h\n10.0.0.1 h2"))
    #expect(
      hosts?["getent_hosts"]?["10.0.0.1"]
        == .list([.list([.string("h.example"), .string("h")]), .list([.string("h2")])]))
  }

  @Test func `services by their units and their files`() throws {
    let output = """
      ssh.service loaded active running OpenBSD Secure Shell server
      a.service not-found inactive dead a.service
      b.service loaded failed failed broken thing
      c.service loaded active exited once
      \0ssh.service enabled enabled
      a.service static -
      c.service static -
      d.service disabled enabled

      """
    let reply = ProbeReply(status: 0, output: Array(output.utf8))
    var view = FactView()
    view[FactKey(ServicesFact.self)] = ServicesFact.parse(reply, for: [])[""].map {
      Observation($0)
    }
    let services = try result("service_facts", "{}", view)?["services"]
    let expected: [(String, String, String)] = [
      ("ssh", "running", "enabled"), ("a", "stopped", "not-found"), ("b", "stopped", "failed"),
      ("c", "stopped", "static"), ("d", "inactive", "disabled"),
    ]
    for (name, state, status) in expected {
      let service = services?["\(name).service"]
      #expect(
        service?["state"] == .string(state) && service?["status"] == .string(status), "\(name)")
    }
  }

  @Test(arguments: [
    (
      "apt\nii \tbash\t5.2-1\tamd64\tshells\nrc \told\t1\tamd64\tnet\nhi \tkept\t2\tall\tadmin\n",
      ["bash", "kept"], "category", Value.string("shells")
    ),
    (
      "rpm\nii \tbash\t5.2\tx86_64\t1.el9\t(none)\nii \tbash\t5.1\tx86_64\t9.el9\t2\n", ["bash"],
      "epoch",
      Value.null
    ),
  ])
  func `packages of Debian and RHEL`(
    output: String, names: [String], key: String, value: Value
  ) throws {
    var view = FactView()
    let reply = ProbeReply(status: 0, output: Array(output.utf8))
    view[FactKey(PackagesFact.self)] = PackagesFact.parse(reply, for: [])[""].map {
      Observation($0)
    }
    let packages = try result("package_facts", "{}", view)?["packages"]
    #expect(packages?.dict?.keys.compactMap(\.string) == names)
    #expect(packages?["bash"]?.list?.first?[key] == value)
  }
}
