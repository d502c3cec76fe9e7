import CLibSSH2
import Glibc
import Transport

extension Session {
  /// What the server answered to one attempt.
  enum Answer: Sendable { case accepted, refused }

  /// Offers a public key and, if the server likes it, signs; `blob` may carry another type than
  /// the key's own so that the library asks for that signature algorithm.
  func tryKey(
    _ identity: Identity, blob: [UInt8], user: String, within limit: Duration
  ) async throws(TransportError) -> Answer {
    let signing = Signing(identity, for: self)
    self.signing = signing
    defer {
      self.signing = nil
      signing.release()
    }
    return try await attempt("publickey", within: limit) { session in
      guard let handle = session.handle?.raw, let context = session.signing?.context else {
        return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT)
      }
      return Int(
        libssh2_userauth_publickey(
          handle, user, blob, blob.count,
          { _, signature, count, bytes, length, context in
            Signing.sign(
              signature, count, UnsafeRawBufferPointer(start: bytes, count: length), context)
          }, context))
    }
  }

  func tryPassword(
    _ password: String, user: String, within limit: Duration
  ) async throws(TransportError) -> Answer {
    try await attempt("password", within: limit) { session in
      guard let handle = session.handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
      return Int(
        libssh2_userauth_password_ex(
          handle, user, UInt32(user.utf8.count), password, UInt32(password.utf8.count), nil))
    }
  }

  /// Answers every question that is not echoed with the password.
  func tryKeyboardInteractive(
    _ password: String, user: String, within limit: Duration
  ) async throws(TransportError) -> Answer {
    wire.keyboardAnswer = password
    defer { wire.keyboardAnswer = nil }
    return try await attempt("keyboard-interactive", within: limit) { session in
      guard let handle = session.handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
      return Int(
        libssh2_userauth_keyboard_interactive_ex(
          handle, user, UInt32(user.utf8.count),
          { _, _, _, _, count, prompts, responses, context in
            guard let wire = Wire.from(context), let prompts, let responses else { return }
            for index in 0..<Int(max(count, 0)) where prompts[index].echo == 0 {
              guard let answer = wire.keyboardAnswer, let copy = strdup(answer) else { continue }
              responses[index].text = copy
              responses[index].length = UInt32(strlen(copy))
            }
          }))
    }
  }

  /// The methods the server would still take, from its answer to "none"; nil when it asks nothing.
  func allowedMethods(user: String, within limit: Duration) async throws(TransportError)
    -> [String]?
  {
    let answer = try await attempt("none", within: limit) { session in
      guard let handle = session.handle?.raw else { return Int(LIBSSH2_ERROR_SOCKET_DISCONNECT) }
      guard let list = libssh2_userauth_list(handle, user, UInt32(user.utf8.count)) else {
        if libssh2_userauth_authenticated(handle) != 0 { return 0 }
        return Int(libssh2_session_last_errno(handle))
      }
      session.lastMethods = String(cString: list).split(separator: ",").map(String.init)
      return Int(LIBSSH2_ERROR_AUTHENTICATION_FAILED)
    }
    switch answer {
    case .accepted: return nil
    case .refused: return lastMethods
    }
  }

  private func attempt(
    _ method: String, within limit: Duration,
    _ call: @escaping @Sendable (isolated Session) -> Int
  ) async throws(TransportError) -> Answer {
    phase = .authentication
    let code = try await perform(
      within: limit,
      onTimeout: { session in
        session.error(
          .timedOut, phase: .authentication,
          "no answer to the authentication method \(method) within \(limit.words)",
          help: "PAM, LDAP or DNS on the server may be slow; see its auth log")
      }, call)
    switch Int32(code) {
    case 0: return .accepted
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, -1:
      guard wire.endCode == nil, wire.farewell == nil else { throw failure ?? lost() }
      return .refused
    default:
      if wire.endCode != nil || wire.farewell != nil { throw failure ?? lost() }
      throw failure
        ?? error(.protocolViolation, phase: .authentication, "authentication broke: \(lastError())")
    }
  }
}

/// The signature of one authentication attempt, made when libssh2 asks for it.
///
/// Slow keys and the agent sign elsewhere; meanwhile the library is told to ask again.
final class Signing {
  private enum State {
    case idle, waiting
    case done([UInt8]?)
  }

  private let identity: Identity
  private weak let session: Session?
  private var state = State.idle
  /// libssh2's `abstract`: a pointer to a pointer to this object.
  let context: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init(_ identity: Identity, for session: Session) {
    self.identity = identity
    self.session = session
    context = .allocate(capacity: 1)
    context.initialize(to: nil)
    context.pointee = Unmanaged.passUnretained(self).toOpaque()
  }

  /// To be called once, when libssh2 will not ask again.
  func release() { context.deallocate() }

  /// The answer of the task that signs.
  func complete(_ signature: [UInt8]?) { state = .done(signature) }

  /// libssh2's callback: 0 with a signature from malloc(3), EAGAIN, or a failure.
  static func sign(
    _ signature: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ count: UnsafeMutablePointer<Int>?, _ bytes: UnsafeRawBufferPointer,
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Int32 {
    guard let pointer = context?.pointee, let signature, let count else { return -1 }
    let signing = Unmanaged<Signing>.fromOpaque(pointer).takeUnretainedValue()
    switch signing.state {
    case .waiting: return LIBSSH2_ERROR_EAGAIN
    case .idle:
      signing.begin(Array(bytes))
      guard case .done(let result) = signing.state else { return LIBSSH2_ERROR_EAGAIN }
      return hand(result, to: signature, count)
    case .done(let result): return hand(result, to: signature, count)
    }
  }

  private static func hand(
    _ bytes: [UInt8]?, to signature: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
    _ count: UnsafeMutablePointer<Int>
  ) -> Int32 {
    guard let bytes, let memory = malloc(bytes.count) else { return -1 }
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    signature.pointee = memory.assumingMemoryBound(to: UInt8.self)
    count.pointee = bytes.count
    return 0
  }

  private func begin(_ bytes: [UInt8]) {
    guard let algorithm = Signing.algorithm(in: bytes) else { return state = .done(nil) }
    if case .key(let key) = identity.source, key.isCheap {
      state = .done(key.sign(bytes, algorithm: algorithm))
      return
    }
    state = .waiting
    let identity = identity
    let session = session
    Task { @concurrent in
      let signature = await identity.sign(bytes, algorithm: algorithm)
      await session?.completeSigning(signature)
    }
  }

  /// The algorithm named in the request that is signed (RFC 4252 section 7).
  private static func algorithm(in bytes: [UInt8]) -> String? {
    var reader = WireReader(bytes)
    guard reader.string() != nil, reader.byte() == 50, reader.string() != nil,
      reader.string() != nil, reader.text() == "publickey", reader.byte() == 1
    else { return nil }
    return reader.text()
  }
}

extension Session {
  fileprivate func completeSigning(_ signature: [UInt8]?) {
    signing?.complete(signature)
    requestTurn()
  }
}
