import ModuleKit

/// What an exchange has heard so far: a pure account of marks and output.
struct Conversation {
  /// What the shell that holds the exchange has to do.
  enum Need: Equatable {
    /// A frame has begun: its clock starts.
    case clock(Int, pid: Int32)
    /// The loop waits for a word on a frame that ended by a signal or was refused.
    case verdict(Int)
    case report(Int)
    case giveUp(String)
  }

  private let frames: [Frame]
  private var output: StreamParser
  private var errors: StreamParser
  private(set) var replies: [FrameReply] = []
  /// Ends of frames as the two streams told them; a frame has ended when both have, or when standard error has
  /// nothing to tell of it.
  private var endsOfOutput: [Mark] = []
  private var endsOfErrors: [Mark] = []
  /// Why frames could not be run, by frame.
  private var refusals: [Int: String] = [:]
  /// The frame whose deadline has passed and which is being killed.
  var overdue: Int?

  init(_ frames: [Frame], nonce: String, cap: Int) {
    self.frames = frames
    output = StreamParser(nonce: nonce, cap: cap)
    errors = StreamParser(nonce: nonce, cap: cap, isErrors: true)
  }

  var isComplete: Bool { replies.count == frames.count }

  mutating func takeOutput(_ bytes: [UInt8]) -> [Need] {
    var needs: [Need] = []
    for mark in output.take(bytes) {
      switch mark {
      case .began(let index, let pid): needs.append(.clock(index, pid: pid))
      case .preconditionFailed(let index, let ordinal):
        let preconditions = frames[index].preconditions
        guard preconditions.indices.contains(ordinal) else { break }
        refusals[index] = preconditions[ordinal].failure
      case .refused(let index, let text): refusals[index] = text
      case .ended(let index, let status, _, _, _):
        endsOfOutput.append(mark)
        if status > 128 { needs.append(.verdict(index)) }
      case .skipped: endsOfOutput.append(mark)
      case .gaveUp(let text): needs.append(.giveUp(text))
      case .hello, .stored: break
      }
    }
    return needs + settle()
  }

  mutating func takeErrors(_ bytes: [UInt8]) -> [Need] {
    for mark in errors.take(bytes) {
      switch mark {
      case .ended: endsOfErrors.append(mark)
      default: break
      }
    }
    return settle()
  }

  /// Whether a frame that did not end properly stops the steps behind it.
  func stopsOthers(_ index: Int) -> Bool {
    frames[index].isStep && (overdue == index || refusals[index] != nil)
  }

  /// Closes the account when nothing more will be heard: the frame that ran and all behind it have
  /// timed out.
  ///
  /// Returns the indices of these frames.
  mutating func surrender() -> Range<Int> {
    let first = replies.count
    while !isComplete {
      replies.append(.timedOut(output: output.partialOutput, errors: errors.partialOutput))
      output.drop()
      errors.drop()
    }
    return first..<frames.count
  }

  private mutating func settle() -> [Need] {
    var needs: [Need] = []
    while let first = endsOfOutput.first {
      guard isQuiet(first) || !endsOfErrors.isEmpty else { break }
      endsOfOutput.removeFirst()
      let second = isQuiet(first) ? nil : endsOfErrors.removeFirst()
      needs.append(.report(replies.count))
      replies.append(reply(first, second))
    }
    return needs
  }

  /// Whether standard error has no mark of the end of a frame: it was skipped, or said nothing there.
  private func isQuiet(_ end: Mark) -> Bool {
    guard case .ended(_, _, _, _, let isQuiet) = end else { return true }
    return isQuiet
  }

  private func reply(_ first: Mark, _ second: Mark?) -> FrameReply {
    guard case .ended(let index, let status, let printed, let isCut, _) = first else {
      return .skipped
    }
    var complained: [UInt8] = []
    var areErrorsCut = false
    if case .ended(_, _, let text, let isCut, _) = second {
      (complained, areErrorsCut) = (text, isCut)
    }
    if let refusal = refusals[index] { return .preconditionFailed(refusal) }
    if overdue == index, status > 128 { return .timedOut(output: printed, errors: complained) }
    return .finished(
      status: status, output: printed, errors: complained, isTruncated: isCut || areErrorsCut)
  }
}
