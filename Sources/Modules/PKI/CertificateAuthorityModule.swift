import Diagnostics
import ModuleKit
import PKI
import Schema

/// `certificate_authority`: a certificate authority that is kept on the controller.
struct CertificateAuthorityModule: ControllerModule {
  private enum Situation {
    case there(Authority, isEncrypted: Bool)
    /// The key is there and its certificate is not.
    case keyAlone(SigningKey)
    case absent
  }

  private let path: String
  private let situation: Situation
  private let subject: Subject?
  private let validDays: Int
  private let keyType: KeyAlgorithm
  private let vaultID: String?
  private let now: Moment

  static let path = Parameter<String>.required(
    "path",
    """
    The folder of the authority on the controller: `ca.crt` and `ca.key` in it. A relative path counts from the \
    playbook's folder.
    """, treatment: KeptAuthority.treatment, isSubject: true)
  static let commonName = Parameter<String?>.optional(
    "common_name",
    "The name of an authority that is made, such as `etcd-ca`; where one is there already, it must have this name."
  )
  static let organization = Parameter<[String]>.optional(
    "organization", "Organizations in its name.", default: [], shown: "none")
  static let validDays = Parameter<Days>.optional(
    "valid_days", "How long an authority that is made is valid: 1 to 36500 days.",
    default: Days(3650), shown: "3650")
  static let keyType = Parameter<KeyTypeChoice>.optional(
    "key_type", "The kind of key of an authority that is made.",
    default: KeyTypeChoice(.ecdsaP256), shown: "ecdsa-p256")
  static let encrypt = Parameter<Bool>.optional(
    "encrypt",
    """
    Whether a key that is made is kept encrypted, as `ansible-vault` does it, with a vault password of the run; `false` \
    keeps it in plain, for its owner alone (0600).
    """, default: true, shown: "true")
  static let vaultID = Parameter<String?>.optional(
    "vault_id",
    "The id of the vault password that encrypts it; without it the first one that was given to the run."
  )

