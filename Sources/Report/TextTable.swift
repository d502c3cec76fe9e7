/// Rows and columns for people: as wide as their texts are on a terminal, whatever their script.
package struct TextTable: Sendable {
  private let titles: [String]
  /// Columns whose texts end at the same place: numbers.
  private let numbers: Set<Int>
  private var rows: [[String]] = []

  /// `numbers`: the places of columns that are aligned at their ends.
  package init(_ titles: [String], numbers: Set<Int> = []) {
    self.titles = titles
    self.numbers = numbers
  }

  /// Adds a row; there is a text for each title.
  package mutating func add(_ row: [String]) { rows.append(row.map(Terminal.printable)) }

  /// The titles, and a line for each row; columns in which nothing stands are left out.
  package func lines(_ style: Style) -> [String] {
    let columns = titles.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    let widths = columns.map { column in
      ([titles[column]] + rows.map { $0[column] }).map(DisplayWidth.of).max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = zip(columns, widths).map { column, width in
        let blanks = String(repeating: " ", count: max(0, width - DisplayWidth.of(cells[column])))
        return numbers.contains(column) ? blanks + cells[column] : cells[column] + blanks
      }
      var text = padded.joined(separator: "  ")[...]
      while text.hasSuffix(" ") { text.removeLast() }
      return String(text)
    }
    return [style.paint(line(titles), .quiet)] + rows.map(line)
  }
}

/// Numbers of bytes for people.
package enum ByteCount {
  /// `512 B`, `1.5 KiB`, `64.0 MiB`.
  package static func text(_ count: Int) -> String {
    var value = Double(count)
    var unit = "B"
    for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
      value /= 1024
      unit = next
    }
    guard unit != "B" else { return "\(count) B" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
