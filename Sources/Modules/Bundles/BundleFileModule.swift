import Diagnostics
import ModuleKit
import Schema

/// `bundle_file`: a file of a bundle, in its place on the host.
struct BundleFileModule: StateModule {
  let name: String
  let kind: String?
  let choice: BundleChoice
  private let destination: DestinationPath
  private let permissions: Permissions

  static let name = Parameter<String>.required(
    "name", "The item, as `spile bundle list` shows it.")
  static let kind = Parameter<String?>.optional(
    "kind",
    "The kind of the item, where several have the name: `binary`, `file`, `package` ... Without it any but `image`."
  )
  static let destination = Parameter<DestinationPath>.required(
    "dest",
    "Where to on the host; with `/` at the end it goes into that folder, under its own name.",
    isSubject: true)
  static let mode = Parameter<ModeWish?>.optional(
    "mode", "Permission bits. Without it 0755 for a binary, 0644 for everything else.")

  static let manual = Manual(
    "bundle_file", .state, "Files of a signed bundle, in their places.",
    notes: BundleChoice.notes + [
      """
      A file is written next to the old one, gets mode and owner, is flushed to disk and renamed. Units that run it are \
      not restarted: notify a handler.
      """
    ],
    parameters: [
      name.manual, BundleChoice.version.manual, kind.manual, BundleChoice.arch.manual,
      destination.manual, mode.manual, Permissions.owner.manual, Permissions.group.manual,
      BundleChoice.bundle.manual,
    ],
    results: [
      .init("dest", "the path of the file"), .init("name", "the item"),
      .init("version", "its version"), .init("sha256", "its digest"), .init("size", "in bytes"),
    ],
    examples: [
      """
      - name: the kubelet of the bundle
        bundle_file:
          name: kubelet
          version: 1.32.1
          dest: /usr/local/bin/kubelet
        notify: restart kubelet
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    let name = try arguments[Self.name]
    let kind = try arguments[Self.kind]
    choice = try BundleChoice(arguments, Self.name.manual, title: "`\(name)`") { item in
      item.name == name && (kind.map { $0 == item.kind } ?? (item.kind != "image"))
    }
    self.name = name
    self.kind = kind
    destination = try arguments[Self.destination]
    permissions = Permissions(
      mode: try arguments[Self.mode], owner: try arguments[Permissions.owner].map(Account.init),
      group: try arguments[Permissions.group].map(Account.init))
  }

  /// Before the host's system is known, what any item would want: one exchange is enough where nothing differs.
  func reads(given facts: FactView) -> [FactRequest] {
    guard let item = try? choice.item(facts) else {
      return choice.reads + choice.candidates.flatMap { self.write($0, facts).reads(given: facts) }
    }
    let write = self.write(item, facts)
    let path = write.path.string
    let isWritten = facts.known(ContentFact.self, path)?.sha256 == item.blob.sha256
    let isKnown = facts.answers(FactRequest(FileFact.self, path))
    return choice.reads + write.reads(given: facts)
      + (isKnown && !isWritten ? StagedBlob(blob: item.blob).reads : [])
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let item = try choice.item(facts)
    let write = self.write(item, facts)
    let changes = try write.changes(from: facts)
    let isSent = write.staged == nil && changes.contains { $0.attribute == "content" }
    if isSent { try StagedBlob(blob: item.blob).check() }
    return changes
  }

  private func write(_ item: BundleOffer.Item, _ facts: FactView) -> FileWrite {
    let path = destination.isFolder ? destination.path.appending(item.file) : destination.path
    let mode = FileMode(bits: item.kind == "binary" ? 0o755 : 0o644)
    var permissions = permissions
    if permissions.mode == nil { permissions.mode = ModeWish(mode) }
    return FileWrite(
      path: path, content: item.blob, permissions: permissions, newMode: mode,
      staged: StagedBlob(blob: item.blob).path(facts))
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    guard let item = try? choice.item(facts) else { return [:] }
    return [
      "dest": .string(write(item, facts).path.string), "name": .string(item.name),
      "version": .string(item.version), "sha256": .string(item.blob.sha256),
      "size": .int(item.blob.count),
    ]
  }
}
