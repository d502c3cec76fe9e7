import Diagnostics
import ModuleKit
import Schema

/// `containerd`: the container runtime with a configuration that fits its version, and that is in effect.
struct ContainerdModule: StateModule {
  let files: ContainerdFiles
  let path: HostPath
  let settings: ContainerdSettings
  /// The image of pods' first containers; nil for containerd's own.
  let sandboxImage: String?
  let unitFile: HostPath
  /// Lines of `[Service]`; nil for no file.
  let unitText: String?
  let limitsFiles: Bool

  private var unit: String { ContainerdFiles.unit }

  func reads(given facts: FactView) -> [FactRequest] {
    [
      FactRequest(ContainerdFact.self, files.name), FactRequest(UnitFact.self, unit),
      ContentFact.request(content: path),
    ] + FileWrite.reads(path, Permissions(), given: facts) + TextFile.reads(unitFile)
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(ContainerdFact.self, files.name) else {
      throw .refusing(
        "containerd-missing", "there is no \(files.program)",
        help: "install it before, or name it with `program`")
    }
    let generation = try generation(fact)
    var changes = try configuration(generation, fact, facts)
    if changes.isEmpty { try verify(generation, fact) }
    let isWritten = changes.contains { $0.attribute == "content" }
    let drops = try drops(facts)
    changes += drops
    guard let state = try facts.fact(UnitFact.self, unit) else {
      throw .refusing(
        "unit-missing", "systemd has no unit \(unit)",
        help: "a package brings it; with programs of an archive put one into /etc/systemd/system")
    }
    if !state.isEnabled { changes.append(enablement(state)) }
    if let change = running(state, fact, isWritten: isWritten, isDropped: !drops.isEmpty) {
      changes.append(change)
    }
    return changes
  }

  private func generation(_ fact: ContainerdFact) throws(Obstacle) -> ContainerdGeneration {
    guard let version = fact.version else {
      throw .refusing("containerd-version", "\(files.program) does not tell its version")
    }
    guard let generation = ContainerdGeneration(version: version) else {
      throw .refusing(
        "containerd-version", "containerd \(version) is not supported",
        help: "1.6, 1.7 and 2.x are; Kubernetes 1.36 needs 2.x")
    }
    if generation == .three, limitsFiles {
      throw .refusing(
        "containerd-limits", "containerd \(version) is not to have a LimitNOFILE of its own",
        help:
          "since 2.0 it takes systemd's, as containers inherit it: give containers theirs by `base_runtime_spec`"
      )
    }
    return generation
  }

  private func configuration(
    _ generation: ContainerdGeneration, _ fact: ContainerdFact, _ facts: FactView
  ) throws(Obstacle) -> [Change] {
    let write = FileWrite(
      path: path, content: Blob(Array(settings.file(generation).utf8)),
      permissions: Permissions(), newMode: FileMode(bits: 0o644),
      validation: Validation(words: [files.program, "--config", "%s", "config", "dump"]))
    var changes = try write.changes(from: facts)
    guard let index = changes.firstIndex(where: { $0.attribute == "content" }) else {
      return changes
    }
    var foreseen = fact
    for (path, value) in settings.effects(generation) { foreseen.settings[path] = value }
    foreseen.complaint = ""
    changes[index].predicts.append(
      Prediction(ContainerdFact.self, files.name, .present(foreseen)))
    return changes
  }

