import Diagnostics
import ModuleKit
import Schema

/// Where new lines go: `insertafter` and `insertbefore`.
enum LinePlace: Sendable {
  case start
  case end
  case after(String)
  case before(String)

  static let after = Parameter<String?>.optional(
    "insertafter",
    """
    Where it goes when it is not there yet: after the last line that this regular expression finds, or `EOF` for the \
    end of the file, which is also the default and what counts when nothing is found.
    """)
  static let before = Parameter<String?>.optional(
    "insertbefore",
    """
    Where it goes when it is not there yet: before the last line that this regular expression finds, or `BOF` for the \
    start of the file; the end of the file when nothing is found.
    """)

  init(after: String?, before: String?) throws(Diagnostic) {
    switch (after, before) {
    case ("BOF", _), (nil, "BOF"): self = .start
    case (nil, nil), ("EOF", _), (nil, "EOF"): self = .end
    case (let pattern?, _): self = .after(pattern)
    case (nil, let pattern?): self = .before(pattern)
    }
    guard let text = pattern else { return }
    _ = try PatternText(
      Argument(.string(text), path: after == nil ? "insertbefore" : "insertafter"))
  }

  private var pattern: String? {
    switch self {
    case .start, .end: nil
    case .after(let text), .before(let text): text
    }
  }

  /// The index at which a line is inserted.
  func index(in lines: [[UInt8]], takesFirst: Bool) throws(Obstacle) -> Int {
    switch self {
    case .start: return 0
    case .end: return lines.count
    case .after(let text):
      return try found(text, lines, takesFirst).map { $0 + 1 } ?? lines.count
    case .before(let text): return try found(text, lines, takesFirst) ?? lines.count
    }
  }

  private func found(
    _ text: String, _ lines: [[UInt8]], _ takesFirst: Bool
  ) throws(Obstacle) -> Int? {
    let pattern = try LinePattern(text)
    var found: Int?
    for (index, line) in lines.enumerated() where try pattern.search(line) != nil {
      found = index
      if takesFirst { break }
    }
    return found
  }
}
