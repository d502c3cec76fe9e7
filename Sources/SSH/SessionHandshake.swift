import CLibSSH2
import Transport

extension Session {
  /// Exchanges versions and keys; the key the server proved to have.
  func handshake(
    _ algorithms: Algorithms, limits: PhaseLimits
  ) async throws(TransportError) -> PublicKeyBlob {
    phase = .banner
    guard let session = handle?.raw else { throw failure ?? lost() }
    if let list = algorithms.apply(to: session) {
      throw error(
        .invalidConfiguration, phase: .configuration,
        "\(list) names nothing that libssh2 \(LibSSH2.version) knows",
        help: "remove the option or name algorithms of that version")
    }
    let bannerTimer = reactor.schedule(after: limits.banner) { [weak self] in
      self?.assumeIsolated { session in
        guard session.wire.greeting.version == nil else { return }
        session.fail(session.bannerTimeout(limits.banner))
      }
    }
    defer { reactor.cancel(bannerTimer) }
    // A server that finds nothing in common closes the connection, and which of the two is seen first is chance.
    let code: Int
    do throws(TransportError) {
      code = try await exchangeKeys(limits)
    } catch {
      throw mismatch(algorithms) ?? error
    }
    guard code == 0 else { throw mismatch(algorithms) ?? failure ?? handshakeError() }
    phase = .hostKey
    return try hostKey()
  }

  private func exchangeKeys(_ limits: PhaseLimits) async throws(TransportError) -> Int {
    let placeholder = reactor.placeholder
    return try await perform(
      within: limits.banner + limits.keyExchange,
      onTimeout: { session in
        session.error(
          .timedOut, phase: .keyExchange,
          "the key exchange did not end within \(limits.keyExchange.words)",
          help: "the server or the network is very slow, or a firewall drops large packets (MTU)")
      }
    ) { session in
      guard let handle = session.handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
      return Int(libssh2_session_handshake(handle, placeholder))
    }
  }

  private func hostKey() throws(TransportError) -> PublicKeyBlob {
    var length = 0
    var type: Int32 = 0
    guard let session = handle?.raw,
      let bytes = libssh2_session_hostkey(session, &length, &type),
      let key = PublicKeyBlob(
        Array(UnsafeRawBufferPointer(start: bytes, count: length)))
    else { throw error(.protocolViolation, "the server proved no host key") }
    return key
  }

  private func bannerTimeout(_ limit: Duration) -> TransportError {
    error(
      .timedOut, phase: .banner,
      "the server accepted the connection but said nothing "
        + "within \(limit.words)", serverSaid: wire.greeting.textBeforeVersion,
      help: "is this an SSH port? an overloaded sshd also answers late")
  }

  /// What both sides would have had to have in common; nil when they have, or when the server has not said.
  private func mismatch(_ algorithms: Algorithms) -> TransportError? {
    guard let proposal = wire.greeting.proposal, let words = algorithms.mismatch(with: proposal)
    else { return nil }
    return error(
      .algorithmMismatch, phase: .keyExchange, words, serverSaid: wire.greeting.version,
      help: mismatchHelp(proposal))
  }

  private func handshakeError() -> TransportError {
    let greeting = wire.greeting
    guard greeting.version != nil else { return bannerError(greeting.textBeforeVersion) }
    if wire.endCode != nil {
      var error = lost()
      error.phase = .keyExchange
      error.serverSaid = error.serverSaid ?? greeting.version
      return error
    }
    return error(
      .protocolViolation, phase: .keyExchange, "the key exchange failed: \(lastError())",
      serverSaid: greeting.version)
  }

  private func mismatchHelp(_ proposal: Greeting.Proposal) -> String {
    if !LibSSH2.upgradesRSA {
      if proposal.hostKeys.allSatisfy({ $0.contains("rsa") }) {
        return "give the server an Ed25519 host key (ssh-keygen -A, then restart sshd), "
          + "or use a build with libssh2 1.11.1 or later"
      }
      if proposal.macs.allSatisfy({ $0.contains("-etm@") }) {
        return "let the server offer hmac-sha2-256 too (MACs in its sshd_config), "
          + "or use a build with libssh2 1.11.1 or later"
      }
    }
    return "let the server offer one of these as well, or use a build with a later libssh2"
  }

  /// The server ended before its version line: too many at once, or it does not like us.
  func bannerError(_ text: String?) -> TransportError {
    if let text, text.contains("Not allowed at this time") {
      return error(
        .refused, phase: .banner, "the server refuses this controller's address for now",
        serverSaid: text,
        help: "PerSourcePenalties of its sshd after failed logins: wait some minutes, "
          + "then fix user or key before the next run")
    }
    if let text, !text.contains("MaxStartups") {
      return error(
        .protocolViolation, phase: .banner, "what answers there is not an SSH server",
        serverSaid: text, help: "check address and port")
    }
    return error(
      .throttled, phase: .banner, "the server closed the connection before its version line",
      serverSaid: text,
      help: "it has too many unauthenticated connections (MaxStartups in its sshd_config), "
        + "or it refuses this address (hosts.deny, firewall)")
  }
}

/// How long each phase of a connection may take.
struct PhaseLimits: Sendable {
  var connect = Duration.seconds(10)
  var banner = Duration.seconds(15)
  var keyExchange = Duration.seconds(20)
  var authentication = Duration.seconds(30)
  var channel = Duration.seconds(30)
}

extension Duration {
  /// `1.5 s`, `300 ms`.
  var words: String {
    let milliseconds = Int64(self / .milliseconds(1))
    guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000) s" }
    return milliseconds < 1000 ? "\(milliseconds) ms" : "\(Double(milliseconds) / 1000) s"
  }
}
