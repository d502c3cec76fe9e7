import Diagnostics
import ModuleKit
import PKI
import Schema

/// `pki_file`: what `certificate_authority` and `key_pair` keep on the controller, on the host.
struct KeptFileModule: StateModule {
  private let write: FileWrite

  static let path = Parameter<HostPath>.required(
    "path", "The file on the host.", aliases: ["dest"], isSubject: true)
  static let source = Parameter<[String]>.required(
    "src",
    """
    The file on the controller, or several that are put one behind the other: a bundle of authorities that are trusted. \
    A relative path counts from the playbook's folder.
    """, treatment: .kept([]))

  static let manual = Manual(
    "pki_file", .state,
    "Puts files that the controller keeps onto the host: the certificate of an authority, a bundle of several, a key.",
    notes: [
      """
      Unlike `copy` it takes files that tasks of the same run make, in a plan too, and it does not look into `files/`. A \
      new file has the mode 0644, with a private key in it 0600.
      """
    ],
    parameters: [path.manual, source.manual] + Permissions.parameters,
    examples: [
      """
      - name: whom etcd trusts
        pki_file:
          path: /etc/kubernetes/pki/etcd/ca.crt
          src: pki/etcd/ca/ca.crt
      """,
      """
      - name: what signs service account tokens
        pki_file:
          path: /etc/kubernetes/pki/sa.key
          src: pki/service-account/private.pem
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    let paths = try arguments[Self.source]
    guard let argument = arguments.argument(Self.source.manual), !paths.isEmpty else {
      throw Diagnostic(
        .error, "missing-parameter", "`src` names no file",
        at: arguments.span(of: Self.source.manual))
    }
    let content = try Self.content(argument)
    write = FileWrite(
      path: try arguments[Self.path], content: content, permissions: try Permissions(arguments),
      newMode: FileMode(bits: content.isSecret ? 0o600 : 0o644))
  }

  /// What is in the files that an argument names, one behind the other; refuses one that is not there.
  static func content(_ argument: Argument) throws(Diagnostic) -> Blob {
    var entries: [String: Blob] = [:]
    if case .tree(let tree) = argument.content {
      for entry in tree { entries[entry.path] = entry.blob }
    }
    var bytes: [UInt8] = []
    var isSecret = false
    for path in try [String](argument) {
      guard let blob = entries[path] else {
        throw Diagnostic(
          .error, "no-kept-file", "`\(path)` is not on the controller", at: argument.span,
          help: "a task with `certificate_authority` or `key_pair` before this one makes it")
      }
      if !bytes.isEmpty, bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
      bytes += blob.bytes
      isSecret =
        isSecret || blob.isSecret
        || PEM.blocks(String(decoding: blob.bytes, as: UTF8.self)).contains(where: \.isPrivateKey)
    }
    return Blob(bytes, isSecret: isSecret)
  }

  func reads(given facts: FactView) -> [FactRequest] {
    // What is in a private key's place stays on the host: its digest is enough.
    guard write.content.isSecret else { return write.reads(given: facts) }
    return FileWrite.reads(write.path, write.permissions, given: facts)
      + [FactRequest(ContentFact.self, write.path.string)]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try write.changes(from: facts)
  }
}
