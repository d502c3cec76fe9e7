import ModuleKit

/// How large an ext or XFS file system is, and how large it could be on its device.
///
/// Keys are paths of devices: `/dev/sdb`. Absent where the device holds neither.
package struct FileSystemSizeFact: Fact {
  package static let kind = "file_system_size"

  package var bytes: UInt64
  /// What it would have at least after it was grown: a rest of the device that is too small for a group of blocks does
  /// not count.
  package var limit: UInt64

  package init(bytes: UInt64, limit: UInt64) {
    self.bytes = bytes
    self.limit = limit
  }

  /// Whether growing it would bring nothing.
  var isFull: Bool { bytes >= limit }

  /// Alike when both are full, or both are not.
  package static func == (left: FileSystemSizeFact, right: FileSystemSizeFact) -> Bool {
    left.isFull == right.isFull
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(isFull) }

  /// Superblocks are read from the device; that of a mounted XFS is on the disk only some time after it was grown, so
  /// xfs_growfs(8) tells (`-n` changes nothing).
  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    for d in \(words: requests.map(\.key.name)); do
      [ -b "$d" ] || continue
      place= told=
      number=$(stat -c '0x%t 0x%T' -- "$d")
      number=$((${number% *})):$((${number#* }))
      while read -r id parent n root m rest; do
        if [ "$n $root" = "$number /" ]; then place=$(printf '%b/' "$m"); break; fi
      done </proc/self/mountinfo
      if [ -n "$place" ] && command -v xfs_growfs >/dev/null; then
        told=$(xfs_growfs -n "$place" 2>/dev/null)
      fi
      put "$d" "$(blockdev --getsz "$d")" "$(od -A n -v -t u1 -N 128 "$d")" "$(od -A n -v -t u1 -j 1024 -N 512 "$d")" "$told"
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<FileSystemSizeFact>] {
    var readings: [String: Reading<FileSystemSizeFact>] = [:]
    for request in requests { readings[request.key.name] = .absent }
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    while records.count >= 5 {
      let name = records.removeFirst()
      let device = (UInt64(records.removeFirst()) ?? 0) * 512
      let xfs = Superblock(records.removeFirst())
      let ext = Superblock(records.removeFirst())
      let told = records.removeFirst()
      if let fact = xfs.isXFS ? xfs.xfs(on: device, told: told) : ext.ext(on: device) {
        readings[name] = .present(fact)
      }
    }
    return readings
  }
}

/// The first bytes of a file system, as od(1) prints them; what is not there counts as zero.
private struct Superblock {
  private let bytes: [UInt64]

  init(_ text: String) { bytes = text.words.map { UInt64($0) ?? 0 } }

  private func big(_ offset: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 << 8 | byte(offset + $1) }
  }

  private func little(_ offset: Int, _ count: Int) -> UInt64 {
    (0..<count).reversed().reduce(0) { $0 << 8 | byte(offset + $1) }
  }

  private func byte(_ offset: Int) -> UInt64 { bytes.indices.contains(offset) ? bytes[offset] : 0 }

  /// `XFSB`.
  var isXFS: Bool { big(0, 4) == 0x5846_5342 }

  /// mkfs.xfs(8) leaves out a last allocation group of less than 16 MiB, the kernel one of less than 64 blocks.
  ///
  /// Offsets are those of `struct xfs_dsb` (Linux, fs/xfs/libxfs/xfs_format.h). `told`: what xfs_growfs(8) says where it
  /// is mounted: `data = bsize=4096 blocks=65536, ...`.
  func xfs(on device: UInt64, told: String) -> FileSystemSizeFact? {
    let (block, group) = (big(4, 4), big(84, 4))
    guard block > 0, group > 0 else { return nil }
    let blocks = told.split { " ,\n".contains($0) }.lazy.compactMap { word in
      word.hasPrefix("blocks=") ? UInt64(word.dropFirst("blocks=".count)) : nil
    }.first
    let whole = device / block
    let rest = whole % group
    return FileSystemSizeFact(
      bytes: (blocks ?? big(8, 8)) * block,
      limit: (rest * block < 16 << 20 ? whole - rest : whole) * block)
  }

  /// mke2fs(8) and resize2fs(8) leave out a last group that would have less than 50 blocks beside its own tables.
  ///
  /// Offsets are those of `struct ext4_super_block` (Linux, Documentation/filesystems/ext4/super.rst). Every group is taken
  /// for one with a copy of the superblock.
  func ext(on device: UInt64) -> FileSystemSizeFact? {
    let group = little(32, 4)
    guard little(56, 2) == 0xEF53, group > 0, little(24, 4) < 7 else { return nil }
    let block = UInt64(1024) << little(24, 4)
    let is64Bit = little(96, 4) & 0x80 != 0
    let count = little(4, 4) | (is64Bit ? little(336, 4) << 32 : 0)
    let whole = device / block
    let grouped = whole - min(whole, little(20, 4))
    let rest = grouped % group
    let inodeSize = little(76, 4) == 0 ? 128 : little(88, 2)
    let descriptors = (grouped / group + 1) * (is64Bit ? max(32, little(254, 2)) : 32) / block + 1
    let tables = 3 + little(40, 4) * inodeSize / block + descriptors + little(206, 2)
    let isLeftOut = grouped > group && rest < tables + 50
    return FileSystemSizeFact(
      bytes: count * block, limit: (isLeftOut ? whole - rest : whole) * block)
  }
}
