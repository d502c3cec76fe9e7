import Diagnostics
import ModuleKit
import Modules
import Schema
import Testing

@Suite struct HostsTests {
  private static let before = """
    127.0.0.1\tlocalhost
    192.0.2.99 registry.lab registry # old
    192.0.2.10 api.lab
    ::1 localhost ip6-localhost
    # kept

    """

  @Test(arguments: [
    ("{ip: 192.0.2.10, names: [api.lab]}", nil),
    ("{ip: 192.0.2.10, names: [api.lab, api]}", "192.0.2.10 api.lab\n -> 192.0.2.10 api.lab api\n"),
    (
      "{ip: 192.0.2.11, names: [registry.lab]}",
      "192.0.2.99 registry.lab registry # old\n -> 192.0.2.99 registry # old\n+192.0.2.11 registry.lab\n"
    ),
    ("{ip: '2001:db8::1', names: [api.lab]}", "+2001:db8::1 api.lab\n"),
    ("{ip: '0:0:0:0:0:0:0:1', names: [localhost]}", nil),
    (
      "{names: [registry.lab, registry], state: absent}",
      "192.0.2.99 registry.lab registry # old\n -> "
    ),
    ("{ip: 192.0.2.10, state: absent}", "192.0.2.10 api.lab\n -> "),
    ("{names: [nobody.lab], state: absent}", nil),
  ])
  func `entries converge`(_ yaml: String, _ edit: String?) throws {
    try onIsolatedHost { host in
      host.run("cat >/etc/hosts", input: Array(Self.before.utf8))
      let done = try host.converge(module(HostsModule.self, yaml))
      #expect(host.run("cat /etc/hosts").text == Self.applying(edit))
      #expect(done.attributes == (edit == nil ? [] : ["entries"]))
    }
  }

  /// The file after an edit, written as `old -> new` and `+added`.
  private static func applying(_ edit: String?) -> String {
    guard let edit else { return before }
    var text = before
    var added = ""
    var change = edit
    if let plus = edit.firstRange(of: "+") {
      change = String(edit[..<plus.lowerBound])
      added = String(edit[plus.upperBound...])
    }
    if let arrow = change.firstRange(of: " -> ") {
      let old = String(change[..<arrow.lowerBound])
      if let place = text.firstRange(of: old) {
        text.replaceSubrange(place, with: change[arrow.upperBound...])
      }
    }
    return text + added
  }

  @Test(arguments: [
    "{ip: 1.2.3, names: [a]}", "{ip: 192.0.2.1}", "{names: [a]}", "{ip: 192.0.2.1, names: ['a b']}",
  ])
  func `wrong arguments are refused`(_ yaml: String) {
    #expect(throws: (any Error).self) { try module(HostsModule.self, yaml) }
  }
}

@Suite struct LimitsTests {
  @Test(arguments: [
    (
      "{domain: root, limit_item: nofile, value: {min: 65536}}",
      "# kept\nops soft nproc 1024\nroot - nofile 65536\n"
    ),
    (
      "{domain: ops, limit_type: soft, limit_item: nproc, value: 2048}",
      "# kept\nops soft nproc 2048\n"
    ),
    (
      "{domain: ops, limit_type: soft, limit_item: nproc, value: {min: 1000}}",
      "# kept\nops soft nproc 1024\n"
    ),
    (
      "{domain: ops, limit_type: soft, limit_item: nproc, value: 512, use_max: true}",
      "# kept\nops soft nproc 1024\n"
    ),
    (
      "{domain: ops, limit_type: soft, limit_item: nproc, value: -1}",
      "# kept\nops soft nproc unlimited\n"
    ),
    ("{domain: ops, limit_type: soft, limit_item: nproc, state: absent}", "# kept\n"),
  ])
  func `entries of sessions converge`(_ yaml: String, _ content: String) throws {
    try onIsolatedHost { host in
      host.run(
        "mkdir -p /etc/security/limits.d; printf '# kept\\nops soft nproc 1024\\n' >/etc/security/limits.d/90-spile.conf"
      )
      try host.converge(module(LimitsModule.self, yaml))
      #expect(host.run("cat /etc/security/limits.d/90-spile.conf").text == content)
    }
  }

