import Engine

/// What a run is doing right now, in a few lines that fit a terminal.
struct ProgressBoard: Sendable {
  private var mode = RunMode.plan
  private var playbook = ""
  private var expected = 0
  private var done = 0
  private var hostCount = 0
  private var changed = 0
  private var failed = 0
  private var lost = 0
  private var start: ContinuousClock.Instant?
  /// The task that a host was last heard of with: items of one loop count once.
  private var last: [String: String] = [:]
  private var working: [String: (label: String, since: ContinuousClock.Instant)] = [:]
  private let style: Style

  /// The most hosts that are shown by name.
  private static let mostHosts = 10

  init(style: Style) { self.style = style }

  mutating func note(_ event: RunEvent, at now: ContinuousClock.Instant) {
    switch event {
    case .started(let header):
      mode = header.mode
      playbook = header.playbook
      expected = header.resultCount
      hostCount = header.hosts.count
      start = now
    case .exchanging(let host, let label): working[host] = (label, now)
    case .task(let report): note(report)
    case .unreachable(let host, _):
      working[host] = nil
      lost += 1
    case .playStarted, .connected, .notice, .finished: return
    }
  }

  private mutating func note(_ report: TaskReport) {
    working[report.host] = nil
    switch report.outcome {
    case .changed: changed += 1
    case .failed: failed += 1
    default: break
    }
    if last.updateValue(report.path, forKey: report.host) != report.path, !report.isHandler {
      done += 1
    }
  }

  /// The lines, none wider than the screen and at most a third of its height.
  func lines(_ size: Screen.Size, at now: ContinuousClock.Instant) -> [String] {
    guard let start else { return [] }
    let room = max(0, min(ProgressBoard.mostHosts, size.rows / 3 - 1))
    let oldest = working.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
    let shown = oldest.count > room ? Array(oldest.prefix(max(0, room - 1))) : oldest
    let width = size.columns - 1
    let nameWidth = min(30, shown.map { DisplayWidth.of($0.key) }.max() ?? 0)
    var lines = [head(now - start, width)]
    for (host, work) in shown {
      let name = DisplayWidth.padded(DisplayWidth.cut(host, to: nameWidth), to: nameWidth)
      let label = Terminal.printable(work.label).split(separator: "\n").first ?? ""
      lines.append(
        DisplayWidth.cut("  \(name)  \(label)  \(Elapsed.text(now - work.since))", to: width))
    }
    if shown.count < oldest.count, room > 0 {
      lines.append(
        DisplayWidth.cut("  and \(HostList.count(oldest.count - shown.count)) more", to: width))
    }
    return lines
  }

  private func head(_ elapsed: Duration, _ width: Int) -> String {
    let total = max(expected, done, 1)
    let filled = done * 20 / total
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
    var text = "\(mode.rawValue) \(Terminal.printable(playbook))  [\(bar)] \(done)/\(total)"
    text += "  \(HostList.count(hostCount))"
    if changed > 0 { text += ", \(changed) changed" }
    if failed > 0 { text += ", \(failed) failed" }
    if lost > 0 { text += ", \(lost) unreachable" }
    text += "  \(Elapsed.text(elapsed))"
    return style.paint(DisplayWidth.cut(text, to: width), .strong)
  }
}
