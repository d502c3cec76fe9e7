import Glibc
import Testing

@testable import Model

@Suite struct `Files of passwords` {
  private func folder() -> String {
    var template = Array("/tmp/spile-test-XXXXXX".utf8CString)
    _ = mkdtemp(&template)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test func `are made once, for their owner alone`() throws {
    let folder = folder()
    let path = folder + "/new/deep/password"
    let files = PasswordFiles(.onDisk)
    let first = try files.password(at: path, disk: .system) { $0 ?? "one" }
    #expect(try files.password(at: path, disk: .system) { $0 ?? "two" } == first && first == "one")
    #expect(try PasswordFiles(.onDisk).password(at: path, disk: .system) { $0 ?? "three" } == "one")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    #expect(stat(folder + "/new", &status) == 0 && status.st_mode & 0o7777 == 0o700)
  }

  @Test func `are written again where they have to hold more`() throws {
    let path = folder() + "/password"
    let files = PasswordFiles(.onDisk)
    _ = try files.password(at: path, disk: .system) { _ in "one" }
    let more = try files.password(at: path, disk: .system) { ($0 ?? "") + " salt=x" }
    let read = try PasswordFiles(.onDisk).password(at: path, disk: .system) { $0 ?? "two" }
    #expect(more == "one salt=x" && read == more)
    #expect(
      try PasswordFiles(.nowhere).password(at: path, disk: .system) { ($0 ?? "") + "!" } == nil)
  }

  @Test func `are only read in a dry run`() throws {
    let path = folder() + "/password"
    let files = PasswordFiles(.nowhere)
    #expect(try files.password(at: path, disk: .system) { $0 ?? "one" } == nil)
    _ = try PasswordFiles(.onDisk).password(at: path, disk: .system) { $0 ?? "one" }
    #expect(try files.password(at: path, disk: .system) { $0 ?? "two" } == "one")
  }
}
