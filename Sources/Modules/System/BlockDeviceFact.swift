import ModuleKit

/// A block device.
///
/// Keys as one writes them: `/dev/sdb`, `UUID=...`, `LABEL=...`, `PARTUUID=...`, a link below
/// `/dev/disk`; absent when there is no such device.
package struct BlockDeviceFact: Fact {
  package static let kind = "block_device"

  /// The device itself: `/dev/sdb`.
  package var path: String
  /// `8:16`.
  package var number: String
  package var sizeBytes: UInt64
  package var isRotational: Bool
  /// What the device holds; from the device, not from a cache (`blkid -p`).
  package var fileSystem: String?
  package var uuid: String?
  package var label: String?
  /// `gpt`, `dos`: it holds a partition table.
  package var partitionTable: String?
  package var hasPartitions: Bool
  /// Where it is mounted.
  package var mountPoints: [String]
  /// Devices built on it: RAID, LVM, dm-crypt.
  package var holders: [String]
  /// Whether it is in use as swap now.
  package var isInSwap: Bool
  /// `queue/scheduler` as it is: `none [mq-deadline]`; empty when there is none.
  package var scheduler: String
  /// What was said when its content could not be read.
  package var complaint: String?

  /// Equal when what a task can wish for is equal: a new file system gets its identity when it is made.
  package static func == (left: BlockDeviceFact, right: BlockDeviceFact) -> Bool {
    left.path == right.path && left.fileSystem == right.fileSystem
      && left.partitionTable == right.partitionTable && left.mountPoints == right.mountPoints
      && left.isInSwap == right.isInSwap
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(path) }

  /// Whether nothing that anybody put there would be lost.
  package var isEmpty: Bool {
    fileSystem == nil && partitionTable == nil && !hasPartitions && holders.isEmpty && !isInSwap
      && mountPoints.isEmpty && complaint == nil
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    for k in \(words: requests.map(\.key.name)); do
      d=$k
      case $k in
        UUID=*|LABEL=*|PARTUUID=*|PARTLABEL=*)
          d=$(blkid -l -o device -t "$k" 2>/dev/null) || d=$(findfs "$k" 2>/dev/null) || d= ;;
      esac
      d=$(readlink -f -- "$d" 2>/dev/null)
      if [ ! -b "$d" ]; then put "device $k" absent; continue; fi
      put "device $k" "path=$d"
      b=/sys/class/block/${d##*/}
      [ -e "$b" ] || b=/sys/dev/block/$(printf '%d:%d' "0x$(stat -c %t "$d")" "0x$(stat -c %T "$d")")
      for f in dev size; do
        v=; [ -r "$b/$f" ] && read -r v <"$b/$f"; put "$f=$v"
      done
      q=$b/queue; [ -d "$q" ] || q=$b/../queue
      for f in rotational scheduler; do
        v=; [ -r "$q/$f" ] && read -r v <"$q/$f"; put "$f=$v"
      done
      for h in "$b"/holders/*; do [ -e "$h" ] && put "holder=${h##*/}"; done
      for p in "$b"/*/partition; do [ -e "$p" ] && put "partition=$p"; done
      n=; [ -r "$b/dev" ] && read -r n <"$b/dev"
      [ -n "$n" ] || n=$(printf '%d:%d' "0x$(stat -c %t "$d")" "0x$(stat -c %T "$d")")
      grep -E "^[0-9]+ [0-9]+ $n " /proc/self/mountinfo | while read -r a b c e m f; do put "mount=$m"; done
      while read -r s f; do [ "$s" = "$d" ] && put swap=yes; done 2>/dev/null </proc/swaps
      blkid -p -o export -- "$d" | while IFS= read -r l; do put "probe.$l"; done
      blkid -p -- "$d" >/dev/null 2>&1
      put "status=$?"
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<BlockDeviceFact>] {
    var readings: [String: Reading<BlockDeviceFact>] = [:]
    var fields: [String: [String]] = [:]
    var name: String?
    func finish() {
      guard let name else { return }
      readings[name] = fields.isEmpty ? .absent : .present(BlockDeviceFact(fields))
      fields = [:]
    }
    for record in reply.records.map({ String(decoding: $0, as: UTF8.self) }) {
      if record.hasPrefix("device ") {
        finish()
        name = String(record.dropFirst("device ".count))
      } else if let (key, value) = record.halves(at: "=") {
        fields[String(key), default: []].append(String(value))
      }
    }
    finish()
    return readings
  }

  private init(_ fields: [String: [String]]) {
    func field(_ name: String) -> String? { fields[name]?.first.flatMap { $0.isEmpty ? nil : $0 } }
    path = field("path") ?? ""
    number = field("dev") ?? ""
    sizeBytes = (field("size").flatMap { UInt64($0) } ?? 0) * 512
    isRotational = field("rotational") == "1"
    fileSystem = field("probe.TYPE")
    uuid = field("probe.UUID")
    label = field("probe.LABEL")
    partitionTable = field("probe.PTTYPE")
    hasPartitions = fields["partition"] != nil
    mountPoints = (fields["mount"] ?? []).map { MountTable.unescaped($0) }
    holders = fields["holder"] ?? []
    isInSwap = fields["swap"] != nil
    scheduler = field("scheduler") ?? ""
    complaint = BlockDeviceFact.complaint(status: field("status"))
  }

  /// Statuses of blkid(8): 0 found, 2 nothing found, 4 usage or error, 8 ambivalent.
  private static func complaint(status: String?) -> String? {
    switch status {
    case "0", "2": nil
    case "8": "blkid found traces of several file systems"
    case "127": "blkid is not installed"
    default: "blkid failed with status \(status ?? "unknown")"
    }
  }
}
