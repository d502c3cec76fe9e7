import BigInt
import Schema

/// The `ipaddr` filter of ansible.utils: an address checked, and one of its parts.
struct AddressQuery {
  let context: Context
  /// The filter it runs for, for messages.
  let name: String
  /// Only addresses of this version count.
  let version: IPNetwork.Version?

  func apply(_ item: Item, _ query: String) throws -> Item {
    switch item {
    case .list, .tuple:
      return .items(
        try context.elements(of: item).map { try apply($0, query) }
          .filter { try context.isTrue($0) })
    default: break
    }
    if let unknown = item.unknown { throw Interrupt.unknown(unknown) }
    guard let address = try read(item) else { return .bool(false) }
    if let version, address.version != version { return .bool(false) }
    return try answer(address, query, shown: shown(item, address))
  }

  /// The value as later queries give it back.
  private func shown(_ item: Item, _ address: IPNetwork) -> Item {
    guard let text = item.string, IPNetwork(text) != nil else { return .text(address.text) }
    return item
  }

  private func read(_ item: Item) throws -> IPNetwork? {
    if let number = Number(item)?.big {
      if case .value(.bool) = item { return nil }
      guard number > 0, let value = UInt128(String(number)) else { return nil }
      return host(value)
    }
    guard let text = item.string, !text.isEmpty else { return nil }
    if text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) { return UInt128(text).map(host) }
    if let network = IPNetwork(text) { return network }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let value = UInt128(parts[0]), let prefix = Int(parts[1]) else {
      return nil
    }
    var network = host(value)
    guard (0...network.width).contains(prefix) else { return nil }
    network.prefix = prefix
    network.isWrittenWithPrefix = true
    return network
  }

  private func host(_ value: UInt128) -> IPNetwork {
    let isSix = version == .six || value > 0xFFFF_FFFF
    return IPNetwork(version: isSix ? .six : .four, value: value, prefix: isSix ? 128 : 32)
  }

  // MARK: Queries

  private func answer(_ address: IPNetwork, _ query: String, shown: Item) throws -> Item {
    switch query {
    case "":
      return .text(address.isWrittenWithPrefix ? address.text : address.addressText)
    case "bool": return .bool(true)
    case "address", "ip":
      let isHost =
        address.isSingle || !address.isNetwork || !address.hasBroadcast
        || address.version == .six
      return isHost ? .text(address.addressText) : .null
    case "address/prefix", "gateway", "gw", "router", "host/prefix", "hostnet":
      if address.size > 2, address.isNetwork || address.value == address.last {
        return .bool(false)
      }
      return .text(address.text)
    case "host":
      return address.isSingle || !address.isNetwork || !address.hasBroadcast
        ? .text(address.text) : .null
    case "net": return !address.isSingle && address.isNetwork ? .text(address.text) : .null
    case "ip/prefix":
      return address.isPair || (!address.isSingle && !address.isNetwork)
        ? .text(address.text) : .null
    case "ip_netmask":
      return address.isPair || (!address.isSingle && !address.isNetwork)
        ? pair(address, address.value, address.netmask) : .null
    case "cidr": return .text(address.text)
    case "subnet", "network/prefix": return .text(address.cidr.text)
    case "network", "network_id": return part(address, address.first)
    case "netmask": return part(address, address.netmask)
    case "hostmask", "wildcard": return part(address, address.hostmask)
    case "network_netmask": return pair(address, address.first, address.netmask)
    case "network_wildcard": return pair(address, address.first, address.hostmask)
    case "broadcast": return address.size > 2 ? part(address, address.last) : .null
    case "prefix": return .int(address.prefix)
    case "size": return .integer(address.size)
    case "size_usable":
      return .integer(address.isSingle ? 0 : address.isPair ? 2 : address.size - 2)
    case "version": return .int(address.version.rawValue)
    case "type": return .text(address.isSingle || !address.isNetwork ? "address" : "network")
    case "revdns": return .text(address.reverseName)
    case "int":
      return address.isWrittenWithPrefix
        ? .text("\(address.value)/\(address.prefix)") : .integer(BigInt(String(address.value)) ?? 0)
    case "wrap":
      guard address.version == .six else { return shown }
      return .text(
        "[\(address.addressText)]" + (address.isWrittenWithPrefix ? "/\(address.prefix)" : ""))
    default:
      return try range(address, query) ?? kind(address, query, shown)
        ?? other(address, query, shown)
    }
  }

  private func part(_ address: IPNetwork, _ value: UInt128) -> Item {
    .text(address.text(of: value))
  }

  private func pair(_ address: IPNetwork, _ first: UInt128, _ second: UInt128) -> Item {
    .text("\(address.text(of: first)) \(address.text(of: second))")
  }

  /// Queries about the addresses a host of a network may have; nil for any other.
  private func range(_ address: IPNetwork, _ query: String) throws -> Item? {
    let queries = [
      "first_usable", "last_usable", "next_usable", "previous_usable", "range_usable", "peer",
    ]
    guard queries.contains(query) else { return nil }
    guard address.isWrittenWithPrefix else {
      throw context.fail(.plugin, "not a network address")
    }
    if query == "peer" { return try peer(address) }
    guard !address.isSingle else { return .null }
    let usable = address.usable
    switch query {
    case "first_usable": return part(address, usable.lowerBound)
    case "last_usable": return part(address, usable.upperBound)
    case "range_usable":
      let bounds = [usable.lowerBound, usable.upperBound].map(address.text(of:))
      return .text(bounds.joined(separator: "-"))
    case "next_usable":
      return usable.contains(address.value &+ 1) ? part(address, address.value &+ 1) : .null
    default:
      return usable.contains(address.value &- 1) ? part(address, address.value &- 1) : .null
    }
  }

  private func peer(_ address: IPNetwork) throws -> Item {
    if address.isPair { return part(address, address.value ^ 1) }
    guard address.size == 4 else { throw context.fail(.plugin, "not a point-to-point network") }
    switch address.value % 4 {
    case 0: throw context.fail(.plugin, "the network address of a /30 has no peer")
    case 3: throw context.fail(.plugin, "the broadcast address of a /30 has no peer")
    default: return part(address, address.value ^ 3)
    }
  }

  /// Queries that give the value back where the address is of a kind; nil for any other.
  private func kind(_ address: IPNetwork, _ query: String, _ shown: Item) -> Item? {
    let holds: Bool
    switch query {
    case "loopback", "lo": holds = address.isLoopback
    case "multicast": holds = address.isMulticast
    case "unicast": holds = !address.isMulticast
    case "private": holds = !address.isGlobal
    case "public":
      holds =
        !address.isMulticast && address.isGlobal && !address.isLoopback && !address.looksLikeMask
    case "link-local": holds = address.isLinkLocal
    default: return nil
    }
    return holds ? shown : .null
  }

  private func other(_ address: IPNetwork, _ query: String, _ shown: Item) throws -> Item {
    switch query {
    case "ipv4", "v4": return address.version == .four ? shown : mapped(toFour: address)
    case "ipv6", "v6":
      guard address.version == .four else { return shown }
      return .text(
        IPNetwork(
          version: .six, value: address.value | 0xFFFF << 32, prefix: address.prefix + 96
        ).text)
    case "6to4": return sixToFour(address, shown)
    default: break
    }
    if let index = Int(query) { return nth(index, of: address) }
    if let network = IPNetwork(query) { return network.contains(address) ? shown : .null }
    guard PythonNumber.float(query) != nil else {
      throw context.fail(.plugin, "unknown query: \(query)")
    }
    return .bool(false)
  }

  private func mapped(toFour address: IPNetwork) -> Item {
    let high = address.value >> 32
    guard high == 0 || high == 0xFFFF, address.prefix >= 96 else { return .bool(false) }
    return .text(
      IPNetwork(
        version: .four, value: address.value & 0xFFFF_FFFF, prefix: address.prefix - 96
      ).text)
  }

  private func sixToFour(_ address: IPNetwork, _ shown: Item) -> Item {
    if address.version == .four {
      guard address.isSingle || !address.isNetwork, !address.isMulticast else {
        return .bool(false)
      }
      let high = PythonText.hex(UInt32(truncatingIfNeeded: address.value >> 16), 4)
      let low = PythonText.hex(UInt32(truncatingIfNeeded: address.value & 0xFFFF), 4)
      return .text("2002:\(high):\(low)::1/48")
    }
    return address.isIn(["2002::/16"]) ? shown : .bool(false)
  }

  /// The address at a position in the network, from the end where negative.
  private func nth(_ index: Int, of address: IPNetwork) -> Item {
    if address.isSingle {
      return .text(address.isWrittenWithPrefix ? address.text : address.addressText)
    }
    let position = BigInt(index) + (index < 0 ? address.size : 0)
    guard position >= 0, position < address.size, let offset = UInt128(String(position)) else {
      return .bool(false)
    }
    return .text("\(address.text(of: address.first + offset))/\(address.prefix)")
  }
}
