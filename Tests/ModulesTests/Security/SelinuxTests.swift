import ModuleKit
import Modules
import Schema
import Testing

/// SELinux by captured replies: its mode and configuration, and the contexts of files.
@Suite struct SelinuxTests {
  private func host(_ mode: String, _ config: String?) throws -> FactView {
    var view = FactView()
    let request = FactRequest(SelinuxFact.self)
    let reply = ProbeReply(status: 0, output: Array("\(mode)\n".utf8))
    view[request.key] = SelinuxFact.parse(reply, for: [request])[""].map { Observation($0) }
    let path = "/etc/selinux/config"
    guard let config else {
      view[FactKey(FileFact.self, path)] = Observation(Reading<FileFact>.absent)
      view[FactKey(ContentFact.self, path)] = Observation(Reading<ContentFact>.absent)
      return view
    }
    view[FactKey(ContentFact.self, path)] = Observation(
      .present(ContentFact(Blob(Array(config.utf8)))))
    view[FactKey(FileFact.self, path)] = Observation(
      .present(
        FileFact(
          .regular, mode: FileMode(bits: 0o644), owner: .root, group: .root,
          size: config.utf8.count)))
    return view
  }

  @Test(
    arguments: [
      // Mode now, configuration, what is wished; steps, the new configuration, whether a reboot is due.
      (
        "1", "SELINUX=enforcing\nSELINUXTYPE=targeted\n", "policy: targeted\nstate: enforcing", [],
        nil, false
      ),
      (
        "1", "# c\nSELINUX=enforcing\nSELINUXTYPE=targeted\n",
        "policy: targeted\nstate: permissive",
        ["setenforce 0"], "# c\nSELINUX=permissive\nSELINUXTYPE=targeted\n", false
      ),
      (
        "0", "SELINUX=permissive\nSELINUXTYPE=mls\n", "policy: targeted\nstate: enforcing",
        ["setenforce 1"], "SELINUX=enforcing\nSELINUXTYPE=targeted\n", false
      ),
      (
        "1", "SELINUX=enforcing\nSELINUXTYPE=targeted\n", "state: disabled", ["setenforce 0"],
        "SELINUX=disabled\nSELINUXTYPE=targeted\n", true
      ),
      (
        "disabled", "#SELINUX=x\nSELINUX=disabled\n", "policy: targeted\nstate: permissive", [],
        "#SELINUX=x\nSELINUX=permissive\nSELINUXTYPE=targeted\n", true
      ),
      ("disabled", "SELINUX=disabled\n", "state: disabled", [], nil, false),
    ] as [(String, String, String, [String], String?, Bool)])
  func `what SELinux does`(
    _ mode: String, _ config: String, _ yaml: String, _ calls: [String], _ file: String?,
    _ needsReboot: Bool
  ) throws {
    let wish = try module(Registry.all.module(named: "selinux"), yaml)
    let view = try host(mode, config)
    let changes = try wish.changes(from: view)
    let steps = changes.flatMap(\.steps)
    #expect(steps.filter { $0.input == nil }.map(\.script.source) == calls)
    let written = steps.compactMap(\.input).first.map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(written == file)
    let after = view.predicting(changes.flatMap(\.predicts))
    #expect(try wish.changes(from: after).isEmpty)
    #expect(wish.result(from: after, replies: [])["reboot_required"] == .bool(needsReboot))
  }

  @Test func `a host without SELinux`() throws {
    let off = try module(Registry.all.module(named: "selinux"), "state: disabled")
    #expect(try off.changes(from: host("disabled", nil)).isEmpty)
    let on = try module(
      Registry.all.module(named: "selinux"), "policy: targeted\nstate: enforcing")
    let view = try host("disabled", nil)
    #expect(obstacleID { () throws(Obstacle) in try on.changes(from: view) } == "selinux-missing")
    #expect(
      try mistakeID {
        _ = try module(Registry.all.module(named: "selinux"), "state: enforcing")
      } == "missing-parameter")
  }

  private static let listing = """
    /srv/web(/.*)?     all files          system_u:object_r:var_t:s0
    /srv/web(/.*)?     all files          system_u:object_r:httpd_sys_content_t:s0
    /dev/x             block device       system_u:object_r:fixed_disk_device_t:s0
    /proc/.*           all files          <<None>>
    /data = /var/lib

    """

  @Test(
    arguments: [
      ("target: /srv/web(/.*)?\nsetype: httpd_sys_content_t", []),
      ("target: /srv/web(/.*)?\nsetype: var_log_t", ["-m -f a -t var_log_t '/srv/web(/.*)?'"]),
      (
        "target: /srv/web(/.*)?\nsetype: httpd_sys_content_t\nselevel: s0:c1",
        ["-m -f a -t httpd_sys_content_t -r s0:c1 '/srv/web(/.*)?'"]
      ),
      ("target: /dev/x\nftype: b\nsetype: fixed_disk_device_t", []),
      ("target: /dev/x\nsetype: fixed_disk_device_t", ["-a -f a -t fixed_disk_device_t /dev/x"]),
      ("target: /new\nftype: d\nsetype: t\nseuser: u", ["-a -f d -t t -s u /new"]),
      ("target: /proc/.*\nsetype: <<none>>", []),
      ("target: /data\nsubstitute: /var/lib", []),
      ("target: /data\nsubstitute: /var/x", ["-m -e /var/x /data"]),
      ("target: /more\nsubstitute: /var/x", ["-a -e /var/x /more"]),
      ("target: /data\nsubstitute: /var/lib\nstate: absent", ["-d -e /var/lib /data"]),
      ("target: /srv/web(/.*)?\nstate: absent", ["-d -f a '/srv/web(/.*)?'"]),
      ("target: /gone\nstate: absent", []),
    ] as [(String, [String])])
  func `contexts of files`(_ yaml: String, _ calls: [String]) throws {
    let wish = try module(Registry.all.module(named: "sefcontext"), yaml)
    let requests = wish.reads(given: FactView())
    let reply = ProbeReply(status: 0, output: Array(Self.listing.utf8))
    var view = FactView()
    for request in requests {
      view[request.key] = FileContextFact.parse(reply, for: requests)[request.key.name]
        .map { Observation($0) }
    }
    let changes = try wish.changes(from: view)
    #expect(
      changes.flatMap(\.steps).map(\.script.source) == calls.map { "semanage fcontext \($0)" })
    #expect(try wish.changes(from: view.predicting(changes.flatMap(\.predicts))).isEmpty)
  }
}
