import ModuleKit
import Modules
import Schema
import Testing

/// `apt` and `dnf` beyond what `package` does, by captured replies.
@Suite struct PackageManagerTests {
  private func view(_ manager: String, _ facts: [(FactKey, Observation)] = []) -> FactView {
    var view = FactView()
    let text = "6.1\nx86_64\n\(manager)\nsystemd\nID=x\n"
    if let reading = OSFact.parse(ProbeReply(status: 0, output: Array(text.utf8)), for: [])[""] {
      view[FactKey(OSFact.self)] = Observation(reading)
    }
    for (key, observation) in facts { view[key] = observation }
    return view
  }

  private func simulation(_ key: String, _ output: String) -> (FactKey, Observation) {
    let text = "\(key)\0\(output)\0"
    let reply = ProbeReply(status: 0, output: Array(text.utf8))
    let reading = PackageSimulationFact.parse(reply, for: [])[key] ?? .absent
    return (FactKey(PackageSimulationFact.self, key), Observation(reading))
  }

  @Test(arguments: [("apt", "dnf"), ("dnf", "apt-get"), ("apt", ""), ("yum", "apt-get")])
  func `a host with another package manager is refused`(name: String, manager: String) throws {
    let type = Registry.all.module(named: name)
    let wanted = try module(type, "name: chrony")
    #expect(
      obstacleID { () throws(Obstacle) in try wanted.changes(from: view(manager)) }
        == "package-manager")
  }

  @Test(arguments: [
    ("upgrade: dist", "@ dist-upgrade", "dist-upgrade"),
    ("upgrade: 'yes'", "@ upgrade --with-new-pkgs", "upgrade --with-new-pkgs"),
    ("autoremove: true\npurge: true", "@ autoremove --purge", "autoremove --purge"),
    ("name: a\nstate: build-dep", "@ build-dep a", "build-dep a"),
    ("state: fixed\nupdate_cache: true", "@ -f install", "-f install"),
  ])
  func `operations are what apt-get foretells`(yaml: String, key: String, words: String) throws {
    let apt = try module(Registry.all.module(named: "apt"), yaml)
    let pending = view(
      "apt-get",
      [
        simulation(
          key, "Inst libc6 [2.36-8] (2.36-9 Debian:12 [amd64])\nRemv old [1]\nstatus 0")
      ])
    let changes = try apt.changes(from: pending)
    #expect(changes.map(\.after) == [.text("-old, libc6 2.36-9")])
    let script = changes.first?.steps.first?.script.source ?? ""
    #expect(script.hasSuffix(" \(words)") && script.contains("apt-get -y"))
    #expect(try apt.changes(from: view("apt-get", [simulation(key, "status 0")])).isEmpty)
  }

  @Test func `what apt-get refuses is refused in the plan`() throws {
    let apt = try module(Registry.all.module(named: "apt"), "upgrade: dist")
    let broken = view(
      "apt-get", [simulation("@ dist-upgrade", "E: Unmet dependencies\nstatus 100")])
    #expect(
      obstacleID { () throws(Obstacle) in try apt.changes(from: broken) } == "package-refused")
  }

  @Test(arguments: [
    ("0", "", 0),
    (
      "100",
      "\nkernel.x86_64   5.14-1   baseos\nbash.x86_64 5.2 baseos\nObsoleting Packages\nx y z\n", 2
    ),
  ])
  func `everything as new as the repositories have it`(
    status: String, output: String, count: Int
  ) throws {
    let dnf = try module(
      Registry.all.module(named: "yum"), "name: '*'\nstate: latest\nsecurity: true")
    let text = "--security\0\(status)\0\(output)\0"
    let readings = DnfUpdatesFact.parse(ProbeReply(status: 0, output: Array(text.utf8)), for: [])
    let facts = readings.map { (FactKey(DnfUpdatesFact.self, $0.key), Observation($0.value)) }
    let changes = try dnf.changes(from: view("dnf", facts))
    #expect(changes.count == (count > 0 ? 1 : 0))
    if count > 0 {
      #expect(changes[0].after == .text("kernel.x86_64 5.14-1, bash.x86_64 5.2"))
      #expect(changes[0].steps[0].script.source.contains("dnf -y -q --security upgrade"))
    }
  }

  @Test(arguments: [
    ("name: '@web'", "package-group"), ("name: http://a/b.rpm", "package-url"),
    ("name: '*'", "package-name"), ("name: ['*', b]\nstate: latest", "package-name"),
  ])
  func `names that dnf is not given`(yaml: String, id: String) throws {
    #expect(try mistakeID { _ = try module(Registry.all.module(named: "dnf"), yaml) } == id)
  }

  @Test func `options of dnf are passed on`() throws {
    let dnf = try module(
      Registry.all.module(named: "dnf"),
      "name: a\nexclude: [b, c]\nnobest: true\ndisablerepo: '*'\nenablerepo: site\nsslverify: false"
    )
    let facts = view(
      "dnf", [(FactKey(PackageFact.self, "a"), Observation(Reading<PackageFact>.absent))])
    #expect(
      try dnf.changes(from: facts).first?.steps.first?.script.source.contains(
        "dnf -y -q '--disablerepo=*' '--enablerepo=site' --nobest '--exclude=b' '--exclude=c' '--setopt=sslverify=0' install -- a"
      ) == true)
  }

  @Test(arguments: [
    ("kubelet\thold\n", 0), ("kubelet\tinstall\n", 1), ("kubelet:amd64\thold\n", 0), ("", 1),
  ])
  func `a selection of dpkg`(output: String, count: Int) throws {
    let selection = try module(
      Registry.all.module(named: "dpkg_selections"), "name: kubelet\nselection: hold")
    let request = FactRequest(DpkgSelectionFact.self, "kubelet")
    let readings = DpkgSelectionFact.parse(
      ProbeReply(status: 0, output: Array(output.utf8)), for: [request])
    var view = FactView()
    view[request.key] = readings["kubelet"].map { Observation($0) }
    #expect(try selection.changes(from: view).count == count)
  }
}
