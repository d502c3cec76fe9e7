/// One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
struct KnownHostsEntry: Sendable {
  enum Marker: Sendable { case none, revoked, certificateAuthority }

  enum Names: Sendable {
    case patterns([HostPattern])
    /// HMAC-SHA1 of one name under a salt.
    case hashed(salt: [UInt8], digest: SHA1Digest)
  }

  let marker: Marker
  let names: Names
  let key: PublicKeyBlob
  let file: String
  /// From 1.
  let line: Int

  /// `file:line`.
  var location: String { "\(file):\(line)" }
}

/// Reads the text of a known_hosts file; what is not an entry is passed over, as ssh does.
struct KnownHostsParser {
  let file: String

  func parse(_ text: [UInt8]) -> [KnownHostsEntry] {
    text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated().compactMap { entry($0.element, line: $0.offset + 1) }
  }

  private func entry(_ text: ArraySlice<UInt8>, line: Int) -> KnownHostsEntry? {
    var fields = text.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }[...]
    guard let first = fields.first, first.first != UInt8(ascii: "#") else { return nil }
    var marker = KnownHostsEntry.Marker.none
    if first.first == UInt8(ascii: "@") {
      switch String(decoding: first, as: UTF8.self) {
      case "@revoked": marker = .revoked
      case "@cert-authority": marker = .certificateAuthority
      default: return nil
      }
      fields.removeFirst()
    }
    guard fields.count >= 3, let names = names(fields[fields.startIndex]),
      let key = Base64.decode(
        fields[fields.startIndex + 2].filter { $0 != UInt8(ascii: "\r") }
      ).flatMap(PublicKeyBlob.init),
      key.type.utf8.elementsEqual(fields[fields.startIndex + 1])
    else { return nil }
    return KnownHostsEntry(marker: marker, names: names, key: key, file: file, line: line)
  }

  private func names(_ field: ArraySlice<UInt8>) -> KnownHostsEntry.Names? {
    guard field.starts(with: "|1|".utf8) else {
      let patterns = field.split(separator: UInt8(ascii: ",")).map {
        HostPattern(String(decoding: $0, as: UTF8.self))
      }
      return patterns.isEmpty ? nil : .patterns(patterns)
    }
    let parts = field.dropFirst(3).split(separator: UInt8(ascii: "|"))
    guard parts.count == 2, let salt = Base64.decode(parts[0]), salt.count <= 64,
      let digest = Base64.decode(parts[1]).flatMap(SHA1Digest.init)
    else { return nil }
    return .hashed(salt: salt, digest: digest)
  }
}
