import ModuleKit

/// Whether SELinux decides on the host, as `/sys/fs/selinux/enforce` says (selinux(8)).
package struct SelinuxFact: Fact {
  package static let kind = "selinux"

  package enum Mode: String, Sendable, Hashable { case enforcing, permissive, disabled }

  package var mode: Mode

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if [ -e /sys/fs/selinux/enforce ]; then cat /sys/fs/selinux/enforce; else echo disabled; fi
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<SelinuxFact>] {
    let modes = ["0": Mode.permissive, "1": .enforcing, "disabled": .disabled]
    guard let mode = modes[String(reply.text.trimmed)] else {
      return ["": .unreadable("/sys/fs/selinux/enforce says `\(reply.text.trimmed)`")]
    }
    return ["": .present(SelinuxFact(mode: mode))]
  }
}
