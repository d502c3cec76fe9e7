import Diagnostics
@testable import Engine
import ModuleKit
import Schema
import Transport

@testable import Report

/// Reports as an engine would give them.
enum Sample {
  static let playbook = SourceFile(
    name: "site.yml", text: "- hosts: all\n  tasks:\n    - name: x\n      copy: {}\n")

  static func report(
    _ host: String, _ task: String, _ outcome: TaskReport.Outcome, changes: [Change] = [],
    path: String = "plays[0].tasks[0]", item: String? = nil, message: Value? = nil,
    assuming: [String] = [], isHandler: Bool = false, isSecret: Bool = false
  ) -> TaskReport {
    TaskReport(
      host: host, play: "Web", task: task, module: "copy", span: Span(playbook, 28..<32),
      path: path, item: item, outcome: outcome, changes: changes, message: message,
      assuming: assuming, isHandler: isHandler, isSecret: isSecret)
  }

  static func sysctl(_ key: String, _ before: String, _ after: String) -> Change {
    Change(key, "running", from: .text(before), to: .text(after))
  }

  static func content(_ path: String, _ before: String, _ after: String) -> Change {
    Change(path, "content", from: .content(before), to: .content(after))
  }

  static func record(
    _ mode: RunMode, _ hosts: [(String, HostRecord)], interrupted: String? = nil
  ) -> RunRecord {
    RunRecord(
      mode: mode, playbook: "site.yml", hosts: hosts.map { ($0.0, $0.1) },
      duration: .milliseconds(1250), interrupted: interrupted)
  }

  static func host(_ set: (inout HostRecord) -> Void) -> HostRecord {
    var record = HostRecord()
    record.exchanges = ["root": 1]
    set(&record)
    return record
  }
}
