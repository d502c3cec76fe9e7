import ModuleKit
import Schema

extension UserModule {
  func creation(_ facts: FactView) throws(Obstacle) -> Change {
    let ownGroup = primary == nil ? try facts.fact(GroupFact.self, user) : nil
    let group = primary ?? (ownGroup == nil ? nil : user)
    var flags: [String] = []
    if let number { flags += ["-u", String(number)] }
    if allowsDouble { flags.append("-o") }
    if let group { flags += ["-g", group] } else { flags.append("-U") }
    if let supplementary, !supplementary.isEmpty {
      flags += ["-G", supplementary.sorted().joined(separator: ",")]
    }
    if let fullName { flags += ["-c", fullName] }
    if let homePath { flags += ["-d", homePath] }
    if let loginShell { flags += ["-s", loginShell] }
    if isSystem { flags.append("-r") }
    flags += makesHome ? ["-m"] + (skeletonPath.map { ["-k", $0] } ?? []) : ["-M"]
    if let expiryDay, expiryDay >= 0 { flags += ["-e", String(expiryDay)] }
    for (age, days) in ages {
      flags += age.definition.map { ["-K", "\($0)=\(days)"] } ?? ["-f", String(days)]
    }
    flags += creationOptions
    var fact = UserFact(
      new: group.flatMap { Int($0) == nil ? $0 : nil } ?? user, comment: fullName ?? "",
      groups: supplementary ?? [])
    fact.uid = number
    fact.home = homePath ?? "/home/\(user)"
    fact.shell = loginShell
    var predicts = [
      Prediction(UserFact.self, user, .present(fact), wants: needsShadow ? ["shadow"] : [])
    ]
    if group == nil {
      predicts.append(Prediction(GroupFact.self, user, .present(GroupFact(gid: nil))))
    }
    let text = number.map { "uid \($0)" } ?? "present"
    let parents: Script =
      makesHome
      ? homePath.flatMap { HostPath($0) }.map { "mkdir -p -m 0755 -- \($0.parent.string) || exit" }
        ?? "" : ""
    return change(
      "user", .create, from: .absent, to: .text(text), "make user \(user)",
      """
      \(parents)
      useradd \(words: flags) -- \(user)
      """, predicts,
      touching: [.key(FactKey(GroupFact.self, user))]
        + (makesHome ? [.tree(fact.home ?? "/home/\(user)")] : []))
  }

  func removal(_ fact: UserFact) -> Change {
    let flags = (removesHome ? ["-r"] : []) + (isForced ? ["-f"] : [])
    var touching: [Footprint.Part] = [.key(FactKey(GroupFact.self, user))]
    if removesHome, let home = fact.home { touching.append(.tree(home)) }
    return change(
      "user", .remove, from: .text(fact.uid.map { "uid \($0)" } ?? "present"), to: .absent,
      "remove user \(user)", "userdel \(words: flags) -- \(user)",
      [Prediction(UserFact.self, user, .absent)], touching: touching)
  }

  /// What usermod(8) changes.
  func accountChanges(_ state: inout UserFact) -> [Change] {
    var changes: [Change] = []
    if let number, state.uid != number {
      let before = state.uid.map(String.init) ?? ""
      state.uid = number
      changes.append(
        modification(
          "uid", before, String(number), ["-u", String(number)] + (allowsDouble ? ["-o"] : []),
          state, touching: ownedFiles(state)))
    }
    if let primary, Int(primary).map({ $0 != state.gid }) ?? (primary != state.group) {
      let before = state.group
      state.gid = Int(primary)
      if Int(primary) == nil { state.group = primary }
      changes.append(
        modification("group", before, primary, ["-g", primary], state, touching: ownedFiles(state)))
    }
    if let change = membershipChange(&state) { changes.append(change) }
    if let fullName, state.comment != fullName {
      let before = state.comment
      state.comment = fullName
      changes.append(modification("comment", before, fullName, ["-c", fullName], state))
    }
    if let loginShell, state.shell != loginShell {
      let before = state.shell ?? ""
      state.shell = loginShell
      changes.append(modification("shell", before, loginShell, ["-s", loginShell], state))
    }
    if let homePath, state.home != homePath {
      let before = state.home ?? ""
      state.home = homePath
      changes.append(
        modification(
          "home", before, homePath, ["-d", homePath] + (movesHome ? ["-m"] : []), state,
          touching: movesHome ? [.tree(before), .tree(homePath)] : []))
    }
    return changes
  }

