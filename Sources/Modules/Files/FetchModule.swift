import Diagnostics
import ModuleKit
import Schema

/// `fetch`: files of hosts, kept on the controller.
struct FetchModule: QueryModule {
  private let source: HostPath
  private let destination: String
  private let isFlat: Bool
  private let failsWhenMissing: Bool
  private let host: String

  static let source = Parameter<HostPath>.required(
    "src", "The file on the host; a symbolic link is followed.", isSubject: true)
  static let destination = Parameter<String>.required(
    "dest",
    """
    Where to on the controller: a folder, below which the file is kept as `HOST/PATH`. A relative path counts from the \
    playbook's folder.
    """)
  static let isFlat = Parameter<Bool>.optional(
    "flat",
    "`dest` is the file itself, or with `/` at the end the folder for it: only one host's file fits there.",
    default: false, shown: "false")
  static let failsWhenMissing = Parameter<Bool>.optional(
    "fail_on_missing", "Fails where there is no such file.", default: true, shown: "true")
  static let validates = Parameter<Bool>.optional(
    "validate_checksum",
    "Accepted for Ansible's sake: what arrives is always compared with its digest.", default: true,
    shown: "true")

  static let manual = Manual(
    "fetch", .query, "Keeps a file of the host on the controller.",
    notes: [
      "Files of up to 128 MiB are fetched; large ones in pieces, compared with the digest of the whole."
    ],
    parameters: [
      source.manual, destination.manual, isFlat.manual, failsWhenMissing.manual, validates.manual,
    ],
    dependsOnHost: true,
    results: [
      .init("dest", "the file on the controller"), .init("src", "the file on the host"),
      .init("checksum", "SHA-1 of the content, as Ansible has it"),
      .init("remote_checksum", "the same"), .init("msg", "why nothing was fetched"),
    ],
    examples: [
      """
      - name: the administrator's configuration
        fetch:
          src: /etc/kubernetes/admin.conf
          dest: credentials/admin.conf
          flat: true
      """,
      """
      - name: every host's log, as logs/HOST/var/log/kubelet.log
        fetch:
          src: /var/log/kubelet.log
          dest: logs
          fail_on_missing: false
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    source = try arguments[Self.source]
    destination = try arguments[Self.destination]
    isFlat = try arguments[Self.isFlat]
    failsWhenMissing = try arguments[Self.failsWhenMissing]
    _ = try arguments[Self.validates]
    host = arguments.host ?? "localhost"
  }

  /// In bytes: a file is held in memory.
  private static let limit = 128 << 20

  private var file: HostFile { HostFile(path: source, limit: Self.limit) }

  func reads(given facts: FactView) -> [FactRequest] { file.reads(given: facts) }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let blob = try file.content(facts) else {
      let text = "there is no file `\(source)`"
      if failsWhenMissing { throw .refusing("file-absent", text) }
      return QueryResult(["src": .string(source.string), "msg": .string(text)])
    }
    let checksum = Value.string(sha1Hex(blob.bytes))
    return QueryResult(
      [
        "dest": .string(path), "src": .string(source.string), "checksum": checksum,
        "remote_checksum": checksum,
      ], effects: [.storeFile(path: path, blob)])
  }

  private var path: String {
    if isFlat { return destination.hasSuffix("/") ? destination + source.name : destination }
    let folder = destination.hasSuffix("/") ? String(destination.dropLast()) : destination
    return "\(folder)/\(host)\(source)"
  }
}
