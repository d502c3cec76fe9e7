import Diagnostics
import Engine
import ModuleKit
import Schema
import Testing
import Transport

@testable import Report

@Suite struct JSONReportTests {
  @Test func `a task says what changed, and where it is written`() throws {
    let report = Sample.report(
      "a", "Motd", .changed, changes: [Sample.content("/etc/motd", "1\n", "2\n")], item: "x")
    let value = try #require(JSONReport.value(.task(report)))
    #expect(value["event"] == .string("task"))
    #expect(value["status"] == .string("changed"))
    #expect(value["item"] == .string("x"))
    #expect(value["at"] == .string("site.yml:3:7"))
    let change = try #require(value["changes"]?.list?.first)
    #expect(change["subject"] == .string("/etc/motd"))
    #expect(change["before"] == .string("1\n"))
    #expect(change["after"] == .string("2\n"))
  }

  @Test(
    arguments: [
      (TaskReport.Outcome.ok, "ok"), (.skipped(reason: "x"), "skipped"), (.opaque, "opaque"),
      (.maybe(Unknown("x")), "maybe"), (.blocked(by: "x"), "blocked"),
      (.failed(TaskFailure("x", "y")), "failed"), (.ignored(TaskFailure("x", "y")), "ignored"),
    ])
  func `every outcome has its word`(_ row: (TaskReport.Outcome, String)) {
    let value = JSONReport.value(.task(Sample.report("a", "T", row.0)))
    #expect(value?["status"] == .string(row.1))
  }

  @Test func `the record names hosts and exchanges`() {
    let record = Sample.record(.apply, [("a", Sample.host { $0.changed = 2 })])
    let value = JSONReport.value(.finished(record))
    #expect(value?["event"] == .string("finished"))
    #expect(value?["hosts"]?["a"]?["changed"] == .int(2))
    #expect(value?["hosts"]?["a"]?["exchanges"] == .int(1))
    #expect(value?["seconds"] == .float(1.25))
  }

  @Test func `no_log and secrets stay out`() {
    let secret = Value.text(Text("hunter2", marks: .secret))
    let failure = TaskFailure("x", "hunter2", output: "hunter2", errors: "hunter2")
    let reports = [
      Sample.report(
        "a", "T", .changed, changes: [Sample.content("/s", "hunter2", "hunter3")], isSecret: true),
      Sample.report("a", "T", .failed(failure), message: .string("hunter2"), isSecret: true),
      Sample.report("a", "T", .ok, message: ["password": .list([secret])]),
    ]
    for report in reports {
      let text = JSONReport.value(.task(report)).map { JSON.text($0) } ?? "hunter2"
      #expect(!text.contains("hunter"))
    }
  }

  @Test func `control characters cannot break a line`() {
    let report = Sample.report("a", "T\n\u{1B}", .ok)
    let text = JSONReport.value(.task(report)).map { JSON.text($0) } ?? "\n"
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 })
  }
}
