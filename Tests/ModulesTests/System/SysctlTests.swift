import Diagnostics
import ModuleKit
import Modules
import Testing

@Suite struct SysctlTests {
  @Test(arguments: TestShell.allCases)
  func `running values are read whole, absent keys are absent`(_ shell: TestShell) throws {
    try onIsolatedHost(shell) { host in
      host.run("echo '32000 60000' >/proc/sys/net/ipv4/ip_local_port_range")
      #expect(
        host.reading(SysctlFact.self, "net.ipv4.ip_local_port_range")
          == .present(SysctlFact(value: "32000 60000")))
      #expect(host.reading(SysctlFact.self, "net.ipv4.no_such_key") == .absent)
      #expect(
        host.reading(SysctlFact.self, "net.ipv4.conf.lo.rp_filter")
          == .present(SysctlFact(value: "0")))
    }
  }

  @Test(arguments: TestShell.allCases)
  func `a key that differs converges, running and persisted`(_ shell: TestShell) throws {
    try onIsolatedHost(shell) { host in
      host.run("echo 60 >/proc/sys/net/ipv4/tcp_fin_timeout; rm -rf /etc/sysctl.d")
      let done = try host.converge(
        module(SysctlModule.self, "{name: net.ipv4.tcp_fin_timeout, value: 25}"))
      #expect(done.attributes == ["running", "persisted"])
      #expect(
        host.run("cat /etc/sysctl.d/99-z-spile.conf").text == "net.ipv4.tcp_fin_timeout = 25\n")
      #expect(host.run("stat -c %a /etc/sysctl.d/99-z-spile.conf").text == "644\n")
    }
  }

  @Test func `a floor that the running kernel keeps writes nothing`() throws {
    try onIsolatedHost { host in
      host.run("echo 4096 >/proc/sys/net/core/somaxconn")
      let done = try host.converge(
        module(SysctlModule.self, "{name: net.core.somaxconn, value: {min: 1024}}"))
      #expect(done.attributes == [])
    }
  }

  @Test func `a floor is raised, and a file that would lower it too`() throws {
    try onIsolatedHost { host in
      host.run(
        "mkdir -p /etc/sysctl.d; echo net.core.somaxconn=100 >/etc/sysctl.d/10-low.conf; echo 128 >/proc/sys/net/core/somaxconn"
      )
      let done = try host.converge(
        module(SysctlModule.self, "{key: net.core.somaxconn, value: {min: 1024}}"))
      #expect(done.attributes == ["persisted", "running"])
      #expect(done.changes.first?.before == .text("100"))
    }
  }

  @Test func `other lines of the file stay, several numbers compare whatever the blanks`() throws {
    try onIsolatedHost { host in
      host.run(
        """
        mkdir -p /etc/sysctl.d
        printf '# mine\\nnet.ipv4.tcp_rmem = 4096\\t131072   6291456\\nnet.ipv4.tcp_wmem=1 2 3\\n' >/etc/sysctl.d/99-z-spile.conf
        printf '4096 131072 6291456' >/proc/sys/net/ipv4/tcp_rmem
        """)
      let same = try host.converge(
        module(SysctlModule.self, "{name: net.ipv4.tcp_rmem, value: 4096 131072 6291456}"))
      #expect(same.attributes == [])
      try host.converge(
        module(SysctlModule.self, "{name: net/ipv4/tcp_wmem, value: 4096 16384 4194304}"))
      #expect(
        host.run("cat /etc/sysctl.d/99-z-spile.conf").text
          == "# mine\nnet.ipv4.tcp_rmem = 4096\t131072   6291456\nnet.ipv4.tcp_wmem = 4096 16384 4194304\n"
      )
    }
  }

  @Test func `several keys chain in one file before any step has run`() throws {
    try onIsolatedHost { host in
      host.run(
        "rm -rf /etc/sysctl.d; echo 60 >/proc/sys/net/ipv4/tcp_fin_timeout; echo 0 >/proc/sys/net/ipv4/ip_forward"
      )
      let modules = try [
        module(SysctlModule.self, "{name: net.ipv4.tcp_fin_timeout, value: 25}"),
        module(SysctlModule.self, "{name: net.ipv4.ip_forward, value: 1}"),
      ]
      let reads = { (view: FactView) in modules.flatMap { $0.reads(given: view) } }
      var view = host.view(for: reads)
      var steps: [Step] = []
      for module in modules {
        let changes = try module.changes(from: view)
        for step in changes.flatMap(\.steps) { view.forget(step.footprint) }
        view = view.predicting(changes.flatMap(\.predicts))
        steps += changes.flatMap(\.steps)
      }
      #expect(steps.map { host.run($0).status } == [0, 0, 0, 0])
      #expect(
        host.run("cat /etc/sysctl.d/99-z-spile.conf").text
          == "net.ipv4.tcp_fin_timeout = 25\nnet.ipv4.ip_forward = 1\n")
      for module in modules {
        #expect(try module.changes(from: host.view(for: module.reads)).isEmpty)
      }
    }
  }

  @Test func `a file that was edited since stops the step`() throws {
    try onIsolatedHost { host in
      host.run(
        "mkdir -p /etc/sysctl.d; echo 0 >/proc/sys/net/ipv4/ip_forward; echo '# old' >/etc/sysctl.d/99-z-spile.conf"
      )
      let state = try module(SysctlModule.self, "{name: net.ipv4.ip_forward, value: 1}")
      let changes = try state.changes(from: host.view(for: state.reads))
      host.run(
        "echo '# somebody was here' >>/etc/sysctl.d/99-z-spile.conf; echo 0 >/proc/sys/net/ipv4/ip_forward"
      )
      let replies = changes.flatMap(\.steps).map { host.run($0) }
      #expect(replies.map(\.status) == [0, 254])
      #expect(replies.last?.errorText == "/etc/sysctl.d/99-z-spile.conf changed since it was read")
    }
  }

  @Test func `absent takes the key out of the file only`() throws {
    try onIsolatedHost { host in
      host.run(
        "mkdir -p /etc/sysctl.d; printf 'net.ipv4.ip_forward=1\\n# x\\n' >/etc/sysctl.d/50-lab.conf"
      )
      let done = try host.converge(
        module(
          SysctlModule.self,
          "{name: net.ipv4.ip_forward, state: absent, sysctl_file: /etc/sysctl.d/50-lab.conf}"))
      #expect(done.attributes == ["persisted"])
      #expect(host.run("cat /etc/sysctl.d/50-lab.conf").text == "# x\n")
    }
  }

  @Test(arguments: [
    ("{name: net.bridge.nothing, value: 1}", "sysctl-missing"),
    ("{name: net.ipv4.ip_forward, value: 1}", "sysctl-overridden"),
  ])
  func `what cannot be is refused with a reason`(_ yaml: String, _ id: String) throws {
    try onIsolatedHost { host in
      host.run(
        "mkdir -p /etc/sysctl.d; echo net.ipv4.ip_forward=0 >/etc/sysctl.d/99-zz-late.conf; echo 0 >/proc/sys/net/ipv4/ip_forward"
      )
      let state = try module(SysctlModule.self, yaml)
      let view = host.view(for: state.reads)
      let obstacle = #expect(throws: Obstacle.self) { try state.changes(from: view) }
      guard case .refused(let diagnostic) = obstacle else {
        Issue.record("\(String(describing: obstacle))")
        return
      }
      #expect(diagnostic.id == id)
    }
  }

  @Test func `a missing key is skipped or only persisted when told`() throws {
    try onIsolatedHost { host in
      let skipped = try host.converge(
        module(SysctlModule.self, "{name: net.bridge.nothing, value: 1, missing: skip}"))
      #expect(skipped.attributes == [])
      let persisted = try host.converge(
        module(SysctlModule.self, "{name: net.bridge.nothing, value: 1, ignoreerrors: true}"))
      #expect(persisted.attributes == ["persisted"])
    }
  }
}

