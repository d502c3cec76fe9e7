import Diagnostics
import ModuleKit
import Schema

/// The facts of a host, as variables.
package struct SetupModule: QueryModule {
  private static let filter = Parameter<[String]>.optional(
    "filter",
    "Only facts whose names match one of these shell patterns (`ansible_mem*`), with or without `ansible_`.",
    default: [], shown: "[]")
  private static let subset = Parameter<[String]>.optional(
    "gather_subset", "Taken for Ansible's sake, without effect: all facts come in one probe.",
    default: ["all"],
    shown: "all")
  private static let timeout = Parameter<Int?>.optional(
    "gather_timeout", "Taken for Ansible's sake, without effect: every probe has a deadline.")
  private static let path = Parameter<String?>.optional(
    "fact_path", "Taken for Ansible's sake, without effect: no programs are run for facts.")

  package static let manual = Manual(
    "setup", .query, "Reads the facts of a host.", aliases: ["gather_facts"],
    notes: [
      "Facts come by themselves: a play with `gather_facts`, and every expression that mentions an `ansible_` name, have "
        + "them read along with everything else. This module is for `register` and for another look later.",
      "`ansible_fqdn` is what /etc/hosts says; DNS is not asked, so that a host without it answers at once.",
      "There is no `ansible_python`: none is needed.",
    ],
    parameters: [filter.manual, subset.manual, timeout.manual, path.manual],
    results: [.init("ansible_facts", "the facts, by name")],
    examples: [
      """
      - name: look at the memory
        setup:
          filter: [ansible_memtotal_mb]
        register: seen
      """
    ])

  private let patterns: [String]

  package init(_ arguments: Arguments) throws(Diagnostic) {
    patterns = try arguments[SetupModule.filter]
  }

  package func reads(given facts: FactView) -> [FactRequest] { [FactRequest(HostFacts.self)] }

  package func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let host = try facts.fact(HostFacts.self) else { return QueryResult([:]) }
    var shown: ValueMap = [:]
    let all = ansibleFacts(from: host)
    for (name, value) in zip(all.keys, all.values) {
      let text = name.string ?? ""
      let isMeant =
        patterns.isEmpty
        || patterns.contains {
          glob($0, matches: text) || glob("ansible_" + $0, matches: text)
        }
      if isMeant { shown[name] = value }
    }
    return QueryResult(["ansible_facts": .dict(shown)], effects: [.setFacts(shown)])
  }
}
