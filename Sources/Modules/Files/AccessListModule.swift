import Diagnostics
import ModuleKit
import Schema

/// `acl`: one entry of an access control list.
struct AccessListModule: StateModule {
  enum State: String, ParameterChoice { case absent, present, query }
  enum Kind: String, ParameterChoice { case group, mask, other, user }
  enum Mask: String, ParameterChoice {
    case byRule = "default"
    case mask
    case none = "no_mask"
  }

  private let path: HostPath
  private let state: State
  /// `user:joe`, with `default:` before it where that is meant; empty for a query.
  private let name: String
  /// `rw-`; nil where an entry is removed.
  private let permissions: String?
  private let follows: Bool
  private let isRecursive: Bool
  private let mask: Mask

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    state = try arguments[Self.state]
    follows = try arguments[Self.follows]
    isRecursive = try arguments[Self.recursive]
    mask = try arguments[Self.mask]
    if state == .query {
      name = ""
      permissions = nil
      return
    }
    let entry: AccessListEntry
    if let written = try arguments[Self.entry] {
      entry = written
    } else {
      guard let kind = try arguments[Self.kind] else {
        throw Diagnostic(
          .error, "missing-parameter", "module `acl` needs `entry`, or `etype`",
          at: arguments.span)
      }
      entry = AccessListEntry(
        isDefault: false, kind: kind, entity: try arguments[Self.entity],
        permissions: try arguments[Self.permissions]?.text)
    }
    let isDefault = try arguments[Self.isDefault] || entry.isDefault
    name = (isDefault ? "default:" : "") + "\(entry.kind.rawValue):\(entry.entity)"
    permissions = entry.permissions
    if state == .present, permissions == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `permissions`", at: arguments.span)
    }
    if state == .absent, entry.entity.isEmpty, !isDefault, entry.kind != .mask {
      throw Diagnostic(
        .error, "acl-entry", "the entry of owner, group or others cannot be removed",
        at: arguments.span, help: "name a user or group as `entity`")
    }
  }

  // MARK: - Reading and comparing

  func reads(given facts: FactView) -> [FactRequest] {
    let subject = subject(facts)
    var requests = [FactRequest(FileFact.self, path.string)]
    requests.append(
      FactRequest(AccessListFact.self, subject.string, wants: isRecursive ? ["below"] : []))
    return requests
  }

  private func subject(_ facts: FactView) -> HostPath {
    guard follows else { return path }
    return facts.known(FileFact.self, path.string)?.resolved ?? path
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let subject = subject(facts)
    if facts.reading(AccessListFact.self, subject.string) == .unreadable(AccessListFact.noTools) {
      throw .refusing(
        "acl-tools", AccessListFact.noTools, help: "install the package `acl` first")
    }
    guard let fact = try facts.fact(AccessListFact.self, subject.string) else {
      throw .refusing("file-absent", "there is no file `\(path)`")
    }
    guard state != .query else { return [] }
    let wished = permissions.map { "\(name):\($0)" }
    let differing = fact.entries.filter { _, entries in
      let current = entries.first { $0.hasPrefix(name + ":") }
      return state == .present ? current != wished : current != nil
    }.keys.sorted()
    guard let first = differing.first else { return [] }
    let before = fact.entries[first]?.first { $0.hasPrefix(name + ":") }
    var options = state == .present ? ["-m", wished ?? ""] : ["-x", name]
    if mask == .mask { options.insert("--mask", at: 0) }
    if mask == .none { options.insert("-n", at: 0) }
    let step = Step(
      "set the access list of \(subject)",
      "xargs -0 setfacl \(words: options) --",
      input: Blob(differing.flatMap { Array($0.utf8) + [0] }),
      footprint: Footprint(Set(differing.map { .path($0) })))
    let shown = differing.count == 1 ? first : "\(subject) and below (\(differing.count))"
    return [
      Change(
        shown, "acl", state == .present ? (before == nil ? .create : .update) : .remove,
        from: before.map(Shown.text) ?? .absent, to: wished.map(Shown.text) ?? .absent,
        steps: [step])
    ]
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    let subject = subject(facts)
    let entries = facts.known(AccessListFact.self, subject.string)?.entries[subject.string] ?? []
    return ["acl": .list(entries.map(Value.string))]
  }
}

/// An entry as setfacl(1) takes it: `[default:]user:joe:rw`.
struct AccessListEntry: ParameterType, Hashable {
  let isDefault: Bool
  let kind: AccessListModule.Kind
  /// A user or group; empty for the owner, the group, the mask and others.
  let entity: String
  /// `rw-`; nil where the entry says none.
  let permissions: String?

  static let typeDescription = "entry"

  init(isDefault: Bool, kind: AccessListModule.Kind, entity: String, permissions: String?) {
    self.isDefault = isDefault
    self.kind = kind
    self.entity = entity
    self.permissions = permissions
  }

  init(_ argument: Argument) throws(Diagnostic) {
    var parts = (argument.sourceText ?? "").split(separator: ":", omittingEmptySubsequences: false)
      .map(String.init)
    isDefault = parts.first == "d" || parts.first == "default"
    if isDefault { parts.removeFirst() }
    let kinds: [String: AccessListModule.Kind] = [
      "u": .user, "user": .user, "g": .group, "group": .group, "m": .mask, "mask": .mask,
      "o": .other, "other": .other,
    ]
    guard let kind = kinds[parts.first ?? ""], (2...3).contains(parts.count) else {
      throw argument.wrong(
        "acl-entry", "must be an entry, not \(argument.shown)",
        help: "for example `user:joe:rw` or `default:group:ops:rx`")
    }
    self.kind = kind
    // `mask:rw` and `other:r` name nobody.
    let isShort = parts.count == 2 && (kind == .mask || kind == .other)
    entity = isShort ? "" : parts[1]
    let written = isShort ? parts[1] : parts.count == 3 ? parts[2] : nil
    permissions = try written.map { text throws(Diagnostic) in
      try AccessRights(Argument(.string(text), span: argument.span, path: argument.path)).text
    }
  }
}

/// Rights in any order: `rx`, `r-x`; told as `r-x`.
struct AccessRights: ParameterType, Hashable {
  let text: String
  static let typeDescription = "rights"

  init(_ argument: Argument) throws(Diagnostic) {
    let given = argument.sourceText ?? ""
    guard !given.isEmpty, given.allSatisfy({ "rwx-".contains($0) }) else {
      throw argument.wrong(
        "acl-rights", "must be made of `r`, `w`, `x`, not \(argument.shown)")
    }
    text = "rwx".map { given.contains($0) ? String($0) : "-" }.joined()
  }
}
