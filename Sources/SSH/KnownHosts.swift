import Synchronization

/// What the files know about a host's key.
enum HostKeyVerdict: Sendable {
  case trusted(KnownHostsEntry)
  /// Nothing is stored under the name; an authority's line that would speak for a certificate.
  case unknown(authority: KnownHostsEntry?)
  /// Other keys are stored under the name.
  case changed([KnownHostsEntry])
  case revoked(KnownHostsEntry)
}

/// An index over one or more known_hosts files.
///
/// libssh2's own reader ignores `@revoked`, knows no wildcards, and scans every line for every
/// host. Here literal names are looked up in a dictionary; hashed lines are tried from where the
/// last one fitted, since files and inventories mostly share their order, with the key blocks of
/// their HMACs kept.
final class KnownHosts: Sendable {
  private let state: Mutex<KnownHostsIndex>

  /// An index over the texts of files in their order of precedence.
  init(_ files: [(name: String, text: [UInt8])]) {
    var index = KnownHostsIndex()
    for file in files {
      for entry in KnownHostsParser(file: file.name).parse(file.text) { index.insert(entry) }
    }
    state = Mutex(index)
  }

  /// The name a host is known by: in lower case, with the port when it is not 22.
  static func name(_ host: String, port: Int) -> String {
    let host = host.lowercased()
    return port == 22 ? host : "[\(host)]:\(port)"
  }

  /// The key types stored for a name, to be asked of the server first.
  func storedTypes(for name: String) -> [String] {
    let entries = state.withLock { $0.entries(for: name, stopAtFirst: true) }
    var types: [String] = []
    for entry in entries where entry.marker == .none && !types.contains(entry.key.type) {
      types.append(entry.key.type)
    }
    return types
  }

  /// Judges the key a server proved to have.
  func check(_ key: PublicKeyBlob, for name: String) -> HostKeyVerdict {
    state.withLock { index in
      let quick = KnownHosts.judge(key, index.entries(for: name, stopAtFirst: true))
      switch quick {
      case .trusted, .revoked: return quick
      case .unknown, .changed:
        return KnownHosts.judge(key, index.entries(for: name, stopAtFirst: false))
      }
    }
  }

  private static func judge(
    _ key: PublicKeyBlob, _ entries: [KnownHostsEntry]
  ) -> HostKeyVerdict {
    if let revoked = entries.first(where: { $0.marker == .revoked && $0.key == key }) {
      return .revoked(revoked)
    }
    let plain = entries.filter { $0.marker == .none }
    if let entry = plain.first(where: { $0.key == key }) { return .trusted(entry) }
    if plain.isEmpty {
      return .unknown(authority: entries.first { $0.marker == .certificateAuthority })
    }
    let sameType = plain.filter { $0.key.type == key.type }
    return .changed(sameType.isEmpty ? plain : sameType)
  }

  /// Notes a key that was just written to `file`.
  func add(_ key: PublicKeyBlob, for name: String, file: String) {
    let entry = KnownHostsEntry(
      marker: .none, names: .patterns([HostPattern(name)]), key: key, file: file, line: 0)
    state.withLock { $0.insert(entry) }
  }
}

/// The entries of known_hosts files by name.
struct KnownHostsIndex {
  private struct Hashed {
    let entry: Int
    let salt: [UInt8]
    let digest: SHA1Digest
    var code: HMACSHA1?
    var isFound = false

    mutating func fits(_ message: PaddedMessage) -> Bool {
      if let code { return code.authenticate(message) == digest }
      let code = HMACSHA1(key: salt)
      self.code = code
      return code.authenticate(message) == digest
    }
  }

  private var entries: [KnownHostsEntry] = []
  private var literal: [String: [Int]] = [:]
  private var patterns: [Int] = []
  private var hashed: [Hashed] = []
  private var hashedWithMarker: [Hashed] = []
  /// Hashed lines by name, as far as they were found.
  private var found: [String: [Int]] = [:]
  /// The names for which all hashed lines were tried.
  private var exhausted: Set<String> = []
  private var cursor = 0

  mutating func insert(_ entry: KnownHostsEntry) {
    let index = entries.count
    entries.append(entry)
    switch entry.names {
    case .hashed(let salt, let digest):
      let line = Hashed(entry: index, salt: salt, digest: digest)
      if entry.marker == .none { hashed.append(line) } else { hashedWithMarker.append(line) }
    case .patterns(let names) where names.allSatisfy { $0.isLiteral && !$0.isNegated }:
      for name in names {
        literal[String(decoding: name.glob, as: UTF8.self), default: []] += [index]
      }
    case .patterns: patterns.append(index)
    }
  }

  /// What is stored under a name, in the order of the files; with `stopAtFirst` hashed lines are
  /// tried only until one fits (and those right after it).
  mutating func entries(for name: String, stopAtFirst: Bool) -> [KnownHostsEntry] {
    let name = name.lowercased()
    var indices = literal[name] ?? []
    for index in patterns {
      guard case .patterns(let names) = entries[index].names else { continue }
      if HostPattern.anyFits(names, name) { indices.append(index) }
    }
    if !hashedWithMarker.isEmpty || !hashed.isEmpty {
      let message = PaddedMessage(name)
      for index in hashedWithMarker.indices where hashedWithMarker[index].fits(message) {
        indices.append(hashedWithMarker[index].entry)
      }
      if !stopAtFirst || indices.isEmpty { search(name, message, stopAtFirst: stopAtFirst) }
      indices += found[name] ?? []
    }
    return indices.sorted().map { entries[$0] }
  }

  private mutating func search(_ name: String, _ message: PaddedMessage, stopAtFirst: Bool) {
    guard !exhausted.contains(name), !stopAtFirst || found[name] == nil else { return }
    let start = cursor
    for step in 0..<hashed.count {
      let index = (start + step) % hashed.count
      guard !hashed[index].isFound else { continue }
      if hashed[index].fits(message) {
        hashed[index].isFound = true
        found[name, default: []].append(hashed[index].entry)
        cursor = (index + 1) % hashed.count
      } else if stopAtFirst, found[name] != nil {
        return
      }
    }
    exhausted.insert(name)
  }
}
