import CLibSSH2
import Glibc

/// Ownership of libssh2's state for one session; freed on the reactor, where it lives.
struct SessionHandle: ~Copyable {
  let raw: OpaquePointer

  /// nil when there is no memory.
  init?(wire: Wire) {
    guard LibSSH2.isReady else { return nil }
    let context = Unmanaged.passUnretained(wire).toOpaque()
    guard let raw = libssh2_session_init_ex(nil, nil, nil, context) else { return nil }
    libssh2_session_set_blocking(raw, 0)
    spile_ssh_set_callbacks(
      raw,
      { _, bytes, count, _, context in
        guard let wire = Wire.from(context) else { return -Int(EPIPE) }
        return wire.send(UnsafeRawBufferPointer(start: bytes, count: count))
      },
      { _, buffer, count, _, context in
        guard let wire = Wire.from(context) else { return -Int(EPIPE) }
        return wire.receive(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
      },
      { _, _, message, count, _, _, context in
        guard let message, let wire = Wire.from(context) else { return }
        let bytes = UnsafeRawBufferPointer(start: message, count: Int(count))
        wire.farewell = String(decoding: bytes, as: UTF8.self)
      })
    self.raw = raw
  }

  /// The wire has been severed before, so nothing is waited for: two calls do.
  deinit {
    for _ in 0..<8 where libssh2_session_free(raw) != LIBSSH2_ERROR_EAGAIN { return }
  }
}

extension Wire {
  /// The wire behind libssh2's `abstract` pointer.
  static func from(
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Wire? {
    guard let pointer = context?.pointee else { return nil }
    return Unmanaged<Wire>.fromOpaque(pointer).takeUnretainedValue()
  }
}

/// The library itself.
enum LibSSH2 {
  /// libssh2_init(3) is not thread-safe: this is its only caller, once.
  static let isReady = libssh2_init(0) == 0

  /// The version that is linked in: `1.10.0`.
  static let version: String = {
    guard let text = libssh2_version(0) else { return "of unknown version" }
    return String(cString: text)
  }()

  /// Whether RSA signatures with SHA-2 are chosen by the library itself (since 1.11).
  static let upgradesRSA = libssh2_version(0x010b00) != nil

  /// The names libssh2 can offer for one kind of method (LIBSSH2_METHOD_*).
  static func supported(_ method: Int32) -> [String] {
    guard isReady, let session = libssh2_session_init_ex(nil, nil, nil, nil) else { return [] }
    defer { libssh2_session_free(session) }
    var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    let count = libssh2_session_supported_algs(session, method, &names)
    guard count > 0, let names else { return [] }
    defer { libssh2_free(session, names) }
    return (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
  }
}
