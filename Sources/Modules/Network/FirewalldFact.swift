import ModuleKit

/// What firewalld(1) has switched on, asked with firewall-cmd(1).
///
/// Keys are words separated by line ends: `runtime` or `permanent`, the zone (empty for the default one), the noun of
/// `--query-NOUN` (or `zone`, which asks whether there is the zone), and the value where there is one. Absent where it
/// is not switched on.
package struct FirewalldFact: Fact {
  package static let kind = "firewalld"

  /// Of a zone its target (`default`, `ACCEPT`, ...); empty for everything else.
  package var target: String

  static func name(_ scope: String, _ zone: String, _ noun: String, _ value: String?) -> String {
    ([scope, zone, noun] + (value.map { [$0] } ?? [])).joined(separator: "\n")
  }

  /// The words of firewall-cmd for a scope and a zone.
  static func words(_ scope: String, _ zone: String) -> [String] {
    (scope == "permanent" ? ["--permanent"] : []) + (zone.isEmpty ? [] : ["--zone=\(zone)"])
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let calls = requests.compactMap { request -> Script? in
      let words = request.key.name.split(separator: "\n", omittingEmptySubsequences: false)
        .map { String($0) }
      guard words.count >= 3 else { return nil }
      return query(request.key.name, words)
    }
    return Script(lines: [functions] + calls)
  }

  private static func query(_ name: String, _ words: [String]) -> Script {
    if words[2] == "zone" {
      return "ask \(name) --permanent \("--zone=\(words[1])") --get-target"
    }
    let value = words.count > 3 ? "=\(words[3])" : ""
    let all = Self.words(words[0], words[1]) + ["--query-\(words[2])\(value)"]
    return "ask \(name) \(words: all)"
  }

  /// Without the daemon its permanent configuration is asked of firewall-offline-cmd(1), which knows no `--permanent`.
  private static let functions: Script = """
    running=
    if command -v firewall-cmd >/dev/null && firewall-cmd --state >/dev/null 2>&1; then running=1; fi
    ask() {
      name=$1; shift
      if [ -n "$running" ]; then o=$(firewall-cmd "$@" 2>&1); s=$?
      elif ! command -v firewall-offline-cmd >/dev/null; then s=127; o='firewalld is not on the host'
      elif [ "$1" = --permanent ]; then shift; o=$(firewall-offline-cmd "$@" 2>&1); s=$?
      else s=252; o='firewalld does not run'; fi
      put "$name" "$s" "$o"
    }
    """

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<FirewalldFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<FirewalldFact>] = [:]
    while records.count >= 3 {
      let (name, status, output) = (
        records.removeFirst(), records.removeFirst(), String(records.removeFirst().trimmed)
      )
      let asksZone = name.split(separator: "\n", omittingEmptySubsequences: false)[2] == "zone"
      switch status {
      case "0": readings[name] = .present(FirewalldFact(target: asksZone ? output : ""))
      // 1: no; 112: INVALID_ZONE (firewall-cmd(1), EXIT CODES).
      case "1": readings[name] = .absent
      case "112" where asksZone: readings[name] = .absent
      default: readings[name] = .unreadable(output.isEmpty ? "status \(status)" : output)
      }
    }
    return readings
  }
}
