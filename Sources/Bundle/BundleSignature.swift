import Diagnostics
import Schema

/// Who signed the exact bytes of a manifest: the file `bundle.json.sig`.
///
/// It names its key, so that another key can be told from a manifest that was changed.
struct BundleSignature: Sendable, Hashable {
  let key: TrustedKey
  /// 64 bytes.
  let signature: [UInt8]

  init(key: TrustedKey, signature: [UInt8]) {
    self.key = key
    self.signature = signature
  }

  /// The bytes of `bundle.json.sig`.
  var bytes: [UInt8] {
    let document: Value = .dict([
      "algorithm": .string("ed25519"), "key": .string(hexadecimal(key.bytes)),
      "signature": .string(hexadecimal(signature)),
    ])
    return Array((JSON.text(document, style: .indented) + "\n").utf8)
  }

  /// Reads `bundle.json.sig`; nil where it is none.
  init?(_ bytes: [UInt8]) {
    guard let document = try? JSON.parse(bytes), document["algorithm"]?.string == "ed25519",
      let key = document["key"]?.string.flatMap(Self.bytes(ofHex:)), key.count == 32,
      let signature = document["signature"]?.string.flatMap(Self.bytes(ofHex:)),
      signature.count == 64
    else { return nil }
    self.init(key: TrustedKey(key), signature: signature)
  }

  private static func bytes(ofHex text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// Why a manifest is not to be believed; nil where one of the keys signed exactly these bytes.
  func objection(to manifest: [UInt8], of path: String, trusting keys: [TrustedKey]) -> Diagnostic?
  {
    guard key.verifies(signature, of: manifest) else {
      return Diagnostic(
        .error, "bundle-changed",
        "`\(path)`: the manifest is not what was signed: it or its signature was changed",
        help: "do not use it; get the bundle again from where it was made")
    }
    guard !keys.contains(key) else { return nil }
    let known = keys.map(\.fingerprint).joined(separator: ", ")
    return Diagnostic(
      .error, "bundle-key",
      "`\(path)` is signed by the key \(key.fingerprint), which is not trusted",
      help: "trusted: \(known); give the right public key by --trust, or do not use the bundle")
  }
}
