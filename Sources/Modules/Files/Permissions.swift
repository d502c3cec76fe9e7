import Diagnostics
import ModuleKit
import Schema

/// `mode`, `owner` and `group`, as every module takes them that makes files; nil leaves things as they are.
struct Permissions: Sendable {
  var mode: ModeWish?
  var owner: Account?
  var group: Account?

  static let mode = Parameter<ModeWish?>.optional(
    "mode",
    """
    Permission bits: octal such as "0644", or symbolic such as "u=rw,go=r", which counts from what is there. Without it a new file gets what a umask of 022 gives, and what is there \
    keeps its bits.
    """)
  static let owner = Parameter<String?>.optional(
    "owner",
    "The user who owns it, by name or number. Without it a new file belongs to the task's user.")
  static let group = Parameter<String?>.optional(
    "group",
    "The group it belongs to, by name or number. Without it a new file belongs to the user's main group."
  )

  /// What Ansible needs for files that no rename can replace is always done here.
  static let unsafeWrites = Parameter<Bool>.optional(
    "unsafe_writes",
    "Taken for Ansible's sake: a path that no rename can replace (a mount point) is written in place in any case.",
    default: false, shown: "false")

  static let parameters = [mode.manual, owner.manual, group.manual, unsafeWrites.manual]

  init(mode: ModeWish? = nil, owner: Account? = nil, group: Account? = nil) {
    self.mode = mode
    self.owner = owner
    self.group = group
  }

  init(_ arguments: Arguments) throws(Diagnostic) {
    mode = try arguments[Self.mode]
    owner = try arguments[Self.owner].map(Account.init)
    group = try arguments[Self.group].map(Account.init)
  }

  var isEmpty: Bool { mode == nil && owner == nil && group == nil }

  /// What must be known to resolve names: only of accounts that something does not belong to already.
  func reads(for file: FileFact?) -> [FactRequest] {
    var requests = [IdentityFact.request]
    if let name = owner?.name, file?.owner != owner {
      requests.append(FactRequest(UserFact.self, name))
    }
    if let name = group?.name, file?.group != group {
      requests.append(FactRequest(GroupFact.self, name))
    }
    return requests
  }

  /// The attributes a file will have that is there already.
  func applied(to file: FileFact, _ facts: FactView) throws(Obstacle) -> Attributes {
    Attributes(
      mode: mode?.applied(to: file.mode, isFolder: file.type == .directory) ?? file.mode,
      owner: try ownerKnown(file.owner, facts) ?? file.owner,
      group: try groupKnown(file.group, facts) ?? file.group)
  }

  /// The attributes a new file or folder will have below a parent.
  func new(
    _ type: FileFact.FileType, mode fallback: FileMode, in parent: FileFact?, _ facts: FactView
  ) throws(Obstacle) -> Attributes {
    guard let identity = try facts.fact(IdentityFact.self) else {
      throw .unreadable(FactKey(IdentityFact.self), "no account")
    }
    var bits = (mode?.applied(to: fallback, isFolder: type == .directory) ?? fallback).bits
    var group = identity.group
    if let parent, parent.type == .directory, parent.mode.bits & 0o2000 != 0 {
      group = parent.group
      if type == .directory, mode == nil { bits |= 0o2000 }
    }
    return Attributes(
      mode: FileMode(bits: bits), owner: try ownerKnown(nil, facts) ?? identity.user,
      group: try groupKnown(nil, facts) ?? group)
  }

  /// The wished owner with its number; refuses one that the host does not know.
  private func ownerKnown(_ current: Account?, _ facts: FactView) throws(Obstacle) -> Account? {
    guard let owner, let name = owner.name else { return owner }
    if let current, current == owner { return current }
    switch facts.reading(UserFact.self, name) {
    case .present(let fact): return Account(name: name, id: fact.uid)
    case .absent:
      throw .refusing(
        "unknown-user", "there is no user `\(name)` on the host",
        help: "create it first with the module `user`")
    case .unreadable, .timedOut, .unknown: return owner
    }
  }

  private func groupKnown(_ current: Account?, _ facts: FactView) throws(Obstacle) -> Account? {
    guard let group, let name = group.name else { return group }
    if let current, current == group { return current }
    switch facts.reading(GroupFact.self, name) {
    case .present(let fact): return Account(name: name, id: fact.gid)
    case .absent:
      throw .refusing(
        "unknown-group", "there is no group `\(name)` on the host",
        help: "create it first with the module `group`")
    case .unreadable, .timedOut, .unknown: return group
    }
  }
}

/// Mode, owner and group as they will be.
struct Attributes: Sendable, Hashable {
  var mode: FileMode
  var owner: Account
  var group: Account

  init(mode: FileMode, owner: Account, group: Account) {
    self.mode = mode
    self.owner = owner
    self.group = group
  }

  init(_ file: FileFact) { self.init(mode: file.mode, owner: file.owner, group: file.group) }

  /// As chmod(1) takes it: five digits also clear the set-group-ID bit of a folder, four would keep it.
  var modeArgument: String { "0" + mode.description }

  /// As chown(1) takes it.
  var ownerArgument: String { "\(owner.argument):\(group.argument)" }

  /// What differs from a file that is there; the steps that set it are in the first change.
  func changes(
    of path: HostPath, from file: FileFact, steps: [Step], predicts: [Prediction]
  ) -> [Change] {
    var rows: [(attribute: String, before: String, after: String)] = []
    if file.type != .link, mode != file.mode {
      rows.append(("mode", file.mode.description, mode.description))
    }
    if owner != file.owner { rows.append(("owner", file.owner.description, owner.description)) }
    if group != file.group { rows.append(("group", file.group.description, group.description)) }
    return rows.enumerated().map { index, row in
      Change(
        path.string, row.attribute, from: .text(row.before), to: .text(row.after),
        steps: index == 0 ? steps : [], predicts: index == 0 ? predicts : [])
    }
  }

  /// What differs from a file that is there, with the step that sets it.
  func changes(of path: HostPath, from file: FileFact) -> [Change] {
    var after = file
    after.mode = mode
    after.owner = owner
    after.group = group
    let step = Step(
      "set mode and owner of \(path)",
      "set_attributes \(path.string) \(file.type == .link ? "" : modeArgument) \(ownerArgument)",
      footprint: .keys(FactKey(FileFact.self, path.string)))
    return changes(
      of: path, from: file, steps: [step],
      predicts: [Prediction(FileFact.self, path.string, .present(after))])
  }

  /// The attributes of something new, for people to see; without steps.
  func creation(of path: HostPath, wished: Permissions, showsMode: Bool = true) -> [Change] {
    var changes: [Change] = []
    if showsMode {
      changes.append(
        Change(path.string, "mode", .create, from: .absent, to: .text(mode.description)))
    }
    if wished.owner != nil {
      changes.append(
        Change(path.string, "owner", .create, from: .absent, to: .text(owner.description)))
    }
    if wished.group != nil {
      changes.append(
        Change(path.string, "group", .create, from: .absent, to: .text(group.description)))
    }
    return changes
  }
}
