import Glibc
import Synchronization

/// The standard streams of a shell on the controller's own machine, served by a thread of their
/// own.
final class LocalChannel: ByteChannel {
  private struct Sending {
    var bytes: [UInt8]
    var offset = 0
    let done: CheckedContinuation<Result<Void, TransportError>, Never>
  }

  private struct State {
    var sending: [Sending] = []
    var received: [ChannelInput] = []
    var receivedBytes = 0
    var reader: CheckedContinuation<ChannelInput, Never>?
    var exit: ChannelInput?
    var isClosed = false
    var isInputOver = false
    var isFinished = false
    var end = ChannelInput.end(status: nil, signal: nil)
  }

  /// Unread output beyond this many bytes stays in the pipes and holds the child back.
  private static let bound = 1 << 20

  private let host: String
  private let child: ChildProcess
  private let wake: Pipe
  private let state = Mutex(State())

  init(host: String, command: [String]) throws(TransportError) {
    do {
      wake = try Pipe()
      child = try ChildProcess.spawn(command)
    } catch {
      throw TransportError(
        .noShell, phase: .channel, host: host,
        "\(command.first ?? "sh") could not be started: \(error.text)")
    }
    self.host = host
    setNonBlocking(wake.reading)
    setNonBlocking(wake.writing)
    startThread { self.serve() }
    startThread { self.awaitExit() }
  }

