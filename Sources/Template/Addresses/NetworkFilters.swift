import BigInt
import OrderedCollections
import Schema

/// More filters over IP addresses and networks (ansible.utils).
let networkFilters: [Filter] = [
  Filter("usable_range", "ip") { call in
    let text = try call.text(0, "the network")
    guard let network = IPNetwork(text), network.isNetwork else {
      throw call.fail(.plugin, "`\(text)` is not a network")
    }
    guard network.size <= 1 << 16 else {
      throw call.fail(.plugin, "a network of more than 65536 addresses is not listed")
    }
    let addresses = (network.first...network.last).map { Item.text(network.text(of: $0)) }
    return .dict(
      DictBox([
        .string("usable_ips"): .items(addresses),
        .string("number_of_ips"): .integer(network.size),
      ]))
  },
  Filter("reduce_on_network", "value, network") { call in
    guard let outer = IPNetwork(try call.string(1))?.cidr else { return .items([]) }
    let items = call[0].string == nil ? try call.elements(0) : [call[0]]
    return .items(
      try items.filter { item in
        guard let inner = IPNetwork(try call.context.string(item))?.cidr else { return false }
        return inner.version == outer.version && outer.first <= inner.first
          && inner.last <= outer.last
      })
  },
  Filter("ipcut", "value, amount") { call in
    let text = try call.text(0, "the address")
    guard let (version, value) = IPNetwork.address(text) else {
      throw call.fail(.plugin, "`\(text)` is not an IP address")
    }
    guard case .value(.int(let amount)) = call[1] else {
      throw call.fail(.plugin, "the number of bits must be an integer")
    }
    let width = version == .four ? 32 : 128
    let bits = (0..<width).map { value >> UInt128(width - 1 - $0) & 1 }
    let cut = amount < 0 ? bits.suffix(-amount) : bits.prefix(amount)
    let size = version == .four ? 8 : 16
    let parts = stride(from: cut.startIndex, to: cut.endIndex, by: size).map { start in
      cut[start..<min(start + size, cut.endIndex)].reduce(UInt128(0)) { $0 << 1 | $1 }
    }
    return .text(
      parts.map { String($0, radix: version == .four ? 10 : 16) }
        .joined(separator: version == .four ? "." : ":"))
  },
  Filter("slaac", "value, query=") { call in
    guard let network = IPNetwork(try call.string(0)), network.version == .six,
      let hardware = try call.given(1).map(call.context.string)
    else { return .bool(false) }
    let digits = hardwareDigits(hardware)
    guard digits.utf8.count == 12, let address = UInt64(digits, radix: 16) else {
      return .bool(false)
    }
    // RFC 4291, appendix A: ff:fe in the middle, the universal bit inverted.
    let high = address >> 24 ^ 0x02_0000
    let identifier = UInt128(high << 40 | 0xFF_FE00_0000 | address & 0xFF_FFFF)
    return .text(network.text(of: network.cidr.first + identifier))
  },
  Filter("ipv6form", "value, format") { call in
    let text = try call.text(0, "the address")
    guard let (version, value) = IPNetwork.address(text), version == .six else {
      throw call.fail(.plugin, "`\(text)` is not an IPv6 address")
    }
    let groups = (0..<8).map {
      UInt32(truncatingIfNeeded: value >> UInt128(112 - 16 * $0)) & 0xFFFF
    }
    switch try call.text(1, "the form") {
    case "expand": return .text(groups.map { PythonText.hex($0, 4) }.joined(separator: ":"))
    case "x509": return .text(groups.map { String($0, radix: 16) }.joined(separator: ":"))
    case "compress":
      return .text(IPNetwork(version: .six, value: value, prefix: 128).addressText)
    case let form: throw call.fail(.plugin, "the form `\(form)` is not expand, compress or x509")
    }
  },
]
