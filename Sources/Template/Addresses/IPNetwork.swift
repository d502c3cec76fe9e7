import BigInt
import Glibc

/// An IP address with a prefix length: a host, or a network.
struct IPNetwork: Equatable {
  enum Version: Int { case four = 4, six = 6 }

  let version: Version
  var value: UInt128
  var prefix: Int
  /// Whether the text it was read from had a prefix.
  var isWrittenWithPrefix = false

  var width: Int { version == .four ? 32 : 128 }
  private var mask: UInt128 { width == 32 ? 0xFFFF_FFFF : .max }

  init(version: Version, value: UInt128, prefix: Int) {
    self.version = version
    self.value = value
    self.prefix = prefix
  }

  /// Reads `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.1/16`, `fd00::1/64`; nil otherwise.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first else { return nil }
    let address: (Version, UInt128)
    if let full = Self.address(String(first)) {
      address = full
    } else if parts.count == 2, let partial = Self.partialAddress(first) {
      address = (.four, partial)
    } else {
      return nil
    }
    self.init(version: address.0, value: address.1, prefix: address.0 == .four ? 32 : 128)
    if parts.count == 2 {
      guard let prefix = Self.prefix(String(parts[1]), width: width) else { return nil }
      self.prefix = prefix
      isWrittenWithPrefix = true
    }
  }

  /// A whole address; nil where it is none.
  static func address(_ text: String) -> (Version, UInt128)? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      return (.four, UInt128(UInt32(bigEndian: four.s_addr)))
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    let value = withUnsafeBytes(of: &six) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
    return (.six, value)
  }

  private static func partialAddress(_ text: Substring) -> UInt128? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...4).contains(parts.count) else { return nil }
    var value: UInt128 = 0
    for index in 0..<4 {
      var byte: UInt8 = 0
      if index < parts.count {
        guard let number = UInt8(parts[index]) else { return nil }
        byte = number
      }
      value = value << 8 | UInt128(byte)
    }
    return value
  }

  /// A prefix length from a number, a netmask or a hostmask.
  private static func prefix(_ text: String, width: Int) -> Int? {
    if let number = Int(text), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
      return number <= width ? number : nil
    }
    guard let (_, mask) = address(text) else { return nil }
    let full: UInt128 = width == 32 ? 0xFFFF_FFFF : .max
    let inverse = ~mask & full
    if inverse & (inverse &+ 1) == 0 { return width - inverse.nonzeroBitCount }
    if mask & (mask &+ 1) == 0 { return width - mask.nonzeroBitCount }
    return nil
  }

  // MARK: Parts

  var hostmask: UInt128 { prefix == 0 ? mask : mask >> UInt128(prefix) }
  var netmask: UInt128 { mask & ~hostmask }
  var first: UInt128 { value & netmask }
  var last: UInt128 { first | hostmask }
  var isNetwork: Bool { value == first }
  /// How many addresses it has.
  var size: BigInt { BigInt(1) << (width - prefix) }
  var hasBroadcast: Bool { version == .six || width - prefix > 1 }
  var isSingle: Bool { prefix == width }
  var isPair: Bool { prefix == width - 1 }

  /// The first and last address that a host may have.
  var usable: ClosedRange<UInt128> {
    isPair || isSingle ? first...last : first + 1...last - 1
  }

  /// The network, the host's bits cleared.
  var cidr: IPNetwork { IPNetwork(version: version, value: first, prefix: prefix) }

  func contains(_ other: IPNetwork) -> Bool {
    version == other.version && first <= other.first && other.last <= last
  }

  // MARK: Texts

  func text(of value: UInt128) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    if version == .four {
      var address = in_addr(s_addr: UInt32(truncatingIfNeeded: value).bigEndian)
      inet_ntop(AF_INET, &address, &buffer, socklen_t(buffer.count))
    } else {
      var address = in6_addr()
      withUnsafeMutableBytes(of: &address) { bytes in
        for index in 0..<16 {
          bytes[index] = UInt8(truncatingIfNeeded: value >> UInt128(8 * (15 - index)))
        }
      }
      inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count))
    }
    return String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  var addressText: String { text(of: value) }
  var text: String { "\(addressText)/\(prefix)" }

  /// The name under which its address is looked up in reverse.
  var reverseName: String {
    if version == .four {
      let bytes = (0..<4).map { String(UInt8(truncatingIfNeeded: value >> UInt128(8 * $0))) }
      return bytes.joined(separator: ".") + ".in-addr.arpa."
    }
    let digits = (0..<32).map {
      String(UInt8(truncatingIfNeeded: value >> UInt128(4 * $0)) & 15, radix: 16)
    }
    return digits.joined(separator: ".") + ".ip6.arpa."
  }
}

/// Which registered ranges an address is in (IANA special-purpose address registries, 2024).
extension IPNetwork {
  func isIn(_ networks: [String]) -> Bool {
    let host = IPNetwork(version: version, value: value, prefix: width)
    return networks.contains { IPNetwork($0)?.contains(host) ?? false }
  }

  var isLoopback: Bool { isIn(["127.0.0.0/8", "::1/128"]) }
  var isLinkLocal: Bool { isIn(["169.254.0.0/16", "fe80::/10"]) }
  var isMulticast: Bool { isIn(["224.0.0.0/4", "ff00::/8"]) }
  var isReserved: Bool {
    isIn([
      "0.0.0.0/8", "192.0.2.0/24", "240.0.0.0/4", "198.51.100.0/24", "203.0.113.0/24",
      "::/8", "100::/8", "200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "6000::/3",
      "8000::/3", "a000::/3", "c000::/3", "e000::/4", "f000::/5", "f800::/6", "fe00::/9",
    ])
  }

  var isGlobal: Bool {
    let exceptions = [
      "192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/128", "2001:3::/32",
      "2001:4:112::/48", "2001:20::/28", "2001:30::/28",
    ]
    if isIn(exceptions) { return true }
    return !isIn([
      "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
      "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
      "203.0.113.0/24", "240.0.0.0/4", "::/128", "::1/128", "::ffff:0:0/96", "64:ff9b:1::/48",
      "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10",
    ])
  }

  /// Whether the address has the shape of a netmask or a hostmask.
  var looksLikeMask: Bool {
    let full: UInt128 = version == .four ? 0xFFFF_FFFF : .max
    let inverse = ~value & full
    return inverse & (inverse &+ 1) == 0 || value & (value &+ 1) == 0
  }
}
