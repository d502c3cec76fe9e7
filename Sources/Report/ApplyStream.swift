import Engine
import Transport

/// An apply as it goes: a line for each host and task, the details once for all hosts that they are equal on.
struct ApplyStream: Sendable {
  private struct Heading: Equatable {
    var host: String
    var path: String
    /// The host with the same details, if they were not shown.
    var first: String?
  }

  private let style: RunStyle
  private let text: TaskText
  private var play: String?
  /// The first host with these lines, by task and lines.
  private var shown: [String: [[String]: String]] = [:]
  /// What the last lines were about: items of one loop share a line that names host and task.
  private var last: Heading?
  private var blocked = BlockedTasks()
  private var interrupted = LostHosts()
  private var order = HostOrder()

  init(style: RunStyle) {
    self.style = style
    text = TaskText(style: style)
  }

  mutating func lines(_ report: TaskReport) -> [String] {
    if case .blocked(let cause) = report.outcome {
      blocked.add(report, blockedBy: cause)
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
    let heading = Heading(host: report.host, path: report.path, first: first)
    defer { last = heading }
    if let first {
      if heading != last {
        lines.append(head + style.colours.paint("  as on \(first)", .quiet))
      }
    } else {
      shown[report.path, default: [:]][details] = report.host
      if heading != last { lines.append(head) }
      lines += details.map { "    " + $0 }
    }
    return lines
  }

  /// A host is out; hosts that were only interrupted are kept for the end.
  mutating func lines(_ error: TransportError, of host: String) -> [String] {
    if error.code == .cancelled {
      interrupted.add(error, of: host)
      return []
    }
    last = nil
    return FailureText(style: style.colours).lines(error, hosts: host)
  }

  /// The hosts of the run, in the order in which they are shown.
  mutating func setHosts(_ hosts: [String]) { order = HostOrder(hosts) }

  /// What is said when the run is over.
  var endLines: [String] {
    blocked.lines(style.colours, order) + interrupted.lines(style.colours, order)
  }
}
