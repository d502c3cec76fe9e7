import ModuleKit
import PKI
import Schema

/// The text of a kubeconfig with one cluster, one user and one context, as kubeadm names them.
struct Kubeconfig: Sendable, Hashable {
  var server: String
  var clusterName: String
  var userName: String
  /// PEM of those whom the client trusts.
  var authority: String

  /// How lines begin that hold what a client certificate is compared by.
  static let (serverStart, authorityStart, certificateStart, keyStart) = (
    "    server: ", "    certificate-authority-data: ", "    client-certificate-data: ",
    "    client-key-data: "
  )

  /// All lines in their order; without the private key's line where no key is given.
  func lines(certificate: String, key: String?) -> [String] {
    let context = "\(userName)@\(clusterName)"
    return [
      "apiVersion: v1", "kind: Config", "clusters:", "- cluster:",
      Self.authorityStart + Self.data(authority), Self.serverStart + server,
      "  name: \(clusterName)", "contexts:", "- context:", "    cluster: \(clusterName)",
      "    user: \(userName)", "  name: \(context)", "current-context: \(context)",
      "preferences: {}", "users:", "- name: \(userName)", "  user:",
      Self.certificateStart + Self.data(certificate),
    ] + (key.map { [Self.keyStart + Self.data($0)] } ?? [])
  }

  private static func data(_ text: String) -> String { base64Encoded(text.utf8) }

  /// What stands on the line that begins so.
  static func value(_ start: String, in lines: [String]) -> String? {
    lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
  }

  /// The PEM on the line that begins so.
  static func pem(_ start: String, in lines: [String]) -> String? {
    value(start, in: lines).flatMap { base64Decoded($0.utf8) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The lines that say how things are called: all but those with data.
  static func frame(_ lines: [String]) -> [String] {
    lines.filter { line in
      ![serverStart, authorityStart, certificateStart, keyStart].contains { line.hasPrefix($0) }
    }
  }
}
