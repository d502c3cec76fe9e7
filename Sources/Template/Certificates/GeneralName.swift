import PKI
import Schema

/// The kinds of names that a certificate may have (RFC 5280, 4.2.1.6), as OpenSSL writes them.
enum GeneralName {
  /// `DNS:example.com`, `IP:10.0.0.1` and the like; nil for what cannot be read.
  static func text(_ name: DER) -> String? {
    switch name.tag {
    case 0x82: return string(name).map { "DNS:\($0)" }
    case 0x81: return string(name).map { "email:\($0)" }
    case 0x86: return string(name).map { "URI:\($0)" }
    case 0x87: return address(Array(name.content)).map { "IP:\($0)" }
    case 0x88: return name.objectIdentifier.map { "RID:\($0)" }
    case 0xA4:
      return name.members?.first.flatMap(Certificate.name).map { attributes in
        "dirName:"
          + attributes.reversed().map {
            "\(ObjectNames.shortName(of: $0.identifier))=\(escaped($0.value))"
          }.joined(separator: ",")
      }
    case 0xA0:
      guard let parts = name.members, parts.count == 2, let kind = parts[0].objectIdentifier else {
        return nil
      }
      let value = parts[1].content.map { PythonText.hex(UInt32($0), 2) }.joined(separator: ":")
      return "otherName:\(kind);\(value)"
    default: return nil
    }
  }

  private static func string(_ name: DER) -> String? {
    String(validating: name.content, as: UTF8.self)
  }

  private static func address(_ bytes: [UInt8]) -> String? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let value = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    return IPNetwork(
      version: bytes.count == 4 ? .four : .six, value: value, prefix: bytes.count * 8
    ).addressText
  }

  /// A value of a directory name (RFC 4514, 2.4).
  private static func escaped(_ value: String) -> String {
    var result = ""
    let last = value.unicodeScalars.count - 1
    for (index, scalar) in value.unicodeScalars.enumerated() {
      if ",+<>;\"\\".unicodeScalars.contains(scalar)
        || (index == 0 && (scalar == "#" || scalar == " "))
        || (index == last && scalar == " ")
      {
        result += "\\"
      }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
