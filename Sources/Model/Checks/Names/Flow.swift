import Diagnostics

/// What the run has set up to a place of the playbook, host by host.
struct Flow {
  /// The hosts on which a name was set: registered results, `set_fact`, `include_vars`.
  private var hosts: [String: HostBits] = [:]
  /// Shell patterns of names that are computed.
  private var patterns: [(pattern: String, hosts: HostBits)] = []
  /// The hosts on which any name may be set: files that nobody can foresee were read.
  private var open = HostBits.none
  /// Where a name is set for the first time in the whole playbook.
  private(set) var firstPlaces: [String: Span] = [:]

  mutating func set(_ name: String, on bits: HostBits) {
    hosts[name, default: .none].formUnion(bits)
  }

  mutating func set(matching pattern: String, on bits: HostBits) {
    patterns.append((pattern, bits))
  }

  mutating func setAnything(on bits: HostBits) { open.formUnion(bits) }

  mutating func note(_ name: String, at span: Span?) {
    if let span, firstPlaces[name] == nil { firstPlaces[name] = span }
  }

  /// Whether a name may be set on a host by now.
  func mayHave(_ name: String, on host: Int) -> Bool {
    hosts[name]?.contains(host) == true || open.contains(host)
      || patterns.contains { $0.hosts.contains(host) && globMatches($0.pattern, name) }
  }

  /// Every name that was set somewhere.
  var names: [String] { Array(hosts.keys) }
}
