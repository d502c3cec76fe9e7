import Schema

/// What `register` stores, and what `changed_when`, `failed_when` and `until` look at.
struct TaskResult: Sendable {
  /// Keys of the module: `stdout`, `rc`, `stat`, `content`.
  var values: ValueMap
  var changed: Bool
  var failure: TaskFailure?
  /// Why it was skipped; nil when it ran.
  var skipReason: String?
  /// Why the result is not known in a dry run.
  var unknown: Unknown?
  var isUnreachable = false

  init(
    values: ValueMap = [:], changed: Bool = false, failure: TaskFailure? = nil,
    skipReason: String? = nil,
    unknown: Unknown? = nil
  ) {
    self.values = values
    self.changed = changed
    self.failure = failure
    self.skipReason = skipReason
    self.unknown = unknown
  }

  static func skipped(_ reason: String) -> TaskResult { TaskResult(skipReason: reason) }

  /// The registered value, with the keys that every result has.
  func value(isSecret: Bool) -> Value {
    if let unknown { return .unknown(unknown) }
    var map = values
    map["changed"] = .bool(changed)
    map["failed"] = .bool(failure != nil)
    if let skipReason {
      map["skipped"] = .bool(true)
      map["skip_reason"] = .string(skipReason)
    }
    if let failure, map["msg"] == nil { map["msg"] = .string(failure.message) }
    if isUnreachable { map["unreachable"] = .bool(true) }
    return isSecret ? Value.dict(map).marked(.secret) : .dict(map)
  }

  /// The result of a loop: that of every item under `results`, with the variables of its pass.
  static func loop(_ items: [(locals: [String: Value], result: TaskResult)], isSecret: Bool)
    -> Value
  {
    var map = ValueMap()
    map["results"] = .list(
      items.map { entry in
        guard case .dict(var result) = entry.result.value(isSecret: isSecret) else {
          return entry.result.value(isSecret: isSecret)
        }
        for (name, value) in entry.locals.sorted(by: { $0.key < $1.key }) {
          result[name] = isSecret ? value.concealed : value
        }
        return .dict(result)
      })
    map["changed"] = .bool(items.contains { $0.result.changed })
    let failed = items.contains { $0.result.failure != nil }
    map["failed"] = .bool(failed)
    let skipped = items.allSatisfy { $0.result.skipReason != nil }
    map["skipped"] = .bool(skipped)
    if items.isEmpty {
      map["skipped_reason"] = .string("No items in the list")
    } else {
      map["msg"] = .string(
        failed
          ? "One or more items failed" : skipped ? "All items skipped" : "All items completed")
    }
    return .dict(map)
  }
}
