import Diagnostics
import Engine
import Report
import Schema
import Synchronization

/// The results of one task on many hosts, as they come.
final class AdHocReport: RunReport {
  private let style: Style
  private let form: OutputOptions.Form
  private let changed = Mutex<Set<String>>([])
  private let results = Mutex<ValueMap>([:])

  init(style: Style, form: OutputOptions.Form) {
    self.style = style
    self.form = form
  }

  /// The results by host, secrets masked.
  var collected: ValueMap { results.withLock { $0 } }

  func receive(_ event: RunEvent) {
    let failures = FailureText(style: style)
    switch event {
    case .task(let report):
      if case .failed(let failure) = report.outcome {
        show(
          failures.lines(failure, title: report.host, place: nil, isSecret: report.isSecret), true)
      } else if case .changed = report.outcome {
        changed.withLock { hosts in _ = hosts.insert(report.host) }
      } else if report.task == AdHocPlaybook.resultTask, let message = report.message {
        results.withLock { $0[report.host] = JSONReport.masked(message) }
        if form == .text { show(lines(message, of: report.host), false) }
      }
    case .unreachable(let host, let error): show(failures.lines(error, hosts: host), true)
    case .notice(let diagnostic):
      show([DiagnosticRenderer(color: style.isColoured).render(diagnostic)], true)
    case .started, .playStarted, .connected, .exchanging, .finished: return
    }
  }

  private func show(_ lines: [String], _ isTrouble: Bool) {
    let stream = isTrouble ? StandardStream.errors : .output
    stream.write(lines.joined(separator: "\n") + "\n")
  }

  /// What a command printed as it is; any other result as YAML.
  private func lines(_ message: Value, of host: String) -> [String] {
    let isChanged = changed.withLock { $0.contains(host) }
    var head = style.paint(host, .strong) + " | "
    head += isChanged ? style.paint("changed", .update) : style.paint("ok", .create)
    if let status = message["rc"], let output = message["stdout"]?.string {
      head += " | rc=\(ValueText.lines(status).joined())"
      let errors = message["stderr"]?.string ?? ""
      return [head] + text(output, message["stdout"]) + text(errors, message["stderr"])
    }
    guard case .dict(let map) = message else { return [head] + ValueText.lines(message) }
    let rest = map.pairs.filter { !["changed", "failed"].contains($0.key.string) }
    return [head] + (rest.isEmpty ? [] : ValueText.lines(.dict(ValueMap(rest.map { ($0, $1) }))))
  }

  private func text(_ text: String, _ value: Value?) -> [String] {
    text.isEmpty ? [] : value.map(ValueText.lines) ?? []
  }
}
