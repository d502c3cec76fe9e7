import ModuleKit

/// One exchange under way: the account of what was heard, and what the controller is about to do.
struct Exchange {
  let frames: [Frame]
  /// Tells it from the exchanges before, whose late notes mean nothing any more.
  let number: Int
  var conversation: Conversation
  /// The frame that has begun and not ended, with the process of its subshell.
  var running: (frame: Int, pid: Int32)?
  /// When the next thing must have happened.
  var deadline: ContinuousClock.Instant
  /// The frame whose process tree a second shell is ending right now.
  var killing: Int?
  var isCancelled = false
  private let progress: (@Sendable (_ frame: Int, _ reply: FrameReply) -> Void)?

  init(
    _ message: Message, number: Int, nonce: String, limits: ShellLimits,
    progress: (@Sendable (_ frame: Int, _ reply: FrameReply) -> Void)?
  ) {
    frames = message.frames
    self.number = number
    self.progress = progress
    conversation = Conversation(message.frames, nonce: nonce, cap: limits.outputBytes)
    deadline = .now + limits.response
  }

  /// Whether there is nothing left to wait for.
  var isOver: Bool { conversation.isComplete && killing == nil }

  func report(_ index: Int) {
    progress?(index, conversation.replies[index])
  }

  /// How far the message got: for errors, behind the statement.
  var endedFrames: String {
    let ended = conversation.replies.count
    let names = frames.prefix(ended).map { "\"\($0.label)\"" }
    let next = frames[min(ended, frames.count - 1)].label
    let state = running == nil ? "\"\(next)\" had not begun" : "\"\(next)\" was running"
    switch ended {
    case 0: return "; \(state), nothing before it"
    case 1...8: return "; ended: \(names.joined(separator: ", ")); \(state)"
    default: return "; ended: \(ended) of \(frames.count), the last \(names[ended - 1]); \(state)"
    }
  }

  func loss(host: String, _ error: TransportError) -> TransportError {
    TransportError(
      .closed, phase: .exchange, host: host,
      "the link was lost: \(error.message)\(endedFrames)", serverSaid: error.serverSaid,
      help: error.help ?? "run again: what was done stays done")
  }

  func loss(host: String, status: Int32?, signal: String?) -> TransportError {
    let how =
      switch (status, signal) {
      case (let status?, _): "the shell ended with status \(status)"
      case (nil, let signal?): "the shell was ended by a signal (\(signal))"
      case (nil, nil): "the link was lost"
      }
    return TransportError(
      .closed, phase: .exchange, host: host, how + endedFrames,
      help: "run again: what was done stays done")
  }
}
