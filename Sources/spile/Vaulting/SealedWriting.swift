import Diagnostics
import Glibc
import Model

/// Writes files that hold secrets, whole or not at all: nobody else can read them at any moment.
enum SealedWriting {
  /// Which permission bits a file gets that is there already.
  enum Mode {
    /// Its own: the new content is encrypted.
    case kept
    /// Its own, without those of group and others: the new content is in plain.
    case narrowed
  }

  /// Replaces a file, or creates one with the mode 0600.
  ///
  /// Where the path is a symbolic link, the file that it leads to is replaced.
  static func replace(_ path: String, with bytes: [UInt8], _ mode: Mode) throws(Diagnostic) {
    let target = resolved(path)
    var status = stat()
    let isThere = stat(target, &status) == 0
    let temporary = ControllerPath.join(
      ControllerPath.folder(of: target),
      ".\(ControllerPath.name(of: target)).spile-\(getpid())")
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    var isDone = false
    defer {
      close(descriptor)
      if !isDone { unlink(temporary) }
    }
    if isThere {
      if fchown(descriptor, status.st_uid, status.st_gid) != 0, errno != EPERM {
        throw failure(path)
      }
      let bits = status.st_mode & 0o777
      guard fchmod(descriptor, mode == .kept ? bits : bits & 0o700) == 0 else {
        throw failure(path)
      }
    }
    guard put(bytes, descriptor), fsync(descriptor) == 0, rename(temporary, target) == 0 else {
      throw failure(path)
    }
    isDone = true
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func failure(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, "vault-write", "`\(path)` cannot be written: \(String(cString: strerror(errno)))")
  }

  /// Writes all bytes; false with `errno` where that fails.
  static func put(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno != EINTR { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
      }
      return true
    }
  }
}
