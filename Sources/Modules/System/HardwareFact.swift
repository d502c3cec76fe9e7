import ModuleKit

/// The hardware of a host, as far as the kernel tells.
///
/// One per host.
package struct HardwareFact: Fact {
  package static let kind = "hardware"

  /// Processors that processes may run on.
  package var cpus: Int
  package var memoryBytes: UInt64
  package var swapBytes: UInt64
  /// `/sys/class/dmi/id`: empty where the firmware tells nothing.
  package var vendor: String
  package var product: String
  /// As systemd-detect-virt(1) says it (`kvm`, `vmware`, `lxc`, `none`); empty when it is not known.
  package var virtualization: String

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    nproc --all 2>/dev/null || nproc
    grep -E '^(MemTotal|SwapTotal):' /proc/meminfo
    for f in sys_vendor product_name; do
      v=; [ -r /sys/class/dmi/id/$f ] && IFS= read -r v </sys/class/dmi/id/$f; printf '%s=%s\\n' "$f" "$v"
    done
    printf 'virt=%s\\n' "$(systemd-detect-virt 2>/dev/null)"
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<HardwareFact>] {
    guard let cpus = reply.lines.first.flatMap({ Int($0) }) else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    var fields: [Substring: Substring] = [:]
    for line in reply.lines.dropFirst() {
      guard let (name, value) = line.halves(at: "=") ?? line.halves(at: ":") else { continue }
      fields[name] = value.trimmed
    }
    func bytes(_ name: Substring) -> UInt64 {
      (fields[name]?.words.first.flatMap { UInt64($0) } ?? 0) * 1024
    }
    return [
      "": .present(
        HardwareFact(
          cpus: cpus, memoryBytes: bytes("MemTotal"), swapBytes: bytes("SwapTotal"),
          vendor: String(fields["sys_vendor"] ?? ""), product: String(fields["product_name"] ?? ""),
          virtualization: String(fields["virt"] ?? "")))
    ]
  }
}
