import Glibc

/// Whole files, read and appended to with system calls.
enum Files {
  /// The bytes of a regular file; throws the errno.
  static func read(_ path: String) throws(SystemError) -> [UInt8] {
    let file = try Descriptor(open(path, O_RDONLY | O_CLOEXEC))
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { throw SystemError() }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw SystemError(EISDIR) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(4096, Int(status.st_size) + 1))
    while true {
      let count = Glibc.read(file.raw, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError() }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Adds a line at the end in one write, making the file (0600) and its folder (0700) if need be.
  static func append(line: String, to path: String) throws(SystemError) {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      let folder = String(path[..<slash])
      if mkdir(folder, 0o700) != 0, errno != EEXIST { throw SystemError() }
    }
    let file = try Descriptor(open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600))
    var bytes = Array((line + "\n").utf8)
    var last: UInt8 = 0
    let end = lseek(file.raw, 0, SEEK_END)
    if end > 0, pread(file.raw, &last, 1, end - 1) == 1, last != UInt8(ascii: "\n") {
      bytes.insert(UInt8(ascii: "\n"), at: 0)
    }
    guard Glibc.write(file.raw, bytes, bytes.count) == bytes.count else { throw SystemError() }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
