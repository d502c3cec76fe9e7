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
    let first = try files.password(at: path, disk: .system) { "one" }
    #expect(try files.password(at: path, disk: .system) { "two" } == first && first == "one")
    #expect(try PasswordFiles(.onDisk).password(at: path, disk: .system) { "three" } == "one\n")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    #expect(stat(folder + "/new", &status) == 0 && status.st_mode & 0o7777 == 0o700)
  }

  @Test func `are only read in a dry run`() throws {
    let path = folder() + "/password"
    let files = PasswordFiles(.nowhere)
    #expect(try files.password(at: path, disk: .system) { "one" } == nil)
    _ = try PasswordFiles(.onDisk).password(at: path, disk: .system) { "one" }
    #expect(try files.password(at: path, disk: .system) { "two" } == "one\n")
  }
}
