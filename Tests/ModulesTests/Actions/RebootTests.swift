import ModuleKit
import Modules
import Schema
import Testing

/// Actions that wait for a machine, or for nothing.
@Suite struct RebootTests {
  private func plan(_ name: String, _ yaml: String, boot: String = "old") throws -> ActionPlan? {
    let type = try #require(Registry.all.module(named: name))
    let action = try #require(try type.init(try arguments(name, yaml)) as? any ActionModule)
    var view = FactView()
    view[FactKey(BootFact.self)] = BootFact.parse(
      ProbeReply(status: 0, output: Array(boot.utf8)), for: [])[""].map { Observation($0) }
    guard case .run(let plan) = try action.decision(from: view) else { return nil }
    return plan
  }

  @Test(arguments: TestShell.allCases)
  func `a host is back with another boot and a test that succeeds`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    guard case .present(let boot) = host.reading(BootFact.self) else {
      Issue.record("no boot id")
      return
    }
    func isBack(_ id: String, _ test: String) throws -> Bool {
      let plan = try plan("reboot", "test_command: \(test)", boot: id)
      return host.run(try #require(plan?.reconnection).check).status == 0
    }
    #expect(try isBack("another", "whoami"))
    #expect(try !isBack(boot.id, "whoami"))
    #expect(try !isBack("another", "'false'"))
  }

  @Test(arguments: TestShell.allCases)
  func `the order comes when nobody listens any more`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let plan = try plan("reboot", "reboot_command: echo its done >\(host.root)/done")
    let step = try #require(plan?.change.steps.first)
    #expect(host.run(step).status == 0)
    #expect(host.run("test -e \(host.root)/done").status == 1)
    #expect(
      host.run(
        "for i in 1 2 3 4 5 6 7 8 9 10; do [ -s \(host.root)/done ] && break; sleep 1; done; cat \(host.root)/done"
      ).text == "its done\n")
    #expect(plan?.change.blast == .reboot && plan?.isHarmless == false)
  }

  @Test func `waiting for a connection changes nothing`() throws {
    let plan = try plan("wait_for_connection", "timeout: 5\ndelay: 2\nsleep: 0")
    #expect(plan?.isHarmless == true && plan?.change.steps.isEmpty == true)
    #expect(plan?.reconnection?.timeout == .seconds(5) && plan?.reconnection?.delay == .seconds(2))
    #expect(plan?.reconnection?.interval == .seconds(1))
  }

  private func pause(_ yaml: String) throws -> ControllerOutcome {
    let type = try #require(Registry.all.module(named: "pause"))
    return try #require(try type.init(try arguments("pause", yaml)) as? any ControllerModule).run()
  }

  @Test(arguments: [("seconds: 2", 2.0), ("minutes: 0.5", 30.0), ("seconds: -1", 0.0)])
  func `a pause in its units`(yaml: String, seconds: Double) throws {
    #expect(try pause(yaml).pause == .milliseconds(Int(seconds * 1000)))
  }

  @Test(arguments: [
    ("prompt: sure?", "pause-forever"), ("{}", "pause-forever"),
    ("seconds: 100000", "argument-range"),
  ])
  func `nobody is asked`(yaml: String, id: String) throws {
    #expect(try mistakeID { _ = try pause(yaml) } == id)
  }

  @Test func `ping gives back what it is given`() throws {
    let host = TestHost()
    defer { host.remove() }
    let type = try #require(Registry.all.module(named: "ping"))
    let ping = try #require(try type.init(try arguments("ping", "data: here")) as? any QueryModule)
    #expect(try host.ask(ping).result["ping"] == .string("here"))
  }
}
