/// A terminal to draw on.
package struct Screen: Sendable {
  package struct Size: Sendable, Hashable {
    package let rows: Int
    package let columns: Int

    package init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  /// Gets whole pieces of text with control sequences.
  let write: @Sendable (String) -> Void
  /// The size now; asked before every drawing.
  package let size: @Sendable () -> Size

  package init(
    write: @escaping @Sendable (String) -> Void, size: @escaping @Sendable () -> Size
  ) {
    self.write = write
    self.size = size
  }
}

/// The lines at the end of a terminal that are drawn over and over; everything else scrolls above them.
///
/// Each drawing is one write and overwrites line by line, so that nothing flickers.
package struct LiveRegion: Sendable {
  private let screen: Screen
  private var height = 0

  package init(screen: Screen) { self.screen = screen }

  /// Whether there is something to draw over.
  var isDrawn: Bool { height > 0 }

  /// Replaces the region.
  package mutating func draw(_ lines: [String]) { put("", lines) }

  /// Puts lines above the region for good.
  mutating func print(_ text: String, below lines: [String]) { put(text, lines) }

  /// Takes the region away; the cursor is left where it began.
  package mutating func clear() {
    guard height > 0 else { return }
    screen.write(home + "\u{1B}[J\u{1B}[?25h")
    height = 0
  }

  private mutating func put(_ text: String, _ lines: [String]) {
    var output = height == 0 && !lines.isEmpty ? "\u{1B}[?25l" : ""
    output += home
    if !text.isEmpty { output += "\u{1B}[J" + text }
    for line in lines { output += line + "\u{1B}[K\n" }
    if lines.count < height { output += "\u{1B}[J" }
    if lines.isEmpty, height > 0 { output += "\u{1B}[?25h" }
    height = lines.count
    screen.write(output)
  }

  private var home: String { height > 0 ? "\r\u{1B}[\(height)A" : "" }
}
