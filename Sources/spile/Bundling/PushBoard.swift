import Report
import Synchronization

/// How far sending has come: a line for each host on a terminal, else a line when a host is done.
final class PushBoard: Sendable {
  private struct State {
    var region: LiveRegion?
    var hosts: [String: (sent: Int, total: Int)] = [:]
    var done = 0
    let total: Int
  }

  private static let mostHosts = 10
  private let state: Mutex<State>
  private let screen: Screen?

  /// `hostCount`: how many hosts there are.
  init(hostCount: Int) {
    let screen = Screen.on(.errors)
    self.screen = screen
    state = Mutex(State(region: screen.map(LiveRegion.init), total: hostCount))
  }

  /// A host has got some bytes of what it lacks.
  func note(_ host: String, sent: Int, of total: Int) {
    state.withLock { state in
      state.hosts[host] = (sent, total)
      draw(&state)
    }
  }

  /// A host is done.
  func end(_ record: PushRecord) {
    state.withLock { state in
      state.hosts[record.host] = nil
      state.done += 1
      if state.region == nil {
        let outcome =
          record.failure.map { "failed: \($0.message)" }
          ?? "\(ByteCount.text(record.sentBytes)) sent"
        StandardStream.errors.line("\(record.host): \(outcome)")
      }
      draw(&state)
    }
  }

  func clear() { state.withLock { $0.region?.clear() } }

  private func draw(_ state: inout State) {
    guard let screen else { return }
    let width = screen.size().columns - 1
    var lines = ["push: \(state.done) of \(HostList.count(state.total)) done"]
    let shown = state.hosts.sorted { $0.key < $1.key }.prefix(Self.mostHosts)
    for (host, amount) in shown {
      let percent = amount.total == 0 ? 100 : amount.sent * 100 / amount.total
      let bar = String(repeating: "#", count: percent / 5)
      let rest = String(repeating: ".", count: 20 - percent / 5)
      lines.append(
        "  \(host)  [\(bar)\(rest)] \(ByteCount.text(amount.sent)) of \(ByteCount.text(amount.total))"
      )
    }
    state.region?.draw(lines.map { DisplayWidth.cut(Terminal.printable($0), to: width) })
  }
}
