import ModuleKit
import Schema

/// A text file whose whole content a module works out from what is in it now.
struct WholeFile: Sendable {
  let path: HostPath
  var permissions = Permissions()
  /// The mode of a new file when none is wished.
  var newMode = FileMode(bits: 0o644)
  var keepsBackup = false
  var isSecret = false

  func reads(given facts: FactView) -> [FactRequest] {
    FileWrite.reads(path, permissions, given: facts) + [ContentFact.request(content: path)]
  }

  /// What is in it; nil where there is no such file.
  func text(from facts: FactView) throws(Obstacle) -> String? {
    guard let file = try facts.fact(FileFact.self, path.string) else { return nil }
    guard file.type == .regular || file.type == .link else {
      throw .refusing("not-a-file", "`\(path)` is a \(file.type.rawValue), not a file")
    }
    guard let fact = try facts.fact(ContentFact.self, path.string) else { return nil }
    guard let blob = fact.content, let text = String(validating: blob.bytes, as: UTF8.self) else {
      throw .unreadable(FactKey(ContentFact.self, path.string), "not a text file of moderate size")
    }
    return text
  }

  /// What differs from the wished content; nil means that the file is not to be there.
  func changes(to text: String?, from facts: FactView) throws(Obstacle) -> [Change] {
    if let text { return try changes(to: Array(text.utf8), from: facts) }
    return try removal(from: facts)
  }

  /// The same for bytes that need not be text.
  func changes(to bytes: [UInt8], from facts: FactView) throws(Obstacle) -> [Change] {
    try FileWrite(
      path: path, content: Blob(bytes, isSecret: isSecret), permissions: permissions,
      newMode: newMode, keepsBackup: keepsBackup
    ).changes(from: facts)
  }

  private func removal(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let file = try facts.fact(FileFact.self, path.string) else { return [] }
    guard file.type == .regular || file.type == .link else {
      throw .refusing("not-a-file", "`\(path)` is a \(file.type.rawValue), not a file")
    }
    let before = try facts.fact(ContentFact.self, path.string)?.content.map { Shown($0) }
    let backup: Script = keepsBackup ? "back_up \(path.string) || exit" : ""
    return [
      Change(
        path.string, "content", .remove, from: isSecret ? .secret : before ?? .text("present"),
        to: .absent,
        steps: [
          Step(
            "remove \(path)", "\(backup)\nrm -f -- \(path.string)", footprint: .path(path.string))
        ],
        predicts: [
          Prediction(ContentFact.self, path.string, .absent, wants: [FactRequest.everything]),
          Prediction(FileFact.self, path.string, .absent),
        ])
    ]
  }
}