@Suite struct SysctlFileTests {
  private static func fact(_ lines: String, _ key: String) -> SysctlFileFact? {
    let request = FactRequest(SysctlFileFact.self, key)
    let reply = ProbeReply(status: 0, output: Array(lines.utf8))
    guard case .present(let fact)? = SysctlFileFact.parse(reply, for: [request])[key] else {
      return nil
    }
    return fact
  }

  /// What a Debian 12 server printed, shortened: a masked file, a pattern, and an exception from it.
  private static let debian = """
    systemd
    /etc/sysctl.d/99-sysctl.conf
    /etc/sysctl.d/50-default.conf
    /usr/lib/sysctl.d/50-default.conf
    /usr/lib/sysctl.d/50-pid-max.conf
    /etc/sysctl.conf

    /etc/sysctl.d/99-sysctl.conf:net.ipv4.ip_forward = 0
    /etc/sysctl.d/50-default.conf:net.ipv4.conf.*.rp_filter = 2
    /etc/sysctl.d/50-default.conf:-net.ipv4.conf.all.rp_filter
    /etc/sysctl.d/50-default.conf:-kernel/pid_max = 10
    /usr/lib/sysctl.d/50-default.conf:net.ipv4.ip_forward = 1
    /usr/lib/sysctl.d/50-pid-max.conf:kernel.pid_max = 4194304
    /etc/sysctl.conf:net.ipv4.tcp_syncookies=0

    """

  @Test(arguments: [
    ("net.ipv4.ip_forward", "/etc/sysctl.d/99-sysctl.conf", "0"),
    ("kernel.pid_max", "/usr/lib/sysctl.d/50-pid-max.conf", "4194304"),
    ("net.ipv4.conf.eth0.rp_filter", "/etc/sysctl.d/50-default.conf", "2"),
  ])
  func `the last file that sets a key decides`(_ key: String, _ file: String, _ value: String) {
    #expect(
      Self.fact(Self.debian, key)?.effective.map { [$0.file, $0.value ?? ""] } == [file, value])
  }

  @Test(arguments: [
    "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.a.b.rp_filter", "net.ipv4.tcp_syncookies",
  ])
  func `no file sets it`(_ key: String) {
    #expect(Self.fact(Self.debian, key)?.effective == nil)
  }

  @Test func `without systemd sysctl conf counts`() {
    let other = "other" + Self.debian.dropFirst("systemd".count)
    #expect(Self.fact(other, "net.ipv4.tcp_syncookies")?.effective?.value == "0")
  }
}
