import Glibc

/// A program started with posix_spawnp(3); ended when the test lets go of it.
final class Child: @unchecked Sendable {
  let processID: pid_t
  /// What it prints, when asked for; closed with the child.
  let output: Int32
  private let input: Int32
  private var status: Int32?

  /// Its errors go to its output when that is read, else nowhere.
  init(_ program: String, _ arguments: [String], readsOutput: Bool) throws {
    var out: [Int32] = [-1, -1]
    var into: [Int32] = [-1, -1]
    guard pipe(&out) == 0, pipe(&into) == 0 else { throw Failure("no pipes") }
    for descriptor in out + into { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, into[0], 0)
    if readsOutput {
      posix_spawn_file_actions_adddup2(&actions, out[1], 1)
      posix_spawn_file_actions_adddup2(&actions, out[1], 2)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    // The threads that run tests block signals, and a child would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var texts = ([program] + arguments).map { strdup($0) }
    texts.append(nil)
    defer { for text in texts { free(text) } }
    var id = pid_t()
    let code = posix_spawnp(&id, program, &actions, &attributes, texts, environ)
    close(out[1])
    close(into[0])
    output = out[0]
    input = into[1]
    processID = id
    guard code == 0 else { throw Failure("\(program) cannot be started: \(code)") }
  }

  deinit {
    stop()
    close(output)
    close(input)
  }

  var isRunning: Bool {
    guard status == nil else { return false }
    var now: Int32 = 0
    guard waitpid(processID, &now, WNOHANG) == processID else { return true }
    status = now
    return false
  }

  /// Everything it prints until it closes its output.
  func readAll() -> String {
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &chunk, chunk.count)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += chunk[..<count]
    }
  }

  func readLine() -> String {
    var text: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { text.append(byte) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The exit status, once it has ended; -1 for a signal.
  func wait() -> Int32 {
    if status == nil {
      var now: Int32 = 0
      while waitpid(processID, &now, 0) < 0, errno == EINTR {}
      status = now
    }
    let status = status ?? 0
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
  }

  func stop() {
    guard isRunning else { return }
    kill(processID, SIGTERM)
    _ = wait()
  }
}

/// Runs a program to its end; its output, or an error with all it said.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> String {
  let child = try Child(program, arguments, readsOutput: true)
  let text = child.readAll()
  guard child.wait() == 0 else {
    throw Failure("\(program) \(arguments.joined(separator: " ")): \(text)")
  }
  return text
}
