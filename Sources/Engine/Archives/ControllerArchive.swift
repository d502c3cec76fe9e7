import Glibc
import ModuleKit
import Schema

/// An archive on the controller: what it holds, whatever packed it.
///
/// Packed bytes go through the controller's gzip(1), bzip2(1), xz(1) or zstd(1).
enum ControllerArchive {
  static func entries(
    _ bytes: [UInt8]
  ) throws(ArchiveFailure) -> [ControllerContent.TreeEntry] {
    if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6]) {
      return try ZipReader.entries(bytes) { stream throws(ArchiveFailure) in
        try output(of: "gzip", on: stream)
      }
    }
    guard let tool = tools.first(where: { bytes.starts(with: $0.magic) })?.name else {
      guard TarReader.isTar(bytes) else {
        throw ArchiveFailure("it is neither tar (plain, or by gzip, bzip2, xz, zstd) nor zip")
      }
      return try TarReader.entries(bytes)
    }
    return try TarReader.entries(try output(of: tool, on: bytes))
  }

  private static let tools: [(magic: [UInt8], name: String)] = [
    ([0x1F, 0x8B], "gzip"), (Array("BZh".utf8), "bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
  ]

  /// What `TOOL -dc` makes of bytes; they go through files without names, so that no pipe can fill up.
  private static func output(
    of tool: String, on bytes: [UInt8]
  ) throws(ArchiveFailure) -> [UInt8] {
    let streams = [try namelessFile(), try namelessFile(), try namelessFile()]
    defer { for stream in streams { close(stream) } }
    try write(bytes, to: streams[0])
    lseek(streams[0], 0, SEEK_SET)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
    }
    // A copy of another child's pipe would keep it open for as long as this one runs.
    for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(tool), strdup("-dc"), nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    guard posix_spawnp(&child, tool, &actions, nil, &arguments, environ) == 0 else {
      throw ArchiveFailure("\(tool) is not on the controller, and it is packed with that")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else {
      let said = String(decoding: try content(of: streams[2]), as: UTF8.self)
      throw ArchiveFailure("\(tool) says: \(said.split(separator: "\n").first ?? "it is damaged")")
    }
    return try content(of: streams[1])
  }

  private static func namelessFile() throws(ArchiveFailure) -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/spile.XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else {
      throw ArchiveFailure("a temporary file in \(folder): \(String(cString: strerror(errno)))")
    }
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return file
  }

  private static func write(_ bytes: [UInt8], to file: Int32) throws(ArchiveFailure) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw ArchiveFailure("a temporary file: \(String(cString: strerror(errno)))")
      }
      offset += count
    }
  }

  private static func content(of file: Int32) throws(ArchiveFailure) -> [UInt8] {
    let size = Int(lseek(file, 0, SEEK_END))
    lseek(file, 0, SEEK_SET)
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let more = read(file, buffer.baseAddress.map { $0 + count }, size - count)
        if more < 0, errno == EINTR { continue }
        guard more > 0 else {
          isWhole = false
          return
        }
        count += more
      }
    }
    guard isWhole else { throw ArchiveFailure("what was unpacked could not be read back") }
    return bytes
  }
}
