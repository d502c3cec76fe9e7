import Glibc

/// A file of this machine, read at any place.
///
/// The descriptor is closed with the last reference.
package final class ReadableFile: Sendable {
  package let path: String
  /// In bytes, when it was opened.
  package let size: Int
  private let descriptor: Int32

  /// Opens a regular file; throws why that cannot be.
  package init(_ path: String) throws(FileFailure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let failure =
        status.st_mode & S_IFMT == S_IFDIR
        ? FileFailure(path, "it is a folder") : FileFailure(path, "it is no regular file")
      close(descriptor)
      throw failure
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes of a range; fewer where the file ends before.
  package func bytes(_ range: Range<Int>) throws(FileFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < bytes.count {
      let count = bytes[filled...].withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound + filled))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileFailure(path) }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// All bytes of a file that is small; throws where it has more than 64 MiB.
  package static func contents(of path: String) throws(FileFailure) -> [UInt8] {
    let file = try ReadableFile(path)
    guard file.size <= 64 << 20 else { throw FileFailure(path, "it is larger than 64 MiB") }
    return try file.bytes(0..<file.size)
  }
}

/// Why a file cannot be read or written.
package struct FileFailure: Error, Sendable, Hashable {
  package let path: String
  /// In the system's words.
  package let reason: String
  /// Whether there is nothing of that name.
  package let isMissing: Bool

  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
    isMissing = false
  }

  /// What `errno` says.
  init(_ path: String) {
    let code = errno
    self.path = path
    reason = String(cString: strerror(code))
    isMissing = code == ENOENT || code == ENOTDIR
  }
}

/// A stretch of a file: a whole file, or a member of an archive.
package struct FileRange: Sendable {
  /// The file that it lies in.
  package let file: ReadableFile
  /// Where in the file, in bytes; it may reach beyond the end of a file that was cut off.
  package let range: Range<Int>

  /// How many bytes there should be.
  package var count: Int { range.count }

  /// Bytes of the stretch; fewer where the file ends before.
  package func bytes(_ part: Range<Int>) throws(FileFailure) -> [UInt8] {
    let start = range.lowerBound + part.lowerBound
    return try file.bytes(start..<min(start + part.count, range.upperBound))
  }

  /// All of it: for manifests.
  package func bytes() throws(FileFailure) -> [UInt8] { try bytes(0..<count) }
}
