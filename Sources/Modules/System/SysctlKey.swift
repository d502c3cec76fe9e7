import Diagnostics
import Schema

/// The name of a kernel parameter in its one spelling: components joined by dots, a dot inside a component as `/`.
///
/// As in sysctl(8) and sysctl.d(5): when the first separator is a slash, slashes separate and dots are literal;
/// else dots separate and a slash stands for a literal dot (`net.ipv4.conf.eth0/1.rp_filter` is interface `eth0.1`).
struct SysctlKey: Hashable, Sendable, CustomStringConvertible {
  /// Below `/proc/sys`.
  let path: String
  /// The spelling with dots.
  let description: String

  /// nil when the text is no name of a parameter.
  init?(_ text: String) {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    guard let first = text.utf8.first(where: { $0 == dot || $0 == slash }) else { return nil }
    let other = String(
      decoding: text.utf8.map { $0 == dot ? slash : $0 == slash ? dot : $0 }, as: UTF8.self)
    path = first == slash ? text : other
    description = first == slash ? other : text
    guard !text.unicodeScalars.contains(where: SysctlKey.isForbidden),
      path.utf8.split(separator: slash, omittingEmptySubsequences: false).allSatisfy({
        !$0.isEmpty && !$0.elementsEqual([dot]) && !$0.elementsEqual([dot, dot])
      })
    else { return nil }
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\0" || scalar == "=" || scalar.properties.isWhitespace
  }

  /// The kernel module that brings the parameter, for well-known ones: until it is loaded there is no such key.
  var provider: String? {
    SysctlKey.providers.first { description.hasPrefix($0.prefix) }?.module
  }

  /// Parameters that come with a module, by the beginning of their names (kernel documentation, `networking/`,
  /// `admin-guide/sysctl`).
  static let providers: [(prefix: String, module: String)] = [
    ("net.bridge.", "br_netfilter"),
    ("net.netfilter.nf_conntrack", "nf_conntrack"),
    ("net.nf_conntrack", "nf_conntrack"),
    ("net.netfilter.nf_flowtable", "nf_flow_table"),
    ("net.ipv4.vs.", "ip_vs"),
    ("net.sctp.", "sctp"),
    ("net.rds.", "rds"),
    ("net.mpls.", "mpls_router"),
    ("fs.xfs.", "xfs"),
    ("fs.nfs.", "lockd"),
    ("sunrpc.", "sunrpc"),
  ]
}

extension SysctlKey: ParameterType {
  static var typeDescription: String { "kernel parameter" }

  init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, let key = SysctlKey(text) else {
      throw argument.wrong(
        "sysctl-key", "must be the name of a kernel parameter, not \(argument.shown)",
        help: "write it as below /proc/sys: `vm.swappiness`, `net.ipv4.ip_forward`")
    }
    self = key
  }
}
