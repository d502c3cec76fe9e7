import Diagnostics
import ModuleKit
import Schema

/// `apt_key`: a keyring file with a key that signs packages.
struct AptKeyModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let keyring = Parameter<HostPath>.required(
    "keyring",
    "The keyring on the host: `/etc/apt/keyrings/NAME.asc` is text, a name that ends in `.gpg` holds the same bytes without armour.",
    isSubject: true)
  private static let data = Parameter<String?>.optional(
    "data", "The key, as text (`-----BEGIN PGP PUBLIC KEY BLOCK-----`).")
  private static let file = Parameter<HostPath?>.optional(
    "file", "A file on the host that holds the key, as text or bytes.")
  private static let state = Parameter<State>.optional(
    "state", "Whether the keyring is there.", default: .present, shown: "present")
  private static let id = Parameter<String?>.optional(
    "id", "Taken for Ansible's sake: a keyring holds one key.", aliases: ["validate_certs"])

  static let manual = Manual(
    "apt_key", .state, "A keyring with a key that signs packages.",
    notes: [
      "Deprecated in Ansible and by Debian: apt-key(8) is gone. Only keyring files are known here, one for each key; name it in `signed-by` of the repository.",
      "Keys are not fetched: `url` and `keyserver` do not exist. Bring a key with `copy` or `get_url`.",
    ],
    parameters: [keyring.manual, data.manual, file.manual, state.manual, id.manual],
    exclusive: [["data", "file"]],
    examples: [
      """
      - name: the key of the site's mirror
        apt_key:
          keyring: /etc/apt/keyrings/site.gpg
          file: /root/site.asc
      """
    ])

  private let ring: WholeFile
  private let armoured: String?
  private let source: HostPath?
  private let isWanted: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    ring = WholeFile(path: try arguments[Self.keyring])
    armoured = try arguments[Self.data]
    source = try arguments[Self.file]
    isWanted = try arguments[Self.state] == .present
    if isWanted, armoured == nil, source == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `data` or `file`", at: arguments.span)
    }
    if let armoured, dearmoured(Array(armoured.utf8)) == nil {
      throw Diagnostic(
        .error, "pgp-key", "`data` is no armoured PGP key", at: arguments.span(of: Self.data.manual)
      )
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    ring.reads(given: facts) + (source.map { [ContentFact.request(content: $0)] } ?? [])
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard isWanted else { return try ring.changes(to: nil, from: facts) }
    var bytes = Array((armoured ?? "").utf8)
    if let source {
      guard let content = try facts.fact(ContentFact.self, source.string)?.content else {
        throw .refusing(
          "file-absent", "there is no key at `\(source)` on the host",
          help: "bring it with `copy` before this task")
      }
      bytes = content.bytes
    }
    if ring.path.string.hasSuffix(".gpg"), let plain = dearmoured(bytes) { bytes = plain }
    return try ring.changes(to: bytes, from: facts)
  }
}

/// The bytes of ASCII armour (RFC 4880, section 6.2); nil when it is none.
func dearmoured(_ bytes: [UInt8]) -> [UInt8]? {
  let lines = String(decoding: bytes, as: UTF8.self).fileLines.map { String($0.trimmed) }
  guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN PGP") }),
    let end = lines.firstIndex(where: { $0.hasPrefix("-----END PGP") }), begin < end
  else { return nil }
  let inner = lines[(begin + 1)..<end]
  let blank = inner.firstIndex(where: \.isEmpty)
  let body = inner[(blank.map { $0 + 1 } ?? inner.startIndex)...].filter { !$0.hasPrefix("=") }
  return base64Decoded(body.joined().utf8)
}
