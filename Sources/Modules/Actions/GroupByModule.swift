import Diagnostics
import ModuleKit
import Schema

/// `group_by`: puts each host into a group that is named by what is known of it.
struct GroupByModule: ControllerModule {
  private static let key = Parameter<String>.required(
    "key", "The group; blanks in it become `-`.", isSubject: true)
  private static let parents = Parameter<[String]>.optional(
    "parents", "The groups that the group is put below.", default: ["all"], shown: "all")

  static let manual = Manual(
    "group_by", .controller, "Puts hosts into groups while the play runs.",
    notes: [
      """
      The group is there for the tasks behind it, with its `group_vars`, and for the `hosts` of later plays: those are \
      chosen when the play with this task has ended on all hosts. It belongs to the run and changes nothing on a host: \
      the task is never reported as changed.
      """
    ],
    parameters: [key.manual, parents.manual],
    results: [
      .init("add_group", "the group"), .init("parent_groups", "the groups above it"),
    ],
    examples: [
      """
      - name: a group for each distribution
        group_by:
          key: "os_{{ ansible_distribution }}"
      """
    ])

  private let group: String
  private let above: [String]

  init(_ arguments: Arguments) throws(Diagnostic) {
    group = try arguments[Self.key].replacing(" ", with: "-")
    above = try arguments[Self.parents].map { $0.replacing(" ", with: "-") }
    guard !group.isEmpty else {
      throw Diagnostic(
        .error, "empty-group", "the group has no name", at: arguments.span(of: Self.key.manual))
    }
  }

  func run() -> ControllerOutcome {
    ControllerOutcome(
      result: [
        "add_group": .string(group), "parent_groups": .list(above.map(Value.string)),
      ], effects: [.joinGroup(name: group, parents: above)])
  }
}
