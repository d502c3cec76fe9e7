import Engine
import Testing

@testable import Report

@Suite struct RecapTests {
  private func recap(_ record: RunRecord) -> Recap {
    Recap(record, style: Style(isColoured: false))
  }

  @Test func `a row for each host; columns of rare things only where they happened`() {
    let lines = recap(
      Sample.record(
        .apply,
        [
          ("a", Sample.host { $0.ok = 12 }),
          ("节点2", Sample.host { ($0.changed, $0.failed, $0.blocked) = (2, 1, 4) }),
        ])
    ).lines
    #expect(
      lines == [
        "       ok  changed  skipped  failed  unreachable  blocked  exchanges",
        "a      12        0        0       0            0        0          1",
        "节点2   0        2        0       1            0        4          1", "",
        "applied: 2 changes on 1 host, 1 failed on 1 host  (2 exchanges, 1.2 s)",
      ])
  }

  @Test(
    arguments: [
      (RunMode.plan, { @Sendable (_: inout HostRecord) in }, "in sync: 1 host"),
      (.drift, { $0.changed = 1 }, "drift: 1 change on 1 host"),
      (.plan, { $0.opaque = 2 }, "plan: no changes, 2 opaque"),
      (.plan, { ($0.changed, $0.maybe) = (3, 1) }, "plan: 3 changes on 1 host, 1 maybe"),
      (.apply, { $0.isUnreachable = true }, "applied: no changes, 1 host unreachable"),
      (.apply, { $0.failed = 1 }, "applied: no changes, 1 failed on 1 host"),
    ] as [(RunMode, @Sendable (inout HostRecord) -> Void, String)])
  func `the summary is honest`(
    _ mode: RunMode, _ set: @Sendable (inout HostRecord) -> Void, _ text: String
  ) {
    let summary = recap(Sample.record(mode, [("a", Sample.host(set))])).summary
    #expect(summary == text + "  (1 exchange, 1.2 s)")
  }

  @Test func `where nothing was looked at, nothing is said to be in sync`() {
    let record = Sample.record(.plan, [("a", HostRecord())])
    #expect(recap(record).summary.hasPrefix("nothing was looked at"))
  }

  @Test func `an interrupted run never says that all is well`() {
    let record = Sample.record(.apply, [("a", Sample.host { _ in })], interrupted: "interrupted")
    #expect(recap(record).summary.hasPrefix("interrupted; applied: no changes"))
  }

  @Test func `equal rows of many hosts are one`() {
    let hosts = (1...40).map { ("n\($0)", Sample.host { $0.ok = 3 }) }
    let lines = recap(Sample.record(.plan, hosts)).lines
    #expect(lines.count == 4)
    #expect(lines[1].hasPrefix("n[1:40]   3"))
  }
}
