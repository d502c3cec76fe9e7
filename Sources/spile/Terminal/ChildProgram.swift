import Glibc

/// A program of the controller that is run with the terminal of this process, such as an editor.
enum ChildProgram {
  /// How it ended.
  struct Ending {
    /// Its exit status; 128 and the signal where one ended it.
    var status: Int32
    /// What it wrote to standard output, where that was read.
    var bytes: [UInt8]
  }

  /// Why it was not run, in the system's words.
  struct Failure: Error {
    var reason: String
  }

  /// Runs a program to its end; standard input and errors are those of this process.
  ///
  /// `command` is the path of the program, or a name in PATH, and its arguments; unless
  /// `readsOutput`, standard output is that of this process too.
  static func run(_ command: [String], readsOutput: Bool = true) -> Result<Ending, Failure> {
    var ends: [Int32] = [-1, -1]
    if readsOutput {
      guard pipe(&ends) == 0 else { return .failure(failure(errno)) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    if readsOutput { posix_spawn_file_actions_adddup2(&actions, ends[1], 1) }
    unblockSignals(of: &attributes)
    var pid: pid_t = 0
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let status = posix_spawnp(&pid, command[0], &actions, &attributes, &arguments, environ)
    if readsOutput { close(ends[1]) }
    guard status == 0 else {
      if readsOutput { close(ends[0]) }
      return .failure(failure(status))
    }
    let bytes = readsOutput ? all(of: ends[0]) : []
    if readsOutput { close(ends[0]) }
    var raw: Int32 = 0
    while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
    let signal = raw & 0x7F
    return .success(Ending(status: signal == 0 ? raw >> 8 & 0xFF : 128 + signal, bytes: bytes))
  }

  private static func failure(_ number: Int32) -> Failure {
    Failure(reason: String(cString: strerror(number)))
  }

  /// This process holds signals back, and ignores SIGPIPE; the child does neither.
  private static func unblockSignals(of attributes: inout posix_spawnattr_t) {
    var none = sigset_t()
    sigemptyset(&none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  }

  private static func all(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        bytes += chunk[..<count]
      } else if count == 0 || errno != EINTR {
        return bytes
      }
    }
  }
}

/// What a path may be used for.
struct FilePermissions {
  let bits: mode_t
  let isFolder: Bool
  /// Whether this process may run it as a program.
  let isProgram: Bool

  /// nil where there is nothing under the path.
  static func of(_ path: String) -> FilePermissions? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    return FilePermissions(
      bits: status.st_mode & 0o7777, isFolder: isFolder,
      isProgram: !isFolder && status.st_mode & 0o111 != 0 && access(path, X_OK) == 0)
  }
}
