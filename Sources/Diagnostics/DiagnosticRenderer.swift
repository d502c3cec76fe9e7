/// Makes text of diagnostics: a line that `grep` and editors understand, the source with carets, notes and help.
///
/// ```
/// site.yml:6:14: error[unquoted-template]: a value that begins with `{{` must be quoted
///   |
/// 6 |         msg: {{ foo }}
///   |              ^^^^^^^^^
///   = help: msg: "{{ foo }}"
/// ```
package struct DiagnosticRenderer: Sendable {
  /// Whether to use colours (ANSI escape sequences); whoever knows the terminal and `NO_COLOR` decides.
  package var color: Bool

  package init(color: Bool = false) { self.color = color }

  /// Several diagnostics, an empty line between them.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { render($0) }.joined(separator: "\n\n")
  }

  /// One diagnostic in full, without a line break at the end.
  package func render(_ diagnostic: Diagnostic) -> String {
    let diagnostic = diagnostic.withoutSecrets
    let marks = Mark.all(of: diagnostic)
    let width = marks.map { String($0.line).count }.max() ?? 1
    var lines = [header(diagnostic)]
    var file: SourceFile? = diagnostic.span?.file
    for group in Self.byFile(marks) {
      guard let first = group.first else { continue }
      if first.file !== file {
        lines.append(
          gutter("-->", width - 1)
            + " \(first.file.name):\(first.line):\(first.columns.lowerBound + 1)")
        file = first.file
      }
      lines += snippet(
        group, width, diagnostic.severity,
        isHidden: diagnostic.hidesSource || first.file.isSecret)
    }
    let facts =
      diagnostic.notes.map { ("note", $0) } + (diagnostic.path.map { [("path", $0)] } ?? [])
      + (diagnostic.help.map { [("help", $0)] } ?? [])
    lines += facts.flatMap { fact($0.0, $0.1, width) }
    return lines.joined(separator: "\n")
  }

  /// One diagnostic on one line.
  package func compact(_ diagnostic: Diagnostic) -> String {
    let diagnostic = diagnostic.withoutSecrets
    guard let help = diagnostic.help else { return header(diagnostic) }
    let lines = help.split(separator: "\n").map { $0.printable }
    return header(diagnostic) + " (\(lines.joined(separator: "; ")))"
  }

  private func header(_ diagnostic: Diagnostic) -> String {
    let place = diagnostic.span.map { $0.location + ": " } ?? ""
    let kind = paint("\(diagnostic.severity)[\(diagnostic.id)]", Self.style(diagnostic.severity))
    return paint(place.printable, "1") + kind + paint(": \(diagnostic.message.printable)", "1")
  }

  // MARK: Source

  private static func byFile(_ marks: [Mark]) -> [[Mark]] {
    var groups: [[Mark]] = []
    for mark in marks {
      if let index = groups.firstIndex(where: { $0.first?.file === mark.file }) {
        groups[index].append(mark)
      } else {
        groups.append([mark])
      }
    }
    return groups
  }

  private func snippet(
    _ marks: [Mark], _ width: Int, _ severity: Diagnostic.Severity, isHidden: Bool
  ) -> [String] {
    var lines = [gutter("|", width + 1)]
    var before: Int?
    for number in Set(marks.map(\.line)).sorted() {
      if let before, number > before + 1 { lines.append(gutter("...", 0)) }
      before = number
      lines +=
        isHidden
        ? [paint(head(number, width), Self.gutterStyle) + " [secret]"]
        : sourceLine(number, marks.filter { $0.line == number }, width, severity)
    }
    return lines
  }

  private func head(_ number: Int, _ width: Int) -> String {
    let label = String(number)
    return String(repeating: " ", count: width - label.count) + label + " |"
  }

  private func sourceLine(
    _ number: Int, _ marks: [Mark], _ width: Int, _ severity: Diagnostic.Severity
  ) -> [String] {
    guard let first = marks.first else { return [] }
    let line = SourceLine(first.file.text(ofLine: number), focus: first.columns)
    var lines = [paint(head(number, width), Self.gutterStyle) + Self.spaced(line.text)]
    for mark in marks {
      let cells = line.cells(of: mark.columns)
      let carets = String(repeating: mark.isPrimary ? "^" : "-", count: cells.count)
      let text = mark.text.isEmpty ? carets : carets + " " + mark.text.printable
      let style = mark.isPrimary ? Self.style(severity) : Self.gutterStyle
      lines.append(
        gutter("|", width + 1) + " " + String(repeating: " ", count: cells.lowerBound)
          + paint(text, style))
    }
    return lines
  }

  private static func spaced(_ text: String) -> String { text.isEmpty ? "" : " " + text }

  private func gutter(_ text: String, _ indent: Int) -> String {
    String(repeating: " ", count: max(0, indent)) + paint(text, Self.gutterStyle)
  }

  private func fact(_ kind: String, _ text: String, _ width: Int) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.printable }
    let lead = String(repeating: " ", count: width + 1)
    return lines.enumerated().map { index, line in
      index == 0
        ? lead + paint("=", Self.gutterStyle) + " " + paint(kind + ":", "1") + " " + line
        : lead + String(repeating: " ", count: kind.count + 4) + line
    }
  }

  // MARK: Colour

  private static let gutterStyle = "34"

  private static func style(_ severity: Diagnostic.Severity) -> String {
    switch severity {
    case .note: "1;36"
    case .warning: "1;33"
    case .error: "1;31"
    }
  }

  private func paint(_ text: String, _ style: String) -> String {
    color && !text.isEmpty ? "\u{1B}[\(style)m\(text)\u{1B}[0m" : text
  }
}

/// A stretch of one line to underline.
private struct Mark {
  var file: SourceFile
  var line: Int
  /// Columns from 0; of a span over several lines the part on the first.
  var columns: Range<Int>
  var text: String
  var isPrimary: Bool

  private init(_ span: Span, _ text: String, isPrimary: Bool) {
    let start = span.position
    let end = span.file.position(at: max(span.start, span.end))
    let from = start.column - 1
    let lineEnd = span.file.text(ofLine: start.line).unicodeScalars.count
    let to = end.line == start.line ? end.column - 1 : lineEnd
    file = span.file
    line = start.line
    columns = from..<max(from + 1, to)
    self.text = text
    self.isPrimary = isPrimary
  }

  /// The primary mark first, then those of the labels.
  static func all(of diagnostic: Diagnostic) -> [Mark] {
    let primary = diagnostic.span.map {
      [Mark($0, diagnostic.underline ?? "", isPrimary: true)]
    }
    return (primary ?? []) + diagnostic.labels.map { Mark($0.span, $0.text, isPrimary: false) }
  }
}
