import Glibc

/// What a shell says about itself on one of its streams, between the output of frames.
enum Mark: Equatable {
  case hello([String])
  case began(Int, pid: Int32)
  /// `isQuiet`: the other stream, standard error, has no word of it.
  case ended(Int, status: Int32, output: [UInt8], isTruncated: Bool, isQuiet: Bool = false)
  case skipped(Int)
  case preconditionFailed(Int, ordinal: Int)
  case refused(Int, String)
  case stored
  case gaveUp(String)
}

/// Takes one stream apart into marks and the output between them.
///
/// A line counts as a mark only behind this shell's nonce and only when it is one that can come
/// next; everything else is output, whatever it looks like. On standard error frames may be missing: those that said
/// nothing there.
struct StreamParser {
  private let nonce: [UInt8]
  private let cap: Int
  private let isErrors: Bool
  private var pending: [UInt8] = []
  private var next = 0
  private var isInside = false
  private var output: [UInt8] = []
  private var isTruncated = false

  /// The longest line of a mark behind the nonce, the hello included.
  private static let longestMark = 1024

  init(nonce: String, cap: Int, isErrors: Bool = false) {
    self.nonce = Array(nonce.utf8)
    self.cap = cap
    self.isErrors = isErrors
  }

  /// What the frame that runs now has printed so far.
  var partialOutput: [UInt8] { isInside ? output : [] }

  /// Forgets the frame that runs.
  mutating func drop() {
    isInside = false
    output = []
  }

  mutating func take(_ bytes: [UInt8]) -> [Mark] {
    pending += bytes
    var marks: [Mark] = []
    var position = 0
    while let found = find(nonce, in: pending, from: position) {
      let after = found + nonce.count
      let limit = min(pending.count, after + StreamParser.longestMark)
      guard let newline = pending[after..<limit].firstIndex(of: UInt8(ascii: "\n")) else {
        if limit == pending.count {
          keep(position..<found)
          pending.removeSubrange(..<found)
          return marks
        }
        keep(position..<found + 1)
        position = found + 1
        continue
      }
      let line = String(decoding: pending[after..<newline], as: UTF8.self)
      guard let mark = read(line) else {
        keep(position..<found + 1)
        position = found + 1
        continue
      }
      keep(position..<found)
      marks.append(apply(mark))
      position = newline + 1
    }
    let rest = max(position, pending.count - (nonce.count - 1))
    keep(position..<rest)
    pending.removeSubrange(..<rest)
    return marks
  }

  /// Adds to the output of the frame that runs; between frames it is noise.
  private mutating func keep(_ range: Range<Int>) {
    guard isInside, !range.isEmpty else { return }
    let room = cap - output.count
    if range.count > room { isTruncated = true }
    output += pending[range].prefix(max(room, 0))
  }

  private func read(_ line: String) -> Mark? {
    guard line.first == " " else { return nil }
    let parts = line.dropFirst().split(separator: " ", maxSplits: 1).map(String.init)
    guard let letter = parts.first else { return nil }
    let rest = parts.count > 1 ? parts[1] : ""
    let words = rest.split(separator: " ", maxSplits: 1).map(String.init)
    switch isInside ? "" : letter {
    case "H": return .hello(rest.split(separator: " ").map(String.init))
    case "R": return .stored
    case "X": return .gaveUp(rest)
    default: break
    }
    guard let index = words.first.flatMap({ Int($0) }),
      index == next || isErrors && !isInside && index > next
    else { return nil }
    let second = words.count > 1 ? words[1] : ""
    switch (letter, isInside) {
    case ("B", false): return Int32(second).map { .began(index, pid: $0) }
    case ("S", false): return .skipped(index)
    case ("E", true), ("Q", true):
      return Int32(second).map {
        .ended(index, status: $0, output: [], isTruncated: false, isQuiet: letter == "Q")
      }
    case ("P", true): return Int(second).map { .preconditionFailed(next, ordinal: $0) }
    case ("W", true): return .refused(next, second)
    default: return nil
    }
  }

  private mutating func apply(_ mark: Mark) -> Mark {
    switch mark {
    case .began(let index, _):
      isInside = true
      next = index
    case .skipped:
      next += 1
    case .ended(let index, let status, _, _, let isQuiet):
      let whole = Mark.ended(
        index, status: status, output: output, isTruncated: isTruncated, isQuiet: isQuiet)
      isInside = false
      next += 1
      output = []
      isTruncated = false
      return whole
    default:
      break
    }
    return mark
  }
}

/// Where bytes occur in others, at or behind a position.
func find(_ needle: [UInt8], in haystack: [UInt8], from start: Int = 0) -> Int? {
  guard let first = needle.first else { return start }
  return haystack.withUnsafeBytes { hay in
    guard let base = hay.baseAddress else { return nil }
    var position = start
    while position + needle.count <= hay.count {
      let length = hay.count - needle.count + 1 - position
      guard let candidate = memchr(base + position, Int32(first), length) else { return nil }
      position = base.distance(to: UnsafeRawPointer(candidate))
      if memcmp(candidate, needle, needle.count) == 0 { return position }
      position += 1
    }
    return nil
  }
}
