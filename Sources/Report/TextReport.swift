import Diagnostics
import Engine
import ModuleKit
import Schema
import Synchronization
import Transport

/// A run for people. A plan is shown when it is complete; an apply as it goes.
package final class TextReport: RunReport {
  private struct State {
    var mode = RunMode.plan
    var list: ChangeList
    var stream: ApplyStream
  }

  private let style: RunStyle
  private let write: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// - Parameter write: gets whole lines.
  package init(style: RunStyle, write: @escaping @Sendable (String) -> Void) {
    self.style = style
    self.write = write
    state = Mutex(State(list: ChangeList(style: style), stream: ApplyStream(style: style)))
  }

  package func receive(_ event: RunEvent) {
    let lines = state.withLock { state in self.lines(for: event, &state) }
    if !lines.isEmpty { write(lines.joined(separator: "\n") + "\n") }
  }

  private func lines(for event: RunEvent, _ state: inout State) -> [String] {
    switch event {
    case .started(let header):
      state.mode = header.mode
      state.list.setHosts(header.hosts)
      return []
    case .playStarted, .connected, .exchanging: return []
    case .task(let report):
      let message = MessageText(style: style.colours).lines(report)
      if state.mode.changesHosts { return message + state.stream.lines(report) }
      state.list.add(report)
      return message
    case .unreachable(let host, let error):
      if state.mode.changesHosts {
        return FailureText(style: style.colours).lines(error, hosts: host)
      }
      state.list.add(error, of: host)
      return []
    case .notice(let diagnostic):
      return [DiagnosticRenderer(color: style.colours.isColoured).render(diagnostic)]
    case .finished(let record):
      let result = state.mode.changesHosts ? state.stream.blockedLines : state.list.lines
      return result + (result.isEmpty ? [] : [""]) + Recap(record, style: style.colours).lines
    }
  }
}

/// What a task wants to be read: debug messages.
struct MessageText {
  let style: Style

  func lines(_ report: TaskReport) -> [String] {
    guard let message = report.message, !report.isSecret else { return [] }
    switch report.outcome {
    case .failed, .ignored: return []
    default: break
    }
    let lines = ValueText.lines(message)
    let head = style.paint("> \(report.host)", .doubt)
    return lines.count == 1 ? ["\(head): \(lines[0])"] : ["\(head):"] + lines.map { "    " + $0 }
  }
}
