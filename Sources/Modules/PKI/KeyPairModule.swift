import Diagnostics
import ModuleKit
import PKI
import Schema

/// `key_pair`: a key pair that is kept on the controller.
struct KeyPairModule: ControllerModule {
  private let path: String
  /// nil where it is to be made.
  private let key: SigningKey?
  private let hasPublicFile: Bool
  private let isEncrypted: Bool
  private let keyType: KeyAlgorithm
  private let vaultID: String?

  static let (keyName, publicName) = ("private.pem", "public.pem")

  static let path = Parameter<String>.required(
    "path",
    """
    The folder of the pair on the controller: `private.pem` and `public.pem` in it. A relative path counts from the \
    playbook's folder.
    """, treatment: .kept([keyName, publicName]), isSubject: true)
  static let keyType = Parameter<KeyTypeChoice>.optional(
    "key_type", "The kind of key that is made.", default: KeyTypeChoice(.rsa2048), shown: "rsa-2048"
  )

  static let manual = Manual(
    "key_pair", .controller,
    "Keeps a key pair on the controller: makes it once. The service account tokens of a cluster are signed by one.",
    notes: [
      "A pair that is there is used as it is, whatever its kind. All that is said of files and encryption at `certificate_authority` holds here."
    ],
    parameters: [
      path.manual, keyType.manual, CertificateAuthorityModule.encrypt.manual,
      CertificateAuthorityModule.vaultID.manual,
    ],
    results: [.init("encrypted", "whether the private key is kept encrypted")],
    examples: [
      """
      - name: what signs service account tokens
        key_pair:
          path: pki/service-account
          encrypt: false
        run_once: true
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    keyType = try arguments[Self.keyType].type
    vaultID =
      try arguments[CertificateAuthorityModule.encrypt]
      ? arguments[CertificateAuthorityModule.vaultID] ?? "" : nil
    var entries: [ControllerContent.TreeEntry] = []
    let argument = arguments.argument(Self.path.manual)
    if case .tree(let tree) = argument?.content { entries = tree }
    let file = entries.first { $0.path.hasSuffix("/" + Self.keyName) }
    let publicFile = entries.first { $0.path.hasSuffix("/" + Self.publicName) }
    hasPublicFile = publicFile != nil
    guard let argument, let file, let blob = file.blob else {
      if let argument, publicFile != nil {
        throw argument.wrong(
          "no-key",
          "names a folder with `\(Self.publicName)` and without `\(Self.keyName)`: \(path)")
      }
      key = nil
      isEncrypted = vaultID != nil
      return
    }
    isEncrypted = blob.isSecret
    if !blob.isSecret, file.mode & 0o077 != 0 {
      throw argument.wrong(
        "exposed-key", "names a private key in plain that others may read: \(file.path)",
        help: "encrypt it: `spile vault encrypt \(file.path)`; or `chmod 600` it")
    }
    guard let key = SigningKey(pem: String(decoding: blob.bytes, as: UTF8.self)) else {
      throw argument.wrong(
        "unfit-key", "holds no private key of a kind that is known: \(file.path)")
    }
    self.key = key
    guard let text = publicFile?.blob.map({ String(decoding: $0.bytes, as: UTF8.self) }) else {
      return
    }
    guard PEM.blocks(text).first?.content == key.publicKey else {
      throw argument.wrong(
        "unfit-key", "holds a public key that does not belong to the private one: \(path)")
    }
  }

  func run() -> ControllerOutcome {
    let result: ValueMap = ["encrypted": .bool(isEncrypted)]
    if key != nil, hasPublicFile { return ControllerOutcome(result: result) }
    let given = key
    let type = keyType
    let change = Change(
      path, "key pair", .create, from: .absent,
      to: .text(
        given != nil
          ? "the public half"
          : "\(type.rawValue), the private key \(vaultID == nil ? "in plain" : "encrypted")"))
    let names = given == nil ? [Self.keyName, Self.publicName] : [Self.publicName]
    return ControllerOutcome(
      result: result,
      effects: [
        .establish(
          Establishment(
            change, paths: names.map { "\(path)/\($0)" }, vaultID: given == nil ? vaultID : nil
          ) { () throws(Obstacle) in
            guard let key = given ?? (try? SigningKey(new: type)) else {
              throw .refusing("no-key", "no key could be made")
            }
            let shown = Blob(Array(PEM("PUBLIC KEY", key.publicKey).text.utf8))
            return given == nil ? [Blob(Array(key.pem.utf8), isSecret: true), shown] : [shown]
          })
      ])
  }
}
