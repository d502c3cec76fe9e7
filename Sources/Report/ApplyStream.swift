import Engine

/// An apply as it goes: a line for each host and task, the details once for all hosts that they are equal on.
struct ApplyStream: Sendable {
  private let style: RunStyle
  private let text: TaskText
  private var play: String?
  /// The first host with these lines, by task and lines.
  private var shown: [String: [[String]: String]] = [:]
  private var blocked: [String: (hosts: [String], tasks: Set<String>)] = [:]
  private var blockedOrder: [String] = []

  init(style: RunStyle) {
    self.style = style
    text = TaskText(style: style)
  }

  mutating func lines(_ report: TaskReport) -> [String] {
    if case .blocked(let cause) = report.outcome {
      note(report, blockedBy: cause)
      return []
    }
    let details = text.lines(report)
    guard !details.isEmpty else { return [] }
    var lines: [String] = []
    if play != report.play {
      play = report.play
      lines.append(style.colours.paint(Terminal.printable(report.play), .strong))
    }
    let kind = report.isHandler ? "handler " : ""
    let host = style.colours.paint(report.host, .strong)
    let delegate = report.delegate.map { " (on \($0))" } ?? ""
    let head = "  \(host)\(delegate): \(kind)\(Terminal.printable(report.task))"
    let first = shown[report.path]?[details]
    if let first {
      lines.append(head + style.colours.paint("  as on \(first)", .quiet))
    } else {
      shown[report.path, default: [:]][details] = report.host
      lines.append(head)
      lines += details.map { "    " + $0 }
    }
    return lines
  }

  /// What was not tried, once for each cause.
  var blockedLines: [String] {
    blockedOrder.compactMap { cause in
      guard let (hosts, tasks) = blocked[cause] else { return nil }
      let count = tasks.count == 1 ? "1 task" : "\(tasks.count) tasks"
      let glyph = style.colours.paint("#", .failure)
      return "\(glyph) \(count) blocked by \(Terminal.printable(cause)) on \(HostList.text(hosts))"
    }
  }

  private mutating func note(_ report: TaskReport, blockedBy cause: String) {
    if blocked[cause] == nil { blockedOrder.append(cause) }
    var entry = blocked[cause] ?? ([], [])
    if !entry.hosts.contains(report.host) { entry.hosts.append(report.host) }
    entry.tasks.insert(report.path)
    blocked[cause] = entry
  }
}
