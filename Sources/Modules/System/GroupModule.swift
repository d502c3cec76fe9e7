import Diagnostics
import ModuleKit
import Schema

/// A group of the host.
package struct GroupModule: StateModule {
  private enum Wish: String, ParameterChoice { case present, absent }

  private static let name = Parameter<AccountName>.required(
    "name", "The name of the group.", isSubject: true)
  private static let gid = Parameter<Int?>.optional(
    "gid",
    "Its number; without one the host picks the next free one. A group with another number is renumbered, files are not."
  )
  private static let state = Parameter<Wish>.optional(
    "state", "Whether it is there.", default: .present, shown: "present")
  private static let system = Parameter<Bool>.optional(
    "system", "Picks a number of the range for system accounts; only when the group is made.",
    default: false,
    shown: "false")
  private static let local = Parameter<Bool>.optional(
    "local", "Taken for Ansible's sake: accounts are always made in the host's own files.",
    default: false,
    shown: "false")
  private static let nonUnique = Parameter<Bool>.optional(
    "non_unique", "Allows a number that another group has; needs `gid`.", default: false,
    shown: "false")

  private static let lowest = Parameter<Int?>.optional(
    "gid_min", "The lowest number that the host picks; only when the group is made.")
  private static let highest = Parameter<Int?>.optional(
    "gid_max", "The highest number that the host picks; only when the group is made.")
  private static let force = Parameter<Bool>.optional(
    "force", "With `state: absent`: even where it is the main group of an account.", default: false,
    shown: "false")

  package static let manual = Manual(
    "group", .state, "Makes, changes or removes a group.",
    notes: [
      "Uses groupadd(8), groupmod(8), groupdel(8) (package `passwd` or `shadow-utils`).",
      "A group that only a directory service knows is present; it cannot be changed from here.",
    ],
    parameters: [
      name.manual, gid.manual, state.manual, system.manual, local.manual, nonUnique.manual,
      lowest.manual, highest.manual, force.manual,
    ],
    results: [
      .init("gid", "the group's number"), .init("name", "the group"),
      .init("state", "present or absent"),
    ],
    examples: [
      """
      - name: the group that etcd's files belong to
        group:
          name: etcd
          system: true
      """,
      """
      - name: a group with a number that is the same on every host
        ansible.builtin.group:
          name: kube
          gid: 1500
      """,
    ])

  private let group: String
  private let number: Int?
  private let isWanted: Bool
  private let isSystem: Bool
  private let allowsDouble: Bool
  private let limits: [String]
  private let isForced: Bool

  package init(_ arguments: Arguments) throws(Diagnostic) {
    group = try arguments[GroupModule.name].string
    number = try arguments[GroupModule.gid]
    isWanted = try arguments[GroupModule.state] == .present
    isSystem = try arguments[GroupModule.system]
    allowsDouble = try arguments[GroupModule.nonUnique]
    isForced = try arguments[GroupModule.force]
    limits =
      try (arguments[GroupModule.lowest].map { ["-K", "GID_MIN=\($0)"] } ?? [])
      + (arguments[GroupModule.highest].map { ["-K", "GID_MAX=\($0)"] } ?? [])
    if let number, number < 0 || number > 4_294_967_294 {
      throw Diagnostic(
        .error, "account-number", "`gid` must be between 0 and 4294967294, not \(number)",
        at: arguments.span(of: GroupModule.gid.manual))
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(GroupFact.self, group)]
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(GroupFact.self, group)
    switch (isWanted, fact) {
    case (false, nil): return []
    case (false, _?): return [removal]
    case (true, nil): return [creation]
    case (true, let fact?):
      guard let number, fact.gid != number else { return [] }
      return [renumbering(fact, to: number)]
    }
  }

  private var creation: Change {
    let flags =
      (isSystem ? ["-r"] : []) + (number.map { ["-g", String($0)] } ?? [])
      + (allowsDouble ? ["-o"] : []) + limits
    return change(
      .create, "group", from: .absent, to: .text(number.map { "gid \($0)" } ?? "present"),
      "make group \(group)",
      "groupadd \(words: flags) -- \(group)",
      .present(GroupFact(gid: number)))
  }

  private var removal: Change {
    change(
      .remove, "group", from: .text("present"), to: .absent, "remove group \(group)",
      "groupdel \(words: isForced ? ["-f"] : []) -- \(group)",
      .absent)
  }

  private func renumbering(_ fact: GroupFact, to number: Int) -> Change {
    var after = fact
    after.gid = number
    return change(
      .update, "gid", from: .text(fact.gid.map(String.init) ?? ""), to: .text(String(number)),
      "renumber group \(group)",
      "groupmod \(words: ["-g", String(number)] + (allowsDouble ? ["-o"] : [])) -- \(group)",
      .present(after))
  }

  private func change(
    _ action: Change.Action, _ attribute: String, from before: Shown, to after: Shown,
    _ label: String, _ script: Script, _ reading: Reading<GroupFact>
  ) -> Change {
    Change(
      group, attribute, action, from: before, to: after,
      steps: [
        Step(label, script, footprint: AccountFiles.footprint(.key(FactKey(GroupFact.self, group))))
      ],
      predicts: [Prediction(GroupFact.self, group, reading)])
  }

  package func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = [
      "name": .string(group), "state": .string(isWanted ? "present" : "absent"),
    ]
    guard let fact = facts.known(GroupFact.self, group) else { return result }
    result["gid"] = fact.gid.map { .int($0) }
    result["system"] = .bool(isSystem)
    return result
  }
}

/// The name of a user or group: what useradd(8) and systemd take on all systems (`systemd.io/USER_NAMES`), and a dot.
struct AccountName: ParameterType, Hashable {
  static var typeDescription: String { "account name" }
  let string: String

  init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, AccountName.isValid(text) else {
      throw argument.wrong(
        "account-name", "must be the name of an account, not \(argument.shown)",
        help:
          "letters, digits, `_`, `-`, `.`; not beginning with a digit or `-`; at most 32 characters"
      )
    }
    string = text
  }

  private static func isValid(_ text: String) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter || first == "_",
      text.utf8.count <= 32
    else { return false }
    let stem = text.last == "$" ? text.dropLast() : text[...]
    return stem.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
  }
}

/// The files that the tools for accounts write.
enum AccountFiles {
  static func footprint(_ parts: Footprint.Part...) -> Footprint {
    let files = ["passwd", "group", "shadow", "gshadow", "subuid", "subgid"]
    return Footprint(Set(parts).union(files.map { .path("/etc/\($0)") }))
  }
}
