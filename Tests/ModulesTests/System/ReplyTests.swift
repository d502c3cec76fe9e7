import ModuleKit
import Modules
import Testing

/// What tools of several systems print, and what is read from it.
@Suite struct ReplyTests {
  private func reading<F: Fact>(
    _ kind: F.Type, _ output: String, _ name: String = "", wants: Set<String> = [],
    status: Int32 = 0,
    errors: String = ""
  ) -> Reading<F>? {
    kind.parse(
      ProbeReply(status: status, output: Array(output.utf8), errors: Array(errors.utf8)),
      for: [FactRequest(kind, name, wants: wants)])[name]
  }

  /// systemctl show of systemd 252.
  private static let running = """
    Type=notify
    Result=success
    MainPID=164
    NRestarts=0
    ExecMainStartTimestampMonotonic=4953111072
    LoadState=loaded
    ActiveState=active
    SubState=running
    FragmentPath=/lib/systemd/system/ssh.service
    DropInPaths=/etc/systemd/system/ssh.service.d/a.conf /etc/systemd/system/ssh.service.d/b.conf
    UnitFileState=enabled
    NeedDaemonReload=no
    CanReload=yes
    StateChangeTimestampMonotonic=5425509761
    ActiveEnterTimestampMonotonic=4953111217

    """

  @Test func `a unit as systemd shows it`() throws {
    guard case .present(let unit) = reading(UnitFact.self, Self.running, "ssh.service") else {
      Issue.record("not present")
      return
    }
    #expect(
      unit.isActive && unit.isEnabled && !unit.isMasked && unit.canReload && !unit.needsReload)
    #expect(unit.mainPID == 164 && unit.dropIns.count == 2 && unit.mainStart == 4_953_111_072)
  }

  @Test(arguments: [
    ("LoadState=not-found\nActiveState=inactive\n", Int32(0), "absent"),
    (
      "", Int32(1), "System has not been booted with systemd as init system (PID 1). Can't operate."
    ),
    ("", Int32(127), "systemd is not installed"),
  ])
  func `a unit that is not there, and a host without systemd`(
    _ output: String, _ status: Int32, _ text: String
  ) {
    let reading = reading(UnitFact.self, output, "x.service", status: status, errors: text + "\n")
    #expect(reading == (text == "absent" ? .absent : .unreadable(text)))
  }

  @Test(arguments: [
    ("deb\ni chrony ii amd64 4.3-2+deb12u1\n", "chrony", "4.3-2+deb12u1"),
    ("deb\ni vim hi amd64 2:9.0.1378-2\n", "vim", "2:9.0.1378-2"),
    ("deb\ni exim4 rc amd64 4.96-15\n", "exim4", nil),
    ("rpm\ni chrony ii x86_64 0:4.3-1.el9\n", "chrony", "4.3-1.el9"),
    ("rpm\ni openssl ii x86_64 1:3.0.7-27.el9\n", "openssl", "1:3.0.7-27.el9"),
    ("rpm\npackage chrony is not installed\n", "chrony", nil),
  ])
  func `packages of Debian and RHEL`(_ output: String, _ name: String, _ version: String?) {
    switch reading(PackageFact.self, output, name) {
    case .present(let fact): #expect(fact.version == version)
    case .absent: #expect(version == nil)
    default: Issue.record("neither there nor not")
    }
  }

  @Test func `what the repositories offer`() {
    let output = """
      deb
      i chrony ii amd64 4.3-2
      chrony:
        Installed: 4.3-2
        Candidate: 4.3-2+deb12u1
        Version table:
      none:
        Installed: (none)
        Candidate: (none)

      """
    guard
      case .present(let fact) = reading(PackageFact.self, output, "chrony", wants: ["candidate"])
    else {
      Issue.record("not present")
      return
    }
    #expect(fact.candidate == "4.3-2+deb12u1")
    #expect(reading(PackageFact.self, output, "none", wants: ["candidate"]) == .absent)
  }

  @Test(arguments: [
    (
      "6.1.0\nx86_64\napt-get\nsystemd\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n",
      "debian", "apt"
    ),
    (
      "5.14.0-427.el9.x86_64\nx86_64\ndnf\nsystemd\nNAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
      "rocky", "dnf"
    ),
    ("6.6.31-0-lts\nx86_64\napk\ninit\nID=alpine\nVERSION_ID=3.20.0\n", "alpine", "apk"),
  ])
  func `systems by what they say of themselves`(_ output: String, _ id: String, _ manager: String) {
    guard case .present(let fact) = reading(OSFact.self, output) else {
      Issue.record("not present")
      return
    }
    #expect(fact.id == id && fact.packageManager == manager)
  }

  @Test func `a parameter that only the machine around may write`() {
    let output = "!net/netfilter/nf_conntrack_max\nnet/netfilter/nf_conntrack_max:262144\n"
    let key = "net.netfilter.nf_conntrack_max"
    #expect(reading(SysctlFact.self, output, key) == .present(SysctlFact(value: "262144")))
    guard case .present(let fact) = reading(SysctlFact.self, output, key) else { return }
    #expect(!fact.isWritable)
  }
}
