import ModuleKit

/// The whole disks of a host that have a request queue, with their I/O schedulers.
///
/// One per host.
package struct DisksFact: Fact {
  package static let kind = "disks"

  package struct Disk: Sendable, Hashable {
    /// `sda`, `nvme0n1`.
    package var name: String
    package var isRotational: Bool
    package var sizeBytes: UInt64
    /// The scheduler in use.
    package var scheduler: String
    /// What the kernel offers for it.
    package var offered: [String]
    /// Whether it is made of others (dm, md) or of memory (zram, ram): no scheduler of its own matters.
    package var isVirtual: Bool
  }

  package var disks: [Disk]

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    cd /sys/block || exit 1
    for d in *; do
      [ -r "$d/queue/scheduler" ] || continue
      read -r s <"$d/queue/scheduler"; read -r r <"$d/queue/rotational"; read -r z <"$d/size"
      printf '%s %s %s %s\\n' "$d" "$r" "$z" "$s"
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<DisksFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    let disks = reply.lines.compactMap { line -> Disk? in
      let words = line.words
      guard words.count >= 3 else { return nil }
      let offered = words.dropFirst(3).map { String($0.filter { $0 != "[" && $0 != "]" }) }
      let current = words.dropFirst(3).first { $0.hasPrefix("[") }
      let name = String(words[0])
      return Disk(
        name: name, isRotational: words[1] == "1", sizeBytes: (UInt64(words[2]) ?? 0) * 512,
        scheduler: current.map { String($0.dropFirst().dropLast()) } ?? offered.first ?? "none",
        offered: offered,
        isVirtual: ["loop", "ram", "zram", "dm-", "md"].contains { name.hasPrefix($0) })
    }
    return ["": .present(DisksFact(disks: disks))]
  }
}
