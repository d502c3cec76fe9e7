import Diagnostics
import ModuleKit
import Schema

/// A file system at a path: mounted now, and at every boot.
package struct MountModule: StateModule {
  enum Wish: String, ParameterChoice {
    case mounted, present, ephemeral, unmounted, absent, remounted
    case absentFromTable = "absent_from_fstab"

    /// Whether its line in fstab goes.
    var removesLine: Bool { self == .absent || self == .absentFromTable }
  }

  let point: HostPath
  let wish: Wish
  let device: String
  let fileSystem: String
  /// nil when none were given.
  let wanted: [String]?
  let dumpField: String
  let passField: String
  let mountsAtBoot: Bool
  let table: HostPath
  let isForced: Bool
  let keepsBackup: Bool

  package init(_ arguments: Arguments) throws(Diagnostic) {
    point = try arguments[MountModule.path]
    wish = try arguments[MountModule.state]
    let source = try arguments[MountModule.source]
    let type = try arguments[MountModule.type]
    wanted = try arguments[MountModule.options]?.flatMap {
      $0.split(separator: ",").map(String.init)
    }
    dumpField = try arguments[MountModule.dump]
    passField = try arguments[MountModule.pass]
    mountsAtBoot = try arguments[MountModule.boot]
    table = try arguments[MountModule.fstab]
    isForced = try arguments[MountModule.force]
    keepsBackup = try arguments[MountModule.backup]
    if [.mounted, .present, .ephemeral].contains(wish), source == nil || type == nil {
      throw Diagnostic(
        .error, "missing-parameter",
        "module `mount` needs `src` and `fstype` with `state: \(wish.rawValue)`", at: arguments.span
      )
    }
    device = source ?? ""
    fileSystem = type ?? ""
    for field in [device, fileSystem] + (wanted ?? []) where field.contains(where: \.isNewline) {
      throw Diagnostic(
        .error, "mount-field", "a field of fstab cannot hold a line end", at: arguments.span)
    }
  }

  private var usesTable: Bool {
    [.mounted, .present, .absent, .absentFromTable].contains(wish)
  }
  private var looksLive: Bool { wish != .present && wish != .absentFromTable }
  var isBind: Bool { wanted?.contains { $0 == "bind" || $0 == "rbind" } ?? false }

  /// Whether the source is a block device, whose number tells whether it is the one that is mounted.
  var isDevice: Bool {
    !isBind
      && (device.hasPrefix("/dev/")
        || ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="].contains { device.hasPrefix($0) })
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    var reads: [FactRequest] = usesTable ? TextFile.reads(table) : []
    guard looksLive else { return reads }
    reads += [FactRequest(MountFact.self, point.string), FactRequest(FileFact.self, point.string)]
    if isDevice, wish == .mounted || wish == .ephemeral {
      reads.append(FactRequest(BlockDeviceFact.self, device))
    }
    return reads
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    switch wish {
    case .mounted: try mounting(facts) + tableChanges(facts)
    case .present, .absentFromTable: try tableChanges(facts)
    case .ephemeral: try mounting(facts)
    case .unmounted: try unmounting(facts)
    case .absent: try tableChanges(facts) + unmounting(facts)
    case .remounted: [try remounting(facts)]
    }
  }

  package func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    guard wish == .remounted else { return try changes(from: after) }
    _ = try remounting(after)
    return []
  }

  private func tableChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    let file = try TextFile(table, from: facts)
    let before = FstabLines(file.lines)
    var after = before
    if wish.removesLine {
      after.remove(path: point.string)
    } else {
      var options = wanted ?? before.entry(at: point.string)?.options ?? ["defaults"]
      if !mountsAtBoot, !options.contains("noauto") { options.append("noauto") }
      after.set(
        FstabEntry(
          source: device, path: point.string, type: fileSystem, options: options, dump: dumpField,
          pass: passField))
    }
    guard after.lines != before.lines else { return [] }
    var write = file.writing(after.lines.fileContent, label: "write \(table)")
    let backup: Script = keepsBackup ? "back_up \(table.string) || exit" : ""
    write.step.script = """
      \(backup)
      \(write.step.script) || exit
      if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
      """
    let entry = { (lines: FstabLines) -> Shown in
      lines.entry(at: point.string).map { .text($0.line) } ?? .absent
    }
    return [
      Change(
        point.string, "fstab",
        entry(before) == .absent ? .create : wish.removesLine ? .remove : .update,
        from: entry(before), to: entry(after), steps: [write.step], predicts: write.predicts)
    ]
  }
  package func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = [
      "name": .string(point.string), "fstab": .string(table.string), "dump": .string(dumpField),
      "passno": .string(passField),
    ]
    if !device.isEmpty { result["src"] = .string(device) }
    if !fileSystem.isEmpty { result["fstype"] = .string(fileSystem) }
    if let wanted { result["opts"] = .string(wanted.joined(separator: ",")) }
    result.addBackup(from: replies)
    return result
  }
}
