import Glibc

/// Runs a program on the controller and takes what it prints.
package enum ControllerProgram {
  /// What a program said, and how it ended.
  package struct Outcome: Sendable {
    package var output: [UInt8]
    package var errors: [UInt8]
    /// The exit status; 128 and the number of the signal that ended it.
    package var status: Int32

    package init(output: [UInt8], errors: [UInt8] = [], status: Int32 = 0) {
      self.output = output
      self.errors = errors
      self.status = status
    }
  }

  /// Why there is no outcome.
  package enum Failure: Error, Sendable, Hashable {
    /// It cannot be started; in the system's words.
    case start(String)
    /// It was still running when its time was over, and was killed.
    case deadline
    /// It prints more than anybody wants to read.
    case tooMuch
  }

  /// Bytes that are taken of each stream.
  private static let outputLimit = 64 << 20

  /// Runs a command with no input; it and what it started is killed when the time is over.
  package static func run(
    _ command: [String], deadline: Duration
  ) throws(Failure) -> Outcome {
    var streams = try Streams()
    defer { streams.close() }
    let pid = try spawn(command, streams)
    streams.closeWritingEnds()
    let end = ContinuousClock.now + deadline
    do throws(Failure) {
      try streams.read(until: end)
      let status = try wait(for: pid, until: end)
      return Outcome(
        output: streams.output.bytes, errors: streams.errors.bytes, status: status)
    } catch {
      kill(-pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      throw error
    }
  }

  /// Starts a group of processes of its own, with every signal as usual.
  private static func spawn(_ command: [String], _ streams: Streams) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, streams.output.writing, 1)
    posix_spawn_file_actions_adddup2(&actions, streams.errors.writing, 2)
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, environ)
    guard status == 0 else { throw .start(String(cString: strerror(status))) }
    return pid
  }

  /// The exit status of a program that has closed its streams.
  private static func wait(
    for pid: pid_t, until end: ContinuousClock.Instant
  ) throws(Failure) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, WNOHANG) == 0 {
      guard ContinuousClock.now < end else { throw .deadline }
      usleep(2000)
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  /// One end of a program's output.
  private struct Stream {
    var reading: Int32
    var writing: Int32
    var bytes: [UInt8] = []
  }

  /// The pipes of a program's standard output and standard error.
  private struct Streams {
    var output: Stream
    var errors: Stream

    init() throws(Failure) {
      output = try Streams.pipe()
      errors = try Streams.pipe()
    }

    private static func pipe() throws(Failure) -> Stream {
      var ends: [Int32] = [0, 0]
      guard Glibc.pipe(&ends) == 0 else { throw .start(String(cString: strerror(errno))) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return Stream(reading: ends[0], writing: ends[1])
    }

    mutating func closeWritingEnds() {
      Glibc.close(output.writing)
      Glibc.close(errors.writing)
      output.writing = -1
      errors.writing = -1
    }

    func close() {
      for end in [output.reading, output.writing, errors.reading, errors.writing] where end >= 0 {
        Glibc.close(end)
      }
    }

    /// Reads both streams to their ends.
    mutating func read(until end: ContinuousClock.Instant) throws(Failure) {
      var isOpen = [true, true]
      while isOpen.contains(true) {
        let left = end - .now
        guard left > .zero else { throw .deadline }
        var polls = [
          pollfd(fd: isOpen[0] ? output.reading : -1, events: Int16(POLLIN), revents: 0),
          pollfd(fd: isOpen[1] ? errors.reading : -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&polls, 2, Int32(min(left.components.seconds * 1000 + 1000, 60_000)))
        if polls[0].revents != 0 { isOpen[0] = Streams.take(&output) }
        if polls[1].revents != 0 { isOpen[1] = Streams.take(&errors) }
        guard max(output.bytes.count, errors.bytes.count) <= outputLimit else { throw .tooMuch }
      }
    }

    /// Reads what there is; false at the end of the stream.
    private static func take(_ stream: inout Stream) -> Bool {
      var chunk = [UInt8](repeating: 0, count: 65536)
      let count = Glibc.read(stream.reading, &chunk, chunk.count)
      if count < 0 { return errno == EINTR || errno == EAGAIN }
      stream.bytes.append(contentsOf: chunk[..<count])
      return count > 0
    }
  }
}
