import BigInt
import Schema

/// Filters over IP addresses and networks (ansible.utils).
let addressFilters: [Filter] = [
  Filter("ipaddr", "value, query=, version=, alias=") { try query($0, "ipaddr", nil) },
  Filter("ipv4", "value, query=") { try query($0, "ipv4", .four) },
  Filter("ipv6", "value, query=") { try query($0, "ipv6", .six) },
  Filter("ipwrap", "value, query=") { call in
    let words = try call.optional(1).map(call.context.string) ?? ""
    switch call[0] {
    case .list, .tuple: return .items(try call.elements(0).map { wrapped($0, words, call) })
    case .value(.text), .value(.bool): return wrapped(call[0], words, call)
    default: throw call.fail(.plugin, "a string or a list is needed")
    }
  },
  Filter("ipsubnet", "value, query=, index=") { try subnet($0) },
  Filter("nthhost", "value, query=") { call in
    guard let network = try network(call), let query = call.optional(1),
      let index = try PythonNumber.integer(call.context.string(query), base: 10)
    else { return .bool(false) }
    let position = index < 0 ? index + network.size : index
    guard position >= 0, position < network.size, let offset = UInt128(String(position)) else {
      return .bool(false)
    }
    return .text(network.text(of: network.first + offset))
  },
  Filter("ipmath", "value, amount") { call in
    let text = try call.text(0, "the address")
    guard let address = IPNetwork(text) else {
      throw call.fail(.plugin, "`\(text)` is not an IP address")
    }
    guard case .value(.int(let amount)) = call[1] else {
      throw call.fail(.plugin, "an integer is needed to add")
    }
    let size = UInt128(amount.magnitude)
    let (value, overflow) =
      amount < 0
      ? address.value.subtractingReportingOverflow(size)
      : address.value.addingReportingOverflow(size)
    guard !overflow, address.version == .six || value <= 0xFFFF_FFFF else {
      throw call.fail(.plugin, "the result is not an address")
    }
    return .text(address.text(of: value))
  },
  Filter("cidr_merge", "value, action=") { call in
    let networks = try call.elements(0).map { item in
      guard let network = IPNetwork(try call.context.string(item)) else {
        throw call.fail(.plugin, "`\(try call.context.string(item))` is not a network")
      }
      return network.cidr
    }
    switch try call.text(1, default: "merge") {
    case "merge": return .texts(merged(networks).map(\.text))
    case "span":
      guard var span = networks.first else { return .null }
      for network in networks where !span.contains(network) {
        guard network.version == span.version else {
          throw call.fail(.plugin, "IPv4 and IPv6 are mixed")
        }
        while !span.contains(network) {
          span.prefix -= 1
          span = span.cidr
        }
      }
      return .text(span.text)
    default: throw call.fail(.plugin, "the action must be merge or span")
    }
  },
  Filter("ip4_hex", "arg, delimiter=") { call in
    let text = try call.text(0, "the address")
    guard let (version, value) = IPNetwork.address(text), version == .four else {
      throw call.fail(.plugin, "`\(text)` is not an IPv4 address")
    }
    let bytes = (0..<4).map {
      PythonText.hex(UInt32(truncatingIfNeeded: value >> UInt128(24 - 8 * $0)) & 255, 2)
    }
    return .text(bytes.joined(separator: try call.text(1, default: "")))
  },
  Filter("network_in_network", "value, test") { call in
    guard let outer = try network(call), let inner = IPNetwork(try call.string(1)) else {
      return .bool(false)
    }
    return .bool(outer.first <= inner.cidr.first && inner.cidr.last <= outer.last)
  },
  Filter("network_in_usable", "value, test") { call in
    guard let outer = try network(call), let inner = IPNetwork(try call.string(1)) else {
      return .bool(false)
    }
    return .bool(
      outer.usable.contains(inner.cidr.first) && outer.usable.contains(inner.cidr.last))
  },
  Filter("next_nth_usable", "value, offset") { try usable($0, sign: 1) },
  Filter("previous_nth_usable", "value, offset") { try usable($0, sign: -1) },
  Filter("hwaddr", "value, query=") { try hardwareAddress($0, "hwaddr") },
  Filter("macaddr", "value, query=") { try hardwareAddress($0, "macaddr") },
]

private func query(
  _ call: PluginCall, _ name: String, _ version: IPNetwork.Version?
) throws -> Item {
  let words = try call.given(1).map(call.context.string) ?? ""
  return try AddressQuery(context: call.context, name: name, version: version)
    .apply(call[0], words)
}

private func wrapped(_ item: Item, _ words: String, _ call: PluginCall) -> Item {
  let query = AddressQuery(context: call.context, name: "ipwrap", version: nil)
  guard let found = try? query.apply(item, words), (try? call.context.isTrue(found)) == true,
    let result = try? query.apply(found, "wrap")
  else { return item }
  return result
}

/// The network in the first argument; nil where it is none.
private func network(_ call: PluginCall) throws -> IPNetwork? {
  IPNetwork(try call.string(0))?.cidr
}

private func usable(_ call: PluginCall, sign: Int) throws -> Item {
  guard let address = IPNetwork(try call.string(0)) else { return .bool(false) }
  guard case .value(.int(let offset)) = call[1] else {
    throw call.fail(.plugin, "an integer is needed")
  }
  guard !address.isSingle else { return .null }
  let moved = BigInt(String(address.value)).map { $0 + BigInt(offset * sign) }
  guard let moved, let value = UInt128(String(moved)), address.usable.contains(value) else {
    return .null
  }
  return .text(address.text(of: value))
}

