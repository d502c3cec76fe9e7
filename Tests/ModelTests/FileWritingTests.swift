import Glibc
import Testing

@testable import Model

@Suite struct `Files of the controller` {
  private let folder: String

  init() {
    var template = Array("/tmp/spile-test-XXXXXX".utf8CString)
    _ = mkdtemp(&template)
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  private func text(_ path: String) -> String? {
    (try? ControllerDisk.system.read(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  private var names: [String] { ControllerDisk.system.names(folder) }

  @Test func `a new file and its folders have the modes that are asked for`() throws {
    let path = folder + "/a/b/file"
    #expect(try FileWriting(folderMode: 0o700).write([65], to: path))
    #expect(mode(path) == 0o600 && mode(folder + "/a") == 0o700 && text(path) == "A")
    try FileWriting(mode: 0o644).write([66], to: path)
    #expect(mode(path) == 0o644 && text(path) == "B")
    #expect(ControllerDisk.system.names(folder + "/a/b") == ["file"])
    #expect(throws: ControllerDisk.Failure.self) {
      try FileWriting().write([65], to: folder + "/none/file")
    }
  }

  @Test func `what is there is replaced, rewritten or kept`() throws {
    let (file, link) = (folder + "/file", folder + "/link")
    try FileWriting(mode: 0o640).write([65], to: file)
    symlink("file", link)
    #expect(try !FileWriting(.kept).write([66], to: link))
    #expect(text(file) == "A")
    try FileWriting(.rewritten(keeping: 0o777)).write([66], to: link)
    #expect(text(file) == "B" && mode(file) == 0o640)
    try FileWriting(.rewritten(keeping: 0o700)).write([67], to: link)
    #expect(text(file) == "C" && mode(file) == 0o600)
    try FileWriting().write([68], to: link)
    #expect(text(file) == "C" && text(link) == "D")
    #expect(names == ["file", "link"])
  }

  @Test func `of many that make one file one does, and the others know it`() async throws {
    let path = folder + "/file"
    let made = await withTaskGroup(of: UInt8?.self) { group in
      for number in UInt8(0)..<40 {
        group.addTask {
          let bytes = [UInt8](repeating: number, count: 70_000)
          return (try? FileWriting(.kept).write(bytes, to: path)) == true ? number : nil
        }
      }
      return await group.reduce(into: [UInt8]()) { if let number = $1 { $0.append(number) } }
    }
    #expect(made.count == 1)
    #expect(try ControllerDisk.system.read(path) == [UInt8](repeating: made[0], count: 70_000))
    #expect(names == ["file"])
  }

  @Test func `on a full disk the old file stays and no part of the new one`() throws {
    guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else {
      try Test.cancel("a file system of its own cannot be mounted")
    }
    defer { umount2(folder, Int32(MNT_DETACH)) }
    let path = folder + "/file"
    try FileWriting().write([65], to: path)
    for writing in [FileWriting(), FileWriting(.rewritten(keeping: 0o777)), FileWriting(.kept)] {
      let error = #expect(throws: ControllerDisk.Failure.self) {
        try writing.write([UInt8](repeating: 66, count: 200_000), to: path)
      }
      #expect(error?.reason == "No space left on device")
      #expect(text(path) == "A" && names == ["file"])
    }
  }

  /// One thread writes more than a pipe holds; another interrupts it while it waits for room.
  @Test func `signals do not cut a write short`() async throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    sigaction(SIGURG, &action, nil)
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let writer = Writer(bytes, writing)
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 50_000)
    while true {
      usleep(2_000)
      writer.interrupt()
      let count = read(reading, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      received += buffer[..<count]
    }
    close(reading)
    #expect(received == bytes && writer.succeeded)
  }
}

/// A thread that writes and closes a descriptor.
private final class Writer: @unchecked Sendable {
  private let bytes: [UInt8]
  private let descriptor: Int32
  private var thread = pthread_t()
  private var result = false
  private var isJoined = false

  init(_ bytes: [UInt8], _ descriptor: Int32) {
    self.bytes = bytes
    self.descriptor = descriptor
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let writer = Unmanaged<Writer>.fromOpaque(context).takeRetainedValue()
        writer.result = FileWriting.put(writer.bytes, writer.descriptor)
        close(writer.descriptor)
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
  }

  func interrupt() { pthread_kill(thread, SIGURG) }

  var succeeded: Bool {
    pthread_join(thread, nil)
    return result
  }
}
