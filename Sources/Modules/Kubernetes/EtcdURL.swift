import Diagnostics
import Schema

/// URLs as etcd takes them: a scheme, an address and a port, and nothing else.
enum EtcdURL {
  static func isValid(_ text: String) -> Bool {
    guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
    let rest = text.dropFirst(scheme.count)
    guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
      (1...65535).contains(port)
    else { return false }
    let host = rest[..<colon]
    return !host.isEmpty && !host.contains(where: { "/?#@, \"'\\".contains($0) })
  }
}

/// Peer URLs of members by name, as a parameter: `{m1: https://10.0.0.1:2380}`.
struct EtcdMembers: ParameterType {
  static let typeDescription = "dictionary"

  /// In the order in which they are written.
  let all: [(name: String, url: String)]

  init(_ argument: Argument) throws(Diagnostic) {
    var all: [(name: String, url: String)] = []
    for (key, value) in try ValueMap(argument).pairs {
      guard let name = key.string, let url = value.string, EtcdURL.isValid(url) else {
        throw argument.wrong(
          "etcd-url", "must be a dictionary of names and peer URLs, not \(argument.shown)",
          help: "write it so: {m1: https://10.0.0.1:2380}")
      }
      all.append((name, url))
    }
    self.all = all
  }

  /// As etcd's `initial-cluster` has it: `m1=https://10.0.0.1:2380,m2=...`.
  var list: String { all.map { "\($0.name)=\($0.url)" }.joined(separator: ",") }

  /// The peer URL of one of them; a mistake at `span` where it is none.
  func url(of name: String, at span: Span?) throws(Diagnostic) -> String {
    guard let own = all.first(where: { $0.name == name }) else {
      throw Diagnostic(
        .error, "etcd-members", "`members` does not have `\(name)` itself", at: span)
    }
    return own.url
  }
}
