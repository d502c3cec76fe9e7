import Diagnostics
import ModuleKit
import Schema

/// `nftables`: a file of rules that nft(8) accepts, and that the kernel has.
struct NftablesModule: StateModule {
  private static let destination = Parameter<HostPath>.optional(
    "dest", "The file on the host.", default: HostPath("/etc/nftables.conf") ?? .root,
    shown: "/etc/nftables.conf", aliases: ["path"], isSubject: true)
  private static let source = Parameter<String?>.optional(
    "src", "The file on the controller, searched in `files/`.", treatment: .controllerFile)
  private static let content = Parameter<Text?>.optional("content", "The rules themselves.")
  private static let isLoaded = Parameter<Bool>.optional(
    "loaded", "Whether the kernel is to have the rules; `false` only checks and writes them.",
    default: true, shown: "true")

  static let manual = Manual(
    "nftables", .state, "Rules of the packet filter, checked before they count.",
    notes: [
      """
      A new file is checked by `nft -c -f` before it replaces the old one, and then loaded by `nft -f`, which is one \
      transaction of the kernel: all of it or nothing.
      """,
      """
      What the kernel has is compared with what the file would make, table by table; counters do not matter. Rules that \
      somebody added by hand are found. Where the file begins with `flush ruleset`, other tables are differences too.
      """,
      """
      A file that does not begin with `flush ruleset` replaces the tables that it makes and leaves others alone.
      """,
      "Sets that packets fill (`flags dynamic`) differ from what the file makes, and are loaded again at every run.",
      "Rules are there after a reboot where the unit `nftables` is enabled, which the module `service` does.",
    ],
    parameters: [destination.manual, source.manual, content.manual, isLoaded.manual]
      + Permissions.parameters + [CopyModule.backup.manual],
    exclusive: [["src", "content"]], oneOf: [["src", "content"]],
    results: [.init("dest", "the file on the host")],
    examples: [
      """
      - name: what may come in
        nftables:
          src: firewall.nft
          mode: "0600"
      """,
      """
      - name: the same from a template
        nftables:
          content: "{{ lookup('template', 'firewall.nft.j2') }}"
      """,
    ])

  private let path: HostPath
  private let write: FileWrite
  private let loads: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.destination]
    loads = try arguments[Self.isLoaded]
    let blob: Blob
    if let text = try arguments[Self.content] {
      blob = Blob(Array(text.string.utf8), isSecret: text.marks.contains(.secret))
    } else if case .file(let file, _)? = arguments.argument(Self.source.manual)?.content {
      blob = file
    } else {
      throw Diagnostic(
        .error, "missing-parameter", "module `nftables` needs a file in `src`, or `content`",
        at: arguments.span)
    }
    write = FileWrite(
      path: path, content: blob, permissions: try Permissions(arguments),
      newMode: FileMode(bits: 0o600),
      validation: Validation(words: ["nft", "-c", "-f", "%s"]),
      keepsBackup: try arguments[CopyModule.backup])
  }

  func reads(given facts: FactView) -> [FactRequest] {
    write.reads(given: facts) + (loads ? [FactRequest(NftablesFact.self, path.string)] : [])
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let written = try write.changes(from: facts)
    guard loads else { return written }
    if written.contains(where: { $0.attribute == "content" }) { return written + [loading(nil)] }
    guard let fact = try facts.fact(NftablesFact.self, path.string), !fact.differing.isEmpty else {
      return written
    }
    return written + [loading(fact)]
  }

  private func loading(_ fact: NftablesFact?) -> Change {
    Change(
      path.string, "loaded",
      from: .text(
        fact.map { "other rules in \($0.differing.joined(separator: ", "))" } ?? "other rules"),
      to: .text("in the kernel"),
      steps: [
        Step(
          "load \(path)", loadScript,
          footprint: Footprint([.kind(NftablesFact.kind), .kind(FirewallFact.kind)]))
      ],
      predicts: [Prediction(NftablesFact.self, path.string, .present(NftablesFact(differing: [])))],
      blast: .reload)
  }

  /// Rules of a file are added to those of a table that is there: its tables are made anew, in the same transaction.
  private var loadScript: Script {
    """
    \(NftablesFact.isolation)
    if flushes_all \(path.string); then exec nft -f \(path.string); fi
    tables=$(isolated \(path.string) nft list tables) || exit
    {
      printf '%s\\n' "$tables" | while read -r table; do
        if [ -n "$table" ]; then printf 'add %s\\ndelete %s\\n' "$table" "$table"; fi
      done
      printf 'include "%s"\\n' \(path.string)
    } | nft -f -
    """
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["dest": .string(path.string)]
    result.addBackup(from: replies)
    return result
  }
}
