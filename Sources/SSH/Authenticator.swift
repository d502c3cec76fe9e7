import Transport

/// Tries what there is to prove who we are, in OpenSSH's order, and says what was tried.
struct Authenticator: Sendable {
  let settings: HostSettings
  let password: String?
  let passphrase: String?
  let keys: KeyStore
  let limit: Duration

  /// sshd cuts the connection at 6 failures (MaxAuthTries in sshd_config(5)); one is left for the
  /// password and one spare.
  private static let maximumKeys = 4

  private struct Candidate: Sendable {
    var path: String?
    var publicKey: PublicKeyBlob
    var agent: Identity?
  }

  /// What was tried and what could not be, for the error.
  private struct Attempts: Sendable {
    var tried: [String] = []
    var notes: [String] = []
  }

  /// Ends authenticated, or throws.
  func authenticate(_ session: Session) async throws(TransportError) {
    var attempts = Attempts()
    do throws(TransportError) {
      if settings.usesPublicKeys, try await tryKeys(session, &attempts) { return }
      if let password, settings.usesPasswords,
        try await tryPassword(password, session, &attempts)
      {
        return
      }
    } catch  where error.code == .closed {
      throw refused(attempts, allowed: nil, serverSaid: error.serverSaid ?? error.message)
    }
    var allowed: [String]? = nil
    do throws(TransportError) {
      guard let methods = try await session.allowedMethods(user: settings.user, within: limit)
      else {
        return
      }
      allowed = methods
    } catch {
      attempts.notes.append(error.message)
    }
    throw refused(attempts, allowed: allowed, serverSaid: await session.banner())
  }

  // MARK: - Keys

  private func tryKeys(
    _ session: Session, _ attempts: inout Attempts
  ) async throws(TransportError) -> Bool {
    for candidate in await candidates(&attempts) {
      guard let identity = await identity(candidate, &attempts) else { continue }
      attempts.tried.append("key \(identity.label)")
      for blob in await session.blobs(for: identity.publicKey) {
        let answer = try await session.tryKey(
          identity, blob: blob, user: settings.user, within: limit)
        if answer == .accepted { return true }
      }
    }
    return false
  }

  /// Keys to offer: those of the agent that were asked for by file, chosen files, the agent's
  /// others unless forbidden, the usual files.
  private func candidates(_ attempts: inout Attempts) async -> [Candidate] {
    var agentKeys: [Identity] = []
    if let path = settings.agentPath {
      if let keys = await keys.agentKeys(path) {
        agentKeys = keys
      } else {
        attempts.notes.append("no agent answers at \(path)")
      }
    }
    var fromFiles: [Candidate] = []
    for path in settings.identityFiles {
      guard let key = await publicKey(path, &attempts) else { continue }
      fromFiles.append(
        Candidate(
          path: path, publicKey: key, agent: agentKeys.first { $0.publicKey == key }))
    }
    let others = agentKeys.filter { key in !fromFiles.contains { $0.publicKey == key.publicKey } }
      .map { Candidate(path: nil, publicKey: $0.publicKey, agent: $0) }
    let asked = fromFiles.filter { $0.agent != nil }
    let locked = fromFiles.filter { $0.agent == nil }
    let more = settings.identitiesOnly ? [] : others
    let all = asked + (settings.hasChosenIdentities ? locked + more : more + locked)
    if all.count > Authenticator.maximumKeys {
      attempts.notes.append(
        "only \(Authenticator.maximumKeys) of \(all.count) keys were offered; "
          + "name the right one with IdentityFile")
    }
    return Array(all.prefix(Authenticator.maximumKeys))
  }

  private func publicKey(_ path: String, _ attempts: inout Attempts) async -> PublicKeyBlob? {
    if let key = await keys.publicKey(path) { return key }
    switch await keys.file(path) {
    case .failure(.unreadable(let why)):
      if settings.hasChosenIdentities {
        attempts.notes.append("key \(path) cannot be read: \(why)")
      }
      return nil
    case .failure(let problem):
      attempts.notes.append("key \(path) \(problem.text)")
      return nil
    case .success:
      // An older format: the public half comes out only with the private one.
      switch await keys.key(path, passphrase: passphrase) {
      case .success(let key): return PublicKeyBlob(key.publicBlob)
      case .failure(let problem):
        attempts.notes.append("key \(path) \(problem.text)")
        return nil
      }
    }
  }

  private func identity(_ candidate: Candidate, _ attempts: inout Attempts) async -> Identity? {
    if let agent = candidate.agent {
      return Identity(
        source: agent.source, publicKey: agent.publicKey, name: candidate.path ?? agent.name)
    }
    guard let path = candidate.path else { return nil }
    switch await keys.key(path, passphrase: passphrase) {
    case .success(let key):
      guard key.publicBlob == candidate.publicKey.bytes else {
        attempts.notes.append("key \(path) does not belong to \(path).pub")
        return PublicKeyBlob(key.publicBlob).map {
          Identity(source: .key(key), publicKey: $0, name: path)
        }
      }
      return Identity(source: .key(key), publicKey: candidate.publicKey, name: path)
    case .failure(let problem):
      attempts.notes.append("key \(path) \(problem.text)")
      return nil
    }
  }

  // MARK: - Passwords

  private func tryPassword(
    _ password: String, _ session: Session, _ attempts: inout Attempts
  ) async throws(TransportError) -> Bool {
    guard let methods = try await session.allowedMethods(user: settings.user, within: limit) else {
      return true
    }
    if methods.contains("password") {
      attempts.tried.append("password")
      let answer = try await session.tryPassword(password, user: settings.user, within: limit)
      if answer == .accepted { return true }
    }
    if methods.contains("keyboard-interactive") {
      attempts.tried.append("keyboard-interactive")
      let answer = try await session.tryKeyboardInteractive(
        password, user: settings.user, within: limit)
      if answer == .accepted { return true }
    }
    return false
  }

  // MARK: - Errors

  private func refused(
    _ attempts: Attempts, allowed: [String]?, serverSaid: String?
  ) -> TransportError {
    var message = "the server refused the user \(settings.user)"
    message +=
      attempts.tried.isEmpty
      ? ": there was nothing to try" : "; tried \(attempts.tried.joined(separator: ", "))"
    if let allowed { message += "; the server allows \(allowed.joined(separator: ", "))" }
    if !attempts.notes.isEmpty { message += " (\(attempts.notes.joined(separator: "; ")))" }
    return TransportError(
      .authenticationFailed, phase: .authentication, host: settings.name, message,
      serverSaid: serverSaid, help: help(allowed))
  }

  private func help(_ allowed: [String]?) -> String {
    if let allowed, !allowed.contains("publickey"), password == nil {
      return "the server takes no keys: give a password (-k)"
    }
    return "is the public key in ~\(settings.user)/.ssh/authorized_keys there, and is the user "
      + "right? the server's auth log tells why it refused"
  }
}