  /// What systemd 252 shows, and what is done about it.
  @Test(arguments: [
    (
      "{domain: systemd, limit_item: nofile, value: {min: 65536}}", "524288", "1024",
      "[Manager]\nDefaultLimitNOFILE=65536:524288\n", 2
    ),
    (
      "{domain: systemd, limit_item: nofile, value: 16384}", "524288", "1024",
      "[Manager]\nDefaultLimitNOFILE=16384\n", 2
    ),
    (
      "{domain: systemd, limit_item: nofile, limit_type: soft, value: 2048}", "524288", "1024",
      "[Manager]\nDefaultLimitNOFILE=2048:524288\n", 2
    ),
    (
      "{domain: systemd, limit_item: nofile, value: {min: 512}}", "infinity", "1024",
      "[Manager]\nDefaultLimitNOFILE=1024:infinity\n", 1
    ),
  ])
  func `the default of services`(
    _ yaml: String, _ hard: String, _ soft: String, _ content: String, _ count: Int
  ) throws {
    let state = try module(LimitsModule.self, yaml)
    var view = FactView()
    for request in state.reads(given: view) {
      let reply = ProbeReply(
        status: 0,
        output: Array("DefaultLimitNOFILE=\(hard)\nDefaultLimitNOFILESoft=\(soft)\n".utf8))
      view[request.key] =
        request.key.kind == "systemd"
        ? SystemdFact.parse(reply, for: [request])[""].map { Observation($0, wants: request.wants) }
        : Observation(Reading<FileFact>.absent, wants: request.wants)
    }
    let changes = try state.changes(from: view)
    #expect(changes.count == count)
    #expect(
      changes.first?.steps.first?.input.map { String(decoding: $0.bytes, as: UTF8.self) } == content
    )
    #expect(try state.changes(from: view.predicting(changes.flatMap(\.predicts))).isEmpty)
  }
}

@Suite struct KernelModuleTests {
  @Test(arguments: TestShell.allCases)
  func `what is loaded, built in, or nowhere`(_ shell: TestShell) throws {
    try onIsolatedHost(shell) { host in
      guard case .present(let fact) = host.reading(KernelModuleFact.self, "overlay") else {
        Issue.record("overlay is what this host runs on")
        return
      }
      #expect(fact.isThere)
      #expect(host.reading(KernelModuleFact.self, "no_such_module") == .absent)
    }
  }

  @Test func `at boot, with parameters, and no longer`() throws {
    try onIsolatedHost { host in
      host.run("rm -rf /etc/modules-load.d /etc/modprobe.d")
      try host.converge(
        module(KernelModuleModule.self, "{name: overlay, persistent: present, params: metacopy=Y}"))
      #expect(host.run("cat /etc/modules-load.d/overlay.conf").text == "overlay\n")
      #expect(host.run("cat /etc/modprobe.d/overlay.conf").text == "options overlay metacopy=Y\n")
      host.run(
        "echo overlay >>/etc/modules-load.d/list.conf; echo xfs >>/etc/modules-load.d/list.conf")
      try host.converge(module(KernelModuleModule.self, "{name: overlay, persistent: absent}"))
      #expect(host.run("cat /etc/modules-load.d/*").text == "xfs\n")
    }
  }

  @Test func `a module that no kernel has is refused`() throws {
    try onIsolatedHost { host in
      let state = try module(KernelModuleModule.self, "{name: no-such-module}")
      let view = host.view(for: state.reads)
      #expect(throws: Obstacle.self) { try state.changes(from: view) }
    }
  }
}

@Suite struct NamesTests {
  @Test(arguments: TestShell.allCases)
  func `the host's name, now and at boot`(_ shell: TestShell) throws {
    try onIsolatedHost(shell) { host in
      host.run("printf '# a comment\\nold\\n' >/etc/hostname")
      let done = try host.converge(module(HostnameModule.self, "{name: renamed-by-lab}"))
      #expect(done.attributes == ["configured", "running"])
      #expect(host.run("cat /etc/hostname; uname -n").text == "renamed-by-lab\nrenamed-by-lab\n")
    }
  }

  @Test(arguments: TestShell.allCases)
  func `the time zone`(_ shell: TestShell) throws {
    try onIsolatedHost(shell) { host in
      host.run("ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime; echo Etc/UTC >/etc/timezone")
      let done = try host.converge(module(TimezoneModule.self, "{name: Asia/Shanghai}"))
      #expect(done.attributes == ["zone", "/etc/timezone"])
      #expect(
        host.run("readlink /etc/localtime; cat /etc/timezone").text
          == "../usr/share/zoneinfo/Asia/Shanghai\nAsia/Shanghai\n")
    }
  }

  @Test(arguments: ["{name: -x}", "{name: a_b.}", "{name: 'a b'}", "{name: ''}"])
  func `no name of a host`(_ yaml: String) {
    #expect(throws: (any Error).self) { try module(HostnameModule.self, yaml) }
  }
}
