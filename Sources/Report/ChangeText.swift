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
    let subject = Terminal.printable(change.subject)
    if change.attribute == "run" { return [style.paint("~", .update) + " run \(subject)"] }
    var head = "\(glyph) \(subject) \(change.attribute)"
    if case .content(let before) = change.before, case .content(let after) = change.after {
      return [head + blast(change) + counts(before, after)] + (showsDiff ? diff(change) : [])
    }
    let (before, after) = (brief(change.before), brief(change.after))
    if !before.isEmpty || !after.isEmpty {
      head += ": \(before.isEmpty ? "(nothing)" : before) -> \(after.isEmpty ? "(nothing)" : after)"
    }
    return [head + blast(change)] + (showsDiff ? diff(change) : [])
  }

  /// How far the change reaches, where it reaches beyond the thing itself.
  private func blast(_ change: Change) -> String {
    change.blast > .none ? style.paint("  [\(change.blast.name)]", .doubt) : ""
  }

  /// How many lines come and go.
  private func counts(_ before: String, _ after: String) -> String {
    var (added, removed) = (0, 0)
    for line in LineDiff(from: before, to: after).lines {
      switch line {
      case .added: added += 1
      case .removed: removed += 1
      case .same, .skipped: continue
      }
    }
    return added + removed == 0
      ? ": line ends" : ": +\(added) -\(removed) \(added + removed == 1 ? "line" : "lines")"
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
