import Crypto
import Schema

extension Blob {
  /// Bytes with the digest worked out.
  package init(_ bytes: [UInt8], isSecret: Bool = false) {
    self.init(bytes: bytes, sha256: sha256Hex(bytes), isSecret: isSecret)
  }

  /// The UTF-8 of a text; secret when the text is.
  package init(_ text: Text) {
    self.init(Array(text.string.utf8), isSecret: text.marks.contains(.secret))
  }
}

/// The SHA-256 of bytes as 64 lower-case hexadecimal digits, as sha256sum(1) prints it.
package func sha256Hex(_ bytes: some Sequence<UInt8>) -> String {
  var hash = SHA256()
  hash.update(data: Array(bytes))
  return hexadecimal(hash.finalize())
}

/// The SHA-1 of bytes as 40 lower-case hexadecimal digits: the checksum of Ansible's results, which protects nothing.
package func sha1Hex(_ bytes: some Sequence<UInt8>) -> String {
  var hash = Insecure.SHA1()
  hash.update(data: Array(bytes))
  return hexadecimal(hash.finalize())
}

/// The HMAC-SHA1 (RFC 2104) of bytes, 20 of them: how ssh(1) hides names of known hosts.
package func hmacSHA1(_ bytes: some Sequence<UInt8>, key: [UInt8]) -> [UInt8] {
  Array(
    HMAC<Insecure.SHA1>.authenticationCode(for: Array(bytes), using: SymmetricKey(data: key)))
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var hex: [UInt8] = []
  for byte in bytes {
    hex.append(digits[Int(byte >> 4)])
    hex.append(digits[Int(byte & 15)])
  }
  return String(decoding: hex, as: UTF8.self)
}
