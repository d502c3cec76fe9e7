import Engine

/// The end of a report: a row for each host, and one line about all of them.
package struct Recap: Sendable {
  private let record: RunRecord
  private let style: Style
  /// Above so many hosts those with equal rows share one.
  private static let mostRows = 30

  package init(_ record: RunRecord, style: Style) {
    self.record = record
    self.style = style
  }

  package var lines: [String] { table + [""] + [summary] }

  // MARK: - Table

  private struct Column: Sendable {
    let title: String
    let role: Style.Role?
    /// Whether it is left out when every host has nothing there.
    let isRare: Bool
    let value: @Sendable (HostRecord) -> Int
  }

  private static let columns = [
    Column(title: "ok", role: nil, isRare: false) { $0.ok },
    Column(title: "changed", role: .update, isRare: false) { $0.changed },
    Column(title: "skipped", role: nil, isRare: false) { $0.skipped },
    Column(title: "failed", role: .failure, isRare: false) { $0.failed },
    Column(title: "unreachable", role: .failure, isRare: false) { $0.isUnreachable ? 1 : 0 },
    Column(title: "maybe", role: .doubt, isRare: true) { $0.maybe },
    Column(title: "opaque", role: .doubt, isRare: true) { $0.opaque },
    Column(title: "blocked", role: .failure, isRare: true) { $0.blocked },
    Column(title: "rescued", role: .doubt, isRare: true) { $0.rescued },
    Column(title: "ignored", role: .doubt, isRare: true) { $0.ignored },
    Column(title: "carried out", role: .doubt, isRare: true) { $0.carriedOut },
    Column(title: "mispredicted", role: .doubt, isRare: true) { $0.mispredicted },
    Column(title: "exchanges", role: nil, isRare: false) { $0.exchangeCount },
  ]

  private var table: [String] {
    let columns = Recap.columns.filter { column in
      !column.isRare || record.hosts.contains { column.value($0.record) > 0 }
    }
    let rows = rows(columns)
    let nameWidth = rows.map { DisplayWidth.of($0.name) }.max() ?? 0
    let head = columns.map(\.title).joined(separator: "  ")
    let padding = String(repeating: " ", count: nameWidth)
    return [style.paint("\(padding)  \(head)", .quiet)]
      + rows.map { row in
        let cells = zip(columns, row.values).map { column, value in
          let text = String(value)
          let blanks = String(repeating: " ", count: max(0, column.title.count - text.count))
          guard value > 0, let role = column.role else { return blanks + text }
          return blanks + style.paint(text, role)
        }
        return DisplayWidth.padded(row.name, to: nameWidth) + "  "
          + cells.joined(separator: "  ")
      }
  }

  private func rows(_ columns: [Column]) -> [(name: String, values: [Int])] {
    let rows = record.hosts.map { host in
      (name: host.name, values: columns.map { $0.value(host.record) })
    }
    guard rows.count > Recap.mostRows else { return rows }
    var order: [[Int]] = []
    var names: [[Int]: [String]] = [:]
    for row in rows {
      if names[row.values] == nil { order.append(row.values) }
      names[row.values, default: []].append(row.name)
    }
    return order.map { (HostList.text(names[$0] ?? []), $0) }
  }

  // MARK: - Summary

  /// One line in honest words: what was, or would be, changed; what is not known; what went wrong.
  package var summary: String { "\(outcome)  \(costs)" }

  private var outcome: String {
    if record.interrupted == nil, rest.isEmpty, total(\.changed) == 0, total(\.blocked) == 0 {
      let reported = total(\.ok) + total(\.skipped) + total(\.ignored) + total(\.exchangeCount)
      return reported == 0
        ? "nothing was looked at: no task for any host"
        : style.paint("in sync: \(HostList.count(record.hosts.count))", .create)
    }
    let changes = total(\.changed)
    let first =
      changes == 0
      ? "no changes"
      : style.paint("\(counted(changes, "change")) on \(hosts(\.changed))", .update)
    let lead = record.interrupted.map { style.paint("\($0); ", .failure) } ?? ""
    return lead + verb + ([first] + rest).joined(separator: ", ")
  }

  private var rest: [String] {
    var parts: [String] = []
    if total(\.maybe) > 0 { parts.append(style.paint("\(total(\.maybe)) maybe", .doubt)) }
    if total(\.opaque) > 0 { parts.append(style.paint("\(total(\.opaque)) opaque", .doubt)) }
    if total(\.failed) > 0 {
      parts.append(style.paint("\(total(\.failed)) failed on \(hosts(\.failed))", .failure))
    }
    let lost = record.hosts.count(where: \.record.isUnreachable)
    if lost > 0 { parts.append(style.paint("\(HostList.count(lost)) unreachable", .failure)) }
    return parts
  }

  private var verb: String {
    switch record.mode {
    case .plan: "plan: "
    case .drift: "drift: "
    case .apply: "applied: "
    }
  }

  private var costs: String {
    let exchanges = counted(total(\.exchangeCount), "exchange")
    return style.paint("(\(exchanges), \(Elapsed.text(record.duration)))", .quiet)
  }

  private func total(_ count: (HostRecord) -> Int) -> Int {
    record.hosts.reduce(0) { $0 + count($1.record) }
  }

  private func hosts(_ count: (HostRecord) -> Int) -> String {
    HostList.count(record.hosts.count { count($0.record) > 0 })
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}

/// Durations as people say them.
enum Elapsed {
  /// `0.4 s`, `12 s`, `3 min 05 s`.
  static func text(_ duration: Duration) -> String {
    let seconds = Int(duration.components.seconds)
    if seconds >= 60 {
      let rest = seconds % 60
      return "\(seconds / 60) min \(rest < 10 ? "0" : "")\(rest) s"
    }
    if seconds >= 10 { return "\(seconds) s" }
    let tenths = duration.components.attoseconds / 100_000_000_000_000_000
    return "\(seconds).\(tenths) s"
  }
}
