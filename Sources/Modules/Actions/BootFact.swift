import ModuleKit

/// Since which start the host has been running.
///
/// One per host.
package struct BootFact: Fact {
  package static let kind = "boot"
  package static let reach = FactReach.machine

  /// `/proc/sys/kernel/random/boot_id`: another one after every start (random(4)).
  package var id: String

  package static func probe(_ requests: [FactRequest]) -> Script {
    "cat /proc/sys/kernel/random/boot_id"
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<BootFact>] {
    let id = String(reply.text.trimmed)
    return [
      "": id.isEmpty
        ? .unreadable(String(decoding: reply.errors, as: UTF8.self)) : .present(BootFact(id: id))
    ]
  }
}
