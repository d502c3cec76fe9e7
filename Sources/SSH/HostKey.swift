import Crypto

/// A public key in SSH's wire form (RFC 4253 section 6.6).
struct PublicKeyBlob: Hashable, Sendable {
  let bytes: [UInt8]
  /// The key's type as it stands in the blob: `ssh-ed25519`.
  let type: String

  /// nil when there is no type at the front.
  init?(_ bytes: [UInt8]) {
    var reader = WireReader(bytes)
    guard let type = reader.text(), !type.isEmpty else { return nil }
    self.bytes = bytes
    self.type = type
  }

  /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
  var fingerprint: String {
    "SHA256:" + Base64.encode(SHA256.hash(data: bytes), padded: false)
  }

  /// The kind of key in the words people use: `ED25519`.
  var kind: String {
    switch type {
    case "ssh-ed25519": "ED25519"
    case "ssh-rsa": "RSA"
    case "ssh-dss": "DSA"
    case let type where type.hasPrefix("ecdsa-sha2-"): "ECDSA"
    default: type
    }
  }
}
