import Diagnostics
import ModuleKit
import Schema

/// `deb822_repository`: a file of package sources in the format of deb822(5).
struct Deb822RepositoryModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let name = Parameter<String>.required(
    "name", "The name of the repository; the file's name is made of it.", isSubject: true)
  private static let state = Parameter<State>.optional(
    "state", "Whether the file is there.", default: .present, shown: "present")
  private static let types = Parameter<[String]>.optional(
    "types", "`deb`, `deb-src`.", default: ["deb"], shown: "[deb]")
  private static let signature = Parameter<String?>.optional(
    "signed_by",
    "The key: a keyring file on the host, a fingerprint, or the key itself (`-----BEGIN PGP PUBLIC KEY BLOCK-----`)."
  )

  /// Fields that hold several words, by parameter.
  private static let lists: [Parameter<[String]>] = [
    .optional(
      "architectures", "Only for these architectures.", default: [], shown: "all"),
    .optional("components", "`main`, `contrib`, ...", default: [], shown: "[]"),
    .optional("languages", "Translations that are fetched.", default: [], shown: "the host's"),
    .optional(
      "suites", "`bookworm`, `bookworm-updates`; a path ends in `/`.", default: [], shown: "[]"),
    .optional("targets", "Files that are fetched.", default: [], shown: "the host's"),
    .optional("uris", "Where the repository is.", default: [], shown: "[]"),
  ]

  /// Fields that are `yes` or `no`; left out where not given.
  private static let flags: [Parameter<Bool?>] = [
    .optional("allow_downgrade_to_insecure", "Whether a signed repository may become unsigned."),
    .optional("allow_insecure", "Whether the repository may be unsigned."),
    .optional("allow_weak", "Whether weak signatures are enough."),
    .optional("by_hash", "Whether files are fetched by their digest."),
    .optional("check_date", "Whether a date in the future is a mistake."),
    .optional("check_valid_until", "Whether a repository can be too old."),
    .optional("enabled", "Whether the sources are used."),
    .optional("pdiffs", "Whether differences are fetched instead of whole lists."),
    .optional("trusted", "Whether it is trusted without a signature."),
  ]
  private static let latest = Parameter<Int?>.optional(
    "date_max_future", "Seconds that a date may lie in the future.")
  private static let inRelease = Parameter<String?>.optional(
    "inrelease_path", "The path of the `InRelease` file, relative to the suite.")

  static let manual = Manual(
    "deb822_repository", .state, "A file of apt's package sources, in the newer format.",
    notes: [
      "The file is `/etc/apt/sources.list.d/NAME.sources`, in small letters. Lists of packages are not fetched: that is `update_cache` of `apt`.",
      "A URL in `signed_by` is refused: bring the key with `copy` or `get_url`, and name its path.",
    ],
    parameters: [name.manual, state.manual, types.manual] + lists.map(\.manual)
      + [signature.manual] + flags.map(\.manual)
      + [latest.manual, inRelease.manual, Permissions.mode.manual],
    results: [.init("repo", "the content"), .init("dest", "the file")],
    examples: [
      """
      - name: the site's own mirror
        deb822_repository:
          name: site
          uris: http://mirror.example/debian
          suites: [bookworm, bookworm-updates]
          components: main
          signed_by: /etc/apt/keyrings/site.asc
      """
    ])

  private let file: WholeFile
  /// nil when the file is not to be there.
  private let content: String?

  init(_ arguments: Arguments) throws(Diagnostic) {
    let name = try arguments[Self.name]
    let slug = name.lowercased().map { $0 == "_" || $0.isWhitespace ? "-" : $0 }
      .filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    guard !slug.isEmpty, let path = HostPath("/etc/apt/sources.list.d/\(String(slug)).sources")
    else {
      throw Diagnostic(
        .error, "file-name", "`\(name)` has no letter or digit for the name of a file",
        at: arguments.span(of: Self.name.manual))
    }
    file = WholeFile(path: path, permissions: Permissions(mode: try arguments[Permissions.mode]))
    content =
      try arguments[Self.state] == .present ? try Self.content(name, arguments) : nil
  }

  private static func content(_ name: String, _ arguments: Arguments) throws(Diagnostic) -> String {
    var fields: [(key: String, value: String)] = [("name", name)]
    fields.append(("types", try arguments[types].joined(separator: " ")))
    for parameter in lists {
      let words = try arguments[parameter]
      if !words.isEmpty { fields.append((parameter.manual.name, words.joined(separator: " "))) }
    }
    for parameter in flags {
      if let flag = try arguments[parameter] {
        fields.append((parameter.manual.name, flag ? "yes" : "no"))
      }
    }
    if let seconds = try arguments[latest] { fields.append(("date_max_future", String(seconds))) }
    if let path = try arguments[inRelease] { fields.append(("inrelease_path", path)) }
    if let key = try arguments[signature] {
      guard !key.contains("://") else {
        throw Diagnostic(
          .error, "apt-key-url", "keys are not fetched from `\(key)`",
          at: arguments.span(of: signature.manual),
          help: "bring the key with `copy` or `get_url`, and name its path on the host")
      }
      fields.append(("signed_by", key))
    }
    for needed in ["uris", "suites"] where !fields.contains(where: { $0.key == needed }) {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `\(needed)`", at: arguments.span)
    }
    return fields.sorted { $0.key < $1.key }.map { "\(title($0.key)): \(folded($0.value))\n" }
      .joined()
  }

  private static func title(_ key: String) -> String {
    switch key {
    case "name": "X-Repolib-Name"
    case "uris": "URIs"
    default:
      key.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        .joined(separator: "-")
    }
  }

  /// A value of several lines: each begins with a blank, and an empty one is a dot.
  private static func folded(_ value: String) -> String {
    let lines = value.fileLines
    guard lines.count > 1 else { return String(value.trimmed) }
    return "\n" + lines.map { $0.trimmed.isEmpty ? " ." : " \($0)" }.joined(separator: "\n")
  }

  func reads(given facts: FactView) -> [FactRequest] { file.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try file.changes(to: content, from: facts)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["repo": content.map { .string($0) } ?? .null, "dest": .string(file.path.string)]
  }
}
