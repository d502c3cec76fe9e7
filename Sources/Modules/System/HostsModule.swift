import Diagnostics
import ModuleKit
import Schema

/// Names and addresses of `/etc/hosts`.
package struct HostsModule: StateModule {
  private enum Wish: String, ParameterChoice { case present, absent }

  private static let address = Parameter<HostAddress?>.optional(
    "ip",
    "The address, IPv4 or IPv6. With `state: absent` it may be left out: then the names go from every line.",
    aliases: ["address"])
  private static let names = Parameter<[String]>.optional(
    "names",
    "The names, the full one first. With `state: absent` they may be left out: then all lines of the address go.",
    default: [], shown: "[]", aliases: ["name", "hostnames"])
  private static let state = Parameter<Wish>.optional(
    "state", "Whether the names have the address.", default: .present, shown: "present")
  private static let path = Parameter<HostPath>.optional(
    "path", "The file that holds names and addresses.", default: HostPath("/etc/hosts") ?? .root,
    shown: "/etc/hosts",
    isSubject: true)

  package static let manual = Manual(
    "hosts", .state, "Gives names an address in /etc/hosts.",
    notes: [
      "Resolvers take the first line that has a name, per family: a name that another address of the same family has is "
        + "taken from it, so that the wished one counts (hosts(5)).",
      "A line of the address that is there already gets the missing names; names of it that are not listed, comments and "
        + "everything else stay.",
      "Several tasks that edit the file travel in one message, each on what the one before it wrote.",
    ],
    parameters: [address.manual, names.manual, state.manual, path.manual],
    oneOf: [["ip", "names"]],
    examples: [
      """
      - name: the registry, without DNS
        hosts:
          ip: 192.0.2.10
          names: [registry.example.internal, registry]
      """,
      """
      - name: an old name goes
        hosts:
          names: [old.example.internal]
          state: absent
      """,
    ])

  private let address: HostAddress?
  private let names: [String]
  private let isWanted: Bool
  private let path: HostPath

  package init(_ arguments: Arguments) throws(Diagnostic) {
    address = try arguments[HostsModule.address]
    names = try arguments[HostsModule.names]
    isWanted = try arguments[HostsModule.state] == .present
    path = try arguments[HostsModule.path]
    if isWanted, address == nil || names.isEmpty {
      throw Diagnostic(
        .error, "missing-parameter", "module `hosts` needs `ip` and `names` with `state: present`",
        at: arguments.span)
    }
    let wrong = names.first { name in
      name.isEmpty
        || !name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
    }
    if let wrong {
      throw Diagnostic(
        .error, "host-name", "`\(wrong)` is no host name",
        at: arguments.span(of: HostsModule.names.manual), help: "letters, digits, `-`, `.` and `_`")
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] { TextFile.reads(path) }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let file = try TextFile(path, from: facts)
    let before = HostsLines(file.lines)
    var after = before
    if isWanted, let address {
      after.set(names, to: address)
    } else {
      after.remove(names, of: address)
    }
    guard after.lines != before.lines else { return [] }
    let write = file.writing(after.lines.fileContent, label: "write \(path)")
    return [
      Change(
        path.string, "entries", file.content == nil ? .create : .update,
        from: file.content.map { .content($0) } ?? .absent, to: .content(after.lines.fileContent),
        steps: [write.step], predicts: write.predicts)
    ]
  }
}
