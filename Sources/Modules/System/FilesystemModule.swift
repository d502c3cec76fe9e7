import Diagnostics
import ModuleKit
import Schema

/// A file system on a block device.
package struct FilesystemModule: StateModule {
  private enum Wish: String, ParameterChoice { case present, absent }
  private enum Kind: String, ParameterChoice { case xfs, ext4, ext3, ext2, btrfs, vfat, f2fs }

  private static let device = Parameter<String>.required(
    "dev", "The device: `/dev/sdb`, a link below /dev/disk, `UUID=...`, `LABEL=...`.",
    aliases: ["device"],
    isSubject: true)
  private static let type = Parameter<Kind?>.optional(
    "fstype", "The file system; needed unless `state: absent`.", aliases: ["type"])
  private static let state = Parameter<Wish>.optional(
    "state", "`absent` wipes the signatures of what is on the device; needs `force`.",
    default: .present,
    shown: "present")
  private static let options = Parameter<String>.optional(
    "opts", "Further words for mkfs, separated by blanks; used only when the file system is made.",
    default: "",
    shown: "")
  private static let force = Parameter<Bool>.optional(
    "force",
    "Makes the file system on a device that holds something else, WHICH IS LOST. Never on one that is in use.",
    default: false, shown: "false")
  private static let label = Parameter<String?>.optional(
    "label",
    "A label, so that `mount` can name it by `LABEL=`; used only when the file system is made.")

  private static let uuid = Parameter<String?>.optional(
    "uuid",
    "The UUID that the file system gets; used only when it is made. One that is there and has another is an error."
  )

  private static let resizes = Parameter<Bool>.optional(
    "resizefs",
    "Grows an ext2, ext3, ext4 or xfs that is smaller than its device; xfs must be mounted for that.",
    default: false, shown: "false")

  package static let manual = Manual(
    "filesystem", .state, "Makes a file system on an empty block device.",
    notes: [
      "The device counts as empty when `blkid -p` finds nothing on it, it has no partitions, and nothing is built on it "
        + "(LVM, RAID, dm-crypt). Anything else is an error unless `force: true`; a device that is mounted, swapped on or "
        + "part of another is refused in any case.",
      "mkfs.xfs of xfsprogs 3.2 and later makes `ftype=1`, which overlayfs and so containerd need.",
    ],
    parameters: [
      device.manual, type.manual, state.manual, options.manual, force.manual, label.manual,
      uuid.manual, resizes.manual,
    ],
    results: [.init("uuid", "the UUID of the file system"), .init("path", "the device itself")],
    examples: [
      """
      - name: a file system for containerd
        filesystem:
          dev: /dev/sdb
          fstype: xfs
          label: containerd
      """
    ])

  private let device: String
  private let kind: Kind?
  private let words: [String]
  private let isForced: Bool
  private let uuid: String?
  private let resizes: Bool

  package init(_ arguments: Arguments) throws(Diagnostic) {
    device = try arguments[FilesystemModule.device]
    let isWanted = try arguments[FilesystemModule.state] == .present
    kind = isWanted ? try arguments[FilesystemModule.type] : nil
    isForced = try arguments[FilesystemModule.force]
    var words = try arguments[FilesystemModule.options].words.map(String.init)
    if let label = try arguments[FilesystemModule.label] {
      words += [kind == .vfat ? "-n" : "-L", label]
    }
    uuid = try arguments[FilesystemModule.uuid]?.lowercased()
    if let uuid, let kind {
      words += try FilesystemModule.words(uuid, kind, arguments)
    }
    self.words = words
    resizes = try arguments[FilesystemModule.resizes]
    if resizes, let kind, ![.xfs, .ext2, .ext3, .ext4].contains(kind) {
      throw Diagnostic(
        .error, "filesystem-resize", "a \(kind.rawValue) cannot be grown here",
        at: arguments.span(of: FilesystemModule.resizes.manual),
        help: "leave `resizefs` out, and use its own tool with `command`")
    }
    if isWanted, kind == nil {
      throw Diagnostic(
        .error, "missing-parameter", "module `filesystem` needs the parameter `fstype`",
        at: arguments.span)
    }
    if device.hasPrefix("-") || device.isEmpty {
      throw Diagnostic(
        .error, "device-name", "`dev` must be a device",
        at: arguments.span(of: FilesystemModule.device.manual))
    }
  }

  /// The words of mkfs(8) that set a UUID.
  private static func words(
    _ uuid: String, _ kind: Kind, _ arguments: Arguments
  ) throws(Diagnostic) -> [String] {
    let groups = uuid.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
    let isUUID =
      groups == [8, 4, 4, 4, 12] && uuid.allSatisfy { $0 == "-" || $0.isHexDigit }
    switch kind {
    case .ext2, .ext3, .ext4, .btrfs, .xfs:
      guard isUUID else {
        throw Diagnostic(
          .error, "filesystem-uuid", "`uuid` must be a UUID, not `\(uuid)`",
          at: arguments.span(of: FilesystemModule.uuid.manual),
          help: "`uuidgen` makes one; without `uuid` mkfs does")
      }
      return kind == .xfs ? ["-m", "uuid=\(uuid)"] : ["-U", uuid]
    case .vfat, .f2fs:
      throw Diagnostic(
        .error, "filesystem-uuid", "the UUID of \(kind.rawValue) cannot be chosen here",
        at: arguments.span(of: FilesystemModule.uuid.manual),
        help: "use `label`, and `mount` it by `LABEL=`")
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    var requests = [FactRequest(BlockDeviceFact.self, device)]
    if resizes, let kind, let fact = facts.known(BlockDeviceFact.self, device),
      fact.fileSystem == kind.rawValue
    {
      requests.append(FactRequest(FileSystemSizeFact.self, fact.path))
    }
    return requests
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(BlockDeviceFact.self, device) else {
      throw .refusing(
        "device-missing", "there is no block device \(device)",
        help: "`lsblk -f` on the host lists what is there")
    }
    if let kind, fact.fileSystem == kind.rawValue {
      guard let uuid, let own = fact.uuid, own.lowercased() != uuid else {
        return resizes ? try growth(of: fact, kind, facts) : []
      }
      throw .refusing(
        "filesystem-uuid", "the \(kind.rawValue) on \(fact.path) has the UUID \(own), not \(uuid)",
        help:
          "write its UUID into the task, or set the other one with the tools of \(kind.rawValue)")
    }
    if kind == nil, fact.isEmpty { return [] }
    try checkUse(fact)
    let holds =
      fact.fileSystem ?? fact.partitionTable.map { "\($0) partition table" } ?? fact.complaint
      ?? "partitions"
    if !fact.isEmpty, !isForced {
      throw .refusing(
        "device-not-empty", "\(fact.path) is not empty: it holds \(holds)",
        help: "`force: true` overwrites it, and all that is on it is lost")
    }
    var after = fact
    after.fileSystem = kind?.rawValue
    (after.uuid, after.label, after.partitionTable, after.hasPartitions, after.complaint) = (
      nil, nil, nil, false, nil
    )
    return [
      Change(
        device, "file system", kind == nil ? .remove : fact.isEmpty ? .create : .update,
        from: fact.isEmpty ? .absent : .text(holds), to: kind.map { .text($0.rawValue) } ?? .absent,
        steps: [step(fact)],
        predicts: [Prediction(BlockDeviceFact.self, device, .present(after))],
        blast: fact.isEmpty ? .none : .rebuild)
    ]
  }

  private func growth(
    of fact: BlockDeviceFact, _ kind: Kind, _ facts: FactView
  ) throws(Obstacle) -> [Change] {
    guard let size = try facts.fact(FileSystemSizeFact.self, fact.path), !size.isFull else {
      return []
    }
    let place = fact.mountPoints.first
    let script: Script
    switch (kind, place) {
    case (.xfs, let place?): script = "xfs_growfs \(place)"
    case (.xfs, nil):
      throw .refusing(
        "filesystem-resize", "the xfs on \(fact.path) is smaller than its device and not mounted",
        help: "an xfs grows only while it is mounted: put the task behind `mount`")
    case (_, nil):
      script = """
        e2fsck -f -p \(fact.path)
        [ $? -le 1 ] && resize2fs \(fact.path)
        """
    default: script = "resize2fs \(fact.path)"
    }
    let full = FileSystemSizeFact(bytes: size.limit, limit: size.limit)
    return [
      Change(
        device, "size", from: .text(Self.shown(size.bytes)), to: .text(Self.shown(size.limit)),
        steps: [
          Step(
            "grow the \(kind.rawValue) on \(fact.path)", script,
            footprint: .keys(FactKey(FileSystemSizeFact.self, fact.path)),
            deadline: .seconds(1800))
        ], predicts: [Prediction(FileSystemSizeFact.self, fact.path, .present(full))])
    ]
  }

  private static func shown(_ bytes: UInt64) -> String { "\(bytes >> 20) MiB" }

  private func checkUse(_ fact: BlockDeviceFact) throws(Obstacle) {
    let use =
      !fact.mountPoints.isEmpty
      ? "is mounted at \(fact.mountPoints.joined(separator: ", "))"
      : !fact.holders.isEmpty
        ? "is part of \(fact.holders.joined(separator: ", "))"
        : fact.isInSwap ? "is in use as swap" : nil
    guard let use else { return }
    throw .refusing(
      "device-in-use", "\(fact.path) \(use), so no file system is made on it",
      help: "free it first; `force` does not change this")
  }

  private func step(_ fact: BlockDeviceFact) -> Step {
    let expected = fact.isEmpty ? "2" : "0 8"
    let script: Script
    if let kind {
      let force: [String] =
        switch kind {
        case .xfs, .btrfs, .f2fs: isForced ? ["-f"] : []
        case .ext2, .ext3, .ext4: isForced ? ["-F"] : []
        case .vfat: isForced ? ["-I"] : []
        }
      script = "\("mkfs.\(kind.rawValue)") \(words: force + words) \(fact.path)"
    } else {
      script = "wipefs -a -- \(fact.path)"
    }
    return Step(
      kind.map { "make \($0.rawValue) on \(fact.path)" } ?? "wipe \(fact.path)", script,
      preconditions: [
        Precondition(
          "blkid -p -- \(fact.path) >/dev/null 2>&1; case \(expected) in *$?*) true ;; *) false ;; esac",
          failure: "what is on \(fact.path) changed since it was read")
      ],
      footprint: Footprint([.kind(BlockDeviceFact.kind)]), deadline: .seconds(1800))
  }

  package func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    guard let fact = facts.known(BlockDeviceFact.self, device) else { return [:] }
    var result: ValueMap = ["path": .string(fact.path)]
    if let uuid = fact.uuid { result["uuid"] = .string(uuid) }
    return result
  }
}
