import ModuleKit
import Schema

/// A regular file with this content at this path: what `copy`, `template` and the line editors have in common.
struct FileWrite: Sendable {
  var path: HostPath
  /// A symbolic link by which a task named the file; what it leads to changes along.
  var alias: HostPath?
  var content: Blob
  var permissions = Permissions()
  /// The mode of a new file when none is wished.
  var newMode = FileMode(bits: 0o644)
  var validation: Validation?
  var keepsBackup = false
  /// Whether content that differs is replaced; else only an absent file is written.
  var replacesContent = true
  /// Where the host has the same bytes already: then they do not travel.
  var staged: HostPath?

  /// What must be known; content comes back only where it differs.
  func reads(given facts: FactView) -> [FactRequest] {
    FileWrite.reads(path, permissions, given: facts)
      + [ContentFact.request(path, unless: content)]
  }

  /// What must be known of a file, its folder and its owners, apart from the content.
  static func reads(
    _ path: HostPath, _ permissions: Permissions, given facts: FactView
  ) -> [FactRequest] {
    [FactRequest(FileFact.self, path.string)] + Parent.reads(of: path, given: facts)
      + permissions.reads(for: facts.known(FileFact.self, path.string))
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let file = try facts.fact(FileFact.self, path.string) else {
      return try creation(facts)
    }
    guard file.type == .regular || file.type == .link else {
      throw .refusing(
        "not-a-file", "`\(path)` is a \(file.type.rawValue), not a file",
        help: "remove it first, or name another path")
    }
    let current = try facts.fact(ContentFact.self, path.string)
    let attributes =
      file.type == .link
      ? try permissions.new(.regular, mode: newMode, in: nil, facts)
      : try permissions.applied(to: file, facts)
    if file.type == .regular, let current, current.sha256 == content.sha256 || !replacesContent {
      return attributes.changes(of: path, from: file)
    }
    guard replacesContent else { return [] }
    return update(file, current, attributes, parent: facts.known(FileFact.self, path.parent.string))
  }

  private func creation(_ facts: FactView) throws(Obstacle) -> [Change] {
    let parent = try Parent.known(of: path, facts)
    let attributes = try permissions.new(.regular, mode: newMode, in: parent, facts)
    let isAbsent = Precondition(
      "is_absent \(path.string)", failure: "`\(path)` was made since it was looked for")
    let change = Change(
      path.string, "content", .create, from: .absent, to: Shown(content),
      steps: [step("write \(path)", attributes, precondition: isAbsent, replacing: nil)],
      predicts: predictions(attributes)
    ).tried(trial)
    return [change] + attributes.creation(of: path, wished: permissions)
  }

  private func update(
    _ file: FileFact, _ current: ContentFact?, _ attributes: Attributes, parent: FileFact?
  ) -> [Change] {
    var precondition = Precondition(
      "[ -L \(path.string) ]", failure: "`\(path)` changed since it was read")
    if file.type == .regular, let current {
      precondition = Precondition(
        "has_digest \(path.string) \(current.sha256)",
        failure: "`\(path)` changed since it was read")
    }
    let isMounted =
      file.type == .regular && parent?.type == .directory
      && file.trace.map { $0.device != parent?.trace?.device ?? $0.device } ?? false
    let label = isMounted ? "write \(path) in place, as it is a mount point" : "write \(path)"
    let change = Change(
      path.string, "content", from: before(file, current), to: Shown(content),
      steps: [step(label, attributes, precondition: precondition, replacing: file.type)],
      predicts: predictions(attributes)
    ).tried(trial)
    if file.type == .link { return [change] }
    return [change] + attributes.changes(of: path, from: file, steps: [], predicts: [])
  }

  private var trial: Step? {
    validation?.trial(of: path, filling: "cat", input: content, isSecret: content.isSecret)
  }

  /// What a host has under a secret's path is a secret too.
  private func before(_ file: FileFact, _ current: ContentFact?) -> Shown {
    if let target = file.target { return .text("link to \(target)") }
    if content.isSecret { return .secret }
    guard let current else { return .absent }
    return current.content.map(Shown.init)
      ?? .bytes(count: current.size, sha256: current.sha256)
  }

  private func step(
    _ label: String, _ attributes: Attributes, precondition: Precondition,
    replacing type: FileFact.FileType?
  ) -> Step {
    var lines: [Script] = ["new_temp \(path.string) || exit"]
    if let staged {
      lines += [
        "cat \(staged.string) >\"$temp\" && has_digest \"$temp\" \(content.sha256) || {",
        "echo 'what was staged is something else now' >&2; exit 1; }",
      ]
    } else {
      lines.append("cat >\"$temp\" || exit")
    }
    if let validation { lines.append(validation.script) }
    if keepsBackup { lines.append("back_up \(path.string) || exit") }
    lines.append("place \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)")
    return Step(
      label, Script(lines: lines), input: staged == nil ? content : nil,
      preconditions: [precondition],
      footprint: footprint(replacing: type), isSecret: content.isSecret)
  }

  /// Where there was no file before, what could have been below its path changes too: nothing can be there any more.
  private func footprint(replacing type: FileFact.FileType?) -> Footprint {
    let written: Footprint = type == .regular ? .path(path.string) : .tree(path.string)
    return alias.map { written.union(.path($0.string)) } ?? written
  }

  private func predictions(_ attributes: Attributes) -> [Prediction] {
    let file = FileFact(
      .regular, mode: attributes.mode, owner: attributes.owner, group: attributes.group,
      size: content.count)
    let fact = ContentFact(content)
    return [Prediction(FileFact.self, path.string, .present(file))]
      + [path, alias].compactMap { $0 }.map {
        Prediction(
          ContentFact.self, $0.string, .present(fact), wants: [FactRequest.everything])
      }
  }
}

extension Change {
  /// The same change with something to try in a dry run.
  func tried(_ trial: Step?) -> Change {
    var change = self
    change.trial = trial
    return change
  }
}
