import Diagnostics
import Engine
import ModuleKit
import Schema
import Synchronization
import Transport

/// A run for people: a plan is shown when it is complete, an apply as it goes.
///
/// On a terminal a few lines below show what is going on.
package final class TextReport: RunReport {
  private struct State {
    var mode = RunMode.plan
    var list: ChangeList
    var stream: ApplyStream
    var board: ProgressBoard
    var region: LiveRegion?
    /// Whether text that was printed stands above the region, on the same terminal.
    let isShared: Bool
    var isOver = false
  }

  /// How often the region is drawn anew.
  private static let pace = Duration.milliseconds(100)
  /// Runs that are over before that show no region at all.
  private static let patience = Duration.milliseconds(300)

  private let style: RunStyle
  private let write: @Sendable (String) -> Void
  private let screen: Screen?
  private let clock = ContinuousClock()
  private let state: Mutex<State>

  /// Makes a report.
  /// - Parameters:
  ///   - style: how much is shown.
  ///   - screen: the terminal for the live region; nil for none.
  ///   - isShared: whether what `write` gets appears on that terminal too.
  ///   - write: gets whole lines.
  package init(
    style: RunStyle, screen: Screen? = nil, isShared: Bool = true,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.style = style
    self.write = write
    self.screen = screen
    state = Mutex(
      State(
        list: ChangeList(style: style), stream: ApplyStream(style: style),
        board: ProgressBoard(style: style.colours), region: screen.map(LiveRegion.init),
        isShared: isShared))
  }

  package func receive(_ event: RunEvent) {
    let now = clock.now
    state.withLock { state in
      state.board.note(event, at: now)
      if case .finished = event {
        state.isOver = true
        state.region?.clear()
      }
      print(lines(for: event, &state), &state)
    }
    if case .started = event, screen != nil { keepDrawing() }
  }

  package func note(_ text: String) {
    state.withLock { state in print([text], &state) }
  }

  package func abandon() {
    state.withLock { state in
      state.isOver = true
      state.region?.clear()
    }
  }

  // MARK: - Region

  private func keepDrawing() {
    Task { [weak self] in
      try? await Task.sleep(for: TextReport.patience)
      while let self, self.draw() { try? await Task.sleep(for: TextReport.pace) }
    }
  }

  /// Draws the region; false once the run is over.
  private func draw() -> Bool {
    guard let screen else { return false }
    let size = screen.size()
    let now = clock.now
    return state.withLock { state in
      guard !state.isOver else { return false }
      state.region?.draw(state.board.lines(size, at: now))
      return true
    }
  }

  private func print(_ lines: [String], _ state: inout State) {
    guard !lines.isEmpty else { return }
    let text = lines.joined(separator: "\n") + "\n"
    guard state.isShared, !state.isOver, state.region?.isDrawn == true, let screen else {
      write(text)
      return
    }
    state.region?.print(text, below: state.board.lines(screen.size(), at: clock.now))
  }

  // MARK: - Text

  private func lines(for event: RunEvent, _ state: inout State) -> [String] {
    switch event {
    case .started(let header):
      state.mode = header.mode
      state.list.setHosts(header.hosts)
      state.stream.setHosts(header.hosts)
      return []
    case .playStarted, .connected, .exchanging: return []
    case .task(let report):
      let message = MessageText(style: style).lines(report)
      if state.mode.changesHosts { return message + state.stream.lines(report) }
      state.list.add(report)
      return message
    case .unreachable(let host, let error):
      if state.mode.changesHosts { return state.stream.lines(error, of: host) }
      state.list.add(error, of: host)
      return []
    case .notice(let diagnostic):
      return [DiagnosticRenderer(color: style.colours.isColoured).render(diagnostic)]
    case .finished(let record):
      let result = state.mode.changesHosts ? state.stream.endLines : state.list.lines
      return result + [""] + Recap(record, style: style.colours).lines
    }
  }
}

/// What a task wants to be read: debug messages, and those of other modules when asked for.
struct MessageText {
  let style: RunStyle

  /// Modules whose messages are always shown.
  private static let speakers = ["debug", "certificate_authority"]

  func lines(_ report: TaskReport) -> [String] {
    guard let message = report.message, !report.isSecret,
      style.verbosity > 0 || Self.speakers.contains(where: report.module.hasSuffix)
    else { return [] }
    switch report.outcome {
    case .failed, .ignored: return []
    default: break
    }
    let lines = ValueText.lines(message)
    let head = style.colours.paint("> \(report.host)", .doubt)
    return lines.count == 1 ? ["\(head): \(lines[0])"] : ["\(head):"] + lines.map { "    " + $0 }
  }
}
