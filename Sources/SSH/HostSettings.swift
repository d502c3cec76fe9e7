/// A bastion as `ProxyJump` names it: `[user@]host[:port]` or `ssh://[user@]host[:port]`.
struct Jump: Hashable, Sendable {
  var user: String?
  var host: String
  var port: Int?
  /// A key that the inventory names for it.
  var identityFile: String?
  /// Options that the inventory gives for it, keys in lower case.
  var options: [String: String] = [:]

  /// nil when it cannot be one.
  init?(_ text: some StringProtocol) {
    var rest = text.hasPrefix("ssh://") ? String(text.dropFirst(6)) : String(text)
    if let at = rest.lastIndex(of: "@") {
      user = String(rest[..<at])
      rest = String(rest[rest.index(after: at)...])
    }
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      let tail = rest[rest.index(after: end)...]
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      if tail.hasPrefix(":") { port = Int(tail.dropFirst()) }
      guard tail.isEmpty || port != nil else { return nil }
    } else if rest.count(where: { $0 == ":" }) == 1, let colon = rest.firstIndex(of: ":") {
      host = String(rest[..<colon])
      port = Int(rest[rest.index(after: colon)...])
      guard port != nil else { return nil }
    } else {
      host = rest
    }
    guard !host.isEmpty, user != "", port.map({ (1...65535).contains($0) }) ?? true else {
      return nil
    }
  }
}

/// Everything that is settled about one host before it is connected to.
struct HostSettings: Hashable, Sendable {
  enum Strictness: String, Hashable, Sendable {
    /// Only keys that are stored.
    case strict
    /// Store the key of a host nothing is known about.
    case acceptNew
    /// Take any key.
    case off
  }

  /// The inventory's name, for messages.
  var name: String
  var address: String
  var port = 22
  var user: String
  var identityFiles: [String] = []
  /// Whether the identity files were named by somebody, not the usual ones.
  var hasChosenIdentities = false
  var identitiesOnly = false
  /// The agent's socket; nil when there is none to ask.
  var agentPath: String?
  var jumps: [Jump] = []
  var userKnownHostsFiles: [String] = []
  var globalKnownHostsFiles: [String] = []
  var hashesKnownHosts = false
  var strictness = Strictness.strict
  var hostKeyAlias: String?
  /// Seconds; nil means the connector's limit.
  var connectTimeout: Int?
  /// Seconds; zero means never.
  var aliveInterval = 15
  var aliveCount = 3
  var keyExchanges: [String]?
  var hostKeyAlgorithms: [String]?
  var ciphers: [String]?
  var macs: [String]?
  var usesPublicKeys = true
  var usesPasswords = true

  /// The name in known_hosts.
  var knownName: String {
    if let hostKeyAlias { return hostKeyAlias.lowercased() }
    return KnownHosts.name(address, port: port)
  }

  /// `deploy@10.0.0.7:22`.
  var label: String {
    "\(user)@\(address.contains(":") ? "[\(address)]" : address):\(port)"
  }
}
