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
  Test("in_one_network", "ip, networks") { call in
    guard let inner = try network(call) else { return false }
    return try call.elements(1).filter {
      strictNetwork(try call.context.string($0))?.contains(inner) ?? false
    }.count == 1
  },
  Test("ipv4_netmask", "mask") { call in
    guard let mask = try mask(call) else { return false }
    return mask != 0 && ~mask & (~mask &+ 1) == 0
  },
  Test("ipv4_hostmask", "mask") { call in
    guard let mask = try mask(call) else { return false }
    return mask & (mask &+ 1) == 0
  },
  Test("ipv6_ipv4_mapped", "ip") { try isIn("::ffff:0:0/96", $0) },
  Test("ipv6_sixtofour", "ip") { try isIn("2002::/16", $0) },
  Test("ipv6_teredo", "ip") { try isIn("2001::/32", $0) },
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

/// The bits of an IPv4 address; nil where the text is none.
private func mask(_ call: PluginCall) throws -> UInt32? {
  guard let (version, value) = IPNetwork.address(try call.string(0)), version == .four else {
    return nil
  }
  return UInt32(truncatingIfNeeded: value)
}

private func isIn(_ network: String, _ call: PluginCall) throws -> Bool {
  guard let address = try host(call), address.version == .six else { return false }
  return address.isIn([network])
}

private func host(_ call: PluginCall) throws -> IPNetwork? {
  guard let network = IPNetwork(try call.string(0)), !network.isWrittenWithPrefix else {
    return nil
  }
  return network
}
