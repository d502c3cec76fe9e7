import ModuleKit
import Schema

extension MountModule {
  /// What makes the right thing be mounted with the right options.
  func mounting(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(MountFact.self, point.string) else { return [] }
    let block = isDevice ? try facts.fact(BlockDeviceFact.self, device) : nil
    guard let mount = fact.mount else {
      if isDevice, block == nil {
        throw .refusing(
          "device-missing", "there is no device \(device) to mount at \(point)",
          help: "check `src`; `lsblk -f` on the host lists what is there")
      }
      return [try firstMount(fact, facts)]
    }
    let isSource =
      block.map { $0.number == mount.device } ?? (isDevice || isBind || mount.source == device)
    let isType =
      fileSystem == "auto" || isBind || mount.fileSystem == fileSystem
      || fileSystem == "nfs" && mount.fileSystem == "nfs4"
    if !isSource || !isType {
      return [
        change(
          "mounted", .update, from: .text("\(mount.source) (\(mount.fileSystem))"),
          to: .text("\(device) (\(fileSystem))"),
          "mount \(device) at \(point) in the place of another",
          """
          umount -- \(point.string) || exit
          \(mountCommand)
          """, mounted, blast: .restart)
      ]
    }
    guard let wanted, !isBind else { return [] }
    let options = MountOptions(wanted)
    let missing = options.missing(in: mount.options)
    guard !missing.isEmpty else { return [] }
    let all = (["remount"] + options.flags.remountWords + options.own).joined(separator: ",")
    return [
      change(
        "options", .update, from: .text(mount.options.sorted().joined(separator: ",")),
        to: .text("+" + missing.joined(separator: ",")), "mount \(point) again with other options",
        "mount -o \(all) -- \(point.string)", mounted)
    ]
  }

  private func firstMount(_ fact: MountFact, _ facts: FactView) throws(Obstacle) -> Change {
    let folder = try facts.fact(FileFact.self, point.string)
    if let folder, !folder.mayHoldFiles {
      throw .refusing("mount-point", "\(point) is not a folder, so nothing can be mounted there")
    }
    if folder != nil, fact.folder == .filled, !isForced {
      throw .refusing(
        "mount-point-filled", "\(point) has files in it, which a mount would hide",
        help: "move them away first, or say `force: true`")
    }
    let makeFolder: Script = folder == nil ? "mkdir -p -m 0755 -- \(point.string) || exit" : ""
    return change(
      "mounted", .create, from: .absent, to: .text("\(device) (\(fileSystem))"),
      "mount \(device) at \(point)",
      """
      \(makeFolder)
      \(mountCommand)
      """, mounted)
  }

  private var mountCommand: Script {
    let options = wanted?.filter { !["auto", "noauto", "nofail"].contains($0) } ?? []
    let flags = options.isEmpty ? [] : ["-o", options.joined(separator: ",")]
    return "mount -t \(fileSystem) \(words: flags) -- \(device) \(point.string)"
  }

  /// As it will be.
  private var mounted: MountFact {
    let options = MountOptions(wanted ?? [])
    let live = Set(options.flags.words + options.own)
    return MountFact(
      mount: .init(source: device, fileSystem: fileSystem, options: live, root: "/", device: ""),
      folder: .empty)
  }

  func unmounting(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(MountFact.self, point.string) else { return [] }
    let removesFolder = wish == .absent && fact.folder != .missing && fact.folder != .notFolder
    var changes: [Change] = []
    if let mount = fact.mount {
      let after = MountFact(mount: nil, folder: removesFolder ? .missing : .empty)
      let removal: Script = removesFolder ? "rmdir -- \(point.string) 2>/dev/null || true" : ""
      changes.append(
        change(
          "mounted", .remove, from: .text("\(mount.source) (\(mount.fileSystem))"), to: .absent,
          "unmount \(point)",
          """
          umount -- \(point.string) || exit
          \(removal)
          """, after, blast: .restart))
    } else if removesFolder, fact.folder == .empty {
      changes.append(
        change(
          "folder", .remove, from: .text("empty"), to: .absent, "remove \(point)",
          "rmdir -- \(point.string)", MountFact(mount: nil, folder: .missing)))
    }
    return changes
  }

  func remounting(_ facts: FactView) throws(Obstacle) -> Change {
    guard let fact = try facts.fact(MountFact.self, point.string), let mount = fact.mount else {
      throw .refusing(
        "not-mounted", "nothing is mounted at \(point), so it cannot be mounted again")
    }
    let words = wanted.map { MountOptions($0).flags.remountWords + MountOptions($0).own } ?? []
    var after = fact
    if wanted != nil { after.mount?.options = Set(words) }
    return change(
      "remounted", .update, from: .text(mount.options.sorted().joined(separator: ",")),
      to: .text("remounted"), "mount \(point) again",
      "mount -o \((["remount"] + words).joined(separator: ",")) -- \(point.string)", after)
  }

  private func change(
    _ attribute: String, _ action: Change.Action, from before: Shown, to after: Shown,
    _ label: String, _ script: Script, _ fact: MountFact, blast: Blast = .none
  ) -> Change {
    var parts: Set<Footprint.Part> = [
      .key(FactKey(MountFact.self, point.string)), .kind(BlockDeviceFact.kind), .tree(point.string),
    ]
    var predicts = [Prediction(MountFact.self, point.string, .present(fact))]
    if attribute == "options" || attribute == "remounted" {
      parts = [.key(FactKey(MountFact.self, point.string))]
    } else if fact.mount == nil, fact.folder == .missing {
      predicts.append(Prediction(FileFact.self, point.string, .absent))
    }
    return Change(
      point.string, attribute, action, from: before, to: after,
      steps: [Step(label, script, footprint: Footprint(parts))], predicts: predicts, blast: blast)
  }
}
