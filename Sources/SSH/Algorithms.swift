import CLibSSH2

/// The algorithms offered to a server, best first, and what to say when none is common.
struct Algorithms: Sendable {
  var keyExchanges: [String]
  var hostKeys: [String]
  var ciphers: [String]
  var macs: [String]

  /// What is offered unless the configuration says otherwise.
  ///
  /// CTR ciphers stand first because
  /// libssh2 encrypts them fastest; SHA-1 groups of 1024 bits and RC4 are not offered at all.
  static let preferred = Algorithms(
    keyExchanges: [
      "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
      "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256",
      "diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512",
      "diffie-hellman-group18-sha512", "diffie-hellman-group14-sha1",
    ],
    hostKeys: [
      "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
      "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa",
    ],
    ciphers: [
      "aes128-ctr", "aes256-ctr", "aes192-ctr", "chacha20-poly1305@openssh.com",
      "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-cbc", "aes256-cbc",
    ],
    macs: [
      "hmac-sha2-256-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512-etm@openssh.com",
      "hmac-sha2-512", "hmac-sha1-etm@openssh.com", "hmac-sha1",
    ])

  private static let known = Algorithms(
    keyExchanges: LibSSH2.supported(LIBSSH2_METHOD_KEX),
    hostKeys: LibSSH2.supported(LIBSSH2_METHOD_HOSTKEY),
    ciphers: LibSSH2.supported(LIBSSH2_METHOD_CRYPT_CS),
    macs: LibSSH2.supported(LIBSSH2_METHOD_MAC_CS))

  /// Host key algorithms that can carry a key of the given type.
  static func signatures(for keyType: String) -> [String] {
    keyType == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [keyType]
  }

  /// Puts the algorithms of stored keys first, so that the server proves a key that can be checked.
  mutating func prefer(hostKeyTypes types: [String]) {
    let first = types.flatMap(Algorithms.signatures(for:))
    hostKeys = hostKeys.filter(first.contains) + hostKeys.filter { !first.contains($0) }
  }

  /// The names of one list that the library knows.
  private func usable(_ list: KeyPath<Algorithms, [String]>) -> [String] {
    let known = Algorithms.known[keyPath: list]
    return self[keyPath: list].filter(known.contains)
  }

  /// Tells libssh2; the name of the list it knows nothing of, if there is one.
  func apply(to session: OpaquePointer) -> String? {
    let lists: [(Int32, String, [String])] = [
      (LIBSSH2_METHOD_KEX, "KexAlgorithms", usable(\.keyExchanges)),
      (LIBSSH2_METHOD_HOSTKEY, "HostKeyAlgorithms", usable(\.hostKeys)),
      (LIBSSH2_METHOD_CRYPT_CS, "Ciphers", usable(\.ciphers)),
      (LIBSSH2_METHOD_CRYPT_SC, "Ciphers", usable(\.ciphers)),
      (LIBSSH2_METHOD_MAC_CS, "MACs", usable(\.macs)),
      (LIBSSH2_METHOD_MAC_SC, "MACs", usable(\.macs)),
    ]
    for (method, name, algorithms) in lists {
      let list = algorithms.joined(separator: ",")
      guard !algorithms.isEmpty, libssh2_session_method_pref(session, method, list) == 0 else {
        return name
      }
    }
    return nil
  }

  /// Which list has nothing in common with what the server offers, in words; nil when all have.
  func mismatch(with proposal: Greeting.Proposal) -> String? {
    let lists: [(String, [String], [String])] = [
      ("key exchange method", usable(\.keyExchanges), proposal.keyExchanges),
      ("host key algorithm", usable(\.hostKeys), proposal.hostKeys),
      ("cipher", usable(\.ciphers), proposal.ciphers),
      ("MAC", usable(\.macs), proposal.macs),
    ]
    for (name, ours, theirs) in lists where !ours.contains(where: theirs.contains) {
      return "no common \(name): the server offers \(theirs.joined(separator: ", ")); "
        + "libssh2 \(LibSSH2.version), which this build uses, offers \(ours.joined(separator: ", "))"
    }
    return nil
  }
}
