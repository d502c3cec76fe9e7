import Engine
import Transport

/// The hosts of a run in the order in which they are shown.
struct HostOrder: Sendable {
  private let places: [String: Int]

  init(_ hosts: [String] = []) {
    places = Dictionary(zip(hosts, 0...), uniquingKeysWith: { first, _ in first })
  }

  var count: Int { places.count }

  func sorted(_ hosts: some Sequence<String>) -> [String] {
    hosts.sorted { (places[$0] ?? .max, $0) < (places[$1] ?? .max, $1) }
  }
}

/// Tasks that were not tried, each cause named once.
struct BlockedTasks: Sendable {
  private var causes: [String] = []
  private var hosts: [String: Set<String>] = [:]
  private var tasks: [String: Set<String>] = [:]

  mutating func add(_ report: TaskReport, blockedBy cause: String) {
    if hosts[cause] == nil { causes.append(cause) }
    hosts[cause, default: []].insert(report.host)
    tasks[cause, default: []].insert(report.path)
  }

  func lines(_ style: Style, _ order: HostOrder) -> [String] {
    causes.map { cause in
      let names = HostList.text(order.sorted(hosts[cause] ?? []))
      let count = tasks[cause]?.count ?? 0
      let what = count == 1 ? "1 task" : "\(count) tasks"
      let glyph = style.paint("#", .failure)
      return "\(glyph) \(what) blocked by \(Terminal.printable(cause)) on \(names)"
    }
  }
}

/// Hosts that could not be reached, those with the same trouble together.
struct LostHosts: Sendable {
  private var troubles: [TransportError] = []
  private var hosts: [TransportError: [String]] = [:]

  mutating func add(_ error: TransportError, of host: String) {
    var common = error
    common.host = ""
    if hosts[common] == nil { troubles.append(common) }
    hosts[common, default: []].append(host)
  }

  func lines(_ style: Style, _ order: HostOrder) -> [String] {
    let text = FailureText(style: style)
    return troubles.flatMap { error in
      text.lines(error, hosts: HostList.text(order.sorted(hosts[error] ?? [])))
    }
  }
}
