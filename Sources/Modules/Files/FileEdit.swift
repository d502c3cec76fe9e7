import Diagnostics
import ModuleKit
import Schema

/// A file of which a part is changed: what `lineinfile`, `blockinfile` and `replace` have in common.
struct FileEdit: Sendable {
  let path: HostPath
  /// Whether a file that is not there is made.
  let creates: Bool
  let permissions: Permissions
  let validation: Validation?
  let keepsBackup: Bool
  /// Whether what is put in is a secret.
  let isSecret: Bool

  static let path = Parameter<HostPath>.required(
    "path", "The file on the host; a symbolic link is followed.",
    aliases: ["dest", "destfile", "name"], isSubject: true)
  static let creates = Parameter<Bool>.optional(
    "create", "Makes the file if it is not there.", default: false, shown: "false")
  static let backup = Parameter<Bool>.optional(
    "backup", "Keeps a copy with the time in its name before the file is replaced.", default: false,
    shown: "false")

  /// The parameters all editors share, `create` apart.
  static let parameters =
    Permissions.parameters + [backup.manual, Validation.parameter.manual]

  static let results: [Manual.Result] = [
    .init("path", "the file"), .init("mode", "permission bits as four octal digits"),
    .init("owner", "the owner's name"), .init("group", "the group's name"),
    .init("backup_file", "the copy of what was there, with `backup`"),
    .init("msg", "what was done to the text, in Ansible's words; empty where nothing was"),
  ]

  init(_ arguments: Arguments, creates: Bool) throws(Diagnostic) {
    path = try arguments[Self.path]
    self.creates = creates
    permissions = try Permissions(arguments)
    validation = try Validation(arguments)
    keepsBackup = try arguments[Self.backup]
    isSecret = arguments.given.values.contains(where: \.isSecret)
  }

  func reads(given facts: FactView) -> [FactRequest] {
    let target = target(facts)
    return [FactRequest(FileFact.self, path.string)]
      + FileWrite.reads(target, permissions, given: facts) + [ContentFact.request(content: target)]
  }

  private func target(_ facts: FactView) -> HostPath {
    facts.known(FileFact.self, path.string)?.resolved ?? path
  }

  /// What differs when the content goes through `edit`, which is given nil for a file that is not there and returns
  /// nil to leave that so.
  func changes(
    from facts: FactView, _ edit: ([UInt8]?) throws(Obstacle) -> [UInt8]?
  ) throws(Obstacle) -> [Change] {
    let target = target(facts)
    let before = try content(of: target, facts)
    guard let after = try edit(before) else { return [] }
    if before == nil, !creates {
      throw .refusing(
        "file-absent", "there is no file `\(path)`",
        help: "`create: true` makes it; `copy` and `template` write whole files")
    }
    if let again = try edit(after), again != after {
      throw .refusing(
        "edit-never-settles", "the same edit of `\(path)` would change it again at every run",
        help: "write the pattern so that it does not match what it makes")
    }
    let write = FileWrite(
      path: target, alias: target == path ? nil : path,
      content: Blob(after, isSecret: isSecret), permissions: permissions, validation: validation,
      keepsBackup: keepsBackup)
    return try write.changes(from: facts)
  }

  private func content(of target: HostPath, _ facts: FactView) throws(Obstacle) -> [UInt8]? {
    guard let file = try facts.fact(FileFact.self, target.string) else { return nil }
    guard file.type == .regular else {
      throw .refusing(
        "not-a-file", "`\(target)` is a \(file.type.rawValue), not a file",
        help: file.type == .link ? "the link leads nowhere" : nil)
    }
    guard let fact = try facts.fact(ContentFact.self, target.string) else { return nil }
    guard let blob = fact.content else {
      throw .refusing(
        "file-too-large",
        "`\(target)` has \(fact.size) bytes; parts of files up to \(ContentFact.sizeLimit) bytes can be edited",
        help: "write the whole file with `copy` or `template`")
    }
    return blob.bytes
  }

  /// The bytes that are there; nil where there is no file, or they are not known.
  func bytes(_ facts: FactView) -> [UInt8]? {
    (try? content(of: target(facts), facts)) ?? nil
  }

  /// What Ansible's editors say of a change of the text, with what they add where mode or owner change.
  func message(_ text: String, before facts: FactView) -> String {
    guard changesAttributes(facts) else { return text }
    return (text.isEmpty ? "" : text + " and ") + "ownership, perms or SE linux context changed"
  }

  private func changesAttributes(_ facts: FactView) -> Bool {
    guard !permissions.isEmpty else { return false }
    if let file = facts.known(FileFact.self, target(facts).string) {
      return (try? permissions.applied(to: file, facts)).map { $0 != Attributes(file) } ?? false
    }
    let mode = FileMode(bits: 0o644)
    let wished = try? permissions.new(.regular, mode: mode, in: nil, facts)
    return wished != (try? Permissions().new(.regular, mode: mode, in: nil, facts))
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["path": .string(path.string)]
    if let file = facts.known(FileFact.self, target(facts).string) { result.add(file) }
    result.addBackup(from: replies)
    return result
  }
}

/// A pattern in the syntax of Python's `re`, checked where it is written.
struct PatternText: ParameterType, Hashable {
  let text: String

  static let typeDescription = "regular expression"

  init(_ argument: Argument) throws(Diagnostic) {
    text = try String(argument)
    if let problem = problem(of: text) {
      throw argument.wrong("regular-expression", "is no regular expression: \(problem)")
    }
  }
}

/// What is wrong with a pattern; nil when nothing is.
private func problem(of pattern: String) -> String? {
  do throws(Obstacle) {
    _ = try LinePattern(pattern)
    return nil
  } catch {
    guard case .refused(let diagnostic) = error else { return nil }
    return diagnostic.message
  }
}