  /// usermod(8) gives the files of the home folder their new owner.
  private func ownedFiles(_ state: UserFact) -> [Footprint.Part] {
    state.home.map { [.tree($0)] } ?? []
  }

  private func membershipChange(_ state: inout UserFact) -> Change? {
    guard let supplementary else { return nil }
    let wanted = (onlyAdds ? state.groups.union(supplementary) : supplementary).subtracting([
      state.group
    ])
    guard wanted != state.groups else { return nil }
    let before = state.groups.sorted().joined(separator: ",")
    state.groups = wanted
    let list = wanted.sorted().joined(separator: ",")
    let added = supplementary.sorted().joined(separator: ",")
    return modification(
      "groups", before, list, onlyAdds ? ["-a", "-G", added] : ["-G", list], state)
  }

  /// The home folder of an account that is there, where it is missing.
  func homeChange(_ state: inout UserFact, _ facts: FactView) throws(Obstacle) -> Change? {
    guard makesHome, let home = state.home, let path = HostPath(home),
      !(movesHome && homePath != nil), try facts.fact(FileFact.self, path.string) == nil
    else { return nil }
    return change(
      "home folder", .create, from: .absent, to: .text(home), "make \(home)",
      """
      mkdir -p -m 0755 -- \(path.parent.string) && mkdir -m 0700 -- \(home) || exit
      if [ -d \(skeletonPath ?? "/etc/skel") ]; then cp -R -- \((skeletonPath ?? "/etc/skel") + "/.") \(home) || exit; fi
      chown -R -- \(user + ":") \(home)
      """,
      [], touching: [.tree(home)])
  }

  func shadowChanges(_ state: inout UserFact) -> [Change] {
    guard var shadow = state.shadow else { return [] }
    var changes: [Change] = []
    if hash != nil, updatesPassword { changes += passwordChange(state, from: shadow) }
    if let change = changes.last, change.attribute == "password", let hash {
      shadow = UserFact.Shadow(setting: fieldWritten(hash), in: shadow)
      state.shadow = shadow
    }
    if let isLocked, shadow.isLocked != isLocked, isLocked || shadow.digest != nil {
      shadow.isLocked = isLocked
      state.shadow = shadow
      changes.append(
        modification(
          "password lock", isLocked ? "open" : "locked", isLocked ? "locked" : "open",
          [isLocked ? "-L" : "-U"], state))
    }
    if let expiryDay, (shadow.expires ?? -1) != expiryDay {
      let before = shadow.expires.map { "day \($0)" } ?? "never"
      shadow.expires = expiryDay < 0 ? nil : expiryDay
      state.shadow = shadow
      changes.append(
        aging(
          "expires", before, expiryDay < 0 ? "never" : "day \(expiryDay)", "-E", expiryDay, state))
    }
    for (age, days) in ages where (shadow[age] ?? (age == .inactivity ? -1 : nil)) != days {
      let before = shadow[age].map { "\($0) days" } ?? "not set"
      shadow[age] = days
      state.shadow = shadow
      changes.append(aging(age.name, before, "\(days) days", age.option, days, state))
    }
    return changes
  }

