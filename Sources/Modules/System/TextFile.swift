import ModuleKit
import Schema

/// A text file of the host of which tasks edit single lines.
///
/// The whole content is known and predicted, so that several tasks edit one file in one batch: each computes on what
/// the one before it will have written, and its step begins only if that is what lies there.
struct TextFile {
  let path: HostPath
  /// nil when there is no such file.
  let content: String?
  private let file: FileFact?
  private let hasFolder: Bool

  static func reads(_ path: HostPath) -> [FactRequest] {
    [
      ContentFact.request(content: path),
      FactRequest(FileFact.self, path.string),
      FactRequest(FileFact.self, path.parent.string),
    ]
  }

  init(_ path: HostPath, from facts: FactView) throws(Obstacle) {
    self.path = path
    file = try facts.fact(FileFact.self, path.string)
    hasFolder = try facts.fact(FileFact.self, path.parent.string) != nil
    guard file != nil, let fact = try facts.fact(ContentFact.self, path.string) else {
      content = nil
      return
    }
    guard let blob = fact.content, let text = String(validating: blob.bytes, as: UTF8.self) else {
      throw .unreadable(FactKey(ContentFact.self, path.string), "not a text file of moderate size")
    }
    content = text
  }

  /// The lines; none when there is no such file.
  var lines: [String] { content?.fileLines ?? [] }

  /// The step that gives the file another content, and what will be then; mode and owner stay, a new file gets 0644.
  ///
  /// With `parts` the footprint is exact: the file, and those parts; without, whatever depends on the path.
  func writing(
    _ text: String, label: String, touching parts: Set<Footprint.Part> = []
  ) -> (step: Step, predicts: [Prediction]) {
    let blob = Blob(Array(text.utf8))
    let mode = file?.mode ?? FileMode(bits: 0o644)
    var predicts = [
      Prediction(ContentFact.self, path.string, .present(ContentFact(blob)), wants: ["content"]),
      Prediction(
        FileFact.self, path.string,
        .present(
          FileFact(
            .regular, mode: mode, owner: file?.owner ?? .root, group: file?.group ?? .root,
            size: blob.bytes.count))),
    ]
    var footprint = Footprint(parts.isEmpty ? [.path(path.string)] : parts.union(written))
    if !hasFolder {
      footprint.parts.insert(
        parts.isEmpty
          ? .path(path.parent.string) : .key(FactKey(FileFact.self, path.parent.string)))
      predicts.append(
        Prediction(
          FileFact.self, path.parent.string,
          .present(
            FileFact(.directory, mode: FileMode(bits: 0o755), owner: .root, group: .root))))
    }
    let step = Step(
      label, writeScript(mode), input: blob, preconditions: [precondition], footprint: footprint)
    return (step, predicts)
  }

  /// The step that removes the file, and what will be then.
  func removing(
    label: String, touching parts: Set<Footprint.Part> = []
  ) -> (step: Step, predicts: [Prediction]) {
    let step = Step(
      label, "rm -f -- \(path.string)", preconditions: [precondition],
      footprint: Footprint(parts.isEmpty ? [.path(path.string)] : parts.union(written)))
    return (
      step,
      [
        Prediction(ContentFact.self, path.string, .absent, wants: ["content"]),
        Prediction(FileFact.self, path.string, .absent),
      ]
    )
  }

  private var written: Set<Footprint.Part> {
    [.key(FactKey(ContentFact.self, path.string)), .key(FactKey(FileFact.self, path.string))]
  }

  private func writeScript(_ mode: FileMode) -> Script {
    let folder: Script = hasFolder ? "" : "mkdir -p -m 0755 -- \(path.parent.string) || exit"
    let owner = file.map { "\($0.owner.argument):\($0.group.argument)" } ?? ""
    return """
      \(folder)
      new_temp \(path.string) && cat >"$temp" && place \(path.string) \(mode.description) \(owner)
      """
  }

  private var precondition: Precondition {
    Precondition(
      content.map { "has_digest \(path.string) \(sha256Hex($0.utf8))" }
        ?? "is_absent \(path.string)",
      failure: "\(path) changed since it was read")
  }
}