  static let manual = Manual(
    "certificate_authority", .controller,
    "Keeps a certificate authority on the controller: makes it once, checks it ever after.",
    notes: [
      """
      Files that are there are used as they are: an authority of your own as PEM, RSA from 2048 bits or P-256, P-384 or \
      P-521, its key as PKCS#1, SEC 1 or PKCS#8, in plain (0600) or encrypted by `ansible-vault`. Of an intermediate \
      authority `ca.crt` also holds the certificates above it, each signed by the next. Checked are the basic \
      constraints, the key usage, the path length, the dates, and that the key belongs to the certificate.
      """,
      """
      Each run of this task on any host sees to the same files; they are made once, even where two runs want to at the \
      same time. A plan makes nothing, and foresees what the tasks behind it will be given. `run_once: true` \
      spares the repetition.
      """,
      "Nobody replaces an authority by deleting its files: every certificate below it has to be made anew first. The playbook `rotate-ca.yml` does it in phases.",
    ],
    parameters: [
      path.manual, commonName.manual, organization.manual, validDays.manual, keyType.manual,
      encrypt.manual, vaultID.manual,
    ],
    results: [
      .init("subject", "its name"), .init("not_after", "until when it is valid, in UTC"),
      .init("days_left", "how many days that is"),
      .init("encrypted", "whether its key is kept encrypted"),
    ],
    examples: [
      """
      - name: the authority of etcd
        certificate_authority:
          path: pki/etcd/ca
          common_name: etcd-ca
          encrypt: false
        run_once: true
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    let organizations = try arguments[Self.organization]
    subject = try arguments[Self.commonName].map {
      Subject(commonName: $0, organizations: organizations)
    }
    validDays = try arguments[Self.validDays].count
    keyType = try arguments[Self.keyType].type
    vaultID = try arguments[Self.encrypt] ? arguments[Self.vaultID] ?? "" : nil
    now = Moment(seconds: arguments.now)
    guard let argument = arguments.argument(Self.path.manual) else {
      situation = .absent
      return
    }
    situation = try Self.situation(path, argument, arguments.present)
    try check(argument)
  }

  private static func situation(
    _ path: String, _ argument: Argument, _ present: Moment?
  ) throws(Diagnostic) -> Situation {
    let files = KeptAuthority.Files(argument)
    if files.isExposed { throw KeptAuthority.exposed(path, at: argument) }
    guard let certificate = files.certificate else {
      guard let key = files.key else { return .absent }
      guard let signer = SigningKey(pem: String(decoding: key.bytes, as: UTF8.self)) else {
        throw argument.wrong(
          "unfit-authority", "cannot be used (\(path)): \(Authority.Fault.noKey.message)")
      }
      return .keyAlone(signer)
    }
    guard let key = files.key else {
      throw argument.wrong(
        "no-authority", "names a folder with `ca.crt` and without `ca.key`: \(path)",
        help: "put the private key beside it; encrypted by `spile vault encrypt` is best")
    }
    do throws(Authority.Fault) {
      return .there(
        try KeptAuthority.authority(certificate, key, at: present), isEncrypted: key.isSecret)
    } catch {
      throw argument.wrong("unfit-authority", "cannot be used (\(path)): \(error.message)")
    }
  }

  /// What an authority that is there has to be like, and one that is not there yet.
  private func check(_ argument: Argument) throws(Diagnostic) {
    switch situation {
    case .there(let authority, _):
      let found = Subject(authority.certificate.subject)
      guard let subject, found.commonName != subject.commonName else { return }
      throw argument.wrong(
        "other-authority",
        "holds the authority \(found), and `common_name` says CN=\(subject.commonName): \(path)",
        help: "name another folder, or leave `common_name` out to use the one that is there")
    case .keyAlone, .absent:
      guard subject == nil else { return }
      throw argument.wrong(
        "no-authority", "names a folder without an authority: \(path)",
        help: "`common_name` is the name of one to be made; or put `ca.crt` and `ca.key` there")
    }
  }

  func run() -> ControllerOutcome {
    switch situation {
    case .there(let authority, let isEncrypted):
      return ControllerOutcome(
        result: result(authority.certificate, isEncrypted: isEncrypted),
        effects: warning(authority).map { [.show(.string($0))] } ?? [])
    case .absent: return made(with: nil)
    case .keyAlone(let key): return made(with: key)
    }
  }

  /// Nothing that it issues outlives an authority: what is to be read in time; nil where there are more than 365 days left.
  private func warning(_ authority: Authority) -> String? {
    guard let end = authority.certificate.end, end < now.adding(days: 365) else { return nil }
    return
      "\(path): \(authority.name) expires on \(end.counted(from: now)): replace it in time, as `rotate-ca.yml` does"
  }

  private func result(_ certificate: Certificate, isEncrypted: Bool) -> ValueMap {
    let end = certificate.end ?? now
    return [
      "subject": .string(Subject(certificate.subject).description),
      "not_after": .string(end.iso8601),
      "days_left": .int((end.seconds - now.seconds) / 86400), "encrypted": .bool(isEncrypted),
    ]
  }

  private func made(with given: SigningKey?) -> ControllerOutcome {
    guard let subject else { return ControllerOutcome() }
    let end = now.adding(days: validDays)
    let kind = given == nil ? "\(keyType.rawValue), " : "for the key that is there, "
    let change = Change(
      path, "authority", .create, from: .absent,
      to: .text(
        "\(subject), \(kind)valid until \(end.counted(from: now))"
          + (given != nil ? "" : vaultID == nil ? ", its key in plain" : ", its key encrypted")))
    let (type, begin) = (keyType, Moment(seconds: now.seconds - CertificateWish.skew))
    let names =
      given == nil
      ? [KeptAuthority.keyName, KeptAuthority.certificateName] : [KeptAuthority.certificateName]
    let establishment = Establishment(
      change, paths: names.map { "\(path)/\($0)" }, vaultID: given == nil ? vaultID : nil
    ) { () throws(Obstacle) in
      guard let key = given ?? (try? SigningKey(new: type)), let half = PublicHalf(key.publicKey),
        let certificate = try? Issuance(
          subject: subject, purpose: .authority, validity: (begin, end), publicKey: half
        ).selfSigned(with: key)
      else { throw .refusing("no-key", "no key could be made") }
      let written = Blob(Array(certificate.pem.utf8))
      return given == nil ? [Blob(Array(key.pem.utf8), isSecret: true), written] : [written]
    }
    return ControllerOutcome(
      result: [
        "subject": .string(subject.description), "not_after": .string(end.iso8601),
        "days_left": .int(validDays), "encrypted": .bool(vaultID != nil),
      ], effects: [.establish(establishment)])
  }
}
