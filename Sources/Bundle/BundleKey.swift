import Crypto
import Diagnostics
import PKI
import Vault

/// The public half of a key that signs bundles: Ed25519 (RFC 8032).
package struct TrustedKey: Sendable, Hashable {
  /// 32 bytes.
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// What people compare: the first 32 of the 64 hexadecimal digits of SHA-256 over the 32 bytes.
  package var fingerprint: String { String(hexadecimal(SHA256.hash(data: bytes)).prefix(32)) }

  /// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, section 4) up to the key itself.
  private static let prefix: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]

  /// The key as PEM, which `openssl pkey -pubin` reads too.
  package var text: String { PEM("PUBLIC KEY", Self.prefix + bytes).text }

  /// The keys of a file: one block of PEM for each; throws where there is none.
  package static func keys(_ text: String, path: String) throws(Diagnostic) -> [TrustedKey] {
    let keys = PEM.blocks(text).compactMap { block -> TrustedKey? in
      guard block.label == "PUBLIC KEY", block.content.starts(with: prefix),
        block.content.count == prefix.count + 32
      else { return nil }
      return TrustedKey(Array(block.content.dropFirst(prefix.count)))
    }
    guard !keys.isEmpty else {
      throw Diagnostic(
        .error, "bundle-trust", "`\(path)` has no Ed25519 public key",
        help: "`spile bundle key` makes a pair; the file ends in `.pub`")
    }
    return keys
  }

  /// The keys of a file of this machine.
  package static func keys(at path: String) throws(Diagnostic) -> [TrustedKey] {
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try ReadableFile.contents(of: path)
    } catch {
      throw Diagnostic(
        .error, "bundle-trust", "the key file `\(path)` cannot be read: \(error.reason)",
        help: "it is the public key of whoever made the bundle")
    }
    return try keys(String(decoding: bytes, as: UTF8.self), path: path)
  }

  /// Whether this key made the signature.
  func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else {
      return false
    }
    return key.isValidSignature(signature, for: bytes)
  }
}

/// A key that signs bundles.
package struct BundleKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  /// A new key from the system's random numbers.
  package init() { key = Curve25519.Signing.PrivateKey() }

  /// OneAsymmetricKey of an Ed25519 key (RFC 8410, section 7) up to the key itself.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]

  /// The half that may be known.
  package var trusted: TrustedKey { TrustedKey(Array(key.publicKey.rawRepresentation)) }

  /// The key as it is kept: PEM inside an envelope of the vault, opened by a passphrase.
  package func sealed(with password: VaultPassword) throws -> String {
    let pem = PEM("PRIVATE KEY", Self.prefix + Array(key.rawRepresentation)).text
    return try Envelope.sealing(Array(pem.utf8), with: password).text
  }

  /// Opens a key file; throws why that cannot be.
  package init(_ bytes: [UInt8], path: String, keys: VaultKeys) throws(Diagnostic) {
    guard Envelope.begins(bytes) else {
      throw Diagnostic(
        .error, "bundle-key", "the signing key `\(path)` is not encrypted",
        help: "`spile vault encrypt \(path)` encrypts it; `spile bundle key` makes one that is")
    }
    let envelope: Envelope
    do throws(EnvelopeFault) {
      envelope = try Envelope(bytes)
    } catch {
      throw error.diagnostic("the signing key `\(path)`", at: nil)
    }
    let plain: [UInt8]
    do throws(VaultRefusal) {
      plain = try keys.open(envelope)
    } catch {
      throw error.diagnostic("the signing key `\(path)`", label: envelope.label, at: nil)
    }
    let block = PEM.blocks(String(decoding: plain, as: UTF8.self)).first(where: \.isPrivateKey)
    guard let content = block?.content, content.starts(with: Self.prefix),
      content.count == Self.prefix.count + 32,
      let key = try? Curve25519.Signing.PrivateKey(
        rawRepresentation: content.dropFirst(Self.prefix.count))
    else {
      throw Diagnostic(
        .error, "bundle-key", "`\(path)` holds no Ed25519 private key",
        help: "`spile bundle key` makes one")
    }
    self.key = key
  }

  /// Signs bytes; the same key and bytes give the same signature (RFC 8032).
  func sign(_ bytes: [UInt8]) throws(Diagnostic) -> BundleSignature {
    do {
      return BundleSignature(key: trusted, signature: Array(try key.signature(for: bytes)))
    } catch {
      throw Diagnostic(.error, "bundle-key", "nothing can be signed: \(error)")
    }
  }
}
