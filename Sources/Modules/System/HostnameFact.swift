import ModuleKit

/// What a host calls itself, now and at the next boot.
///
/// One per host.
package struct HostnameFact: Fact {
  package static let kind = "hostname"

  /// The kernel's.
  package var running: String
  /// `/etc/hostname`: its first line that is no comment (hostname(5)); nil when there is no such file.
  package var configured: String?
  /// Whether `hostnamectl` can be used.
  package var hasSystemd: Bool

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    uname -n
    if [ -d /run/systemd/system ] && command -v hostnamectl >/dev/null; then echo systemd; else echo other; fi
    [ ! -e /etc/hostname ] || cat /etc/hostname
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<HostnameFact>] {
    let lines = reply.lines
    guard reply.status == 0, lines.count >= 2 else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    let configured = lines.dropFirst(2).map(\.trimmed).first { !$0.isEmpty && !$0.hasPrefix("#") }
    return [
      "": .present(
        HostnameFact(
          running: String(lines[0]), configured: configured.map(String.init),
          hasSystemd: lines[1] == "systemd"))
    ]
  }
}