  /// Refuses a file that is as wished and comes to something else.
  private func verify(
    _ generation: ContainerdGeneration, _ fact: ContainerdFact
  ) throws(Obstacle) {
    guard fact.complaint.isEmpty else {
      throw .refusing(
        "containerd-refused", "containerd does not take \(path): \(fact.complaint)",
        help: "look at the files that it imports: \(files.patterns.joined(separator: ", "))")
    }
    let lost = settings.effects(generation).filter { fact.settings[$0.path] != $0.value }
    guard let first = lost.first else { return }
    let found = fact.settings[first.path].map { "`\($0)`" } ?? "not there"
    throw .refusing(
      "containerd-without-effect",
      "\(first.path) is \(found) in `containerd config dump`, and `\(first.value)` in \(path)"
        + (lost.count > 1 ? "; so are \(lost.count - 1) more" : ""),
      help:
        "a file that it imports (\(files.patterns.joined(separator: ", "))) says otherwise; with containerd 1.x such a file "
        + "replaces all settings of a plugin that it names: give runtimes by `runtimes` there")
  }

  /// What differs in the drop-in of the unit.
  private func drops(_ facts: FactView) throws(Obstacle) -> [Change] {
    let file = try TextFile(unitFile, from: facts)
    guard file.content != unitText else { return [] }
    let (step, predicts) =
      if let unitText {
        file.writing(unitText, label: "write \(unitFile)")
      } else {
        file.removing(label: "remove \(unitFile)")
      }
    return [
      Change(
        unitFile.string, "content",
        unitText == nil ? .remove : file.content == nil ? .create : .update,
        from: file.content.map { Shown(Blob(Array($0.utf8))) } ?? .absent,
        to: unitText.map { Shown(Blob(Array($0.utf8))) } ?? .absent, steps: [step],
        predicts: predicts)
    ]
  }

  private func enablement(_ state: UnitFact) -> Change {
    var after = state
    after.fileState = "enabled"
    return Change(
      unit, "enabled", from: .text(state.fileState.isEmpty ? "disabled" : state.fileState),
      to: .text("enabled"),
      steps: [
        Step(
          "systemctl enable \(unit)",
          "systemctl daemon-reload && systemctl --quiet enable -- \(unit)",
          footprint: Footprint([.kind(UnitFact.kind)]))
      ], predicts: [Prediction(UnitFact.self, unit, .present(after))])
  }

  /// Started when it does not run, restarted when it runs with something older than what is written.
  ///
  /// Containers go on: their shims are processes of their own (`KillMode=process`).
  private func running(
    _ state: UnitFact, _ fact: ContainerdFact, isWritten: Bool, isDropped: Bool
  ) -> Change? {
    if state.isActive {
      let reasons =
        (isWritten ? [path.string] : []) + (isDropped ? [unitFile.string] : []) + fact.newer
      guard !reasons.isEmpty else { return nil }
      return start(
        "running settings", from: "older than \(Set(reasons).sorted().joined(separator: ", "))",
        to: "as they are written", "restart", state, fact)
    }
    return start("active", from: state.activeState, to: "active", "start", state, fact)
  }

  private func start(
    _ attribute: String, from before: String, to after: String, _ verb: String, _ state: UnitFact,
    _ fact: ContainerdFact
  ) -> Change {
    var state = state
    state.activeState = "active"
    state.fileState = "enabled"
    var change = Change(
      unit, attribute, from: .text(before), to: .text(after),
      steps: [
        Step(
          "systemctl \(verb) \(unit)",
          """
          systemctl daemon-reload
          systemctl \(verb) -- \(unit) || {
            status=$?
            systemctl --no-pager --full --lines=15 status -- \(unit) >&2
            exit "$status"
          }
          """, footprint: .any, deadline: .seconds(120))
      ], predicts: [Prediction(UnitFact.self, unit, .present(state))],
      blast: verb == "restart" ? .restart : .none, settle: .seconds(15))
    // What it answers while it does not run says nothing about afterwards.
    change.doubts = Footprint([.kind(UnitFact.kind), .kind(ContainerdImagesFact.kind)])
    return change
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    let fact = after.known(ContainerdFact.self, files.name)
    let generation = fact?.version.flatMap { ContainerdGeneration(version: $0) }
    return [
      "version": .string(fact?.version?.description ?? ""),
      "config_version": .int(generation?.rawValue ?? 0),
    ]
  }
}
