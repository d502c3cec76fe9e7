import Synchronization
import Transport

/// Decides whether the key a server proved is the right one, and stores new ones if told to.
final class HostKeyPolicy: Sendable {
  private let indexes = Mutex<[[String]: KnownHosts]>([:])
  /// One writer at a time, so that a host met twice is stored once.
  private let pinning = Mutex(())

  /// The index over the files of a host; read once per set of files.
  private func index(for settings: HostSettings) -> KnownHosts {
    let paths = settings.userKnownHostsFiles + settings.globalKnownHostsFiles
    return indexes.withLock { indexes in
      if let known = indexes[paths] { return known }
      let files = paths.compactMap { path in
        (try? Files.read(path)).map { (name: path, text: $0) }
      }
      let index = KnownHosts(files)
      indexes[paths] = index
      return index
    }
  }

  /// The key types to ask of the server first.
  func storedTypes(for settings: HostSettings) -> [String] {
    guard settings.strictness != .off else { return [] }
    let index = index(for: settings)
    let types = index.storedTypes(for: settings.knownName)
    guard types.isEmpty, let plain = HostKeyPolicy.nameWithoutPort(settings) else { return types }
    return index.storedTypes(for: plain)
  }

  /// Passes when the key is trusted; throws what is wrong and what to do.
  func check(_ key: PublicKeyBlob, for settings: HostSettings) throws(TransportError) {
    guard settings.strictness != .off else { return }
    let index = index(for: settings)
    let name = settings.knownName
    switch index.check(key, for: name) {
    case .trusted: return
    case .revoked(let entry): throw HostKeyPolicy.revoked(key, entry, settings)
    case .changed(let entries): throw HostKeyPolicy.changed(key, entries, settings)
    case .unknown(let authority):
      // As ssh does: a key stored for the name without its port counts, but is never held against.
      if let plain = HostKeyPolicy.nameWithoutPort(settings),
        case .trusted = index.check(key, for: plain)
      {
        return
      }
      guard settings.strictness == .acceptNew else {
        throw HostKeyPolicy.unknown(key, authority, settings)
      }
      try pin(key, for: settings, in: index)
    }
  }

  private static func nameWithoutPort(_ settings: HostSettings) -> String? {
    guard settings.hostKeyAlias == nil, settings.port != 22 else { return nil }
    return KnownHosts.name(settings.address, port: 22)
  }

  private func pin(
    _ key: PublicKeyBlob, for settings: HostSettings, in index: KnownHosts
  ) throws(TransportError) {
    guard let path = settings.userKnownHostsFiles.first else {
      throw TransportError(
        .hostKeyUnknown, phase: .hostKey, host: settings.name,
        "there is no known_hosts file to store the new key in", help: "set UserKnownHostsFile")
    }
    let name = settings.knownName
    let line = HostKeyPolicy.line(name, key, isHashed: settings.hashesKnownHosts)
    do throws(SystemError) {
      try pinning.withLock { _ throws(SystemError) in
        if case .trusted = index.check(key, for: name) { return }
        try Files.append(line: line, to: path)
        index.add(key, for: name, file: path)
      }
    } catch {
      throw TransportError(
        .hostKeyUnknown, phase: .hostKey, host: settings.name,
        "the new host key cannot be stored in \(path): \(error.text)",
        help: "make the file writable, or set UserKnownHostsFile")
    }
    // Two hosts may have raced for one name with different keys.
    if case .changed(let entries) = index.check(key, for: name) {
      throw HostKeyPolicy.changed(key, entries, settings)
    }
  }

  private static func line(_ name: String, _ key: PublicKeyBlob, isHashed: Bool) -> String {
    let tail = "\(key.type) \(Base64.encode(key.bytes))"
    guard isHashed else { return "\(name) \(tail)" }
    var random = SystemRandomNumberGenerator()
    let salt = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let digest = HMACSHA1(key: salt).authenticate(PaddedMessage(name))
    return "|1|\(Base64.encode(salt))|\(Base64.encode(digest.bytes)) \(tail)"
  }

  // MARK: - Errors

  private static func unknown(
    _ key: PublicKeyBlob, _ authority: KnownHostsEntry?, _ settings: HostSettings
  ) -> TransportError {
    var message =
      "the host key is not known: \(key.kind) \(key.fingerprint), "
      + "and nothing is stored for \(settings.knownName)"
    if let authority {
      message +=
        "; \(authority.location) trusts a certificate authority, "
        + "but host certificates are not supported"
    }
    return TransportError(
      .hostKeyUnknown, phase: .hostKey, host: settings.name, message,
      help: "compare the fingerprint with the machine's own (ssh-keygen -lf "
        + "/etc/ssh/ssh_host_*_key.pub there), then add it with ssh-keyscan, "
        + "or run once with --accept-new")
  }

  private static func changed(
    _ key: PublicKeyBlob, _ entries: [KnownHostsEntry], _ settings: HostSettings
  ) -> TransportError {
    let stored = entries.map { "\($0.key.kind) \($0.key.fingerprint) (\($0.location))" }
    return TransportError(
      .hostKeyChanged, phase: .hostKey, host: settings.name,
      "the host key has changed: the server has \(key.kind) \(key.fingerprint), "
        + "stored is \(stored.joined(separator: ", "))",
      help: "somebody may stand between; if the machine was installed anew, remove the old key "
        + "with ssh-keygen -R '\(settings.knownName)' -f \(entries.first?.file ?? "FILE") "
        + "and accept the new one")
  }

  private static func revoked(
    _ key: PublicKeyBlob, _ entry: KnownHostsEntry, _ settings: HostSettings
  ) -> TransportError {
    TransportError(
      .hostKeyRevoked, phase: .hostKey, host: settings.name,
      "the host key is revoked: \(key.kind) \(key.fingerprint) by \(entry.location)",
      help: "give the machine a new host key; never connect to one with this key")
  }
}
