import ModuleKit

/// The service manager itself.
///
/// One per host.
package struct SystemdFact: Fact {
  package static let kind = "systemd"

  /// Whether files of any unit changed since systemd read them.
  package var needsReload: Bool
  /// Properties of the manager that were asked for (`property:DefaultLimitNOFILE`), as systemctl(1) shows them.
  package var properties: [String: String]

  package static func sources(of name: String) -> [String] {
    ["/etc/systemd/system", "/etc/systemd/system.conf", "/etc/systemd/system.conf.d"]
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let wants = Set(requests.flatMap(\.wants))
    let properties = wants.filter { $0.hasPrefix("property:") }.map { $0.dropFirst(9) }.sorted()
    var lines: [Script] = [
      "[ -d /run/systemd/system ] || { echo 'systemd does not run this host' >&2; exit 1; }"
    ]
    if !properties.isEmpty {
      lines.append("systemctl show --property=\(properties.joined(separator: ",")) || exit")
    }
    if wants.contains("reload") {
      lines.append(
        """
        if systemctl show --property=NeedDaemonReload -- '*' | grep -q '=yes'; then echo reload=yes; fi
        """)
    }
    return Script(lines: lines)
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<SystemdFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(String(decoding: reply.errors, as: UTF8.self).trimmed))]
    }
    var fact = SystemdFact(needsReload: false, properties: [:])
    for line in reply.lines {
      guard let (name, value) = line.halves(at: "=") else { continue }
      if name == "reload" {
        fact.needsReload = true
      } else {
        fact.properties[String(name)] = String(value)
      }
    }
    return ["": .present(fact)]
  }
}
