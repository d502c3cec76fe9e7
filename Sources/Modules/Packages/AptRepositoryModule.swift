import Diagnostics
import ModuleKit
import Schema

/// `apt_repository`: one line of the package sources.
struct AptRepositoryModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let repository = Parameter<String>.required(
    "repo",
    "The line as sources.list(5) has it: `deb [signed-by=...] URI SUITE COMPONENT...`.",
    isSubject: true)
  private static let state = Parameter<State>.optional(
    "state", "Whether the line is there.", default: .present, shown: "present")
  private static let filename = Parameter<String?>.optional(
    "filename",
    "The file below `/etc/apt/sources.list.d` that a new line goes to, without `.list`; made from the URI where not given."
  )
  private static let updates = Parameter<Bool>.optional(
    "update_cache",
    "Fetches the lists of packages after a change; where that fails, the change is undone.",
    default: true, shown: "true", aliases: ["update-cache"])
  private static let ignored = Parameter<String?>.optional(
    "validate_certs",
    "Taken for Ansible's sake, without effect: nothing is fetched but the lists, once, as apt is configured on the host.",
    aliases: [
      "install_python_apt", "update_cache_retries", "update_cache_retry_max_delay", "codename",
    ])

  static let manual = Manual(
    "apt_repository", .state, "A line of apt's package sources.",
    notes: [
      "A line that is in any file already is left where it is. `absent` takes it out of all files.",
      "`ppa:` is refused: what it stands for has to be asked from the internet. Write the line, and bring the key with `copy`.",
      "For sources in the newer format see `deb822_repository`.",
    ],
    parameters: [
      repository.manual, state.manual, filename.manual, Permissions.mode.manual,
      updates.manual, ignored.manual,
    ],
    results: [.init("repo", "the line"), .init("state", "as given")],
    examples: [
      """
      - name: the site's own mirror
        apt_repository:
          repo: deb [signed-by=/etc/apt/keyrings/site.asc] http://mirror.example/debian bookworm main
          filename: site
      """,
      """
      - name: nothing from the internet
        ansible.builtin.apt_repository:
          repo: deb http://deb.debian.org/debian bookworm-backports main
          state: absent
          update_cache: false
      """,
    ])

  private let line: String
  private let isWanted: Bool
  private let path: HostPath
  private let permissions: Permissions
  private let fetches: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    let given = try arguments[Self.repository]
    line = aptSource(given)
    isWanted = try arguments[Self.state] == .present
    permissions = Permissions(mode: try arguments[Permissions.mode])
    fetches = try arguments[Self.updates]
    let words = line.words
    guard let type = words.first, ["deb", "deb-src"].contains(type), words.count >= 3,
      !given.contains("\n")
    else {
      throw Diagnostic(
        .error, "apt-source", "`\(given)` is no line of sources.list(5)",
        at: arguments.span(of: Self.repository.manual),
        help: given.hasPrefix("ppa:")
          ? "write what the ppa stands for: `deb URI SUITE COMPONENT`"
          : "write `deb URI SUITE COMPONENT...`")
    }
    let name = try arguments[Self.filename] ?? Self.suggestedName(line)
    guard !name.isEmpty, !name.contains("/"),
      let path = HostPath(
        "/etc/apt/sources.list.d/\(name.hasSuffix(".list") ? String(name.dropLast(5)) : name).list")
    else {
      throw Diagnostic(
        .error, "file-name", "`filename` must be the name of a file, not `\(name)`",
        at: arguments.span(of: Self.filename.manual))
    }
    self.path = path
  }

  /// From the URI, as Ansible makes it: `http://mirror.example/debian` becomes `mirror_example_debian`.
  private static func suggestedName(_ line: String) -> String {
    var bare = line
    if let open = bare.firstIndex(of: "["), let close = bare[open...].firstIndex(of: "]") {
      bare.removeSubrange(open...close)
    }
    var uri = String(bare.words.dropFirst().first ?? "")
    if let range = uri.range(ofText: "://") { uri = String(uri[range.upperBound...]) }
    if let at = uri.firstIndex(of: "@") { uri = String(uri[uri.index(after: at)...]) }
    return uri.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "_")
  }

  func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(AptSourcesFact.self)]
    for file in files(facts.known(AptSourcesFact.self)) { reads += file.reads(given: facts) }
    return reads
  }

  private func holds(_ text: String) -> Bool {
    aptSource(text) == line
  }

  /// The files that change: those that hold the line, or the one that a new line goes to.
  private func files(_ sources: AptSourcesFact?) -> [WholeFile] {
    guard let sources else { return [] }
    let holders = sources.lines.filter { $0.value.contains(where: holds) }.map(\.key).sorted()
    if isWanted { return holders.isEmpty ? [WholeFile(path: path, permissions: permissions)] : [] }
    return holders.compactMap { HostPath($0) }.map { WholeFile(path: $0) }
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let sources = try facts.fact(AptSourcesFact.self) else { return [] }
    var changes: [Change] = []
    for file in files(sources) {
      let text = try file.text(from: facts)
      var found = try file.changes(to: edited(text ?? ""), from: facts)
      guard !found.isEmpty else { continue }
      var after = sources
      after.lines[file.path.string] = edited(text ?? "")?.fileLines
      found[0].predicts.append(Prediction(AptSourcesFact.self, "", .present(after)))
      if fetches { found[0].steps.append(update(undoing: file.path, to: text)) }
      changes += found
    }
    return changes
  }

  /// The file's content afterwards; nil where nothing is left of it.
  private func edited(_ text: String) -> String? {
    if isWanted { return (text.fileLines + [line]).fileContent }
    let left = text.fileLines.filter { !holds($0) }
    return left.allSatisfy(\.trimmed.isEmpty) ? nil : left.fileContent
  }

  /// Sources that cannot be fetched from would spoil every later `apt-get update`.
  private func update(undoing path: HostPath, to text: String?) -> Step {
    let undo: Script = text == nil ? "rm -f -- \(path.string)" : "cat >\(path.string)"
    return Step(
      "apt-get update",
      """
      DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 -o APT::Update::Error-Mode=any update ||
        { status=$?; \(undo); echo \("\(path) was put back, as its sources could not be fetched from") >&2; exit $status; }
      """, input: text.map { Blob(Array($0.utf8)) },
      footprint: Footprint([
        .path(path.string), .key(FactKey(PackageCacheFact.self)), .kind(PackageFact.kind),
        .kind(PackageSimulationFact.kind),
      ]))
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["repo": .string(line), "state": .string(isWanted ? "present" : "absent")]
  }
}
