import Diagnostics
import Engine
import Transport

/// The result of a run as text: by play and task in the playbook's order, hosts with the same difference together.
package struct ChangeList: Sendable {
  fileprivate struct Task {
    var title: String
    var isHandler: Bool
    var place: Span?
    /// The lines of each host, in the order in which hosts were first heard of.
    var hosts: [String] = []
    var lines: [String: [String]] = [:]
  }

  private struct Play {
    var name: String
    var order: [String] = []
    var tasks: [String: Task] = [:]
  }

  private let style: RunStyle
  private let text: TaskText
  private var playOrder: [String] = []
  private var plays: [String: Play] = [:]
  private var blocked = BlockedTasks()
  private var lost = LostHosts()
  private var order = HostOrder()
  /// What was last said to be taken for granted on a host: said again only when it is something else.
  private var assumed: [String: String] = [:]

  package init(style: RunStyle) {
    self.style = style
    text = TaskText(style: style)
  }

  /// The hosts of the run, in the order in which they are shown.
  package mutating func setHosts(_ hosts: [String]) {
    order = HostOrder(hosts)
  }

  package mutating func add(_ report: TaskReport) {
    if case .blocked(let cause) = report.outcome {
      blocked.add(report, blockedBy: cause)
      return
    }
    var lines = text.lines(report)
    guard !lines.isEmpty else { return }
    if let assumption = text.assumption(report), assumed[report.host] != assumption {
      assumed[report.host] = assumption
      lines.append(assumption)
    }
    let number = String(report.path.prefix { $0 != "." })
    if plays[number] == nil {
      playOrder.append(number)
      plays[number] = Play(name: report.play)
    }
    if plays[number]?.tasks[report.path] == nil {
      plays[number]?.order.append(report.path)
      plays[number]?.tasks[report.path] = Task(
        title: report.task, isHandler: report.isHandler, place: report.span)
    }
    plays[number]?.tasks[report.path]?.add(lines, of: report.host)
  }

  package mutating func add(_ error: TransportError, of host: String) {
    lost.add(error, of: host)
  }

  /// Everything gathered, an empty line between plays.
  package var lines: [String] {
    var lines: [String] = []
    for number in playOrder.sorted(by: { PathOrder($0) < PathOrder($1) }) {
      guard let play = plays[number] else { continue }
      if !lines.isEmpty { lines.append("") }
      lines.append(style.colours.paint(Terminal.printable(play.name), .strong))
      for path in play.order.sorted(by: { PathOrder($0) < PathOrder($1) }) {
        if let task = play.tasks[path] { lines += self.lines(of: task).map { "  " + $0 } }
      }
    }
    let rest = blocked.lines(style.colours, order) + lost.lines(style.colours, order)
    return lines + (lines.isEmpty || rest.isEmpty ? [] : [""]) + rest
  }

  private func lines(of task: Task) -> [String] {
    let kind = task.isHandler ? "handler " : ""
    let place = task.place.map { "  " + style.colours.paint(short($0), .quiet) } ?? ""
    var lines = [
      kind + style.colours.paint(Terminal.printable(task.title), .strong) + place
    ]
    for group in task.groups(order) {
      if order.count > 1 {
        let names = HostList.text(group.hosts)
        let count = group.hosts.count > 1 ? "\(HostList.count(group.hosts.count)): " : ""
        lines.append("  on \(count)\(style.colours.paint(names, .strong))")
        lines += group.lines.map { "    " + $0 }
      } else {
        lines += group.lines.map { "  " + $0 }
      }
    }
    return lines
  }

  /// `file:line`: the column is for editors, not for readers of a plan.
  private func short(_ place: Span) -> String {
    Terminal.printable("\(place.file.name):\(place.position.line)")
  }
}

extension ChangeList.Task {
  fileprivate mutating func add(_ new: [String], of host: String) {
    if lines[host] == nil { hosts.append(host) }
    lines[host, default: []] += new
  }

  /// Hosts with equal lines together: the most common first, then in the order of the hosts.
  fileprivate func groups(_ order: HostOrder) -> [(hosts: [String], lines: [String])] {
    var groups: [(hosts: [String], lines: [String])] = []
    var places: [[String]: Int] = [:]
    for host in order.sorted(hosts) {
      guard let lines = lines[host] else { continue }
      if let place = places[lines] {
        groups[place].hosts.append(host)
      } else {
        places[lines] = groups.count
        groups.append(([host], lines))
      }
    }
    return groups.enumerated()
      .sorted { ($1.element.hosts.count, $0.offset) < ($0.element.hosts.count, $1.offset) }
      .map(\.element)
  }
}
