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
    "gather_subset",
    "Only these groups of facts, besides `min`: `all`, `hardware`, `network`, `virtual`, `min`, a group of Ansible's or a fact; with `!` before it: not these.",
    default: ["all"], shown: "all")
  private static let timeout = Parameter<Int?>.optional(
    "gather_timeout", "Taken for Ansible's sake, without effect: every probe has a deadline.")
  private static let path = Parameter<HostPath?>.optional(
    "fact_path",
    "The folder of the host's own facts, `*.fact`: JSON, INI, or programs that print one of them. `/etc/ansible/facts.d` where not given."
  )

  package static let manual = Manual(
    "setup", .query, "Reads the facts of a host.", aliases: ["gather_facts"],
    notes: [
      "Facts come by themselves: a play with `gather_facts`, and every expression that mentions an `ansible_` name, have "
        + "them read along with everything else. This module is for `register` and for another look later.",
      "All facts come in one probe, whatever is asked for; `gather_subset` and `filter` choose what is shown and set.",
      "`ansible_fqdn` is what /etc/hosts says; DNS is not asked, so that a host without it answers at once. Sizes of network file systems are not read: a server that is away would hold everything up.",
      "There is no `ansible_python` (none is needed), no `ansible_lvm` and no `ansible_system_capabilities`.",
    ],
    parameters: [filter.manual, subset.manual, timeout.manual, path.manual],
    results: [.init("ansible_facts", "the facts, by name")],
    examples: [
      """
      - name: look at the memory
        setup:
          filter: [ansible_memtotal_mb]
        register: seen
      """,
      """
      - name: facts of the host's own, from another folder
        setup:
          gather_subset: [local, '!all']
          fact_path: /etc/cluster/facts.d
      """,
    ])

  private let patterns: [String]
  private let words: [String]
  private let wanted: GatherSubset
  private let folder: HostPath?

  package init(_ arguments: Arguments) throws(Diagnostic) {
    patterns = try arguments[SetupModule.filter]
    words = try arguments[SetupModule.subset]
    folder = try arguments[SetupModule.path]
    let span = arguments.span(of: SetupModule.subset.manual)
    wanted = try GatherSubset(words) { name in
      Diagnostic(
        .error, "gather-subset", "there is no group of facts `\(name)`", at: span,
        help: suggestion(for: name, among: GatherSubset.names).map { "did you mean `\($0)`?" })
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(HostFacts.self, wants: Set(folder.map { ["facts:\($0)"] } ?? []))]
  }

  package func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let host = try facts.fact(HostFacts.self) else { return QueryResult([:]) }
    var shown: ValueMap = [:]
    var known: ValueMap = [:]
    for (key, value) in ansibleFacts(from: host).pairs {
      guard let name = key.string else { continue }
      let bare = String(name.dropFirst("ansible_".count))
      let isMeant =
        patterns.isEmpty || patterns.contains { glob($0, matches: name) || glob($0, matches: bare) }
      guard isMeant, wanted.contains(bare) else { continue }
      shown[name] = value
      known[bare] = value
    }
    if patterns.isEmpty {
      let subset = Value.list(words.map { .string($0) })
      shown["gather_subset"] = subset
      known["gather_subset"] = subset
    }
    return QueryResult(["ansible_facts": .dict(shown)], effects: [.setFacts(known)])
  }
}
