import BigInt
import Schema

/// An X.509 certificate (RFC 5280).
struct Certificate {
  /// An attribute of a name: its object identifier and its text.
  typealias Attribute = (identifier: String, value: String)

  struct Extension {
    var identifier: String
    var isCritical: Bool
    var value: ArraySlice<UInt8>
  }

  let encoded: [UInt8]
  let version: Int
  let serialNumber: BigInt
  let signatureAlgorithm: String
  let issuer: [Attribute]
  let subject: [Attribute]
  let notBefore: String
  let notAfter: String
  /// The subject's public key with its algorithm.
  let publicKey: DER
  let extensions: [Extension]

  /// Reads the first certificate of a PEM text (RFC 7468); nil where there is none.
  init?(pem text: String) {
    guard let bytes = Self.pemBytes(text), let whole = DER(bytes) else { return nil }
    self.init(whole)
  }

  private static func pemBytes(_ text: String) -> [UInt8]? {
    var digits = ""
    var isInside = false
    for line in PythonText.lines(text).map(pythonStrip) {
      if line == "-----BEGIN CERTIFICATE-----" || line == "-----BEGIN X509 CERTIFICATE-----" {
        isInside = true
      } else if line.hasPrefix("-----END"), isInside {
        return Base64.decoded(digits, isURLSafe: false)
      } else if isInside {
        digits += line
      }
    }
    return nil
  }

  private init?(_ whole: DER) {
    guard whole.tag == DER.sequence, let parts = whole.members, parts.count == 3,
      let algorithm = parts[1].members?.first?.objectIdentifier, var body = parts[0].members
    else { return nil }
    var version = 1
    if body.first?.tag == 0xA0 {
      guard let number = body.removeFirst().members?.first?.number else { return nil }
      version = Int(clamping: number) + 1
    }
    guard body.count >= 6, let serial = body[0].number, let issuer = Self.name(body[2]),
      let validity = body[3].members, validity.count == 2, let notBefore = validity[0].time,
      let notAfter = validity[1].time, let subject = Self.name(body[4])
    else { return nil }
    encoded = Array(whole.encoded)
    self.version = version
    serialNumber = serial
    signatureAlgorithm = algorithm
    self.issuer = issuer
    self.subject = subject
    self.notBefore = notBefore
    self.notAfter = notAfter
    publicKey = body[5]
    guard let list = body.dropFirst(6).first(where: { $0.tag == 0xA3 }) else {
      extensions = []
      return
    }
    let read = list.members?.first?.members?.map(Self.readExtension)
    guard let read, read.allSatisfy({ $0 != nil }) else { return nil }
    extensions = read.compactMap(\.self)
  }

  private static func readExtension(_ value: DER) -> Extension? {
    guard let parts = value.members, (2...3).contains(parts.count),
      let identifier = parts[0].objectIdentifier, let last = parts.last, last.tag == DER.octets
    else { return nil }
    let isCritical = parts.count == 3 && parts[1].content.first.map { $0 != 0 } == true
    return Extension(identifier: identifier, isCritical: isCritical, value: last.content)
  }

  /// The attributes of a distinguished name, in order.
  static func name(_ value: DER) -> [Attribute]? {
    guard let sets = value.members else { return nil }
    var attributes: [Attribute] = []
    for set in sets {
      for pair in set.members ?? [] {
        guard let parts = pair.members, parts.count == 2,
          let identifier = parts[0].objectIdentifier, let text = parts[1].text
        else { return nil }
        attributes.append((identifier, text))
      }
    }
    return attributes
  }

  /// The extension of an object identifier and the value it holds.
  func value(of identifier: String) -> (value: DER, isCritical: Bool)? {
    guard let found = extensions.first(where: { $0.identifier == identifier }),
      let value = DER(found.value)
    else { return nil }
    return (value, found.isCritical)
  }
}
