import Engine
import ModuleKit
import Schema

/// Changes as lines for people.
package struct ChangeText: Sendable {
  package let style: Style
  /// Whether the lines of changed files are shown (`--diff`; always on in a plan).
  package let showsDiff: Bool

  package init(style: Style, showsDiff: Bool) {
    self.style = style
    self.showsDiff = showsDiff
  }

  /// The lines of one change: what, from, to; then the difference of the content.
  package func lines(_ change: Change) -> [String] {
    let glyph =
      switch change.action {
      case .create: style.paint("+", .create)
      case .update: style.paint("~", .update)
      case .remove: style.paint("-", .remove)
      }
    var head = "\(glyph) \(change.subject) \(change.attribute)"
    let (before, after) = (brief(change.before), brief(change.after))
    if !before.isEmpty || !after.isEmpty {
      head += ": \(before.isEmpty ? "(nothing)" : before) -> \(after.isEmpty ? "(nothing)" : after)"
    }
    if change.blast > .none { head += style.paint("  [\(change.blast.name)]", .doubt) }
    return [head] + (showsDiff ? diff(change) : [])
  }

  /// One side in a few words; content is told by the diff.
  private func brief(_ shown: Shown) -> String {
    switch shown {
    case .absent: "absent"
    case .text(let text): Terminal.printable(text)
    case .content(let text): "\(text.utf8.count) bytes"
    case .bytes(let count, let digest): "\(count) bytes (sha256 \(digest.prefix(12)))"
    case .secret: "[secret]"
    case .unknown(let unknown): "not known yet (\(unknown.summary))"
    }
  }

  private func diff(_ change: Change) -> [String] {
    let before: String
    switch change.before {
    case .content(let text): before = text
    case .absent: before = ""
    default: return []
    }
    guard case .content(let after) = change.after else {
      guard case .content(let gone) = change.before, change.after == .absent else { return [] }
      return render(LineDiff(from: gone, to: ""))
    }
    return render(LineDiff(from: before, to: after))
  }

  private func render(_ diff: LineDiff) -> [String] {
    let limit = 120
    var lines = diff.lines.prefix(limit).map { line in
      switch line {
      case .same(let text): "      " + Terminal.printable(text)
      case .removed(let text): "    " + style.paint("- " + Terminal.printable(text), .remove)
      case .added(let text): "    " + style.paint("+ " + Terminal.printable(text), .create)
      case .skipped(let count): "    " + style.paint("@@ \(count) lines @@", .quiet)
      }
    }
    if diff.lines.count > limit {
      lines.append("    " + style.paint("... \(diff.lines.count - limit) more lines", .quiet))
    }
    return lines
  }
}
