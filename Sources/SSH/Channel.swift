import CLibSSH2
import Glibc
import Transport

/// A channel as its session keeps it: what arrived and was not taken, what is to be sent.
final class Channel {
  /// Bytes on their way out, with who waits for them.
  struct Outgoing {
    let number: UInt64
    let bytes: [UInt8]
    var sent = 0
    let continuation: UnsafeContinuation<Result<Void, TransportError>, Never>
  }

  enum Kind {
    /// Opened ahead of time, nothing runs in it.
    case spare
    case shell
    /// Carries another session.
    case tunnel
  }

  let id: Int
  let raw: OpaquePointer
  var kind: Kind

  private var inbox: [ChannelInput] = []
  private var inboxHead = 0
  private var inboxCount = 0
  private var reader: UnsafeContinuation<Result<ChannelInput, TransportError>, Never>?
  private(set) var end: Result<ChannelInput, TransportError>?

  var outgoing: [Outgoing] = []
  var tunnelReceived = ByteQueue()
  var tunnelUnsent = ByteQueue()
  var tunnelUser: (any EventTarget)?

  /// The receive window (RFC 4254 section 5.2), and what may wait here unread besides.
  static let window = 256 * 1024

  init(id: Int, raw: OpaquePointer, kind: Kind) {
    self.id = id
    self.raw = raw
    self.kind = kind
  }

  /// Whether more may be read from the session.
  var wantsInput: Bool {
    guard end == nil else { return false }
    return kind == .tunnel ? tunnelReceived.count < Channel.window : inboxCount < Channel.window
  }

  func deliver(_ bytes: UnsafeRawBufferPointer, fromErrors: Bool) {
    guard kind != .tunnel else {
      tunnelReceived.append(bytes)
      return
    }
    let input: ChannelInput = fromErrors ? .errors(Array(bytes)) : .output(Array(bytes))
    if let waiting = reader {
      reader = nil
      waiting.resume(returning: .success(input))
      return
    }
    inbox.append(input)
    inboxCount += bytes.count
  }

  /// The channel came to its end; whoever sends gets `refusal`.
  func finish(_ input: ChannelInput, refusal: TransportError) {
    guard end == nil else { return }
    end = .success(input)
    settle(refusal)
  }

  /// The channel broke.
  func fail(_ error: TransportError) {
    guard end == nil else { return }
    end = .failure(error)
    settle(error)
  }

  /// What is still to be sent will never be taken.
  func refuseInput(_ error: TransportError) {
    for entry in outgoing { entry.continuation.resume(returning: .failure(error)) }
    outgoing = []
  }

  private func settle(_ error: TransportError) {
    refuseInput(error)
    if let waiting = reader, let end {
      reader = nil
      waiting.resume(returning: end)
    }
    (tunnelUser as? Session)?.assumeIsolated { $0.requestTurn() }
  }

  /// Takes the next piece if one is there; else the end, if that was reached.
  func take() -> Result<ChannelInput, TransportError>? {
    guard inboxHead < inbox.count else { return end }
    let input = inbox[inboxHead]
    inboxHead += 1
    switch input {
    case .output(let bytes), .errors(let bytes): inboxCount -= bytes.count
    case .end: break
    }
    if inboxHead == inbox.count {
      inbox.removeAll(keepingCapacity: true)
      inboxHead = 0
    }
    return .success(input)
  }

  /// Waits for the next piece; a second reader takes the place of the first, which is told.
  func wait(
    _ continuation: UnsafeContinuation<Result<ChannelInput, TransportError>, Never>,
    insteadOf error: TransportError
  ) {
    reader?.resume(returning: .failure(error))
    reader = continuation
  }

  /// Sends the waiting reader away.
  func dismissReader(_ error: TransportError) {
    reader?.resume(returning: .failure(error))
    reader = nil
  }
}
