import OrderedCollections
import Schema

/// Filters over URLs.
let urlFilters: [Filter] = [
  Filter("urlsplit", "value, query=, alias=") { call in
    let parts = try SplitURL(try call.text(0, "the URL")).entries
    guard let wanted = call.given(1), wanted.string != "" else {
      return .dict(DictBox(parts))
    }
    let name = try call.context.text(wanted, "the component")
    guard let part = parts[.string(name)] else {
      throw call.fail(.plugin, "unknown URL component: \(name)")
    }
    return part
  },
  Filter("urlencode", "value") { call in
    if case .object(let markup as Markup) = call[0] {
      return .text(PercentEncoding.quoted(markup.text, safe: "/"))
    }
    if case .value(.text(let text)) = call[0] {
      return .text(PercentEncoding.quoted(text.string, safe: "/"))
    }
    let pairs: [(Item, Item)]
    switch call[0] {
    case .dict(let box):
      pairs = try box.entries(in: call.context).map { (.key($0.key), $0.value) }
    default:
      guard let elements = try call.context.elementsIfAny(of: call[0]) else {
        return .text(PercentEncoding.quoted(try call.string(0), safe: "/"))
      }
      pairs = try elements.map { element in
        let parts = try call.context.elements(of: element)
        guard parts.count == 2 else { throw call.fail(.value, "pairs are needed") }
        return (parts[0], parts[1])
      }
    }
    return .text(
      try pairs.map { key, value in
        let key = PercentEncoding.quoted(try call.context.string(key), safe: "", plus: true)
        let value = PercentEncoding.quoted(try call.context.string(value), safe: "", plus: true)
        return "\(key)=\(value)"
      }.joined(separator: "&"))
  },
  Filter("urldecode", "string") { .text(PercentEncoding.decoded(try $0.text(0, "the text"))) },
]

/// Percent encoding (RFC 3986).
enum PercentEncoding {
  static func quoted(_ text: String, safe: String, plus: Bool = false) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.append(byte)
      case 0x20 where plus: result.append(0x2B)
      case _ where safe.utf8.contains(byte): result.append(byte)
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%\(digits.utf8.count < 2 ? "0" : "")\(digits)".utf8
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// `+` is a blank here, as in forms.
  static func decoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25, index + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        result.append(byte)
        index += 3
      } else {
        result.append(bytes[index] == 0x2B ? 0x20 : bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// The parts of a URL (Python's `urlsplit`).
private struct SplitURL {
  let entries: OrderedDictionary<Value, Item>

  init(_ url: String) throws {
    var rest = url[...]
    var scheme = ""
    if let colon = rest.firstIndex(of: ":"), let first = rest.first, first.isLetter, first.isASCII,
      rest[..<colon].utf8.allSatisfy({ byte in
        byte < 0x80
          && (UInt8(0x30)...0x39 ~= byte || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
            || byte == 0x2B || byte == 0x2D || byte == 0x2E)
      })
    {
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    var location = ""
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
      location = String(rest[..<end])
      rest = rest[end...]
    }
    var fragment = ""
    if let hash = rest.firstIndex(of: "#") {
      fragment = String(rest[rest.index(after: hash)...])
      rest = rest[..<hash]
    }
    var query = ""
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    let authority = try Self.authority(location)
    entries = [
      .string("fragment"): .text(fragment), .string("hostname"): authority.host,
      .string("netloc"): .text(location), .string("password"): authority.password,
      .string("path"): .text(String(rest)), .string("port"): authority.port,
      .string("query"): .text(query), .string("scheme"): .text(scheme),
      .string("username"): authority.user,
    ]
  }

  private static func authority(
    _ location: String
  ) throws -> (user: Item, password: Item, host: Item, port: Item) {
    var user = Item.null
    var password = Item.null
    var hostPort = location[...]
    if let at = location.lastIndex(of: "@") {
      let login = location[..<at]
      hostPort = location[location.index(after: at)...]
      if let colon = login.firstIndex(of: ":") {
        user = .text(String(login[..<colon]))
        password = .text(String(login[login.index(after: colon)...]))
      } else {
        user = .text(String(login))
      }
    }
    var host = hostPort
    var port = Item.null
    let bracket = hostPort.firstIndex(of: "]")
    if let colon = hostPort.lastIndex(of: ":"), bracket.map({ colon > $0 }) ?? true {
      host = hostPort[..<colon]
      let digits = hostPort[hostPort.index(after: colon)...]
      if !digits.isEmpty {
        guard let number = Int(digits), (0...65535).contains(number) else {
          throw TemplateError(.value, "the port `\(digits)` is not from 0 to 65535", line: 0)
        }
        port = .int(number)
      }
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return (user, password, host.isEmpty ? .null : .text(host.lowercased()), port)
  }
}
