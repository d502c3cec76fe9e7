import Glibc

/// A name that a certificate is for besides its subject (RFC 5280, 4.2.1.6).
package enum AlternativeName: Sendable, Hashable, CustomStringConvertible {
  /// In lower case; `*.` may stand for one label.
  case dns(String)
  /// 4 bytes or 16.
  case address([UInt8])
  /// Of another kind, by its whole encoding: never wished for, and told apart.
  case other([UInt8])

  /// Reads an IPv4 or IPv6 address; nil where it is none.
  package init?(address text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self = .address(withUnsafeBytes(of: four) { Array($0) })
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      self = .address(withUnsafeBytes(of: six) { Array($0) })
    } else {
      return nil
    }
  }

  /// Reads a DNS name: labels of letters, digits and hyphens (RFC 1123), with `*.` before them or not; nil where it is none.
  package init?(dns text: String) {
    guard (1...253).contains(text.utf8.count) else { return nil }
    var labels = text.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    if labels.first == "*", labels.count > 1 { labels.removeFirst() }
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy {
          (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-")
            || $0 == UInt8(ascii: "_")
        }
    }
    guard isName, AlternativeName(address: text) == nil else { return nil }
    self = .dns(text.lowercased())
  }

  init(_ value: DER) {
    switch value.tag {
    case 0x82: self = .dns(String(decoding: value.content, as: UTF8.self).lowercased())
    case 0x87 where value.content.count == 4 || value.content.count == 16:
      self = .address(Array(value.content))
    default: self = .other(Array(value.encoded))
    }
  }

  var encoded: [UInt8] {
    switch self {
    case .dns(let name): DERWriting.value(0x82, Array(name.utf8))
    case .address(let bytes): DERWriting.value(0x87, bytes)
    case .other(let bytes): bytes
    }
  }

  /// `DNS:node1`, `IP:10.0.0.1`.
  package var description: String {
    switch self {
    case .dns(let name): return "DNS:\(name)"
    case .other: return "another kind of name"
    case .address(let bytes):
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      _ = inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
      return "IP:"
        + String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
