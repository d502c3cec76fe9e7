import Schema

/// Interfaces, addresses and default routes under Ansible's names.
func networkFacts(_ facts: HostFacts) -> ValueMap {
  let addresses = facts.addresses.compactMap(InterfaceAddress.init)
  var interfaces = InterfaceFacts(facts).all
  for address in addresses where interfaces[address.place] == nil {
    interfaces[address.place] = [:]
  }
  for address in addresses { interfaces[address.place]?.add(address) }
  let names = interfaces.keys.sorted()
  var map: ValueMap = [
    "interfaces": .list(names.map { .string($0.replacing(":", with: "_")) }),
    "all_ipv4_addresses": .list(
      addresses.filter { !$0.isIPv6 && !$0.address.hasPrefix("127.") }.map(\.value)),
    "all_ipv6_addresses": .list(
      addresses.filter { $0.isIPv6 && $0.address != "::1" }.map(\.value)),
    "default_ipv4": route(facts.routeV4, addresses, interfaces),
    "default_ipv6": route(facts.routeV6, addresses, interfaces),
    "locally_reachable_ips": reachable(facts.localRoutes),
  ]
  for name in names {
    let variable = String(name.map { $0 == "-" || $0 == ":" ? "_" : $0 })
    map[variable] = interfaces[name].map { .dict($0) }
  }
  return map
}

/// A line of `ip -o addr`.
private struct InterfaceAddress {
  let device: String
  /// The interface under which it is listed: its label, where it has one.
  let place: String
  let address: String
  let prefix: Int
  let isIPv6: Bool
  let isSecondary: Bool
  let scope: String
  let broadcast: String
  let label: String

  var value: Value { .string(address) }

  init?(_ line: String) {
    let words = line.prefix { $0 != "\\" }.words
    guard words.count > 3, words[2] == "inet" || words[2] == "inet6" else { return nil }
    isIPv6 = words[2] == "inet6"
    device = String(words[1])
    func after(_ word: String) -> String? {
      words.firstIndex(of: word[...]).flatMap {
        $0 + 1 < words.count ? String(words[$0 + 1]) : nil
      }
    }
    let peer = after("peer")?.halves(at: "/").map { String($0.after) }
    let halves = words[3].halves(at: "/")
    address = String(halves?.before ?? words[3])
    prefix = (halves.map { String($0.after) } ?? peer).flatMap { Int($0) } ?? (isIPv6 ? 128 : 32)
    scope = after("scope") ?? "global"
    broadcast = after("brd") ?? ""
    isSecondary = words.contains("secondary")
    label = isIPv6 ? device : words.last.map { String($0) } ?? device
    place = isIPv6 || isSecondary || !label.hasPrefix(device) ? device : label
  }

  var described: ValueMap {
    var map: ValueMap = ["address": value, "prefix": .string(String(prefix))]
    if isIPv6 {
      map["scope"] = .string(scope)
      return map
    }
    let parts = address.split(separator: ".").compactMap { UInt32($0) }
    let number = parts.reduce(0) { $0 << 8 | $1 }
    let mask: UInt32 = prefix == 0 ? 0 : ~UInt32(0) << (32 - UInt32(min(32, prefix)))
    map["netmask"] = .string(dotted(mask))
    map["network"] = .string(dotted(number & mask))
    map["broadcast"] = .string(broadcast)
    return map
  }

  private func dotted(_ number: UInt32) -> String {
    [24, 16, 8, 0].map { String(number >> $0 & 255) }.joined(separator: ".")
  }
}

extension ValueMap {
  fileprivate mutating func add(_ address: InterfaceAddress) {
    let value = Value.dict(address.described)
    if address.isIPv6 {
      self["ipv6"] = .list((self["ipv6"]?.list ?? []) + [value])
    } else if address.isSecondary || self["ipv4"] != nil {
      self["ipv4_secondaries"] = .list((self["ipv4_secondaries"]?.list ?? []) + [value])
    } else {
      self["ipv4"] = value
    }
  }
}

/// What sysfs says about interfaces.
private struct InterfaceFacts {
  private static let root = "/sys/class/net/"
  /// ARPHRD numbers of `linux/if_arp.h`.
  private static let types = [
    "1": "ether", "32": "infiniband", "512": "ppp", "772": "loopback", "65534": "tunnel",
  ]
  private let facts: HostFacts

