import Diagnostics
import ModuleKit
import Schema

/// `known_hosts`: a key of another machine, in a file that ssh(1) trusts.
struct KnownHostsModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let name = Parameter<String>.required(
    "name", "The machine, as ssh(1) is told it: a name, an address, or `[name]:port`.",
    aliases: ["host"], isSubject: true)
  private static let key = Parameter<String?>.optional(
    "key", "The line as ssh-keyscan(1) prints it: `NAME TYPE BASE64`; needed with `present`.")
  private static let path = Parameter<String>.optional(
    "path", "The file; `~` stands for the home of the task's user.",
    default: "~/.ssh/known_hosts", shown: "~/.ssh/known_hosts")
  private static let hashes = Parameter<Bool>.optional(
    "hash_host", "Writes a hash instead of the name.", default: false, shown: "false")
  private static let state = Parameter<State>.optional(
    "state", "Whether the key is there; `absent` removes all keys of the machine.",
    default: .present, shown: "present")

  static let manual = Manual(
    "known_hosts", .state, "Keys of other machines that ssh trusts.",
    notes: [
      "Another key of the same type is replaced. Hashed lines of the machine are found too.",
      "The file's folder must exist: for an account's own file make `.ssh` first.",
    ],
    parameters: [name.manual, key.manual, path.manual, hashes.manual, state.manual],
    results: [.init("name", "the machine"), .init("path", "the file")],
    examples: [
      """
      - name: everybody knows the backup server
        known_hosts:
          path: /etc/ssh/ssh_known_hosts
          name: backup.example
          key: backup.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKWk0GPfMCxRsXpl8jyLQOxxIwJzkyrBLiqqSUXIcJHG
      """
    ])

  private let host: String
  /// Type and base64 of each key that is wished.
  private let keys: [(type: String, blob: String)]
  private let isWanted: Bool
  private let hashesName: Bool
  private let given: String

  init(_ arguments: Arguments) throws(Diagnostic) {
    host = try arguments[Self.name].lowercased()
    isWanted = try arguments[Self.state] == .present
    hashesName = try arguments[Self.hashes]
    given = try arguments[Self.path]
    let text = try arguments[Self.key] ?? ""
    var keys: [(type: String, blob: String)] = []
    for line in text.fileLines where !line.trimmed.isEmpty && !line.hasPrefix("#") {
      let words = line.words
      let first = words.first?.hasPrefix("@") ?? false ? 1 : 0
      guard words.count >= first + 3 else {
        throw Diagnostic(
          .error, "known-hosts-key", "`\(line.prefix(40))` is no line of known_hosts",
          at: arguments.span(of: Self.key.manual), help: "write `NAME TYPE BASE64`")
      }
      keys.append((String(words[first + 1]), String(words[first + 2])))
    }
    self.keys = keys
    if isWanted, keys.isEmpty {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `key`", at: arguments.span)
    }
    guard given.hasPrefix("/") || given.hasPrefix("~/") else {
      throw Diagnostic(
        .error, "host-path", "`path` must be an absolute path, or begin with `~/`",
        at: arguments.span(of: Self.path.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    var reads: [FactRequest] = []
    if given.hasPrefix("~") {
      reads.append(IdentityFact.request)
      if let user = facts.known(IdentityFact.self)?.user.name {
        reads.append(FactRequest(UserFact.self, user))
      }
    }
    return reads + (file(facts)?.reads(given: facts) ?? [])
  }

  private func file(_ facts: FactView) -> WholeFile? {
    if given.hasPrefix("/") { return HostPath(given).map { WholeFile(path: $0) } }
    guard let user = facts.known(IdentityFact.self)?.user.name,
      let home = facts.known(UserFact.self, user)?.home
    else { return nil }
    return HostPath(home + given.dropFirst()).map {
      WholeFile(path: $0, newMode: FileMode(bits: 0o600))
    }
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let file = file(facts) else { throw .unknown(Unknown("the home of the task's user")) }
    guard let text = try file.text(from: facts) else {
      return isWanted ? try file.changes(to: edited(""), from: facts) : []
    }
    return try file.changes(to: edited(text), from: facts)
  }

  private func edited(_ text: String) -> String {
    var missing = keys
    var lines: [String] = []
    for line in text.fileLines {
      let words = line.words
      guard words.count >= 3, !line.hasPrefix("#"), !line.hasPrefix("@"), isMeant(words[0]) else {
        lines.append(line)
        continue
      }
      guard isWanted else { continue }
      if let index = missing.firstIndex(where: { $0.blob == words[2] && $0.type == words[1] }) {
        missing.remove(at: index)
        lines.append(line)
      } else if !keys.contains(where: { $0.type == words[1] }) {
        lines.append(line)
      }
    }
    if isWanted { lines += missing.map { "\(shownName($0.blob)) \($0.type) \($0.blob)" } }
    return lines.fileContent
  }

  /// Whether a first field names the machine: one of several names, or a hash.
  private func isMeant(_ field: Substring) -> Bool {
    let parts = field.split(separator: "|")
    if field.hasPrefix("|1|"), parts.count == 3 {
      guard let salt = base64Decoded(parts[1].utf8) else { return false }
      return hmacSHA1(host.utf8, key: salt) == base64Decoded(parts[2].utf8)
    }
    return field.split(separator: ",").contains { $0.lowercased() == host }
  }

  /// The salt comes of the key: the same task always writes the same line.
  private func shownName(_ blob: String) -> String {
    guard hashesName else { return host }
    let salt = hmacSHA1(host.utf8, key: Array(blob.utf8))
    return "|1|\(base64Encoded(salt))|\(base64Encoded(hmacSHA1(host.utf8, key: salt)))"
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    ["name": .string(host), "path": .string(file(facts)?.path.string ?? given)]
  }
}
