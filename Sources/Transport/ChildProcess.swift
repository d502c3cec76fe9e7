import Glibc
import Synchronization

/// A child process with pipes on its standard streams, in a session of its own.
///
/// Without a terminal it meets the same world as a command run by sshd, and Ctrl-C at the
/// controller does not reach it.
struct ChildProcess: Sendable {
  let pid: pid_t
  /// Our ends of its standard streams: non-blocking, closed on exec.
  let input: Int32
  let output: Int32
  let errors: Int32

  /// One child is started at a time, so that none inherits the other's pipes.
  ///
  /// While it is held no half-started child has copies of them either.
  static let turn = Mutex(())

  /// POSIX_SPAWN_SETSID of glibc 2.26 and later, which its header hides from plain POSIX programs.
  private static let newSession: Int32 = 0x80

  /// Starts `command`, looked up in PATH.
  ///
  /// Throws the error number of what failed.
  static func spawn(_ command: [String]) throws(SystemError) -> ChildProcess {
    try turn.withLock { _ throws(SystemError) in try start(command) }
  }

  private static func start(_ command: [String]) throws(SystemError) -> ChildProcess {
    let input = try Pipe()
    let output = try Pipe.make(orClose: [input])
    let errors = try Pipe.make(orClose: [input, output])
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input.reading, 0)
    posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)
    for descriptor in openDescriptors() {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    resetSignals(of: &attributes)
    var pid: pid_t = 0
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let status = posix_spawnp(
      &pid, command.first ?? "", &actions, &attributes, &arguments, environ)
    for end in [input.reading, output.writing, errors.writing] { Glibc.close(end) }
    guard status == 0 else {
      for end in [input.writing, output.reading, errors.reading] { Glibc.close(end) }
      throw SystemError(number: status)
    }
    for end in [input.writing, output.reading, errors.reading] {
      setNonBlocking(end)
    }
    return ChildProcess(
      pid: pid, input: input.writing, output: output.reading, errors: errors.reading)
  }

  /// Whatever is open beyond the standard streams; the child is to inherit none of it.
  private static func openDescriptors() -> [Int32] {
    guard let folder = opendir("/proc/self/fd") else { return [] }
    defer { closedir(folder) }
    var descriptors: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let descriptor = Int32(name), descriptor > 2 { descriptors.append(descriptor) }
    }
    return descriptors
  }

  /// A new session, no signal blocked, none ignored.
  private static func resetSignals(of attributes: inout posix_spawnattr_t) {
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = newSession | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    posix_spawnattr_setflags(&attributes, Int16(flags))
  }
}

/// An error number of the system, errno(3).
struct SystemError: Error {
  let number: Int32
  var text: String { String(cString: strerror(number)) }
}

/// The two ends of a pipe, closed on exec.
struct Pipe {
  let reading: Int32
  let writing: Int32

  init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw SystemError(number: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    reading = ends[0]
    writing = ends[1]
  }

  /// A pipe; closes the others when there can be none.
  static func make(orClose others: [Pipe]) throws(SystemError) -> Pipe {
    do {
      return try Pipe()
    } catch {
      for other in others { other.close() }
      throw error
    }
  }

  func close() {
    Glibc.close(reading)
    Glibc.close(writing)
  }
}

func setNonBlocking(_ descriptor: Int32) {
  let flags = fcntl(descriptor, F_GETFL)
  _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
}
