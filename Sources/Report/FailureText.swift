import Diagnostics
import Engine
import Schema
import Transport

/// Failures as lines: who, which step, what was said, what to do.
package struct FailureText: Sendable {
  let style: Style
  /// The most lines of output that are shown of each stream; the last ones count most.
  private static let mostLines = 40

  package init(style: Style) { self.style = style }

  /// A task's failure; `title` goes before the message, and of a secret one nothing is shown.
  package func lines(
    _ failure: TaskFailure, title: String, place: Span?, isSecret: Bool
  ) -> [String] {
    let mark = style.paint("!", .failure)
    guard !isSecret else {
      return ["\(mark) \(style.paint(title, .failure)): not shown (no_log)"] + at(place)
    }
    var lines = [
      "\(mark) \(style.paint(title, .failure)): \(Terminal.printable(failure.message))"
    ]
    if let step = failure.step {
      let status = failure.status.map { " (status \($0))" } ?? ""
      lines.append("    step: \(Terminal.printable(step))\(status)")
    }
    lines += stream("stderr", failure.errors) + stream("stdout", failure.output)
    if let diagnostic = failure.diagnostic, diagnostic.span != nil {
      let text = DiagnosticRenderer(color: style.isColoured).render(diagnostic)
      lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
    } else {
      lines += at(place) + help(failure.help)
    }
    return lines
  }

  /// A host that could not be reached, or talked to any more.
  package func lines(_ error: TransportError, hosts: String) -> [String] {
    let what = error.code == .cancelled ? "interrupted" : "unreachable"
    let head = "\(hosts): \(what) (\(error.phase.rawValue))"
    var lines = [
      "\(style.paint("!", .failure)) \(style.paint(head, .failure)): "
        + Terminal.printable(error.message)
    ]
    if let said = error.serverSaid { lines += stream("it said", said) }
    return lines + help(error.help)
  }

  private func at(_ place: Span?) -> [String] {
    place.map { ["    at \(Terminal.printable($0.location))"] } ?? []
  }

  private func help(_ text: String?) -> [String] {
    guard let text else { return [] }
    return Terminal.printable(text).split(separator: "\n").enumerated()
      .map { $0 == 0 ? "    help: \($1)" : "          \($1)" }
  }

  private func stream(_ name: String, _ text: String) -> [String] {
    var lines = Terminal.lines(text)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { return [] }
    if lines.count == 1 { return ["    \(name): \(Terminal.printable(String(lines[0])))"] }
    let left = lines.count - FailureText.mostLines
    let head = left > 0 ? ["    \(name): (\(left) earlier lines)"] : ["    \(name):"]
    return head
      + lines.suffix(FailureText.mostLines).map { "      " + Terminal.printable(String($0)) }
  }
}
