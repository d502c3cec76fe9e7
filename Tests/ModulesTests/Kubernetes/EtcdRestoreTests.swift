import ModuleKit
import Schema
import Testing

@testable import Modules

/// A restored cluster has another token than the one of before, and the host knows it afterwards.
@Suite struct EtcdRestoreTests {
  private func decision(_ token: String, initial: String?) throws -> ActionDecision {
    let module = try module(
      EtcdRestoreModule.self,
      "{snapshot: /s.db, name: m1, members: {m1: 'https://10.0.0.1:2380'}, token: \(token)}")
    let path = EtcdInstance.usual.initialFile.path.string
    var facts: [FactKey: Observation] = [
      FactKey(UnitFact.self, "etcd.service"): Observation(Reading<UnitFact>.absent)
    ]
    if let initial {
      let blob = Blob(Array(initial.utf8))
      facts[FactKey(FileFact.self, path)] = Observation(
        .present(
          FileFact(
            .regular, mode: FileMode(bits: 0o644), owner: .root, group: .root,
            size: blob.bytes.count)))
      facts[FactKey(ContentFact.self, path)] = Observation(
        .present(ContentFact(blob)), wants: [FactRequest.everything])
    } else {
      facts[FactKey(FileFact.self, path)] = Observation(Reading<FileFact>.absent)
      facts[FactKey(ContentFact.self, path)] = Observation(Reading<ContentFact>.absent)
    }
    return try module.decision(from: FactView(facts))
  }

  private static let before = "ETCD_INITIAL_CLUSTER=\"m1=x\"\nETCD_INITIAL_CLUSTER_TOKEN=\"one\"\n"

  @Test func `the token of before is refused`() throws {
    #expect(obstacleID { () throws(Obstacle) in try plain("one") } == "etcd-token")
    #expect(obstacleID { () throws(Obstacle) in try plain("two") } == nil)
  }

  private func plain(_ token: String) throws(Obstacle) -> ActionDecision {
    do {
      return try decision(token, initial: Self.before)
    } catch let error as Obstacle {
      throw error
    } catch {
      throw .unknown(Unknown("\(error)"))
    }
  }

  @Test func `the new token is noted where the next restore looks`() throws {
    guard case .run(let plan) = try decision("two", initial: nil) else {
      Issue.record("it is not restored")
      return
    }
    let script = plan.change.steps[0].script.source
    #expect(script.contains("m1=https://10.0.0.1:2380' two existing >\"$temp\""))
    #expect(plan.change.steps[0].footprint.parts.contains(.path("/etc/etcd/initial.env")))
  }
}