  init(_ facts: HostFacts) { self.facts = facts }

  var all: [String: ValueMap] {
    var interfaces: [String: ValueMap] = [:]
    for (path, _) in facts.files(below: InterfaceFacts.root) where path.hasSuffix("/type") {
      let name = String(path.dropLast("/type".count))
      interfaces[name] = described(name)
    }
    return interfaces
  }

  private func described(_ name: String) -> ValueMap {
    let folder = InterfaceFacts.root + name
    func line(_ file: String) -> String? { facts.line("\(folder)/\(file)") }
    var map: ValueMap = ["device": .string(name)]
    if let address = line("address"), address != "00:00:00:00:00:00" {
      map["macaddress"] = .string(address)
    }
    map["mtu"] = line("mtu").flatMap { Int($0) }.map { .int($0) }
    map["active"] = line("operstate").map { .bool($0 != "down") }
    map["module"] = facts.links["\(folder)/device/driver/module"].map { .string($0) }
    map["type"] = .string(line("type").flatMap { InterfaceFacts.types[$0] } ?? "unknown")
    map["pciid"] = facts.links["\(folder)/device"].map { .string($0) }
    map["speed"] = line("speed").flatMap { Int($0) }.map { .int($0) }
    if let flags = line("flags").flatMap({ Int($0.dropFirst(2), radix: 16) }) {
      map["promisc"] = .bool(flags & 0x100 > 0)
    }
    if facts.paths.contains("\(folder)/bridge") { addBridge(folder, &map) }
    if facts.paths.contains("\(folder)/bonding") { addBond(folder, &map) }
    if let address = line("bonding_slave/perm_hwaddr") { map["perm_macaddress"] = .string(address) }
    return map
  }

  private func addBridge(_ folder: String, _ map: inout ValueMap) {
    let ports = facts.paths.filter { $0.hasPrefix("\(folder)/brif/") }.sorted()
    map["type"] = .string("bridge")
    map["interfaces"] = .list(ports.map { .string(String($0.dropFirst(folder.count + 6))) })
    map["id"] = .string(facts.line("\(folder)/bridge/bridge_id") ?? "")
    map["stp"] = .bool(facts.line("\(folder)/bridge/stp_state") == "1")
  }

  private func addBond(_ folder: String, _ map: inout ValueMap) {
    func words(_ file: String) -> [Value] {
      (facts.line("\(folder)/bonding/\(file)") ?? "").words.map { .string(String($0)) }
    }
    map["type"] = .string("bonding")
    map["slaves"] = .list(words("slaves"))
    for name in ["mode", "miimon", "lacp_rate", "primary"] { map[name] = words(name).first }
  }
}

/// Of a line of `ip route get`.
private func route(
  _ line: String, _ addresses: [InterfaceAddress], _ interfaces: [String: ValueMap]
) -> Value {
  let words = line.words.map { String($0) }
  func after(_ word: String) -> String? {
    words.firstIndex(of: word).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
  }
  var map: ValueMap = [:]
  map["interface"] = after("dev").map { .string($0) }
  map["address"] = after("src").map { .string($0) }
  map["gateway"] = after("via").map { .string($0) }
  guard let source = after("src"), let own = addresses.first(where: { $0.address == source }) else {
    return .dict(map)
  }
  for (key, value) in own.described.pairs { map[key] = value }
  let interface = interfaces[own.device] ?? [:]
  map["macaddress"] = interface["macaddress"] ?? .string("00:00:00:00:00:00")
  map["mtu"] = interface["mtu"]
  map["type"] = interface["type"] ?? .string("unknown")
  if !own.isIPv6 { map["alias"] = .string(own.label) }
  return .dict(map)
}

private func reachable(_ routes: [String]) -> Value {
  var (v4, v6): ([Value], [Value]) = ([], [])
  for line in routes {
    let words = line.words
    guard words.count > 1, words[0] == "local" else { continue }
    let value = Value.string(String(words[1]))
    if words[1].contains(":") {
      if !v6.contains(value) { v6.append(value) }
    } else if !v4.contains(value) {
      v4.append(value)
    }
  }
  return .dict(["ipv4": .list(v4), "ipv6": .list(v6)])
}
