import Glibc

/// A file that is being written; it was not there before.
final class DraftFile {
  let path: String
  private let descriptor: Int32

  /// Makes a file that is not there yet.
  init(_ path: String, mode: mode_t = 0o644) throws(FileFailure) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw FileFailure(path) }
    self.path = path
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) throws(FileFailure) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileFailure(path) }
      offset += count
    }
  }

  /// Waits until it is on the disk.
  func sync() throws(FileFailure) {
    guard fsync(descriptor) == 0 else { throw FileFailure(path) }
  }
}

/// Folders of this machine.
enum Folder {
  static func make(_ path: String) throws(FileFailure) {
    guard mkdir(path, 0o755) == 0 else { throw FileFailure(path) }
  }

  /// Names, sorted; what lies in a folder that cannot be read counts as nothing.
  static func names(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether a path is a folder; links are followed.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Regular files and whatever else is no folder below a folder, by path relative to it, sorted.
  static func files(below path: String) -> [String] {
    names(path).flatMap { name in
      exists(path + "/" + name) ? files(below: path + "/" + name).map { name + "/" + $0 } : [name]
    }
  }

  static func remove(_ path: String) {
    for name in names(path) where !exists(path + "/" + name) { unlink(path + "/" + name) }
    for name in names(path) where exists(path + "/" + name) { remove(path + "/" + name) }
    rmdir(path)
  }
}
