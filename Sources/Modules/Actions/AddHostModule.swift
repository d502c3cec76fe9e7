import Diagnostics
import ModuleKit
import Schema

/// `add_host`: a host that the inventory does not name.
struct AddHostModule: ControllerModule {
  private static let name = Parameter<String>.required(
    "name", "The name of the host; `:PORT` behind it is `ansible_port`.",
    aliases: ["hostname", "host"], isSubject: true)
  private static let groups = Parameter<[String]>.optional(
    "groups", "The groups that it is put into.", default: [], shown: "[]",
    aliases: ["groupname", "group"])

  static let manual = Manual(
    "add_host", .controller, "Adds a host to the inventory of the run.",
    notes: [
      """
      Every other parameter is a variable of the host. The task runs once, for the first host of the play. Later plays \
      may take the host: their hosts are chosen when the play with this task has ended. It changes nothing on a host: \
      the task is never reported as changed.
      """
    ],
    parameters: [name.manual, groups.manual], takesAnyParameter: true,
    results: [.init("add_host", "the name, the groups and the variables")],
    examples: [
      """
      - name: the machine that was made
        add_host:
          name: "{{ made.address }}"
          groups: [new_nodes]
          ansible_user: admin
      """
    ])

  private let host: String
  private let members: [String]
  private var variables: ValueMap

  init(_ arguments: Arguments) throws(Diagnostic) {
    let name = try arguments[Self.name]
    members = try arguments[Self.groups]
    variables = [:]
    let own = Set(Self.manual.parameters.flatMap { [$0.name] + $0.aliases })
    for (name, argument) in arguments.given.sorted(by: { $0.key < $1.key })
    where !own.contains(name) {
      variables[name] = argument.value
    }
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2, let port = Int(parts[1]) {
      host = String(parts[0])
      variables["ansible_port"] = .int(port)
    } else {
      host = name
    }
    guard !host.isEmpty else {
      throw Diagnostic(
        .error, "empty-host", "the host has no name", at: arguments.span(of: Self.name.manual))
    }
  }

  func run() -> ControllerOutcome {
    let added: ValueMap = [
      "host_name": .string(host), "groups": .list(members.map(Value.string)),
      "host_vars": .dict(variables),
    ]
    return ControllerOutcome(
      result: ["add_host": .dict(added)],
      effects: [.addHost(name: host, groups: members, variables: variables)])
  }
}