  /// The hash on standard input of chpasswd(8).
  func passwordChange(_ state: UserFact?, from shadow: UserFact.Shadow?) -> [Change] {
    guard let hash else { return [] }
    let wanted = UserFact.Shadow(setting: hash, in: shadow)
    if let shadow, shadow.digest == wanted.digest, shadow.isOpen == wanted.isOpen { return [] }
    let field = fieldWritten(hash)
    var fact = state
    fact?.shadow = UserFact.Shadow(setting: field, in: shadow)
    let prediction = fact.map {
      [Prediction(UserFact.self, user, .present($0), wants: ["shadow"])]
    }
    return [
      Change(
        user, "password", from: shadow?.digest == nil ? .absent : .secret, to: .secret,
        steps: [
          Step(
            "set the password of \(user)", "chpasswd -e",
            input: Blob(Array("\(user):\(field)\n".utf8), isSecret: true),
            footprint: AccountFiles.footprint(.key(FactKey(UserFact.self, user))), isSecret: true)
        ], predicts: prediction ?? [])
    ]
  }

  /// The field of shadow(5) that is written: locked when the task says so.
  private func fieldWritten(_ hash: String) -> String {
    isLocked == true && !hash.hasPrefix("!") ? "!" + hash : hash
  }

  private func aging(
    _ attribute: String, _ before: String, _ after: String, _ option: String, _ days: Int,
    _ state: UserFact
  ) -> Change {
    change(
      attribute, .update, from: .text(before), to: .text(after), "set \(attribute) of \(user)",
      "chage \(option) \(String(days)) -- \(user)",
      [Prediction(UserFact.self, user, .present(state), wants: ["shadow"])])
  }

  private func modification(
    _ attribute: String, _ before: String, _ after: String, _ flags: [String], _ state: UserFact,
    touching: [Footprint.Part] = []
  ) -> Change {
    change(
      attribute, .update, from: .text(before), to: .text(after), "change \(attribute) of \(user)",
      "usermod \(words: flags) -- \(user)",
      [Prediction(UserFact.self, user, .present(state), wants: needsShadow ? ["shadow"] : [])],
      touching: touching)
  }

  private func change(
    _ attribute: String, _ action: Change.Action, from before: Shown, to after: Shown,
    _ label: String, _ script: Script, _ predicts: [Prediction], touching: [Footprint.Part] = []
  ) -> Change {
    let footprint = AccountFiles.footprint(.key(FactKey(UserFact.self, user)))
    return Change(
      user, attribute, action, from: before, to: after,
      steps: [Step(label, script, footprint: footprint.union(Footprint(Set(touching))))],
      predicts: predicts)
  }
}

/// How old a password may or must be.
enum PasswordAge {
  case minimum, maximum, warning
  /// From the end of a password until that of its account.
  case inactivity

  var name: String { "password age, \(self)" }

  /// The option of chage(1).
  var option: String {
    switch self {
    case .minimum: "-m"
    case .maximum: "-M"
    case .warning: "-W"
    case .inactivity: "-I"
    }
  }

  /// The default in login.defs(5); nil where useradd(8) has an option of its own (`-f`).
  var definition: String? {
    switch self {
    case .inactivity: nil
    case .minimum: "PASS_MIN_DAYS"
    case .maximum: "PASS_MAX_DAYS"
    case .warning: "PASS_WARN_AGE"
    }
  }
}

extension UserFact.Shadow {
  subscript(_ age: PasswordAge) -> Int? {
    get {
      switch age {
      case .minimum: minimum
      case .maximum: maximum
      case .warning: warning
      case .inactivity: inactive
      }
    }
    set {
      switch age {
      case .minimum: minimum = newValue
      case .maximum: maximum = newValue
      case .warning: warning = newValue
      case .inactivity: inactive = newValue.flatMap { $0 < 0 ? nil : $0 }
      }
    }
  }

  /// The entry with another password field.
  init(setting field: String, in shadow: UserFact.Shadow?) {
    let core = field.drop { $0 == "!" }
    digest = core.isEmpty || core == "*" ? nil : sha256Hex(core.utf8)
    isLocked = field.hasPrefix("!")
    isOpen = field.isEmpty
    minimum = shadow?.minimum
    maximum = shadow?.maximum
    warning = shadow?.warning
    inactive = shadow?.inactive
    expires = shadow?.expires
  }
}
