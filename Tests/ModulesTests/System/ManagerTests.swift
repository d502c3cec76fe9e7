import ModuleKit
import Schema
import Testing

@testable import Modules

/// What the module of units does to systemd itself, and for whom.
@Suite struct `The service manager` {
  private func view(_ unit: String) -> FactView {
    let fact = UnitFact(fresh: unit)
    var view = FactView()
    view[FactKey(UnitFact.self, unit)] = Observation(.present(fact))
    view[FactKey(FileFact.self, "/etc/systemd/system/\(unit)")] = Observation(
      Reading<FileFact>.absent)
    return view
  }

  @Test func `is executed again at every run, and once is enough`() throws {
    let task = try module(ServiceModule.self, "{daemon_reexec: true}")
    let changes = try task.changes(from: FactView())
    #expect(changes.flatMap(\.steps).map(\.script) == ["systemctl daemon-reexec" as Script])
    #expect(try task.remaining(before: FactView(), after: FactView()).isEmpty)
  }

  @Test func `is executed again before a unit is enabled`() throws {
    let task = try module(
      ServiceModule.self, "{name: a, enabled: true, daemon-reexec: true, daemon_reload: true}")
    let before = view("a.service")
    let changes = try task.changes(from: before)
    #expect(changes.map(\.attribute) == ["manager", "enabled"])
    #expect(try task.remaining(before: before, after: before).map(\.attribute) == ["enabled"])
  }

  @Test(arguments: ["user", "global"])
  func `is that of the system alone`(scope: String) throws {
    let task = try module(ServiceModule.self, "{name: a, state: started, scope: \(scope)}")
    #expect(
      obstacleID { () throws(Obstacle) in try task.changes(from: view("a.service")) }
        == "unsupported-value")
  }
}
