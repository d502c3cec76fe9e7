import ModuleKit

/// The time zone of a host.
///
/// One per host; with the want `zone:NAME` it says whether the host knows that zone.
package struct TimezoneFact: Fact {
  package static let kind = "timezone"

  /// The name below `/usr/share/zoneinfo` that `/etc/localtime` links to; nil when it is no such link.
  package var name: String?
  /// Whether `/etc/localtime` is there, link or not.
  package var hasLocaltime: Bool
  /// The content of `/etc/timezone` (Debian), nil when there is no such file.
  package var debianName: String?
  /// The zones asked for that the host has.
  package var knownZones: Set<String>

  private static func zones(_ requests: [FactRequest]) -> [String] {
    Set(requests.flatMap(\.wants)).filter { $0.hasPrefix("zone:") }.map { String($0.dropFirst(5)) }
      .sorted()
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if [ -L /etc/localtime ]; then put "link $(readlink /etc/localtime)"; fi
    if [ -e /etc/localtime ] || [ -L /etc/localtime ]; then put there; fi
    if [ -f /etc/timezone ]; then read -r z </etc/timezone; put "debian $z"; fi
    for z in \(words: zones(requests)); do [ -f "/usr/share/zoneinfo/$z" ] && put "zone $z"; done
    true
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<TimezoneFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    var fact = TimezoneFact(hasLocaltime: false, knownZones: [])
    for record in reply.records.map({ String(decoding: $0, as: UTF8.self) }) {
      guard let (word, rest) = record.halves(at: " ") else {
        fact.hasLocaltime = true
        continue
      }
      switch word {
      case "link": fact.name = zone(rest)
      case "debian": fact.debianName = String(rest.trimmed)
      default: fact.knownZones.insert(String(rest))
      }
    }
    return ["": .present(fact)]
  }

  /// The zone that a link's target names.
  private static func zone(_ target: some StringProtocol) -> String? {
    let folder = "zoneinfo/"
    let text = String(target)
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(folder) {
        return String(text[start...].dropFirst(folder.count))
      }
      start = text.index(after: start)
    }
    return nil
  }
}
