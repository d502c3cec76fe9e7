import Glibc

/// Writes files on the controller, whole or not at all: under another name in the same folder, onto the disk, then into
/// their place.
///
/// A file has its final mode from its first byte, and nothing stays behind where it cannot be written.
package struct FileWriting: Sendable {
  /// What becomes of a file that is there already.
  package enum Existing: Sendable {
    /// It is replaced by a new one; so is a symbolic link.
    case replaced
    /// It is replaced by one with its owner and those of its permission bits; of a symbolic link the file that it leads
    /// to.
    case rewritten(keeping: mode_t)
    /// It stays, and nothing is written: of two runs that want to make the file, one does.
    case kept
  }

  /// The permission bits of a file that was not there.
  package let mode: mode_t
  /// The permission bits of folders that are missing above the file; nil where none are made.
  package let folderMode: mode_t?
  package let existing: Existing

  /// How files are to be written; without more, for their owner alone, into folders that are there, over what is there.
  package init(
    _ existing: Existing = .replaced, mode: mode_t = 0o600, folderMode: mode_t? = nil
  ) {
    self.existing = existing
    self.mode = mode
    self.folderMode = folderMode
  }

  /// Writes one file; throws why that cannot be.
  /// - Returns: whether it was written; false only where one was there that is kept.
  @discardableResult
  package func write(_ bytes: [UInt8], to path: String) throws(ControllerDisk.Failure) -> Bool {
    let target = target(of: path)
    let folder = ControllerPath.folder(of: target)
    if let folderMode { FileWriting.makeFolders(folder, folderMode) }
    let (descriptor, name) = FileWriting.makeDraft(in: folder)
    guard descriptor >= 0 else { throw FileWriting.failure() }
    defer {
      unlink(name)
      close(descriptor)
    }
    guard prepare(descriptor, like: target), FileWriting.put(bytes, descriptor),
      FileWriting.insisting({ fsync(descriptor) }) == 0
    else { throw FileWriting.failure() }
    if case .kept = existing {
      if link(name, target) == 0 { return true }
      if errno == EEXIST { return false }
      throw FileWriting.failure()
    }
    guard rename(name, target) == 0 else { throw FileWriting.failure() }
    return true
  }

  /// Writes all bytes to an open file, also where signals interrupt that; false with `errno` where it fails.
  package static func put(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return true
    }
  }

  // MARK: - Steps

  /// The path that is written: for a file that is rewritten the end of its symbolic links.
  private func target(of path: String) -> String {
    guard case .rewritten = existing, let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// An empty file of a name that nothing else has, for its owner alone; a negative number with `errno` where none can be
  /// made.
  private static func makeDraft(in folder: String) -> (descriptor: Int32, name: String) {
    while true {
      let name = "\(folder)/.spile-\(String(UInt64.random(in: .min ... .max), radix: 36))"
      let descriptor = insisting {
        open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      }
      if descriptor >= 0 || errno != EEXIST { return (descriptor, name) }
    }
  }

  /// Gives a new, empty file owner and mode.
  private func prepare(_ descriptor: Int32, like target: String) -> Bool {
    var status = stat()
    guard case .rewritten(let kept) = existing, stat(target, &status) == 0 else {
      return fchmod(descriptor, mode) == 0
    }
    if fchown(descriptor, status.st_uid, status.st_gid) != 0, errno != EPERM { return false }
    return fchmod(descriptor, status.st_mode & kept) == 0
  }

  private static func makeFolders(_ path: String, _ mode: mode_t) {
    if path == "." || path == "/" || mkdir(path, mode) == 0 || errno != ENOENT { return }
    makeFolders(ControllerPath.folder(of: path), mode)
    mkdir(path, mode)
  }

  /// Calls until no signal has interrupted it.
  private static func insisting(_ call: () -> Int32) -> Int32 {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  private static func failure() -> ControllerDisk.Failure {
    ControllerDisk.Failure(reason: String(cString: strerror(errno)), isMissing: errno == ENOENT)
  }
}
