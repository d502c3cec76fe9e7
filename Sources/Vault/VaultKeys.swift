import Synchronization

/// A vault password and the id under which it is known.
package struct VaultPassword: Sendable {
  /// The id of a password that was given without one.
  package static let defaultID = "default"

  package let id: String
  /// Without the line break at its end.
  let bytes: [UInt8]

  /// A password under the id that `--vault-id` gives it; nil for an empty one.
  ///
  /// Blanks and line breaks around it do not count, as in Ansible.
  package init?(id: String, bytes: [UInt8]) {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var kept = bytes.drop(while: isBlank)
    while let last = kept.last, isBlank(last) { kept.removeLast() }
    guard !kept.isEmpty else { return nil }
    self.id = id
    self.bytes = Array(kept)
  }
}

/// Why an envelope stays closed.
package enum VaultRefusal: Error, Sendable, Hashable {
  /// There is no password at all.
  case noPassword
  /// No password fits; the ids of those that were tried, in order.
  case noneFits(tried: [String])
}

/// The vault passwords of a run, and what they have opened.
///
/// Each envelope is opened once, and only when it is needed: a key costs 10000 rounds.
package final class VaultKeys: Sendable {
  private let passwords: [VaultPassword]
  /// The secrets that were met so far.
  package let secrets = KnownSecrets()
  private let encryptedValues = Atomic<Int>(0)
  private let opened = Mutex<[Envelope: Result<[UInt8], VaultRefusal>]>([:])

  package init(_ passwords: [VaultPassword] = []) { self.passwords = passwords }

  /// The ids of the passwords, in the order in which they were given.
  package var ids: [String] { passwords.map(\.id) }

  /// Whether a document with an encrypted value was loaded: otherwise nobody has to look for one.
  package var hasEncryptedValues: Bool { encryptedValues.load(ordering: .relaxed) > 0 }

  /// Notes that a document has an encrypted value.
  package func noteEncryptedValue() { encryptedValues.wrappingAdd(1, ordering: .relaxed) }

  /// What an envelope holds.
  ///
  /// Passwords under its id are tried first, then all others, as in Ansible.
  package func open(_ envelope: Envelope) throws(VaultRefusal) -> [UInt8] {
    if let known = opened.withLock({ $0[envelope] }) { return try known.get() }
    let result = Result { () throws(VaultRefusal) in try opening(envelope).plain }
    opened.withLock { $0[envelope] = result }
    return try result.get()
  }

  /// What an envelope holds, and the password that opened it.
  package func opening(_ envelope: Envelope) throws(VaultRefusal)
    -> (plain: [UInt8], password: VaultPassword)
  {
    guard !passwords.isEmpty else { throw .noPassword }
    let wanted = envelope.label ?? VaultPassword.defaultID
    let order = passwords.filter { $0.id == wanted } + passwords.filter { $0.id != wanted }
    for password in order {
      if let cipher = try? VaultCipher(password: password.bytes, salt: envelope.salt),
        cipher.authenticates(envelope.ciphertext, envelope.tag),
        let plain = try? cipher.decrypt(envelope.ciphertext)
      {
        return (plain, password)
      }
    }
    throw .noneFits(tried: order.map(\.id))
  }

  /// The password under an id; without one the first.
  package func password(named id: String?) -> VaultPassword? {
    id == nil ? passwords.first : passwords.first { $0.id == id }
  }
}

extension Envelope {
  /// Encrypts bytes; an id other than `default` goes into the header.
  package static func sealing(_ plain: [UInt8], with password: VaultPassword) throws -> Envelope {
    var generator = SystemRandomNumberGenerator()
    let salt = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let cipher = try VaultCipher(password: password.bytes, salt: salt)
    let ciphertext = try cipher.encrypt(plain)
    return Envelope(
      label: password.id == VaultPassword.defaultID ? nil : password.id, salt: salt,
      tag: cipher.tag(of: ciphertext), ciphertext: ciphertext)
  }
}
