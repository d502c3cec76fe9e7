import CLibSSH2
import Glibc

/// What carries the bytes of one SSH session: a socket, or a tunnel through a bastion's session.
///
/// libssh2 sends and receives through it. Sending always takes everything: what the carrier does
/// not take at once is kept here, so libssh2 never holds a half-sent packet (before 1.11 any other
/// call would then fail with LIBSSH2_ERROR_BAD_USE, and a keepalive could not be resumed at all).
/// Whoever writes bulk data looks at `hasRoom` first.
final class Wire {
  enum Carrier {
    case socket(Int32)
    case tunnel(Tunnel)
  }

  private let carrier: Carrier
  private var unsent = ByteQueue()
  private var ended: Int32?
  private var isDrained = false
  /// How many bytes came in so far.
  private(set) var receivedCount: UInt64 = 0

  /// What the other side said in the clear: banner and key exchange proposal.
  private(set) var greeting = Greeting()
  /// The text of the server's SSH_MSG_DISCONNECT.
  var farewell: String?
  /// What keyboard-interactive questions are answered with, while that method is tried; a secret.
  var keyboardAnswer: String?

  /// Bytes that may wait here before bulk writers have to.
  static let capacity = 256 * 1024

  init(_ carrier: Carrier) { self.carrier = carrier }

  /// Whether bulk data may be written.
  var hasRoom: Bool {
    switch carrier {
    case .socket: unsent.isEmpty
    case .tunnel(let tunnel): tunnel.unsentCount < Wire.capacity
    }
  }

  /// Whether writability has to be waited for.
  var hasUnsent: Bool { !unsent.isEmpty }

  /// The errno the carrier ended with; zero for an orderly end.
  var endCode: Int32? { ended }

  /// Whether the carrier had nothing more when last asked.
  var isQuiet: Bool { isDrained || ended != nil }

  /// Makes every later call fail at once, so that libssh2 frees its state without waiting.
  func sever() { if ended == nil { ended = ECONNABORTED } }

  /// To be called when there may be something to receive again.
  func mayReceive() { isDrained = false }

  // MARK: - For libssh2

  /// Takes all of `bytes`, or returns a negative errno.
  func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    if let ended { return -Int(ended == 0 ? EPIPE : ended) }
    switch carrier {
    case .tunnel(let tunnel):
      tunnel.send(bytes)
      return bytes.count
    case .socket(let socket):
      guard unsent.isEmpty else {
        unsent.append(bytes)
        return bytes.count
      }
      let sent = socketSend(socket, bytes)
      guard let sent else { return -Int(ended ?? EPIPE) }
      if sent < bytes.count { unsent.append(UnsafeRawBufferPointer(rebasing: bytes[sent...])) }
      return bytes.count
    }
  }

  /// Bytes received, zero at the end, a negative errno otherwise (-EAGAIN: nothing now).
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if let ended { return -Int(ended) }
    guard !isDrained else { return -Int(EAGAIN) }
    let count: Int
    switch carrier {
    case .tunnel(let tunnel): count = tunnel.receive(into: buffer)
    case .socket(let socket):
      let result = recv(socket, buffer.baseAddress, buffer.count, 0)
      count = result < 0 ? -Int(errno) : result
    }
    if count > 0 {
      receivedCount += UInt64(count)
      if count < buffer.count, case .socket = carrier, greeting.isComplete { isDrained = true }
      greeting.observe(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    } else if count == 0 {
      ended = 0
    } else if count == -Int(EAGAIN) || count == -Int(EINTR) {
      isDrained = true
      return -Int(EAGAIN)
    } else {
      ended = Int32(-count)
    }
    return count
  }

  // MARK: - For the session

  /// Sends what is waiting; false when the carrier is gone.
  func flush() -> Bool {
    guard ended == nil else { return false }
    guard case .socket(let socket) = carrier else { return true }
    while !unsent.isEmpty {
      let sent = unsent.withFirstChunk { socketSend(socket, $0) }
      guard let sent else { return false }
      guard sent > 0 else { return true }
      unsent.removeFirst(sent)
    }
    return true
  }

  /// Bytes the socket took (zero: none now); nil when it is gone.
  private func socketSend(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
    let sent = Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if sent >= 0 { return sent }
    let code = errno
    if code == EAGAIN || code == EINTR { return 0 }
    ended = code
    return nil
  }
}

/// Bytes waiting in order; taken from the front without moving the rest each time.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var head = 0

  var isEmpty: Bool { head == bytes.count }
  var count: Int { bytes.count - head }

  mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

  /// Hands out what is at the front, all of it.
  func withFirstChunk<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[head...])) }
  }

  mutating func removeFirst(_ count: Int) {
    head += count
    if head == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 64 * 1024)
      head = 0
    } else if head > 256 * 1024 {
      bytes.removeFirst(head)
      head = 0
    }
  }
}
