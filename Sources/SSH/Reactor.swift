import CLibSSH2
import Glibc
import Synchronization

/// Who wants to know when a descriptor is ready; called on the reactor's thread.
protocol EventTarget: AnyObject, Sendable {
  /// `events` are epoll bits; zero when the target asked for a turn itself.
  func ready(_ events: UInt32)
}

/// One thread that waits for sockets, runs timers, and is the executor of the actors pinned to it.
///
/// Descriptors are armed for one event at a time (EPOLLONESHOT, epoll_ctl(2)), so a socket nobody
/// waits for never wakes the thread. All methods but `enqueue` and `stop` belong to its thread.
final class Reactor: SerialExecutor, @unchecked Sendable {
  private struct Inbox {
    var jobs: [UnownedJob] = []
    var isSleeping = false
    var isStopping = false
    /// Whether the thread has ended; a late job starts it again.
    var hasEnded = false
  }

  private let inbox = Mutex(Inbox())
  private let thread = Atomic<UInt>(0)
  private let poller: Descriptor
  private let wakeup: Descriptor

  private var local: [UnownedJob] = []
  private var turns: [any EventTarget] = []
  private var targets: [UInt64: any EventTarget] = [:]
  private var nextToken: UInt64 = 1
  private var timers = TimerQueue()

  /// 32 KiB that calls on the reactor's thread may read into.
  let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 32 * 1024)

  /// Throws the errno of what could not be made.
  init() throws(SystemError) {
    poller = try Descriptor(epoll_create1(Int32(EPOLL_CLOEXEC)))
    wakeup = try Descriptor(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
    guard epoll_ctl(poller.raw, EPOLL_CTL_ADD, wakeup.raw, &event) == 0 else {
      throw SystemError()
    }
    try start()
  }

  private func start() throws(SystemError) {
    try startThread { [self] in
      thread.store(UInt(pthread_self()), ordering: .releasing)
      run()
    }
  }

  deinit { scratch.deallocate() }

  /// A descriptor that stays valid as long as the reactor; never to be read from.
  var placeholder: Int32 { wakeup.raw }

  var isCurrent: Bool { thread.load(ordering: .acquiring) == UInt(pthread_self()) }

  // MARK: - Executor

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      local.append(job)
      return
    }
    let (mustWake, mustStart) = inbox.withLock { inbox in
      inbox.jobs.append(job)
      defer {
        inbox.isSleeping = false
        inbox.hasEnded = false
      }
      return (inbox.isSleeping, inbox.hasEnded)
    }
    if mustWake { wake() }
    // Without memory for a thread the job is lost, as any new task would be.
    if mustStart { try? start() }
  }

  func checkIsolated() {
    precondition(isCurrent, "code of the SSH reactor runs on another thread")
  }

  func isIsolatingCurrentContext() -> Bool? { isCurrent }

  /// Ends the thread after its current turn; jobs that come later are still run, events are not.
  func stop() {
    inbox.withLock {
      $0.isStopping = true
      $0.isSleeping = false
    }
    wake()
  }

  private func wake() { _ = eventfd_write(wakeup.raw, 1) }

  // MARK: - Descriptors

  /// Knows a descriptor from now on, which gets events once it is armed; tokens are never reused.
  func register(_ descriptor: Int32, for target: any EventTarget) throws(SystemError) -> UInt64 {
    assert(isCurrent)
    let token = nextToken
    nextToken += 1
    var event = epoll_event(events: EPOLLONESHOT.rawValue, data: epoll_data_t(u64: token))
    guard epoll_ctl(poller.raw, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
      throw SystemError()
    }
    targets[token] = target
    return token
  }

  /// Asks for the next one event among `events`.
  func arm(_ descriptor: Int32, _ token: UInt64, events: UInt32) {
    var event = epoll_event(
      events: events | EPOLLONESHOT.rawValue, data: epoll_data_t(u64: token))
    _ = epoll_ctl(poller.raw, EPOLL_CTL_MOD, descriptor, &event)
  }

  /// Forgets a descriptor; to be called before it is closed.
  func unregister(_ descriptor: Int32, _ token: UInt64) {
    assert(isCurrent)
    var event = epoll_event()
    _ = epoll_ctl(poller.raw, EPOLL_CTL_DEL, descriptor, &event)
    targets[token] = nil
  }

  /// Gives a target another turn, after those that have events now.
  func requestTurn(_ target: any EventTarget) {
    assert(isCurrent)
    turns.append(target)
  }

  // MARK: - Timers

  /// Runs `body` once on the reactor's thread.
  func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerQueue.Token {
    assert(isCurrent)
    return timers.insert(at: ContinuousClock.now + delay, body)
  }

  func cancel(_ timer: TimerQueue.Token) {
    assert(isCurrent)
    timers.cancel(timer)
  }

  // MARK: - The loop

  private func run() {
    let capacity = 128
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
    defer { events.deallocate() }
    while true {
      runJobs()
      takeTurns()
      guard let timeout = timeoutBeforeSleep() else { return }
      let count = epoll_wait(poller.raw, events, Int32(capacity), timeout)
      inbox.withLock { $0.isSleeping = false }
      for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
      if !timers.isEmpty {
        for body in timers.due(at: ContinuousClock.now) { body() }
      }
    }
  }

  private func runJobs() {
    repeat {
      let jobs =
        local
        + inbox.withLock { inbox in
          let jobs = inbox.jobs
          inbox.jobs.removeAll(keepingCapacity: true)
          return jobs
        }
      local.removeAll(keepingCapacity: true)
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
    } while !local.isEmpty
  }

  private func takeTurns() {
    let now = turns
    turns.removeAll(keepingCapacity: true)
    for target in now { target.ready(0) }
  }

  /// Milliseconds for epoll_wait, -1 for ever; nil when the loop is to end.
  private func timeoutBeforeSleep() -> Int32? {
    let hasWork = !local.isEmpty || !turns.isEmpty
    let (isStopping, hasMail) = inbox.withLock { inbox in
      let hasMail = !inbox.jobs.isEmpty
      inbox.isSleeping = !hasMail && !hasWork
      return (inbox.isStopping, hasMail)
    }
    if hasWork || hasMail { return 0 }
    if isStopping, end() { return nil }
    guard let next = timers.nextDeadline else { return -1 }
    let left = (next - ContinuousClock.now) / .milliseconds(1)
    return Int32(min(max(left.rounded(.up), 0), 3_600_000))
  }

  /// Whether the thread may end: no job came in meanwhile.
  private func end() -> Bool {
    inbox.withLock { inbox in
      guard inbox.jobs.isEmpty else { return false }
      // Another thread may get this one's identity.
      thread.store(0, ordering: .releasing)
      inbox.hasEnded = true
      return true
    }
  }

  private func dispatch(_ event: epoll_event) {
    if event.data.u64 == 0 {
      var count: eventfd_t = 0
      _ = eventfd_read(wakeup.raw, &count)
      return
    }
    targets[event.data.u64]?.ready(event.events)
  }
}
