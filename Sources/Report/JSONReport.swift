import Diagnostics
import Engine
import ModuleKit
import Schema
import Transport

/// Events as JSON values, one a line, for machines.
///
/// Field names are stable.
package enum JSONReport {
  /// The event; nil for those that are only for people.
  package static func value(_ event: RunEvent) -> Value? {
    switch event {
    case .started(let header):
      return [
        "event": .string("started"), "mode": .string(header.mode.rawValue),
        "playbook": .string(header.playbook), "hosts": strings(header.hosts),
        "tasks": .int(header.taskCount),
      ]
    case .task(let report): return task(report)
    case .unreachable(let host, let error):
      return [
        "event": .string("unreachable"), "host": .string(host),
        "code": .string(error.code.rawValue),
        "phase": .string(error.phase.rawValue), "message": .string(error.message),
        "server_said": optional(error.serverSaid), "help": optional(error.help),
      ]
    case .notice(let diagnostic): return self.diagnostic(diagnostic)
    case .finished(let record): return self.record(record)
    case .playStarted, .connected, .exchanging: return nil
    }
  }

  private static func task(_ report: TaskReport) -> Value {
    var map: ValueMap = [
      "event": .string("task"), "host": .string(report.host), "play": .string(report.play),
      "task": .string(report.task), "module": .string(report.module), "path": .string(report.path),
      "at": optional(report.span?.location), "item": optional(report.isSecret ? nil : report.item),
      "handler": .bool(report.isHandler), "seconds": .float(seconds(report.duration)),
    ]
    let (status, detail) = outcome(report.outcome, isSecret: report.isSecret)
    map["status"] = .string(status)
    if let detail { map["detail"] = detail }
    if !report.isSecret {
      map["changes"] = .list(report.changes.map(change))
      if let message = report.message { map["message"] = masked(message) }
    } else {
      map["changes"] = .int(report.changes.count)
    }
    if !report.assuming.isEmpty { map["assuming"] = strings(report.assuming) }
    if !report.mispredicted.isEmpty { map["mispredicted"] = strings(report.mispredicted) }
    if let delegate = report.delegate { map["delegate"] = .string(delegate) }
    if let mode = report.checkMode { map["check_mode"] = .bool(mode) }
    return .dict(map)
  }

  private static func outcome(
    _ outcome: TaskReport.Outcome, isSecret: Bool
  ) -> (String, Value?) {
    switch outcome {
    case .ok: ("ok", nil)
    case .changed: ("changed", nil)
    case .skipped(let reason): ("skipped", .string(reason))
    case .maybe(let unknown): ("maybe", strings(unknown.reasons))
    case .opaque: ("opaque", nil)
    case .failed(let failure): ("failed", self.failure(failure, isSecret: isSecret))
    case .ignored(let failure): ("ignored", self.failure(failure, isSecret: isSecret))
    case .blocked(let cause): ("blocked", .string(cause))
    }
  }

  private static func failure(_ failure: TaskFailure, isSecret: Bool) -> Value {
    if isSecret { return ["id": .string(failure.id), "message": .string("not shown (no_log)")] }
    return [
      "id": .string(failure.id), "message": .string(failure.message),
      "step": optional(failure.step),
      "rc": failure.status.map { .int(Int($0)) } ?? .null, "stdout": .string(failure.output),
      "stderr": .string(failure.errors), "help": optional(failure.help),
      "at": optional(failure.diagnostic?.span?.location),
    ]
  }

  private static func change(_ change: Change) -> Value {
    [
      "subject": .string(change.subject), "attribute": .string(change.attribute),
      "action": .string(change.action.rawValue), "before": shown(change.before),
      "after": shown(change.after), "blast": .string(change.blast.name),
    ]
  }

  private static func shown(_ shown: Shown) -> Value {
    switch shown {
    case .absent: .null
    case .text(let text), .content(let text): .string(text)
    case .bytes(let count, let digest): ["bytes": .int(count), "sha256": .string(digest)]
    case .secret: .string("[secret]")
    case .unknown(let unknown): ["unknown": strings(unknown.reasons)]
    }
  }

  private static func diagnostic(_ diagnostic: Diagnostic) -> Value {
    let diagnostic = diagnostic.withoutSecrets
    return [
      "event": .string("diagnostic"), "severity": .string(diagnostic.severity.rawValue),
      "id": .string(diagnostic.id), "message": .string(diagnostic.message),
      "at": optional(diagnostic.span?.location), "help": optional(diagnostic.help),
    ]
  }

  private static func record(_ record: RunRecord) -> Value {
    var hosts = ValueMap()
    for (name, host) in record.hosts {
      var exchanges = ValueMap()
      for (account, count) in host.exchanges.sorted(by: { $0.key < $1.key }) {
        exchanges[account] = .int(count)
      }
      hosts[name] = [
        "ok": .int(host.ok), "changed": .int(host.changed), "skipped": .int(host.skipped),
        "failed": .int(host.failed), "ignored": .int(host.ignored), "rescued": .int(host.rescued),
        "blocked": .int(host.blocked), "maybe": .int(host.maybe), "opaque": .int(host.opaque),
        "unreachable": .bool(host.isUnreachable), "exchanges": .int(host.exchangeCount),
        "exchanges_by_account": .dict(exchanges), "predicted": .int(host.predicted),
        "mispredicted": .int(host.mispredicted), "carried_out": .int(host.carriedOut),
      ]
    }
    return [
      "event": .string("finished"), "mode": .string(record.mode.rawValue),
      "playbook": .string(record.playbook), "seconds": .float(seconds(record.duration)),
      "interrupted": optional(record.interrupted), "hosts": .dict(hosts),
    ]
  }

  /// The value with secrets masked, keys of dictionaries included.
  package static func masked(_ value: Value) -> Value {
    switch value {
    case .text, .int, .bigInt, .float:
      return value.deepMarks.contains(.secret) ? .string("[secret]") : value
    case .list(let elements): return .list(elements.map(masked))
    case .dict(let map):
      var shown = ValueMap()
      var count = 0
      for (key, value) in map.pairs {
        guard key.deepMarks.contains(.secret) else {
          shown[key] = masked(value)
          continue
        }
        count += 1
        shown[count == 1 ? "[secret]" : "[secret \(count)]"] = masked(value)
      }
      return .dict(shown)
    case .unknown(let unknown): return .string("not known yet: \(unknown.summary)")
    case .null, .bool: return value
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds / 1_000_000_000_000_000) / 1000
  }

  private static func strings(_ texts: [String]) -> Value { .list(texts.map(Value.string)) }

  private static func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }
}

extension Value: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, Value)...) {
    self = .dict(ValueMap(elements.map { (Value.string($0.0), $0.1) }))
  }
}
