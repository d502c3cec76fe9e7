import Glibc
import Synchronization
import Testing

@testable import Transport

/// A folder that goes away with its owner.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/spile-test.XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
    chmod(path, 0o755)
  }

  deinit {
    for entry in entries { unlink("\(path)/\(entry)") }
    rmdir(path)
  }

  /// Names in it, sorted.
  var entries: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func text(of name: String) -> String {
    String(decoding: contents(of: "\(path)/\(name)"), as: UTF8.self)
  }

  func write(_ text: String, to name: String) throws {
    let file = try #require(fopen("\(path)/\(name)", "w"))
    fputs(text, file)
    fclose(file)
  }
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

func contents(of path: String) -> [UInt8] {
  guard let file = fopen(path, "r") else { return [] }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    guard count > 0 else { return bytes }
    bytes += buffer[..<count]
  }
}

/// Whether a process exists and is no zombie; by its start time, so that another with its number
/// does not count.
func isRunning(_ shell: ShellIdentity) -> Bool {
  let line = String(decoding: contents(of: "/proc/\(shell.pid)/stat"), as: UTF8.self)
  let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
  return fields.count > 19 && fields[0] != "Z" && fields[19] == "\(shell.startTime)"
}

func isRunning(_ pid: Int32) -> Bool {
  let line = String(decoding: contents(of: "/proc/\(pid)/stat"), as: UTF8.self)
  let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
  return fields.first.map { $0 != "Z" } ?? false
}

/// Waits for what must come; how long it takes decides nothing.
func eventually(_ condition: () -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(60)
  while !condition() {
    try #require(ContinuousClock.now < end)
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Texts from several tasks, in the order of their coming.
final class Seen: Sendable {
  private let state = Mutex<[String]>([])
  var texts: [String] { state.withLock { $0 } }
  func add(_ text: String) { state.withLock { $0.append(text) } }
}
