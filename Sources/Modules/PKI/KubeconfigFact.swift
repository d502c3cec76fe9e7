import ModuleKit
import Schema

/// A kubeconfig in the form in which this program writes it: its lines without the private key, which stays on the host.
///
/// Only lines with names that are known come back; what else is in the file is counted.
package struct KubeconfigFact: Fact {
  package static let kind = "kubeconfig"
  package static let keysArePaths = true

  /// In the order of the file.
  package var lines: [String]
  /// How many other lines there are; one in a file of ours: the private key.
  package var otherLines: Int
  /// SHA-256 of the whole file, lower-case hexadecimal.
  package var sha256: String
  package var key: PrivateKeyFact?

  package init(lines: [String], otherLines: Int, sha256: String, key: PrivateKeyFact?) {
    self.lines = lines
    self.otherLines = otherLines
    self.sha256 = sha256
    self.key = key
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [PrivateKeyFact.functions, functions]
        + requests.map { "look \($0.key.name)" } + [":"])
  }

  private static let functions: Script = """
    pem() { sed -n 's/^    client-key-data: \\([A-Za-z0-9+/=]*\\)$/\\1/p' "$1" | head -n 1 | base64 -d 2>/dev/null; }
    look() {
      if [ ! -e "$1" ] && [ ! -L "$1" ]; then
        put "$1" absent '' '' ''
      elif [ ! -f "$1" ] || [ ! -r "$1" ]; then
        put "$1" unreadable '' '' ''
      else
        known=$(sed -nE '/^ *(- )?(apiVersion|kind|clusters?|contexts?|current-context|preferences|users?|name|namespace|server|certificate-authority-data|client-certificate-data):( .*)?$/p' "$1")
        put "$1" "$(grep -c '' "$1")" "$(sha256sum <"$1")" "$(tell "$1")" "$known"
      fi
    }
    """

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<KubeconfigFact>]
  {
    let texts = reply.records.map { String(decoding: $0, as: UTF8.self) }
    var readings: [String: Reading<KubeconfigFact>] = [:]
    for start in stride(from: 0, to: texts.count - 4, by: 5) {
      let name = texts[start]
      switch texts[start + 1] {
      case "absent": readings[name] = .absent
      case "unreadable": readings[name] = .unreadable("not a file, or not readable")
      default:
        guard let count = Int(texts[start + 1]) else { continue }
        let lines = texts[start + 4].split(separator: "\n").map(String.init)
        readings[name] = .present(
          KubeconfigFact(
            lines: lines, otherLines: count - lines.count,
            sha256: String(texts[start + 2].prefix(64)),
            key: PrivateKeyFact(told: texts[start + 3])))
      }
    }
    return readings
  }
}
