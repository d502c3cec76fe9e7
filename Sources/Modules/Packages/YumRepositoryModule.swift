import Diagnostics
import ModuleKit
import Schema

/// `yum_repository`: a section of a file of package sources (dnf.conf(5)).
struct YumRepositoryModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let name = Parameter<String>.required(
    "name", "The repository's id: the section's name.", isSubject: true)
  private static let state = Parameter<State>.optional(
    "state", "Whether the section is there.", default: .present, shown: "present")
  private static let file = Parameter<String?>.optional(
    "file", "The file's name without `.repo`; the id where not given.")
  private static let folder = Parameter<HostPath?>.optional(
    "reposdir", "The folder of the files; `/etc/yum.repos.d` where not given.")
  private static let password = Parameter<Text?>.optional(
    "password", "The password of the repository.", isSecret: true)
  private static let proxyPassword = Parameter<Text?>.optional(
    "proxy_password", "The password of the proxy.", isSecret: true)

  /// Options that are lists, what joins them in the file, and what they say.
  private static let lists: [(parameter: Parameter<[String]>, separator: String)] = [
    (.optional("baseurl", "Where the repository is.", default: [], shown: "[]"), "\n"),
    (.optional("gpgkey", "Where the keys are.", default: [], shown: "[]"), "\n"),
    (
      .optional(
        "exclude", "Packages that do not count.", default: [], shown: "[]", aliases: ["excludepkgs"]
      ),
      " "
    ),
    (.optional("includepkgs", "The only packages that count.", default: [], shown: "[]"), " "),
  ]

  private static let flags: [Parameter<Bool?>] = [
    .optional("countme", "Whether the host is counted."),
    .optional("enabled", "Whether the repository is used."),
    .optional("enablegroups", "Whether its groups of packages are used."),
    .optional("gpgcheck", "Whether signatures of packages are checked."),
    .optional("module_hotfixes", "Whether packages count that modules hide."),
    .optional("repo_gpgcheck", "Whether the signature of the repository is checked."),
    .optional("s3_enabled", "Whether it is in S3."),
    .optional("skip_if_unavailable", "Whether it may be away."),
    .optional(
      "sslverify", "Whether certificates are checked.", aliases: ["validate_certs"]),
  ]

  private static let texts: [Parameter<String?>] = [
    .optional("bandwidth", "The bandwidth that `throttle` counts from."),
    .optional("cost", "How much is against it; the lowest cost wins."),
    .optional("deltarpm_percentage", "How large a difference may be."),
    .optional("failovermethod", "`roundrobin` or `priority`."),
    .optional("include", "A file that is read in addition."),
    .optional("ip_resolve", "`4` or `6`."),
    .optional("metadata_expire", "After how long it is looked up again."),
    .optional("metalink", "Where the list of mirrors with digests is."),
    .optional("mirrorlist", "Where the list of mirrors is."),
    .optional("priority", "A number; the lowest wins."),
    .optional("proxy", "The proxy, or `_none_`."),
    .optional("proxy_username", "The account at the proxy."),
    .optional("retries", "How often it is tried."),
    .optional("sslcacert", "Certificates that are trusted.", aliases: ["ca_cert"]),
    .optional("sslclientcert", "The host's certificate.", aliases: ["client_cert"]),
    .optional("sslclientkey", "The key of the host's certificate.", aliases: ["client_key"]),
    .optional("throttle", "The most bandwidth that is used."),
    .optional("timeout", "Seconds until a connection is given up."),
    .optional("username", "The account at the repository."),
  ]
  private static let title = Parameter<String?>.optional(
    "description", "What people call it: the option `name`; needed with `present`.")

  static let manual = Manual(
    "yum_repository", .state, "A repository of rpm packages.",
    notes: [
      "Other sections of the file stay. The section holds what the task says and nothing else, its options in alphabetical order.",
      "With a `password` the whole file counts as a secret: no difference is shown.",
    ],
    parameters: [name.manual, title.manual, state.manual, file.manual, folder.manual]
      + lists.map(\.parameter.manual) + flags.map(\.manual) + texts.map(\.manual)
      + [password.manual, proxyPassword.manual] + Permissions.parameters,
    results: [.init("repo", "the repository's id"), .init("state", "as given")],
    examples: [
      """
      - name: packages of the site
        yum_repository:
          name: site
          description: Site packages
          baseurl: http://mirror.example/el9/
          gpgcheck: true
          gpgkey: file:///etc/pki/rpm-gpg/RPM-GPG-KEY-site
      """,
      """
      - name: nothing from the internet
        yum_repository:
          name: extras
          file: rocky-extras
          state: absent
      """,
    ])

  private let id: String
  private let isWanted: Bool
  private let file: WholeFile
  private let options: [(name: String, value: String)]

  init(_ arguments: Arguments) throws(Diagnostic) {
    id = try arguments[Self.name]
    isWanted = try arguments[Self.state] == .present
    let folder = try arguments[Self.folder] ?? HostPath.root.appending("etc/yum.repos.d")
    let name = try arguments[Self.file] ?? id
    guard !name.contains("/"), !id.contains(where: { $0 == "]" || $0.isNewline }) else {
      throw Diagnostic(
        .error, "file-name", "`\(name)` cannot be the name of a repository's file",
        at: arguments.span(of: Self.name.manual))
    }
    let options = try Self.options(arguments)
    file = WholeFile(
      path: folder.appending(name + ".repo"), permissions: try Permissions(arguments),
      isSecret: arguments.given.values.contains(where: \.isSecret)
        || options.contains { $0.name.hasSuffix("password") })
    self.options = options
    guard isWanted else { return }
    if !options.contains(where: { ["baseurl", "metalink", "mirrorlist"].contains($0.name) }) {
      throw Diagnostic(
        .error, "missing-parameter",
        "`state: present` needs one of `baseurl`, `metalink`, `mirrorlist`", at: arguments.span)
    }
    if try arguments[Self.title] == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `description`", at: arguments.span)
    }
  }

  private static func options(
    _ arguments: Arguments
  ) throws(Diagnostic) -> [(name: String, value: String)] {
    var options: [(name: String, value: String)] = []
    if let title = try arguments[title] { options.append(("name", title)) }
    for (parameter, separator) in lists {
      let values = try arguments[parameter]
      if !values.isEmpty {
        options.append((parameter.manual.name, values.joined(separator: separator)))
      }
    }
    for parameter in flags {
      if let flag = try arguments[parameter] {
        options.append((parameter.manual.name, flag ? "1" : "0"))
      }
    }
    for parameter in texts {
      if let text = try arguments[parameter] { options.append((parameter.manual.name, text)) }
    }
    if let text = try arguments[password] { options.append(("password", text.string)) }
    if let text = try arguments[proxyPassword] { options.append(("proxy_password", text.string)) }
    return options.sorted { $0.name < $1.name }
  }

  func reads(given facts: FactView) -> [FactRequest] { file.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try file.changes(to: edited(try file.text(from: facts)), from: facts)
  }

  /// The file with the section as wished; nil where no section is left.
  private func edited(_ text: String?) -> String? {
    let lines = (text ?? "").fileLines
    var kept: [String] = []
    var isOwn = false
    var wasThere = false
    for line in lines {
      let bare = line.trimmed
      if bare.hasPrefix("["), let end = bare.lastIndex(of: "]") {
        isOwn = bare[bare.index(after: bare.startIndex)..<end] == id[...]
        if isOwn, !wasThere {
          wasThere = true
          if isWanted { kept += section }
        }
      }
      if !isOwn { kept.append(line) }
    }
    if !wasThere {
      guard isWanted else { return text }
      if let last = kept.last, !last.trimmed.isEmpty { kept.append("") }
      kept += section
    }
    return kept.contains { $0.trimmed.hasPrefix("[") } ? kept.fileContent : nil
  }

  /// Lines of a value after its first begin with a tab.
  private var section: [String] {
    ["[\(id)]"]
      + options.map { "\($0.name) = \($0.value)".replacing("\n", with: "\n\t") }
      .flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
      + [""]
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["repo": .string(id), "state": .string(isWanted ? "present" : "absent")]
  }
}
