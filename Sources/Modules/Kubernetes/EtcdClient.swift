import Diagnostics
import ModuleKit
import Schema

/// How etcdctl(1) on a host talks to a cluster: addresses and credentials, never a secret itself.
struct EtcdClient: Sendable, Hashable {
  /// Client URLs of the members.
  var endpoints: [String]
  var ca: HostPath?
  var certificate: HostPath?
  var key: HostPath?
  /// The program: a name that is searched in PATH, or a path.
  var program: String

  private static let fieldEnd: Character = "|"

  /// Everything of it as one text: the key of a fact.
  var name: String {
    ([program] + [ca, certificate, key].map { $0?.string ?? "" } + endpoints)
      .joined(separator: String(EtcdClient.fieldEnd))
  }

  init(
    endpoints: [String], ca: HostPath?, certificate: HostPath?, key: HostPath?, program: String
  ) {
    self.endpoints = endpoints
    self.ca = ca
    self.certificate = certificate
    self.key = key
    self.program = program
  }

  init?(name: String) {
    let fields = name.split(separator: EtcdClient.fieldEnd, omittingEmptySubsequences: false)
      .map(String.init)
    guard fields.count >= 4 else { return nil }
    program = fields[0]
    ca = HostPath(fields[1])
    certificate = HostPath(fields[2])
    key = HostPath(fields[3])
    endpoints = Array(fields[4...])
  }

  /// The words of a command for these endpoints, for others, or for such as the command goes on to name (none); what is
  /// not reached within seconds is given up.
  ///
  /// The third version of the API is the only one, and the default since etcd 3.4.
  func words(_ endpoints: [String]? = nil, seconds: Int = 5) -> [String] {
    var words = [
      "env", "ETCDCTL_API=3", program, "--dial-timeout=2s", "--command-timeout=\(seconds)s",
    ]
    let endpoints = endpoints ?? self.endpoints
    if !endpoints.isEmpty { words.append("--endpoints=" + endpoints.joined(separator: ",")) }
    if let ca { words.append("--cacert=\(ca)") }
    if let certificate { words.append("--cert=\(certificate)") }
    if let key { words.append("--key=\(key)") }
    return words
  }
}

extension EtcdClient {
  /// `each_member COMMAND...` runs a command for each member that `member list` prints on standard input.
  ///
  /// The command finds it in `$id`, `$state` (started, unstarted), `$member` (its name), `$peers` and `$clients` (URLs with
  /// commas between them) and `$learner` (true, false). It ends with the first command that fails, with its status.
  /// A line is `8e9e05c52164694d, started, m1, https://...:2380, https://...:2379, false`.
  static let eachMember: Script = """
    each_member() {
      while IFS= read -r line; do
        [ -n "$line" ] || continue
        id=${line%%, *} rest=${line#*, }
        state=${rest%%, *} rest=${rest#*, }
        member=${rest%%, *} rest=${rest#*, }
        peers=${rest%%, *} rest=${rest#*, }
        clients=${rest%%, *} learner=${rest##*, }
        "$@" || return
      done
    }
    """

  static let endpointsParameter = Parameter<[String]>.required(
    "endpoints", "Client URLs of all members, this host's own among them.")
  static let caParameter = Parameter<HostPath>.optional(
    "ca_file", "The authority of clients and servers.",
    default: HostPath("/etc/kubernetes/pki/etcd/ca.crt") ?? .root,
    shown: "/etc/kubernetes/pki/etcd/ca.crt")
  static let certificateParameter = Parameter<HostPath>.optional(
    "client_cert_file", "The certificate that etcdctl shows.",
    default: HostPath("/etc/kubernetes/pki/etcd/healthcheck-client.crt") ?? .root,
    shown: "/etc/kubernetes/pki/etcd/healthcheck-client.crt")
  static let keyParameter = Parameter<HostPath>.optional(
    "client_key_file", "Its private key.",
    default: HostPath("/etc/kubernetes/pki/etcd/healthcheck-client.key") ?? .root,
    shown: "/etc/kubernetes/pki/etcd/healthcheck-client.key")
  static let programParameter = Parameter<String>.optional(
    "etcdctl", "The etcdctl to use: a name or a path.", default: "etcdctl", shown: "etcdctl")

  static let manuals = [
    endpointsParameter.manual, caParameter.manual, certificateParameter.manual,
    keyParameter.manual, programParameter.manual,
  ]

  init(_ arguments: Arguments) throws(Diagnostic) {
    try self.init(
      arguments, endpoints: arguments[Self.endpointsParameter],
      from: Self.endpointsParameter.manual)
  }

  /// From the arguments of a module; plain `http` endpoints need no credentials.
  ///
  /// `parameter`: the one that the endpoints were given by.
  init(
    _ arguments: Arguments, endpoints: [String], from parameter: ParameterManual
  ) throws(Diagnostic) {
    for endpoint in endpoints where !EtcdURL.isValid(endpoint) {
      throw Diagnostic(
        .error, "etcd-url", "`\(endpoint)` is no client URL of a member",
        at: arguments.span(of: parameter),
        help: "write it with scheme, address and port: https://10.0.0.1:2379")
    }
    let isPlain = endpoints.allSatisfy { $0.hasPrefix("http://") }
    self.init(
      endpoints: endpoints, ca: isPlain ? nil : try arguments[Self.caParameter],
      certificate: isPlain ? nil : try arguments[Self.certificateParameter],
      key: isPlain ? nil : try arguments[Self.keyParameter],
      program: try arguments[Self.programParameter])
  }
}
