import Synchronization

/// A text that diagnostics can point into: a file that was read, or an argument of the command line.
///
/// Positions are byte offsets; lines and columns are worked out only when somebody asks.
package final class SourceFile: Sendable {
  /// What the user knows the text by: a path as it was given, or something like `<extra vars>`.
  package let name: String
  /// The bytes as they were read, a byte order mark included.
  package let bytes: [UInt8]
  /// Whether the text was encrypted where it lies: then no diagnostic quotes it.
  package let isSecret: Bool
  /// Offsets at which lines begin, line 1 at 0; nil until somebody asks.
  private let lines = Mutex<[Int]?>(nil)

  package init(name: String, bytes: [UInt8], isSecret: Bool = false) {
    self.name = name
    self.bytes = bytes
    self.isSecret = isSecret
  }

  package convenience init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  private var lineStarts: [Int] {
    lines.withLock { known in
      if let known { return known }
      let starts = Self.findLines(bytes)
      known = starts
      return starts
    }
  }

  private static func findLines(_ bytes: [UInt8]) -> [Int] {
    var starts = [0]
    bytes.withUnsafeBufferPointer { bytes in
      for offset in bytes.indices {
        switch bytes[offset] {
        case UInt8(ascii: "\n"):
          starts.append(offset + 1)
        case UInt8(ascii: "\r"):
          let isPair = offset + 1 < bytes.count && bytes[offset + 1] == UInt8(ascii: "\n")
          if !isPair { starts.append(offset + 1) }
        default:
          break
        }
      }
    }
    return starts
  }

  /// The line (from 1) and column (from 1, in Unicode scalars) of a byte offset; a byte order mark has no column.
  package func position(at offset: Int) -> Position {
    let lineStarts = lineStarts
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let start = contentStart(ofLineAt: lineStarts[low])
    let end = min(offset, bytes.count)
    let column = start < end ? bytes[start..<end].count { $0 & 0xC0 != 0x80 } : 0
    return Position(line: low + 1, column: column + 1)
  }

  /// Behind the byte order mark, when a line begins with one.
  private func contentStart(ofLineAt start: Int) -> Int {
    bytes[start...].starts(with: [0xEF, 0xBB, 0xBF]) ? start + 3 : start
  }

  /// The text of a line (from 1) without its line break; invalid UTF-8 is shown as U+FFFD.
  package func text(ofLine line: Int) -> String {
    let lineStarts = lineStarts
    guard line >= 1, line <= lineStarts.count else { return "" }
    let start = contentStart(ofLineAt: lineStarts[line - 1])
    var end = line < lineStarts.count ? lineStarts[line] : bytes.count
    while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r")
    {
      end -= 1
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// How many lines the text has; an empty text has one.
  package var lineCount: Int { lineStarts.count }

  /// The byte offset at which a line (from 1) begins.
  package func offset(ofLine line: Int) -> Int {
    let lineStarts = lineStarts
    return lineStarts[min(max(line, 1), lineStarts.count) - 1]
  }
}

/// A place as editors count it: line and column from 1, columns in Unicode scalars.
package struct Position: Hashable, Sendable, Comparable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (left: Position, right: Position) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// A stretch of a source file, in bytes.
package struct Span: Hashable, Sendable {
  package let file: SourceFile
  package let start: Int
  package let end: Int

  package init(_ file: SourceFile, _ range: Range<Int>) {
    self.file = file
    start = range.lowerBound
    end = range.upperBound
  }

  /// Where the stretch begins.
  package var position: Position { file.position(at: start) }

  /// `file:line:column`, as compilers print it.
  package var location: String {
    let position = position
    return "\(file.name):\(position.line):\(position.column)"
  }

  package static func == (left: Span, right: Span) -> Bool {
    left.file === right.file && left.start == right.start && left.end == right.end
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(file))
    hasher.combine(start)
    hasher.combine(end)
  }
}
