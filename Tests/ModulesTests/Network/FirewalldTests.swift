import ModuleKit
import Modules
import Schema
import Testing

/// What zones of firewalld let in, by what firewall-cmd(1) says.
@Suite struct FirewalldTests {
  private func view(_ wish: any StateModule, _ statuses: [String]) -> FactView {
    let requests = wish.reads(given: FactView())
    var text = ""
    for (request, status) in zip(requests, statuses) {
      let parts = status.split(separator: " ", maxSplits: 1)
      text += "\(request.key.name)\0\(parts[0])\0\(parts.count > 1 ? String(parts[1]) : "")\0"
    }
    var view = FactView()
    let readings = FirewalldFact.parse(
      ProbeReply(status: 0, output: Array(text.utf8)), for: requests)
    for (name, reading) in readings {
      view[FactKey(FirewalldFact.self, name)] = Observation(reading)
    }
    return view
  }

  @Test(
    arguments: [
      ("service: https\nstate: enabled", ["1"], ["--add-service=https"]),
      ("service: https\nstate: enabled", ["0"], []),
      ("service: https\nstate: disabled", ["0"], ["--remove-service=https"]),
      (
        "port: 6443/tcp\nzone: work\npermanent: true\nimmediate: true\nstate: enabled", ["1", "1"],
        ["--zone=work --add-port=6443/tcp", "--permanent --zone=work --add-port=6443/tcp"]
      ),
      (
        "port: 6443/tcp\npermanent: true\nimmediate: true\nstate: enabled", ["0", "1"],
        ["--permanent --add-port=6443/tcp"]
      ),
      ("masquerade: true\nzone: out\nstate: enabled", ["1"], ["--zone=out --add-masquerade"]),
      (
        "interface: eth1\nzone: out\npermanent: true\nstate: enabled", ["1"],
        ["--permanent --zone=out --change-interface=eth1"]
      ),
      (
        "rich_rule: rule family=ipv4 accept\nstate: enabled\ntimeout: 60", ["1"],
        ["'--add-rich-rule=rule family=ipv4 accept' --timeout=60"]
      ),
      (
        "port_forward: [{port: 80, proto: tcp, toport: 8080}]\nstate: enabled", ["1"],
        ["'--add-forward-port=port=80:proto=tcp:toport=8080'"]
      ),
      ("zone: new\npermanent: true\nstate: present", ["112"], ["--permanent --new-zone=new"]),
      ("zone: new\npermanent: true\nstate: present", ["0 default"], []),
      (
        "zone: new\ntarget: DROP\npermanent: true\nstate: present", ["0 default"],
        ["--permanent --zone=new --set-target=DROP"]
      ),
      (
        "zone: old\npermanent: true\nstate: absent", ["0 default"],
        ["--permanent --delete-zone=old"]
      ),
      ("zone: old\npermanent: true\nstate: absent", ["112"], []),
    ] as [(String, [String], [String])])
  func `what a zone lets in`(_ yaml: String, _ statuses: [String], _ calls: [String]) throws {
    let wish = try module(Registry.all.module(named: "firewalld"), yaml)
    let view = view(wish, statuses)
    let changes = try wish.changes(from: view)
    let sources = changes.flatMap(\.steps).map(\.script.source)
    #expect(sources.count == calls.count)
    for (source, call) in zip(sources, calls) {
      let plain = source.replacing("'", with: "")
      #expect(plain.contains("firewall-cmd \(call.replacing("'", with: ""))"), "\(source)")
    }
    #expect(try wish.changes(from: view.predicting(changes.flatMap(\.predicts))).isEmpty)
  }

  @Test(arguments: [
    ("service: a\nport: 1/tcp\nstate: enabled", "exclusive-parameters"),
    ("state: enabled", "missing-parameter"), ("service: a\nstate: present", "firewalld-state"),
    ("zone: a\nstate: present", "firewalld-zone"),
    ("service: a\nimmediate: false\nstate: enabled", "missing-parameter"),
    ("masquerade: false\nstate: enabled", "unsupported-value"),
    ("port_forward: [{port: 80}]\nstate: enabled", "firewalld-forward"),
  ])
  func `what makes no sense`(_ yaml: String, _ id: String) throws {
    #expect(try mistakeID { _ = try module(Registry.all.module(named: "firewalld"), yaml) } == id)
  }

  @Test func `a host where it does not run`() throws {
    let wish = try module(Registry.all.module(named: "firewalld"), "service: https\nstate: enabled")
    let view = view(wish, ["252 firewalld does not run"])
    #expect(obstacleID { () throws(Obstacle) in try wish.changes(from: view) } == "unreadable")
  }
}
