import ModuleKit

/// All services that systemd knows.
///
/// One per host.
package struct ServicesFact: Fact {
  package static let kind = "services"

  package static func sources(of name: String) -> [String] {
    ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"]
  }

  package struct Service: Sendable, Hashable {
    /// `running`, `stopped`, `inactive`, ...
    package var state: String
    /// `enabled`, `disabled`, `static`, `masked`, `not-found`, `failed`, ...
    package var status: String
  }

  /// By full names: `ssh.service`.
  package var services: [String: Service]

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    [ -d /run/systemd/system ] || { echo 'systemd does not run this host' >&2; exit 1; }
    systemctl list-units --no-pager --no-legend --type service --all --plain || exit
    put
    systemctl list-unit-files --no-pager --no-legend --type service --all
    """
  }

  /// What systemctl(1) says of a unit that counts more than its file's state.
  private static let bad: Set<Substring> = ["not-found", "masked", "failed"]

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ServicesFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(String(decoding: reply.errors, as: UTF8.self).trimmed))]
    }
    let parts = reply.text.split(separator: "\0", omittingEmptySubsequences: false)
    var services: [String: Service] = [:]
    for line in parts[0].split(separator: "\n") {
      let words = line.words
      guard words.count >= 4, words[0].hasSuffix(".service") else { continue }
      let trouble = bad.sorted().reversed().first { words.dropFirst().dropLast().contains($0) }
      services[String(words[0])] = Service(
        state: words[3] == "running" ? "running" : "stopped", status: String(trouble ?? words[2]))
    }
    for line in parts.count > 1 ? parts[1].split(separator: "\n") : [] {
      let words = line.words
      guard words.count >= 2, words[0].hasSuffix(".service") else { continue }
      let name = String(words[0])
      if let known = services[name] {
        if !bad.contains(known.status[...]) { services[name]?.status = String(words[1]) }
      } else {
        services[name] = Service(state: "inactive", status: String(words[1]))
      }
    }
    return ["": .present(ServicesFact(services: services))]
  }
}
