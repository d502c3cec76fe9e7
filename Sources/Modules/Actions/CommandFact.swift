import ModuleKit
import Schema

/// What a command of the user says: a guard.
///
/// The key is source for `sh`; the command must not change anything.
package struct CommandFact: Fact {
  package static let kind = "command"
  package static let reach = FactReach.machine

  package var status: Int32
  /// Standard output and standard error together, without newlines at the end.
  package var output: String

  package init(status: Int32, output: String) {
    self.status = status
    self.output = output
  }

  /// Two runs are alike when they end alike.
  package static func == (left: CommandFact, right: CommandFact) -> Bool {
    left.status == right.status
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(status) }

  var succeeded: Bool { status == 0 }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.map { request in
        """
        output=$(run_text sh \(request.key.name) 2>&1)
        put $? "$output"
        """
      })
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<CommandFact>]
  {
    let records = reply.records.map { String(decoding: $0, as: UTF8.self) }
    var readings: [String: Reading<CommandFact>] = [:]
    for (index, request) in requests.enumerated() where 2 * index + 1 < records.count {
      guard let status = Int32(records[2 * index]) else { continue }
      readings[request.key.name] = .present(
        CommandFact(status: status, output: records[2 * index + 1]))
    }
    return readings
  }
}
