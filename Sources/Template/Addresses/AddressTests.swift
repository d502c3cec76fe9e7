import Schema

/// Tests of IP addresses and networks (ansible.utils).
let addressTests: [Test] = [
  Test("ip", "ip") { try network($0) != nil },
  Test("ip_address", "ip") { try host($0) != nil },
  Test("ipv4", "ip") { try network($0)?.version == .four },
  Test("ipv6", "ip") { try network($0)?.version == .six },
  Test("ipv4_address", "ip") { try host($0)?.version == .four },
  Test("ipv6_address", "ip") { try host($0)?.version == .six },
  Test("in_network", "ip, network") { call in
    guard let inner = try network(call), let outer = try network(call, 1) else { return false }
    return outer.contains(inner)
  },
  Test("subnet_of", "network_a, network_b") { call in
    guard let inner = try network(call), let outer = try network(call, 1) else { return false }
    return outer.contains(inner)
  },
  Test("supernet_of", "network_a, network_b") { call in
    guard let outer = try network(call), let inner = try network(call, 1) else { return false }
    return outer.contains(inner)
  },
  Test("in_any_network", "ip, networks") { call in
    guard let inner = try network(call) else { return false }
    return try call.elements(1).contains {
      strictNetwork(try call.context.string($0))?.contains(inner) ?? false
    }
  },
  Test("loopback", "ip") { try host($0)?.isLoopback ?? false },
  Test("multicast", "ip") { try host($0)?.isMulticast ?? false },
  Test("private", "ip") { call in
    guard let address = try host(call) else { return false }
    return !address.isGlobal && !address.isIn(["100.64.0.0/10"])
  },
  Test("public", "ip") { try host($0)?.isGlobal ?? false },
  Test("reserved", "ip") { call in
    guard let address = try host(call) else { return false }
    return address.version == .four ? address.isIn(["240.0.0.0/4"]) : address.isReserved
  },
  Test("unspecified", "ip") { try host($0)?.value == 0 },
  Test("mac", "mac") { call in
    let patterns = [
      #"[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}"#,
      #"[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}"#, #"[0-9a-fA-F]{12}"#,
    ]
    let text = try call.string(0)
    return try patterns.contains { try Regex.cached($0).fullMatch(in: text) != nil }
  },
]

/// A network whose host bits are clear (Python's `ip_network`).
private func strictNetwork(_ text: String) -> IPNetwork? {
  guard let network = IPNetwork(text), network.isNetwork else { return nil }
  return network
}

private func network(_ call: PluginCall, _ index: Int = 0) throws -> IPNetwork? {
  strictNetwork(try call.string(index))
}

private func host(_ call: PluginCall) throws -> IPNetwork? {
  guard let network = IPNetwork(try call.string(0)), !network.isWrittenWithPrefix else {
    return nil
  }
  return network
}
