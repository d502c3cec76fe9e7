/// A line of source as a terminal can show it: tabs expanded, control characters replaced, every scalar's width known.
struct SourceLine {
  private static let tabWidth = 4
  /// Cells that a line may take; of longer ones the part around the mark is shown.
  private static let mostCells = 160

  private let scalars: [Unicode.Scalar]
  /// The scalars that are shown.
  private let window: Range<Int>
  /// Columns (from 0) in which tabs are drawn as arrows.
  private let arrows: Range<Int>

  /// - Parameters:
  ///   - text: the line without its break.
  ///   - focus: the columns (from 0) that must be seen; tabs in them are drawn.
  init(_ text: String, focus: Range<Int>) {
    scalars = Array(text.unicodeScalars)
    arrows = focus
    guard scalars.count > Self.mostCells else {
      window = 0..<scalars.count
      return
    }
    let start = min(max(0, focus.lowerBound - Self.mostCells / 2), scalars.count)
    window = start..<min(start + Self.mostCells, scalars.count)
  }

  /// The text to print.
  var text: String {
    var result = window.lowerBound > 0 ? "…" : ""
    var cell = 0
    for column in window {
      let (text, width) = shown(column, at: cell)
      result += text
      cell += width
    }
    return window.upperBound < scalars.count ? result + "…" : result
  }

  /// The cells (from 0) of the printed text that a range of columns (from 0) takes; at least one.
  func cells(of columns: Range<Int>) -> Range<Int> {
    let lead = window.lowerBound > 0 ? 1 : 0
    var cell = lead
    var start: Int?
    var end: Int?
    for column in window {
      if column == columns.lowerBound { start = cell }
      if column == columns.upperBound { end = cell }
      cell += shown(column, at: cell - lead).width
    }
    let from = start ?? (columns.lowerBound < window.lowerBound ? 0 : cell)
    return from..<max(from + 1, end ?? cell)
  }

  private func shown(_ column: Int, at cell: Int) -> (text: String, width: Int) {
    let scalar = scalars[column]
    if scalar == "\t" {
      let width = Self.tabWidth - cell % Self.tabWidth
      let first = arrows.contains(column) ? "→" : " "
      return (first + String(repeating: " ", count: width - 1), width)
    }
    let width = scalar.cells
    return width < 0 ? ("\u{FFFD}", 1) : (String(scalar), width)
  }
}

extension Unicode.Scalar {
  /// How many cells of a terminal it takes: 0 for marks that combine, 2 for wide ones; -1 when it must not be printed,
  /// because a terminal or a reader could be led astray by it.
  package var cells: Int {
    if value >= 0x20, value < 0x7F { return 1 }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .format: return -1
    case .nonspacingMark, .enclosingMark: return 0
    default: return isWide ? 2 : 1
    }
  }

  /// East Asian Wide and Fullwidth (Unicode Standard Annex #11), by blocks.
  private var isWide: Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}

extension StringProtocol {
  /// The same text without characters that a terminal would obey instead of print; tabs become spaces.
  var printable: String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      result.append(scalar == "\t" ? " " : scalar.cells < 0 ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }
}
