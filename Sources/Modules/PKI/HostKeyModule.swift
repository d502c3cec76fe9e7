import Diagnostics
import ModuleKit
import PKI
import Schema

/// `private_key`: a private key that is made on the host and never leaves it.
struct HostKeyModule: StateModule {
  private let path: HostPath
  private let keyType: KeyAlgorithm
  private let permissions: Permissions

  static let path = Parameter<HostPath>.required(
    "path", "The private key's file; its folder must be there.", isSubject: true)

  static let manual = Manual(
    "private_key", .state, "A private key that is made on the host, and stays there.",
    notes: [
      "openssl on the host makes it, in a file that nobody else can read at any moment. A private key that is there stays, whatever its kind; `certificate` with `key: host` issues a certificate for it."
    ],
    parameters: [path.manual, CertificateWish.keyType.manual] + Permissions.parameters,
    examples: [
      """
      - name: a key that nobody else has ever seen
        private_key:
          path: /etc/kubernetes/pki/etcd/peer.key
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    keyType = try arguments[CertificateWish.keyType].type
    permissions = try Permissions(arguments)
  }

  func reads(given facts: FactView) -> [FactRequest] {
    FileWrite.reads(path, permissions, given: facts)
      + [FactRequest(PrivateKeyFact.self, path.string)]
      + (facts.known(FileFact.self, path.string) == nil
        ? [FactRequest(CommandFact.self, Self.question)] : [])
  }

  /// Whether openssl is there.
  private static let question = "command -v openssl"

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    if let file = try facts.fact(FileFact.self, path.string) {
      guard file.type == .regular,
        try facts.fact(PrivateKeyFact.self, path.string)?.shape != .some(.none)
      else {
        throw .refusing(
          "not-a-key", "`\(path)` holds something that is no private key",
          help: "remove it first, or name another path")
      }
      return try permissions.applied(to: file, facts).changes(of: path, from: file)
    }
    let parent = try Parent.known(of: path, facts)
    let attributes = try permissions.new(
      .regular, mode: FileMode(bits: 0o600), in: parent, facts)
    // In a plan an earlier task may be about to install it.
    if case .present(let answer) = facts.reading(CommandFact.self, Self.question), !answer.succeeded
    {
      throw .refusing(
        "no-openssl", "openssl is missing on the host, and makes private keys there",
        help: "install the package openssl, or let `certificate` make the key: `key: controller`")
    }
    let step = Step(
      "make the private key \(path)",
      """
      new_temp \(path.string) || exit
      command -v openssl >/dev/null || { echo 'openssl is missing' >&2; exit 127; }
      openssl genpkey -out "$temp" \(words: options) 2>&1 || exit
      place \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)
      """,
      preconditions: [
        Precondition(
          "is_absent \(path.string)", failure: "`\(path)` was made since it was looked for")
      ], footprint: .path(path.string), isSecret: true)
    let change = Change(
      path.string, "key", .create, from: .absent,
      to: .text("\(keyType.rawValue), made on the host"),
      steps: [step],
      predicts: [
        Prediction(FileFact.self, path.string, .unknown(.init("a key that the host is to make"))),
        Prediction(
          PrivateKeyFact.self, path.string, .unknown(.init("a key that the host is to make"))),
      ])
    return [change] + attributes.creation(of: path, wished: permissions)
  }

  /// Of genpkey(1).
  private var options: [String] {
    switch keyType {
    case .ecdsaP256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    case .rsa2048: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    case .rsa3072: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"]
    case .rsa4096: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"]
    }
  }
}
