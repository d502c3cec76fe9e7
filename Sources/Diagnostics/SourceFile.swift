/// A text that diagnostics can point into: a file that was read, or an argument of the command line.
///
/// Positions are byte offsets; lines and columns are worked out only when somebody asks.
package final class SourceFile: Sendable {
  /// What the user knows the text by: a path as it was given, or something like `<extra vars>`.
  package let name: String
  /// The bytes as they were read, a byte order mark included.
  package let bytes: [UInt8]
  /// Offsets at which lines begin; line 1 begins at 0.
  private let lineStarts: [Int]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\n") {
        starts.append(offset + 1)
      } else if byte == UInt8(ascii: "\r"),
        offset + 1 == bytes.count || bytes[offset + 1] != UInt8(ascii: "\n")
      {
        starts.append(offset + 1)
      }
    }
    lineStarts = starts
  }

  package convenience init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// The line (from 1) and column (from 1, in Unicode scalars) of a byte offset; a byte order mark has no column.
  package func position(at offset: Int) -> Position {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    var start = lineStarts[low]
    if start == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    let end = min(offset, bytes.count)
    let column = start < end ? bytes[start..<end].count { $0 & 0xC0 != 0x80 } : 0
    return Position(line: low + 1, column: column + 1)
  }

  /// The text of a line (from 1) without its line break; invalid UTF-8 is shown as U+FFFD.
  package func text(ofLine line: Int) -> String {
    guard line >= 1, line <= lineStarts.count else { return "" }
    let start = lineStarts[line - 1]
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
    lineStarts[min(max(line, 1), lineStarts.count) - 1]
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
