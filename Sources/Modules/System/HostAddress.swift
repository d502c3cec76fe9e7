import Diagnostics
import Glibc
import Schema

/// An IPv4 or IPv6 address; two spellings of one address are equal.
struct HostAddress: ParameterType, Hashable, CustomStringConvertible {
  static var typeDescription: String { "IP address" }
  let description: String
  /// 4 or 16 bytes, in network order.
  let bytes: [UInt8]

  /// nil when the text is no address.
  init?(_ text: some StringProtocol) {
    description = String(text)
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, description, &bytes) == 1 {
      self.bytes = Array(bytes.prefix(4))
    } else if inet_pton(AF_INET6, description, &bytes) == 1 {
      self.bytes = bytes
    } else {
      return nil
    }
  }

  init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, let address = HostAddress(text) else {
      throw argument.wrong("ip-address", "must be an IP address, not \(argument.shown)")
    }
    self = address
  }

  var isIPv6: Bool { bytes.count == 16 }

  static func == (left: HostAddress, right: HostAddress) -> Bool { left.bytes == right.bytes }

  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
