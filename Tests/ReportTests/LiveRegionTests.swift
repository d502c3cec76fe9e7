import Engine
import Synchronization
import Testing

@testable import Report

@Suite struct LiveRegionTests {
  @Test func `what is printed stays, the region leaves nothing`() {
    let terminal = FakeTerminal()
    var region = LiveRegion(screen: terminal.screen(rows: 24, columns: 80))
    region.draw(["head", "  a", "  b"])
    region.draw(["head 2", "  a"])
    #expect(terminal.lines == ["head 2", "  a"])
    region.print("one\ntwo\n", below: ["head 3", "  c"])
    #expect(terminal.lines == ["one", "two", "head 3", "  c"])
    #expect(terminal.isCursorHidden)
    region.draw(["h", "  longer than before"])
    region.clear()
    #expect(terminal.lines == ["one", "two"])
    #expect(!terminal.isCursorHidden)
  }

  @Test(arguments: [(rows: 6, columns: 20), (rows: 24, columns: 80), (rows: 60, columns: 200)])
  func `the board fits the terminal`(_ row: (rows: Int, columns: Int)) {
    var board = ProgressBoard(style: Style(isColoured: false))
    let now = ContinuousClock.now
    let hosts = (1...500).map { "主机-with-a-rather-long-name-\($0)" }
    board.note(
      .started(
        RunHeader(
          mode: .apply, playbook: "site.yml", hosts: hosts, taskCount: 2, resultCount: 1000)),
      at: now)
    for host in hosts { board.note(.exchanging(host: host, label: "probe\u{1B}[H"), at: now) }
    let lines = board.lines(.init(rows: row.rows, columns: row.columns), at: now)
    #expect(lines.count <= max(1, row.rows / 3))
    #expect(lines.allSatisfy { DisplayWidth.of($0) < row.columns })
    #expect(!lines.joined().contains("\u{1B}"))
  }

  @Test func `items of a loop count as one result`() {
    var board = ProgressBoard(style: Style(isColoured: false))
    let now = ContinuousClock.now
    board.note(
      .started(
        RunHeader(mode: .plan, playbook: "p", hosts: ["a"], taskCount: 2, resultCount: 2)), at: now)
    for item in ["x", "y"] { board.note(.task(Sample.report("a", "T", .ok, item: item)), at: now) }
    let lines = board.lines(.init(rows: 24, columns: 80), at: now)
    #expect(lines[0].contains("1/2"))
  }
}

/// Understands what a region writes: line feeds, carriage returns, cursor up, erasing.
private final class FakeTerminal: Sendable {
  private struct State {
    var lines: [[Character]] = [[]]
    var row = 0
    var column = 0
    var isHidden = false
  }

  private let state = Mutex(State())

  func screen(rows: Int, columns: Int) -> Screen {
    Screen(write: { self.feed($0) }, size: { .init(rows: rows, columns: columns) })
  }

  var lines: [String] {
    var lines = state.withLock { $0.lines.map { String($0) } }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  var isCursorHidden: Bool { state.withLock { $0.isHidden } }

  private func feed(_ text: String) {
    state.withLock { state in
      var rest = Array(text)[...]
      while let character = rest.popFirst() {
        switch character {
        case "\u{1B}":
          rest = rest.dropFirst()
          let parameters = rest.prefix { !$0.isLetter }
          rest = rest.dropFirst(parameters.count)
          if let command = rest.popFirst() { obey(command, String(parameters), &state) }
        case "\r": state.column = 0
        case "\n":
          state.row += 1
          state.column = 0
          if state.row == state.lines.count { state.lines.append([]) }
        default:
          var line = state.lines[state.row]
          while line.count <= state.column { line.append(" ") }
          line[state.column] = character
          state.lines[state.row] = line
          state.column += 1
        }
      }
    }
  }

  private func obey(_ command: Character, _ parameters: String, _ state: inout State) {
    switch command {
    case "A": state.row -= Int(parameters) ?? 1
    case "K": state.lines[state.row] = Array(state.lines[state.row].prefix(state.column))
    case "J":
      state.lines[state.row] = Array(state.lines[state.row].prefix(state.column))
      state.lines = Array(state.lines.prefix(state.row + 1))
    case "l": state.isHidden = true
    case "h": state.isHidden = false
    default: Issue.record("unknown control sequence \(parameters)\(command)")
    }
  }
}
