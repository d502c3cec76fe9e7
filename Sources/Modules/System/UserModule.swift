import Diagnostics
import ModuleKit
import Schema

/// An account of the host.
package struct UserModule: StateModule {
  enum Wish: String, ParameterChoice { case present, absent }
  enum UpdatePassword: String, ParameterChoice {
    case always
    case onCreate = "on_create"
  }

  let user: String
  let isWanted: Bool
  let number: Int?
  let allowsDouble: Bool
  /// Name or number.
  let primary: String?
  let supplementary: Set<String>?
  let onlyAdds: Bool
  let fullName: String?
  let homePath: String?
  let makesHome: Bool
  let movesHome: Bool
  let skeletonPath: String?
  let loginShell: String?
  let isSystem: Bool
  /// A crypt(5) hash; a secret.
  let hash: String?
  let updatesPassword: Bool
  let isLocked: Bool?
  /// Days since 1970; -1 for never.
  let expiryDay: Int?
  /// In days.
  let ages: [(age: PasswordAge, days: Int)]
  /// Further options of useradd(8).
  let creationOptions: [String]
  let key: AccountKey?
  let removesHome: Bool
  let isForced: Bool

  package init(_ arguments: Arguments) throws(Diagnostic) {
    user = try arguments[UserModule.name].string
    isWanted = try arguments[UserModule.state] == .present
    number = try arguments[UserModule.uid]
    allowsDouble = try arguments[UserModule.nonUnique]
    primary = try arguments[UserModule.group]
    supplementary = try arguments[UserModule.groups].map { Set($0.filter { !$0.isEmpty }) }
    onlyAdds = try arguments[UserModule.append]
    fullName = try arguments[UserModule.comment]
    homePath = try arguments[UserModule.home]?.string
    makesHome = try arguments[UserModule.createHome]
    movesHome = try arguments[UserModule.moveHome]
    skeletonPath = try arguments[UserModule.skeleton]?.string
    loginShell = try arguments[UserModule.shell]?.string
    isSystem = try arguments[UserModule.system]
    hash = try arguments[UserModule.password]?.string
    updatesPassword = try arguments[UserModule.updatePassword] == .always
    isLocked = try arguments[UserModule.passwordLock]
    expiryDay = try arguments[UserModule.expires].map { $0 < 0 ? -1 : Int($0 / 86_400) }
    removesHome = try arguments[UserModule.remove]
    isForced = try arguments[UserModule.force]
    var ages: [(age: PasswordAge, days: Int)] = []
    if let days = try arguments[UserModule.expireMax] { ages.append((.maximum, days)) }
    if let days = try arguments[UserModule.expireMin] { ages.append((.minimum, days)) }
    if let days = try arguments[UserModule.expireWarn] { ages.append((.warning, days)) }
    if let days = try arguments[UserModule.inactive] { ages.append((.inactivity, days)) }
    self.ages = ages
    creationOptions =
      try (arguments[UserModule.umask].map { ["-K", "UMASK=\($0)"] } ?? [])
      + (arguments[UserModule.lowest].map { ["-K", "UID_MIN=\($0)"] } ?? [])
      + (arguments[UserModule.highest].map { ["-K", "UID_MAX=\($0)"] } ?? [])
    key = try arguments[UserModule.makesKey] ? try AccountKey(arguments) : nil
    if let number, number < 0 || number > 4_294_967_294 {
      throw Diagnostic(
        .error, "account-number", "`uid` must be between 0 and 4294967294, not \(number)",
        at: arguments.span(of: UserModule.uid.manual))
    }
    for (text, parameter) in [
      (fullName, UserModule.comment.manual), (hash, UserModule.password.manual),
    ] {
      if let text, text.contains(where: { $0 == ":" || $0.isNewline }) {
        throw Diagnostic(
          .error, "account-field", "`\(parameter.name)` must not contain a colon or a line end",
          at: arguments.span(of: parameter))
      }
    }
    if let hash, !UserModule.looksLikeHash(hash) {
      throw Diagnostic(
        .error, "password-hash", "`password` must be a hash, not a password",
        at: arguments.span(of: UserModule.password.manual),
        help:
          "make one with the filter `password_hash('sha512')`, or with `mkpasswd`; `*` is for none")
    }
  }

  private static func looksLikeHash(_ text: String) -> Bool {
    let core = text.drop { $0 == "!" }
    return core.isEmpty || core == "*" || core.hasPrefix("$") || core.hasPrefix("_")
      || core.utf8.count == 13
  }

  var needsShadow: Bool {
    hash != nil && updatesPassword || isLocked != nil || expiryDay != nil || !ages.isEmpty
  }

  /// Groups by name that have to exist.
  var neededGroups: [String] {
    ((supplementary ?? []).union(primary.map { Int($0) == nil ? [$0] : [] } ?? [])).sorted()
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(UserFact.self, user, wants: needsShadow ? ["shadow"] : [])]
    guard isWanted else { return reads }
    reads += neededGroups.map { FactRequest(GroupFact.self, $0) }
    if primary == nil { reads.append(FactRequest(GroupFact.self, user)) }
    let home = homePath ?? facts.known(UserFact.self, user)?.home ?? "/home/\(user)"
    if makesHome, let path = HostPath(home) {
      reads.append(FactRequest(FileFact.self, path.string))
    }
    if let key { reads.append(FactRequest(FileFact.self, key.path(below: home))) }
    return reads
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(UserFact.self, user)
    guard isWanted else { return fact.map { [removal($0)] } ?? [] }
    for group in neededGroups where try facts.fact(GroupFact.self, group) == nil {
      throw .refusing(
        "group-missing", "user \(user) needs the group \(group), which does not exist",
        help: "make it with a `group` task before this one")
    }
    guard let fact else {
      return [try creation(facts)] + passwordChange(nil, from: nil)
        + (try key?.changes(for: user, home: homePath ?? "/home/\(user)", facts) ?? [])
    }
    if needsShadow, fact.shadow == nil {
      throw .unreadable(
        FactKey(UserFact.self, user), "/etc/shadow was not read: it needs root (`become: true`)")
    }
    var state = fact
    var changes = accountChanges(&state)
    if let change = try homeChange(&state, facts) { changes.append(change) }
    changes += shadowChanges(&state)
    return changes + (try key?.changes(for: user, home: state.home ?? "", facts) ?? [])
  }

  package func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = [
      "name": .string(user), "state": .string(isWanted ? "present" : "absent"),
    ]
    let wasThere = before.known(UserFact.self, user) != nil
    switch (isWanted, wasThere) {
    case (true, true):
      result["append"] = .bool(onlyAdds)
      result["move_home"] = .bool(movesHome)
    case (true, false):
      result["system"] = .bool(isSystem)
      result["create_home"] = .bool(makesHome)
    case (false, true):
      result["force"] = .bool(isForced)
      result["remove"] = .bool(removesHome)
    case (false, false): break
    }
    guard isWanted else { return result }
    if let supplementary {
      result["groups"] = .string(supplementary.sorted().joined(separator: ","))
    }
    if hash != nil { result["password"] = .string("NOT_LOGGING_PASSWORD") }
    guard let fact = after.known(UserFact.self, user) else { return result }
    if let key, let home = fact.home { result["ssh_key_file"] = .string(key.path(below: home)) }
    result["uid"] = fact.uid.map { .int($0) }
    result["group"] = fact.gid.map { .int($0) }
    result["comment"] = .string(fact.comment)
    result["home"] = fact.home.map { .string($0) }
    result["shell"] = fact.shell.map { .string($0) }
    return result
  }
}
