import Engine
import ModuleKit
import Schema

/// What became of a task on a host as lines; hosts with equal lines are shown together.
package struct TaskText: Sendable {
  private let style: RunStyle
  private let failures: FailureText

  package init(style: RunStyle) {
    self.style = style
    failures = FailureText(style: style.colours)
  }

  /// The lines of a report; empty for what is not shown: in sync, skipped, blocked.
  package func lines(_ report: TaskReport) -> [String] {
    let body = outcome(report)
    guard !body.isEmpty else { return [] }
    return item(report) + body + mode(report) + notes(report)
  }

  private func outcome(_ report: TaskReport) -> [String] {
    switch report.outcome {
    case .ok: return style.verbosity > 0 ? [colours.paint("= in sync", .quiet)] : []
    case .skipped(let reason):
      return style.verbosity > 1 ? [colours.paint("  skipped: \(reason)", .quiet)] : []
    case .changed: return changed(report)
    case .maybe(let unknown):
      let reasons = Terminal.printable(unknown.summary)
      return ["\(colours.paint("? maybe", .doubt)): depends on \(reasons)"]
        + indented(changes(of: report))
    case .opaque: return opaque(report)
    case .failed(let failure):
      return failures.lines(
        failure, title: "failed", place: report.span, isSecret: report.isSecret)
    case .ignored(let failure):
      return failures.lines(
        failure, title: "failed (ignored)", place: report.span, isSecret: report.isSecret)
    case .blocked: return []
    }
  }

  private func changed(_ report: TaskReport) -> [String] {
    if report.isSecret { return [colours.paint("~", .update) + " not shown (no_log)"] }
    let lines = changes(of: report)
    return lines.isEmpty ? [colours.paint("~", .update) + " changed"] : lines
  }

  private func opaque(_ report: TaskReport) -> [String] {
    if report.isSecret { return [colours.paint("*", .doubt) + " runs; not shown (no_log)"] }
    let what = report.changes.map { Terminal.printable($0.subject) }.joined(separator: "; ")
    return ["\(colours.paint("*", .doubt)) runs, and nobody can say what it does: \(what)"]
  }

  private func changes(of report: TaskReport) -> [String] {
    guard !report.isSecret else { return [] }
    let text = ChangeText(
      style: style.colours, showsDiff: report.showsDiff ?? style.showsDiff)
    return report.changes.flatMap(text.lines)
  }

  /// The item of a loop, unless its changes name it.
  private func item(_ report: TaskReport) -> [String] {
    guard let item = report.item, !report.isSecret,
      !report.changes.contains(where: { $0.subject.contains(item) })
    else { return [] }
    return [colours.paint("(item \(Terminal.printable(item)))", .quiet)]
  }

  /// What a foreseen outcome takes for granted; nil when it takes nothing.
  package func assumption(_ report: TaskReport) -> String? {
    guard let first = report.assuming.first, report.outcome.isForeseen else { return nil }
    let others = report.assuming.count - 1
    let more = others == 0 ? "" : ", and \(others) more"
    return colours.paint("  assuming that \(Terminal.printable(first))\(more)", .quiet)
  }

  /// What `check_mode` on the task has made of the run's own mode.
  private func mode(_ report: TaskReport) -> [String] {
    switch report.checkMode {
    case true?: [colours.paint("  ! foreseen, not done (check_mode: true)", .doubt)]
    case false?: [colours.paint("  ! done, although this is a plan (check_mode: false)", .doubt)]
    case nil: []
    }
  }

  private func notes(_ report: TaskReport) -> [String] {
    guard !report.isSecret else { return [] }
    return report.mispredicted.map { key in
      colours.paint("  ! \(Terminal.printable(key)) came out unlike predicted", .doubt)
    }
  }

  private var colours: Style { style.colours }

  private func indented(_ lines: [String]) -> [String] { lines.map { "  " + $0 } }
}

extension TaskReport.Outcome {
  /// Whether a dry run says of it what will be.
  fileprivate var isForeseen: Bool {
    switch self {
    case .changed, .maybe: true
    case .ok, .skipped, .opaque, .failed, .ignored, .blocked: false
    }
  }
}