  func send(_ bytes: [UInt8]) async throws(TransportError) {
    let result = await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        guard !state.isFinished, !state.isInputOver else { return true }
        state.sending.append(Sending(bytes: bytes, done: continuation))
        return false
      }
      if isOver { continuation.resume(returning: .failure(lost)) } else { rouse() }
    }
    try result.get()
  }

  func receive() async throws(TransportError) -> ChannelInput {
    let input = await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> ChannelInput? in
        guard state.received.isEmpty else { return LocalChannel.takeFirst(from: &state) }
        guard !state.isFinished else { return state.end }
        state.reader = continuation
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
    rouse()
    return input
  }

  func close() async {
    state.withLock { state in
      state.isClosed = true
      if state.exit == nil { _ = kill(-child.pid, SIGKILL) }
    }
    rouse()
  }

  /// Closes the child's standard input once all that was sent before is written.
  func endInput() {
    state.withLock { $0.isInputOver = true }
    rouse()
  }

  /// Whether the child is gone and its streams are closed.
  var isFinished: Bool { state.withLock { $0.isFinished } }

  private var lost: TransportError {
    TransportError(.closed, phase: .channel, host: host, "the shell has ended")
  }

  private static func takeFirst(from state: inout State) -> ChannelInput {
    let first = state.received.removeFirst()
    if case .output(let bytes) = first { state.receivedBytes -= bytes.count }
    if case .errors(let bytes) = first { state.receivedBytes -= bytes.count }
    return first
  }

  /// Makes the serving thread look at the state again; its pipe is closed once it has finished.
  private func rouse() {
    state.withLock { state in
      guard !state.isFinished else { return }
      var byte: UInt8 = 0
      _ = write(wake.writing, &byte, 1)
    }
  }

  // MARK: The threads

  /// Notes the exit before the process is reaped, so that nobody signals its number afterwards.
  private func awaitExit() {
    var exit = siginfo_t()
    while waitid(P_PID, id_t(child.pid), &exit, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let status = exit._sifields._sigchld.si_status
    let end =
      exit.si_code == CLD_EXITED
      ? ChannelInput.end(status: status, signal: nil)
      : ChannelInput.end(status: nil, signal: String(cString: strsignal(status)))
    state.withLock { $0.exit = end }
    var ignored: Int32 = 0
    waitpid(child.pid, &ignored, 0)
    rouse()
  }

  private func serve() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var open = Descriptors(input: child.input, output: child.output, errors: child.errors)
    while true {
      let plan = state.withLock { state in
        (
          wantsWrite: !state.sending.isEmpty, wantsRead: state.receivedBytes < LocalChannel.bound,
          exit: state.exit, isClosed: state.isClosed,
          closesInput: state.isInputOver && state.sending.isEmpty
        )
      }
      if plan.closesInput { open.closeInput() }
      if plan.isClosed || plan.exit != nil {
        if !plan.isClosed { drain(open) }
        finish(plan.exit ?? .end(status: nil, signal: nil))
        open.closeAll()
        wake.close()
        return
      }
      wait(&open, writes: plan.wantsWrite, reads: plan.wantsRead)
    }
  }

  private func wait(_ open: inout Descriptors, writes: Bool, reads: Bool) {
    let input = writes ? open.input : -1
    let events = Int16(POLLIN)
    var polled = [
      pollfd(fd: wake.reading, events: events, revents: 0),
      pollfd(fd: reads ? open.output : -1, events: events, revents: 0),
      pollfd(fd: reads ? open.errors : -1, events: events, revents: 0),
      pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
    ]
    guard poll(&polled, nfds_t(polled.count), -1) > 0 else { return }
    if polled[0].revents != 0 {
      var bytes = [UInt8](repeating: 0, count: 64)
      _ = read(wake.reading, &bytes, bytes.count)
    }
    if polled[1].revents != 0, !take(open.output, ChannelInput.output) { open.closeOutput() }
    if polled[2].revents != 0, !take(open.errors, ChannelInput.errors) { open.closeErrors() }
    if polled[3].revents != 0, !feed(open.input) { open.closeInput() }
  }

  /// Reads once; false at the end of the stream.
  private func take(_ descriptor: Int32, _ make: ([UInt8]) -> ChannelInput) -> Bool {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, initialized in
      count = read(descriptor, buffer.baseAddress, buffer.count)
      initialized = max(count, 0)
    }
    guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
    deliver(make(bytes), size: count)
    return true
  }

  /// What the child left in the pipes; a process it left behind may keep them open, and is not
  /// waited for.
  private func drain(_ open: Descriptors) {
    for (descriptor, make) in [
      (open.output, ChannelInput.output), (open.errors, ChannelInput.errors),
    ]
    where descriptor >= 0 {
      for _ in 0..<64 {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, 0) > 0, take(descriptor, make) else { break }
      }
    }
  }

  private func deliver(_ input: ChannelInput, size: Int) {
    let reader = state.withLock { state -> CheckedContinuation<ChannelInput, Never>? in
      guard let reader = state.reader else {
        state.received.append(input)
        state.receivedBytes += size
        return nil
      }
      state.reader = nil
      return reader
    }
    reader?.resume(returning: input)
  }

  /// Writes the first of what waits; false when nobody reads any more.
  private func feed(_ descriptor: Int32) -> Bool {
    let outcome = state.withLock { state -> (isOpen: Bool, done: Sending?) in
      guard var first = state.sending.first else { return (true, nil) }
      let left = first.bytes.count - first.offset
      let count = first.bytes.withUnsafeBytes { buffer in
        left == 0 ? 0 : write(descriptor, buffer.baseAddress.map { $0 + first.offset }, left)
      }
      guard count >= 0 else { return (errno == EAGAIN || errno == EINTR, nil) }
      first.offset += count
      guard first.offset == first.bytes.count else {
        state.sending[0] = first
        return (true, nil)
      }
      return (true, state.sending.removeFirst())
    }
    outcome.done?.done.resume(returning: .success(()))
    if !outcome.isOpen { failSenders() }
    return outcome.isOpen
  }

  private func failSenders() {
    let waiting = state.withLock { state in
      state.isInputOver = true
      defer { state.sending = [] }
      return state.sending
    }
    for sending in waiting { sending.done.resume(returning: .failure(lost)) }
  }

  private func finish(_ end: ChannelInput) {
    state.withLock { state in
      state.isFinished = true
      state.end = end
    }
    failSenders()
    let reader = state.withLock { state in
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: end)
  }
}

/// Our ends of a child's streams; -1 once closed.
private struct Descriptors {
  var input: Int32
  var output: Int32
  var errors: Int32

  mutating func closeInput() { Descriptors.close(&input) }
  mutating func closeOutput() { Descriptors.close(&output) }
  mutating func closeErrors() { Descriptors.close(&errors) }

  mutating func closeAll() {
    closeInput()
    closeOutput()
    closeErrors()
  }

  private static func close(_ descriptor: inout Int32) {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }
}
