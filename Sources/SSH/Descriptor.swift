import Glibc

/// An errno with the words of strerror(3).
struct SystemError: Error, Hashable {
  var code: Int32

  init(_ code: Int32 = errno) { self.code = code }

  /// What the system calls the error: `Connection refused`.
  var text: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return buffer.withUnsafeBufferPointer { text in
      String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

/// A file descriptor that is closed once, when its owner lets go of it.
struct Descriptor: ~Copyable {
  let raw: Int32

  /// Takes over what a system call returned; throws errno when that was negative.
  init(_ raw: Int32) throws(SystemError) {
    guard raw >= 0 else { throw SystemError() }
    self.raw = raw
  }

  deinit { _ = Glibc.close(raw) }
}
