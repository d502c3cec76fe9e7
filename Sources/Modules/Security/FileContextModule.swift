import Diagnostics
import ModuleKit
import Schema

/// `sefcontext`: which SELinux context files get whose paths match a pattern.
struct FileContextModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }
  enum Kind: String, ParameterChoice { case a, b, c, d, f, l, p, s }

  private static let target = Parameter<String>.required(
    "target", "The pattern of paths, as semanage-fcontext(8) takes it: `/srv/web(/.*)?`.",
    aliases: ["path"], isSubject: true)
  private static let kind = Parameter<Kind>.optional(
    "ftype",
    """
    Which files: `a` all, `f` regular ones, `d` folders, `l` links, `p` pipes, `s` sockets, `b` and `c` devices.
    """, default: .a, shown: "a")
  private static let type = Parameter<String?>.optional(
    "setype", "The type, such as `httpd_sys_content_t`; `<<none>>` for no context.")
  private static let user = Parameter<String?>.optional(
    "seuser", "The SELinux user; without it a new record gets `system_u`.")
  private static let level = Parameter<String?>.optional(
    "selevel", "The level; without it a new record gets `s0`.", aliases: ["serange"])
  private static let substitute = Parameter<String?>.optional(
    "substitute", "A path: what lies below `target` gets the contexts of what lies below it.",
    aliases: ["equal"])
  private static let state = Parameter<State>.optional(
    "state", "Whether there is such a record; what the policy itself has cannot be removed.",
    default: .present, shown: "present")
  private static let reload = Parameter<Bool>.optional(
    "reload", "Taken for Ansible's sake: semanage(8) puts the record to work at once.",
    default: true, shown: "true")
  private static let ignored = Parameter<Bool>.optional(
    "ignore_selinux_state", "Taken for Ansible's sake: without SELinux the task fails.",
    default: false, shown: "false")

  static let manual = Manual(
    "sefcontext", .state, "The SELinux context that files get by their paths.",
    notes: [
      "Files that are there keep their context: `command: restorecon -R PATH` gives them the new one.",
      "Uses semanage(8) of policycoreutils.",
    ],
    parameters: [
      target.manual, kind.manual, type.manual, user.manual, level.manual, substitute.manual,
      state.manual, reload.manual, ignored.manual,
    ],
    exclusive: [["setype", "substitute"]],
    results: [
      .init("target", "the pattern"), .init("ftype", "as given"), .init("state", "as given"),
      .init("setype", "as given"),
    ],
    examples: [
      """
      - name: what the web server may read
        community.general.sefcontext:
          target: /srv/web(/.*)?
          setype: httpd_sys_content_t
      """,
      """
      - name: a second folder for containers
        community.general.sefcontext:
          target: /data/containers
          substitute: /var/lib/containers
      """,
    ])

  private let target: String
  private let kind: Kind
  private let type: String?
  private let user: String?
  private let level: String?
  private let substitute: String?
  private let isWanted: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    target = try arguments[Self.target]
    kind = try arguments[Self.kind]
    type = try arguments[Self.type]
    user = try arguments[Self.user]
    level = try arguments[Self.level]
    substitute = try arguments[Self.substitute]
    isWanted = try arguments[Self.state] == .present
    for parameter in [Self.target.manual, Self.type.manual, Self.user.manual, Self.level.manual] {
      guard let text = arguments.argument(parameter)?.sourceText else { continue }
      if text.isEmpty || text.hasPrefix("-") || text.contains(where: \.isWhitespace) {
        throw Diagnostic(
          .error, "file-context", "`\(text)` is no \(parameter.name) of a file context",
          at: arguments.span(of: parameter))
      }
    }
    if isWanted, type == nil, substitute == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `setype` or `substitute`",
        at: arguments.span)
    }
  }

  private var name: String {
    FileContextFact.name(substitute == nil ? kind.rawValue : "e", target)
  }

  func reads(given facts: FactView) -> [FactRequest] { [FactRequest(FileContextFact.self, name)] }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(FileContextFact.self, name)
    guard isWanted else {
      guard let fact else { return [] }
      return [
        change(
          .remove, fact, nil,
          substitute == nil ? ["-d", "-f", kind.rawValue] : ["-d", "-e", fact.context])
      ]
    }
    if let substitute {
      if fact?.context == substitute { return [] }
      return [
        change(
          fact == nil ? .create : .update, fact, FileContextFact(context: substitute),
          [fact == nil ? "-a" : "-m", "-e", substitute])
      ]
    }
    let wished = context(fact)
    if fact?.context.lowercased() == wished.lowercased() { return [] }
    var words = [fact == nil ? "-a" : "-m", "-f", kind.rawValue, "-t", type ?? ""]
    if let user { words += ["-s", user] }
    if let level { words += ["-r", level] }
    return [
      change(fact == nil ? .create : .update, fact, FileContextFact(context: wished), words)
    ]
  }

  /// The whole context: what is not wished stays as it is.
  private func context(_ fact: FileContextFact?) -> String {
    guard let type, type.lowercased() != "<<none>>" else { return "<<None>>" }
    let now = fact?.context.split(separator: ":", maxSplits: 3).map(String.init) ?? []
    let parts = now.count == 4 ? now : ["system_u", "object_r", "", "s0"]
    return [user ?? parts[0], parts[1], type, level ?? parts[3]].joined(separator: ":")
  }

  private func change(
    _ action: Change.Action, _ before: FileContextFact?, _ after: FileContextFact?,
    _ words: [String]
  ) -> Change {
    Change(
      target, "context", action, from: before.map { .text($0.context) } ?? .absent,
      to: after.map { .text($0.context) } ?? .absent,
      steps: [
        Step(
          "semanage fcontext \(target)", "semanage fcontext \(words: words) \(target)",
          footprint: Footprint([.kind(FileContextFact.kind)]), deadline: .seconds(600))
      ],
      predicts: [
        Prediction(FileContextFact.self, name, after.map { .present($0) } ?? .absent)
      ])
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    [
      "target": .string(target), "ftype": .string(kind.rawValue),
      "state": .string(isWanted ? "present" : "absent"),
      "setype": type.map(Value.string) ?? .null,
    ]
  }
}