private func subnet(_ call: PluginCall) throws -> Item {
  guard let address = IPNetwork(try call.string(0)) else { return .bool(false) }
  let isHost = address.isSingle || !address.isNetwork
  // An address with a prefix stands for its network, as the filter's own normalization has it.
  let network = address.cidr
  let words = try call.given(1).map(call.context.string) ?? ""
  if words.isEmpty { return .text(network.text) }
  guard let size = Int(words) else { return try rank(of: network, in: words, call) }
  guard (0...network.width).contains(size) else { return .bool(false) }
  let index = try call.given(2).map { item in
    guard let index = try PythonNumber.integer(call.context.string(item), base: 10) else {
      throw call.fail(.value, "the index must be an integer")
    }
    return Int(clamping: Int(String(index)) ?? 0)
  }
  if isHost && network.isSingle {
    let prefix = size + (index ?? 0)
    let position = (index ?? 0) < 0 ? network.width + (index ?? 0) : prefix
    guard position >= size, position < network.width else {
      throw call.fail(.plugin, "list index out of range")
    }
    return .text(
      IPNetwork(version: network.version, value: network.value, prefix: position).cidr.text)
  }
  guard let index else {
    guard size >= network.prefix else {
      throw call.fail(.plugin, "the requested subnet size of \(size) is invalid")
    }
    return .text(String(BigInt(1) << (size - network.prefix)))
  }
  guard size >= network.prefix else { return .bool(false) }
  let count = BigInt(1) << (size - network.prefix)
  let position = BigInt(index) + (index < 0 ? count : 0)
  guard position >= 0, position < count,
    let offset = UInt128(String(position << (network.width - size)))
  else { return .bool(false) }
  return .text(
    IPNetwork(version: network.version, value: network.first + offset, prefix: size).text)
}

/// Which of the equal parts of a network a subnet is, from 1.
private func rank(of subnet: IPNetwork, in words: String, _ call: PluginCall) throws -> Item {
  guard let outer = IPNetwork(words)?.cidr else {
    throw call.fail(.plugin, "`\(words)` is not a subnet or an address")
  }
  guard outer.contains(subnet) else {
    throw call.fail(.plugin, "\(subnet.text) is not in the subnet \(outer.text)")
  }
  let shift = UInt128(subnet.width - subnet.prefix)
  let offset = subnet.prefix == 0 ? 0 : (subnet.first - outer.first) >> shift
  return .text(String(offset + 1))
}

/// As few networks as possible that cover the same addresses, in order.
private func merged(_ networks: [IPNetwork]) -> [IPNetwork] {
  let sorted = networks.sorted {
    ($0.version.rawValue, $0.first, $0.prefix) < ($1.version.rawValue, $1.first, $1.prefix)
  }
  var result: [IPNetwork] = []
  for network in sorted {
    if let last = result.last, last.contains(network) { continue }
    result.append(network)
    while result.count > 1, let joined = joined(result[result.count - 2], result[result.count - 1])
    {
      result.removeLast(2)
      result.append(joined)
    }
  }
  return result
}

/// The network that two halves make; nil where they are no halves of one.
private func joined(_ left: IPNetwork, _ right: IPNetwork) -> IPNetwork? {
  guard left.version == right.version, left.prefix == right.prefix, left.prefix > 0 else {
    return nil
  }
  let whole = IPNetwork(version: left.version, value: left.first, prefix: left.prefix - 1)
  return whole.first == left.first && whole.last == right.last ? whole : nil
}

/// The twelve digits of a hardware address, as far as it is one.
///
/// Six bytes may miss a zero in front; three words of four digits too, which also may stand with colons.
func hardwareDigits(_ text: String) -> String {
  let text = text.lowercased()
  for (separator, count, width) in [(":", 6, 2), ("-", 6, 2), (".", 3, 4), (":", 3, 4)] {
    let parts = PythonText.split(text, separator: separator)
    guard parts.count == count, parts.allSatisfy({ (1...width).contains($0.utf8.count) }) else {
      continue
    }
    return parts.map { PythonText.padded($0, width: width, with: "0", keeping: .right) }.joined()
  }
  return text.filter { !"-:.".contains($0) }
}

private func hardwareAddress(_ call: PluginCall, _ name: String) throws -> Item {
  let text = try call.string(0)
  let query = try call.given(1).map(call.context.string) ?? ""
  let digits = hardwareDigits(text)
  guard digits.utf8.count == 12, let value = UInt64(digits, radix: 16) else {
    if query.isEmpty || query == "bool" { return .null }
    throw call.fail(.plugin, "`\(text)` is not a hardware address")
  }
  func groups(_ size: Int, _ separator: String, upper: Bool) -> Item {
    let characters = Array(upper ? digits.uppercased() : digits)
    let parts = stride(from: 0, to: 12, by: size).map { String(characters[$0..<$0 + size]) }
    return .text(parts.joined(separator: separator))
  }
  switch query {
  case "": return call[0]
  case "bool": return .bool(true)
  case "bare": return groups(12, "", upper: true)
  case "int": return .int(Int(value))
  case "cisco": return groups(4, ".", upper: false)
  case "eui48", "win": return groups(2, "-", upper: true)
  case "linux": return groups(2, ":", upper: false)
  case "pgsql", "postgresql", "psql": return groups(6, ":", upper: false)
  case "unix":
    let parts = stride(from: 0, to: 12, by: 2).map { index in
      let start = digits.index(digits.startIndex, offsetBy: index)
      return String(
        UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0, radix: 16)
    }
    return .text(parts.joined(separator: ":"))
  default: throw call.fail(.plugin, "unknown query: \(query)")
  }
}
