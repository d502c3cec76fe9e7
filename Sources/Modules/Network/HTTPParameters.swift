import Diagnostics
import ModuleKit
import Schema

/// The parameters that `get_url` and `uri` share.
enum HTTPParameters {
  static let url = Parameter<String>.required(
    "url", "What to ask for: an address that begins with `http://` or `https://`.",
    isSubject: true)
  static let headers = Parameter<HTTPHeaders?>.optional(
    "headers", "Further headers of the request, by name.")
  static let user = Parameter<String?>.optional(
    "url_username", "The user to log in as.", aliases: ["user", "username"])
  static let password = Parameter<String?>.optional(
    "url_password", "The user's password.", aliases: ["password"], isSecret: true)
  static let basic = Parameter<Bool>.optional(
    "force_basic_auth", "Accepted for Ansible's sake: user and password go with the first request.",
    default: false, shown: "false")
  static let validates = Parameter<Bool>.optional(
    "validate_certs", "Whether the server's certificate must be good.", default: true,
    shown: "true")
  static let usesProxy = Parameter<Bool>.optional(
    "use_proxy", "Goes by the proxies that the host's environment names.", default: true,
    shown: "true")
  static let agent = Parameter<String>.optional(
    "http_agent", "What the request says of itself.", default: "ansible-httpget",
    shown: "ansible-httpget")
  static let authority = Parameter<HostPath?>.optional(
    "ca_path", "A file of the host with the certificates to trust.")
  static let certificate = Parameter<HostPath?>.optional(
    "client_cert", "A file of the host with the certificate to show, in PEM.")
  static let key = Parameter<HostPath?>.optional(
    "client_key", "A file of the host with the key of `client_cert`, in PEM.")
  static let unpacks = Parameter<Bool>.optional(
    "decompress", "Asks for a packed reply and unpacks it.", default: true, shown: "true")

  static let shared = [
    headers.manual, user.manual, password.manual, basic.manual, validates.manual,
    usesProxy.manual, agent.manual, authority.manual, certificate.manual, key.manual,
    unpacks.manual,
  ]

  /// The request that the parameters describe.
  static func request(
    _ arguments: Arguments, timeout: Int
  ) throws(Diagnostic) -> HTTPRequest {
    let address = try arguments[url]
    let isPlain = address.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 }
    guard isPlain, address.hasPrefix("http://") || address.hasPrefix("https://") else {
      throw Diagnostic(
        .error, "url", "`url` must begin with `http://` or `https://` and hold no blanks",
        at: arguments.span(of: url.manual), help: "write a blank as `%20`")
    }
    var request = HTTPRequest(url: address)
    request.headers = try arguments[headers]?.list ?? []
    request.user = try arguments[user]
    request.password = try arguments[password]
    request.validates = try arguments[validates]
    request.usesProxy = try arguments[usesProxy]
    request.agent = try arguments[agent]
    request.authority = try arguments[authority]
    request.certificate = try arguments[certificate]
    request.key = try arguments[key]
    request.unpacks = try arguments[unpacks]
    request.timeout = timeout
    request.isSecret =
      request.password != nil || arguments.given.values.contains(where: \.isSecret)
    guard timeout > 0 else {
      throw Diagnostic(
        .error, "out-of-range", "`timeout` must be at least 1", at: arguments.span)
    }
    return request
  }

  /// An address without the user and password that it may hold.
  static func shown(_ url: String) -> String {
    guard let start = url.firstRange(of: "://")?.upperBound else { return url }
    let rest = url[start...]
    let host = rest.prefix { $0 != "/" }
    guard let at = host.lastIndex(of: "@") else { return url }
    return String(url[..<start] + rest[rest.index(after: at)...])
  }
}
