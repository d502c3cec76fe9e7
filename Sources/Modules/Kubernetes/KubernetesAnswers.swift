import ModuleKit
import Schema

/// What a probe with the functions of `KubernetesClient` printed, record after record.
struct KubernetesAnswers {
  /// What one call of kubectl came to.
  struct Answer {
    var output: ArraySlice<UInt8>
    var status: String
    /// On standard error.
    var said: String

    /// The objects that it printed: none, one, or those of a list; nil for what is none of it.
    var objects: [Value]? {
      if output.allSatisfy({ $0 == 0x0A || $0 == 0x20 }) { return [] }
      guard let value = try? JSON.parse(Array(output)) else { return nil }
      return value["kind"]?.string == "List" ? value["items"]?.list : [value]
    }
  }

  private var records: ArraySlice<ArraySlice<UInt8>>

  init(_ reply: ProbeReply) { records = reply.records[...] }

  /// The next record as text; nil at the end.
  mutating func text() -> String? {
    records.popFirst().map { String(decoding: $0, as: UTF8.self) }
  }

  /// The next call of kubectl; nil at the end.
  mutating func next() -> Answer? {
    guard let output = records.popFirst(), let status = text(), let said = text() else {
      return nil
    }
    return Answer(output: output, status: status, said: said)
  }
}
