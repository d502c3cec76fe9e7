import Diagnostics
import ModuleKit
import Schema

/// `service_facts`: all services as a fact.
struct ServiceFactsModule: QueryModule {
  static let manual = Manual(
    "service_facts", .query, "Reads the state of all services.",
    notes: [
      "The result is the fact `services`: from a unit's full name (`ssh.service`) to `name`, `state` (`running`, `stopped`, `inactive`), `status` (`enabled`, `disabled`, `static`, `masked`, `not-found`, `failed`, ...) and `source`.",
      "Only systemd is known. To have a service started or stopped, say so with `systemd_service`: it needs no look beforehand.",
    ],
    parameters: [],
    results: [.init("ansible_facts", "the dictionary `services`")],
    examples: [
      """
      - name: what runs here
        service_facts:
      - name: only where there is an SSH server
        debug:
          msg: "{{ ansible_facts.services['ssh.service'].status }}"
        when: "'ssh.service' in ansible_facts.services"
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {}

  var factNames: [String] { ["services"] }

  func reads(given facts: FactView) -> [FactRequest] { [FactRequest(ServicesFact.self)] }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    var services: ValueMap = [:]
    for (name, service) in (try facts.fact(ServicesFact.self)?.services ?? [:])
      .sorted(by: { $0.key < $1.key })
    {
      services[name] = .dict([
        "name": .string(name), "state": .string(service.state),
        "status": .string(service.status), "source": .string("systemd"),
      ])
    }
    let found: ValueMap = ["services": .dict(services)]
    return QueryResult(["ansible_facts": .dict(found)], effects: [.setFacts(found)])
  }
}
