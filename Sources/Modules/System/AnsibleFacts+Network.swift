import Schema

/// Interfaces, addresses and default routes under Ansible's names.
func networkFacts(_ facts: HostFacts) -> ValueMap {
  var map: ValueMap = [:]
  map["ansible_interfaces"] = .list(facts.interfaces.map { .string($0.name) })
  map["ansible_all_ipv4_addresses"] = addresses(facts, isIPv6: false)
  map["ansible_all_ipv6_addresses"] = addresses(facts, isIPv6: true)
  map["ansible_default_ipv4"] = route(facts.routeV4, facts, isIPv6: false)
  map["ansible_default_ipv6"] = route(facts.routeV6, facts, isIPv6: true)
  for interface in facts.interfaces {
    let name = String(interface.name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    map["ansible_" + name] = .dict(described(interface))
  }
  return map
}

/// All but those of the loopback interface.
private func addresses(_ facts: HostFacts, isIPv6: Bool) -> Value {
  .list(
    facts.interfaces.filter { $0.name != "lo" }.flatMap(\.addresses).filter { $0.isIPv6 == isIPv6 }
      .map { .string($0.address) })
}

private func route(_ route: HostFacts.Route?, _ facts: HostFacts, isIPv6: Bool) -> Value {
  guard let route, let interface = facts.interfaces.first(where: { $0.name == route.interface }),
    let address = interface.addresses.first(where: { $0.address == route.address })
  else { return .dict([:]) }
  var map = described(address)
  map["interface"] = .string(route.interface)
  map["gateway"] = .string(route.gateway)
  map["macaddress"] = .string(interface.mac)
  map["mtu"] = .int(interface.mtu)
  map["type"] = .string("ether")
  return .dict(map)
}

private func described(_ interface: HostFacts.Interface) -> ValueMap {
  var map: ValueMap = [
    "device": .string(interface.name), "macaddress": .string(interface.mac),
    "mtu": .int(interface.mtu), "active": .bool(interface.isUp),
  ]
  let v4 = interface.addresses.filter { !$0.isIPv6 }.map(described)
  if let first = v4.first { map["ipv4"] = .dict(first) }
  if v4.count > 1 { map["ipv4_secondaries"] = .list(v4.dropFirst().map { .dict($0) }) }
  let v6 = interface.addresses.filter(\.isIPv6).map { Value.dict(described($0)) }
  if !v6.isEmpty { map["ipv6"] = .list(v6) }
  return map
}

private func described(_ address: HostFacts.Address) -> ValueMap {
  var map: ValueMap = ["address": .string(address.address)]
  map["prefix"] = .string(String(address.prefix))
  if address.isIPv6 {
    map["scope"] = .string(address.scope)
    return map
  }
  let parts = address.address.split(separator: ".").compactMap { UInt32($0) }
  guard parts.count == 4 else { return map }
  let number = parts.reduce(0) { $0 << 8 | $1 }
  let mask: UInt32 = address.prefix == 0 ? 0 : ~UInt32(0) << (32 - UInt32(min(32, address.prefix)))
  map["netmask"] = .string(dotted(mask))
  map["network"] = .string(dotted(number & mask))
  map["broadcast"] = .string(dotted(number | ~mask))
  return map
}

private func dotted(_ number: UInt32) -> String {
  [24, 16, 8, 0].map { String(number >> $0 & 255) }.joined(separator: ".")
}
