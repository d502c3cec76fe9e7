/// Something encrypted as `ansible-vault` writes it: a line that says how, then lines of hexadecimal digits.
///
/// ```
/// $ANSIBLE_VAULT;1.2;AES256;production
/// 3361386661363965...
/// ```
///
/// The digits are those of three lines of hexadecimal digits again: salt, HMAC, ciphertext. The
/// format is told in the Ansible user guide, "Ansible Vault payload format 1.1 - 1.2" (ansible-core
/// 2.19).
package struct Envelope: Sendable, Hashable {
  /// The vault id that the header names; nil where it names none (format 1.1).
  package let label: String?
  /// What the key is derived with; usually 32 bytes.
  let salt: [UInt8]
  /// HMAC-SHA256 of `ciphertext`.
  let tag: [UInt8]
  let ciphertext: [UInt8]

  init(label: String?, salt: [UInt8], tag: [UInt8], ciphertext: [UInt8]) {
    self.label = label
    self.salt = salt
    self.tag = tag
    self.ciphertext = ciphertext
  }

  /// How every envelope begins.
  package static let beginning = "$ANSIBLE_VAULT;"

  /// Whether bytes are meant to be an envelope, well formed or not.
  package static func begins(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.starts(with: beginning.utf8)
  }

  /// Reads an envelope.
  ///
  /// Blanks around lines and line breaks of any kind are passed over.
  /// - Throws: what is wrong with it.
  package init(_ bytes: [UInt8]) throws(EnvelopeFault) {
    var lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      .map(Self.trimmed)[...]
    guard let header = lines.popFirst(), Self.begins(header) else { throw .noHeader }
    label = try Self.label(String(decoding: header, as: UTF8.self))
    let outer = try Self.bytes(ofHex: Array(lines.joined()), line: 2)
    let parts = outer.split(
      separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .parts(parts.count) }
    salt = try Self.bytes(ofHex: Array(parts[0]), line: nil)
    tag = try Self.bytes(ofHex: Array(parts[1]), line: nil)
    ciphertext = try Self.bytes(ofHex: Array(Self.trimmed(parts[2])), line: nil)
    guard !salt.isEmpty, tag.count == 32 else { throw .parts(parts.count) }
    guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: 16) else { throw .cutOff }
  }

  /// The vault id of a header.
  private static func label(_ header: String) throws(EnvelopeFault) -> String? {
    let fields = header.split(separator: ";", omittingEmptySubsequences: false)
      .map { String(decoding: trimmed(Array($0.utf8)[...]), as: UTF8.self) }
    guard fields.count >= 3 else { throw .header }
    let (version, cipher) = (fields[1], fields[2])
    guard version == "1.1" || version == "1.2" else { throw .version(version) }
    guard cipher == "AES256" else { throw .cipher(cipher) }
    switch (version, fields.count) {
    case ("1.1", 3): return nil
    case ("1.2", 4) where !fields[3].isEmpty: return fields[3]
    default: throw .header
    }
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var line = line.drop(while: isBlank)
    while let last = line.last, isBlank(last) { line.removeLast() }
    return line
  }

  // MARK: Hexadecimal digits

  /// The bytes of pairs of digits; `line` is where they began in the envelope, for messages.
  private static func bytes(ofHex digits: [UInt8], line: Int?) throws(EnvelopeFault) -> [UInt8] {
    guard digits.count.isMultiple(of: 2) else { throw .cutOff }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(ofDigit: digits[index]), let low = value(ofDigit: digits[index + 1])
      else { throw .notHex }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(ofDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func hex(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  /// The envelope as text: 80 digits a line, a line break at the end.
  package var text: String {
    let newline = UInt8(ascii: "\n")
    let inner = [Self.hex(salt), Self.hex(tag), Self.hex(ciphertext)]
    let digits = Self.hex(Array(inner.joined(separator: [newline])))
    let header = Self.beginning + (label.map { "1.2;AES256;\($0)" } ?? "1.1;AES256")
    let lines = stride(from: 0, to: digits.count, by: 80).map {
      String(decoding: digits[$0..<min($0 + 80, digits.count)], as: UTF8.self)
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }
}

/// Why a text that begins like an envelope is none.
package enum EnvelopeFault: Error, Sendable, Hashable {
  /// The first line does not begin with `$ANSIBLE_VAULT;`.
  case noHeader
  /// The first line has too few or too many fields.
  case header
  case version(String)
  case cipher(String)
  case notHex
  /// Salt, HMAC and ciphertext are wanted; this many parts are there.
  case parts(Int)
  /// Digits are missing.
  case cutOff

  /// The fact, in lower case.
  package var message: String {
    switch self {
    case .noHeader: "it does not begin with `\(Envelope.beginning)`"
    case .header:
      "its first line is not `$ANSIBLE_VAULT;1.1;AES256` or `$ANSIBLE_VAULT;1.2;AES256;ID`"
    case .version(let version): "format \(version) is not known"
    case .cipher(let cipher): "the cipher \(cipher) is not known"
    case .notHex: "there is something else than hexadecimal digits in it"
    case .parts: "it does not hold a salt, an HMAC and a ciphertext"
    case .cutOff: "digits are missing: it was cut off"
    }
  }

  /// What to do.
  package var help: String {
    switch self {
    case .version, .cipher:
      "formats 1.1 and 1.2 with AES256 can be read: encrypt it again with `spile vault encrypt`"
    default: "restore it from version control, or encrypt it again with `spile vault encrypt`"
    }
  }
}
