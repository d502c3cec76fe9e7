import Diagnostics
import ModuleKit
import Schema

/// `authorized_key`: keys that may log in as an account.
struct AuthorizedKeyModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let user = Parameter<AccountName>.required(
    "user", "The account that the keys are for.", isSubject: true)
  private static let key = Parameter<String>.required(
    "key",
    "The public keys, a line each, options before them included; from a file of the controller by `lookup('file', ...)`."
  )
  private static let state = Parameter<State>.optional(
    "state", "Whether the keys are there.", default: .present, shown: "present")
  private static let path = Parameter<HostPath?>.optional(
    "path", "The file; `.ssh/authorized_keys` in the account's home where not given.")
  private static let managesFolder = Parameter<Bool>.optional(
    "manage_dir", "Makes the folder with mode 0700 where it is missing.", default: true,
    shown: "true")
  private static let options = Parameter<String?>.optional(
    "key_options", "Options before each key, separated by commas (`from=\"10.0.0.1\",no-pty`).")
  private static let exclusive = Parameter<Bool>.optional(
    "exclusive", "Removes all other keys from the file.", default: false, shown: "false")
  private static let comment = Parameter<String?>.optional(
    "comment", "The comment after each key, instead of its own.")
  private static let ignored = Parameter<Bool>.optional(
    "follow",
    "Taken for Ansible's sake, without effect: a symbolic link is followed, and keys are not fetched.",
    default: false,
    shown: "false", aliases: ["validate_certs"])

  static let manual = Manual(
    "authorized_key", .state, "Public keys that may log in as an account.",
    notes: [
      "A key is found by its base64 text; options and comment are brought to what the task says.",
      "Other lines of the file stay, comments too. Keys are not fetched from URLs.",
      "A new file belongs to the account and has mode 0600.",
    ],
    parameters: [
      user.manual, key.manual, state.manual, path.manual, managesFolder.manual, options.manual,
      exclusive.manual, comment.manual, ignored.manual,
    ],
    results: [.init("keyfile", "the file"), .init("user", "the account")],
    examples: [
      """
      - name: the operators, and nobody else
        ansible.posix.authorized_key:
          user: deploy
          exclusive: true
          key: |
            ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKWk0GPfMCxRsXpl8jyLQOxxIwJzkyrBLiqqSUXIcJHG one
            ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILzZ7Yu5IvEKi9VxWIR9Zg3Qf7TR9VbqMdYhWFv6gXlN two
      """
    ])

  private let account: String
  private let keys: [AuthorizedKey]
  private let isWanted: Bool
  private let ownPath: HostPath?
  private let makesFolder: Bool
  private let removesOthers: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    account = try arguments[Self.user].string
    isWanted = try arguments[Self.state] == .present
    ownPath = try arguments[Self.path]
    makesFolder = try arguments[Self.managesFolder]
    removesOthers = try arguments[Self.exclusive]
    let options = try arguments[Self.options]
    let comment = try arguments[Self.comment]
    var keys: [AuthorizedKey] = []
    for line in try arguments[Self.key].fileLines {
      let bare = line.trimmed
      if bare.isEmpty || bare.hasPrefix("#") { continue }
      guard var key = AuthorizedKey(line) else {
        throw Diagnostic(
          .error, "authorized-key", "`\(bare.prefix(40))` is no public key",
          at: arguments.span(of: Self.key.manual),
          help: bare.contains("://")
            ? "keys are not fetched: give them as text" : "write `TYPE BASE64 COMMENT`")
      }
      if let options { key.options = options }
      if let comment { key.comment = comment }
      keys.removeAll { $0.blob == key.blob }
      keys.append(key)
    }
    self.keys = keys
  }

  func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(UserFact.self, account)]
    guard let path = ownPath ?? path(facts.known(UserFact.self, account)) else { return reads }
    reads.append(FactRequest(FileFact.self, path.parent.string))
    reads += WholeFile(path: path, permissions: permissions(nil)).reads(given: facts)
    return reads
  }

  private func path(_ user: UserFact?) -> HostPath? {
    user?.home.flatMap { HostPath($0) }?.appending(".ssh/authorized_keys")
  }

  private func permissions(_ user: UserFact?) -> Permissions {
    Permissions(
      owner: Account(name: account, id: user?.uid),
      group: user?.gid.map { Account(name: nil, id: $0) })
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let user = try facts.fact(UserFact.self, account) else {
      throw .refusing(
        "unknown-user", "there is no user `\(account)` on the host",
        help: "create it first with the module `user`")
    }
    guard let path = ownPath ?? path(user) else {
      throw .unknown(Unknown("the home of \(account)"))
    }
    let isThere = try facts.fact(FileFact.self, path.string) != nil
    let file = WholeFile(
      path: path, permissions: isThere ? Permissions() : permissions(user),
      newMode: FileMode(bits: 0o600))
    let text = isThere ? try file.text(from: facts) ?? "" : ""
    guard let after = edited(text) else { return [] }
    let folder = try folderChange(path.parent, user, facts)
    let view = folder.map { facts.predicting($0.predicts) } ?? facts
    return [folder].compactMap(\.self) + (try file.changes(to: after, from: view))
  }

  private func folderChange(
    _ folder: HostPath, _ user: UserFact, _ facts: FactView
  ) throws(Obstacle) -> Change? {
    guard makesFolder, isWanted, try facts.fact(FileFact.self, folder.string) == nil else {
      return nil
    }
    let owner = "\(user.uid.map(String.init) ?? account):\(user.gid.map(String.init) ?? "")"
    let fact = FileFact(
      .directory, mode: FileMode(bits: 0o700), owner: Account(name: account, id: user.uid),
      group: Account(name: user.group, id: user.gid))
    return Change(
      folder.string, "folder", .create, from: .absent, to: .text("0700"),
      steps: [
        Step(
          "make \(folder)", "make_folder \(folder.string) 0700 \(owner)",
          footprint: .path(folder.string))
      ],
      predicts: [Prediction(FileFact.self, folder.string, .present(fact))])
  }

  /// The file afterwards; nil where nothing differs.
  private func edited(_ text: String) -> String? {
    let wanted = Dictionary(keys.map { ($0.blob, $0) }) { $1 }
    var seen: Set<String> = []
    var lines: [String] = []
    for line in text.fileLines {
      guard let key = AuthorizedKey(line) else {
        lines.append(line)
        continue
      }
      let wish = wanted[key.blob]
      if isWanted {
        if let wish {
          guard seen.insert(key.blob).inserted else { continue }
          lines.append(wish == key ? line : wish.line)
        } else if !removesOthers {
          lines.append(line)
        }
      } else if wish == nil {
        lines.append(line)
      }
    }
    if isWanted { lines += keys.filter { !seen.contains($0.blob) }.map(\.line) }
    return lines == text.fileLines ? nil : lines.fileContent
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["user": .string(account)]
    let path = ownPath ?? path(facts.known(UserFact.self, account))
    result["keyfile"] = path.map { .string($0.string) }
    return result
  }
}
