import Diagnostics
import ModuleKit
import Schema

/// No swap space: not in use, and not at the next boot.
package struct SwapModule: StateModule {
  private enum Wish: String, ParameterChoice { case absent, off }
  private enum Table: String, ParameterChoice { case comment, remove }

  private static let state = Parameter<Wish>.optional(
    "state", "`absent` and `off` are the same: no swap, now and at every boot.", default: .absent,
    shown: "absent")
  private static let entries = Parameter<Table>.optional(
    "fstab_entries", "What becomes of the lines of swap in fstab: comments, or nothing.",
    default: .comment,
    shown: "comment")
  private static let table = Parameter<HostPath>.optional(
    "fstab", "The table of file systems (fstab(5)).", default: HostPath("/etc/fstab") ?? .root,
    shown: "/etc/fstab")

  package static let manual = Manual(
    "swap", .state, "Turns swap off, now and at every boot.",
    notes: [
      "Swap comes back from more places than fstab: systemd makes units from fstab, from partitions of type swap and from "
        + "zram-generator's configuration. All are wanted by `swap.target`, which is masked; configuration of "
        + "zram-generator is emptied, and the services of zram packages are disabled.",
      "`vm.swappiness=0` does not turn swap off. kubelet refuses to start with swap unless `failSwapOn: false`.",
      "swapoff(8) moves what is swapped back into memory: it takes its time, and fails where memory does not suffice.",
      "Swap files and partitions themselves are left alone. Making swap is not this module's task.",
    ],
    parameters: [state.manual, entries.manual, table.manual],
    examples: [
      """
      - name: a kubelet needs a host without swap
        swap:
          state: absent
      """
    ])

  private let table: HostPath
  private let makesComments: Bool

  package init(_ arguments: Arguments) throws(Diagnostic) {
    _ = try arguments[SwapModule.state]
    table = try arguments[SwapModule.table]
    makesComments = try arguments[SwapModule.entries] == .comment
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(SwapFact.self)] + TextFile.reads(table)
    for file in facts.known(SwapFact.self)?.zramFiles ?? [] {
      reads += TextFile.reads(ownFile(file))
    }
    return reads
  }

  /// Where the administrator's file of the same name lies, which masks the packaged one.
  private func ownFile(_ path: String) -> HostPath {
    let tail = path.split(separator: "/").drop { $0 != "systemd" }.joined(separator: "/")
    return HostPath.root.appending("etc/" + tail)
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard var fact = try facts.fact(SwapFact.self) else { return [] }
    var changes = try tableChanges(facts)
    for file in fact.zramFiles {
      fact.zramFiles.removeAll { $0 == file }
      changes.append(try zramChange(ownFile(file), fact, facts))
    }
    for unit in fact.units {
      fact.units.removeAll { $0 == unit }
      changes.append(
        change(
          unit, "enabled", from: "enabled", to: "disabled", "systemctl disable --now \(unit)",
          "systemctl --quiet disable --now -- \(unit)", fact,
          touching: .key(FactKey(UnitFact.self, unit))))
    }
    if fact.hasSystemd, !fact.isTargetMasked {
      fact.isTargetMasked = true
      changes.append(
        change(
          "swap.target", "masked", from: "not masked", to: "masked", "systemctl mask swap.target",
          "systemctl --quiet mask swap.target", fact,
          touching: .key(FactKey(UnitFact.self, "swap.target"))))
    }
    if !fact.active.isEmpty {
      let active = fact.active
      fact.active = []
      var off = change(
        "swap", "in use", from: active.joined(separator: " "), to: "", "swapoff",
        "swapoff -- \(words: active)", fact, touching: .kind(BlockDeviceFact.kind))
      off.action = .remove
      off.after = .absent
      off.steps[0].deadline = .seconds(1800)
      changes.append(off)
    }
    return changes
  }

  private func tableChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    let file = try TextFile(table, from: facts)
    var lines = FstabLines(file.lines)
    let swaps = lines.swaps
    guard !swaps.isEmpty else { return [] }
    lines.disableSwaps(commenting: makesComments)
    let write = file.writing(lines.lines.fileContent, label: "write \(table)")
    return [
      Change(
        table.string, "swap", .remove, from: .text(swaps.joined(separator: " ")), to: .absent,
        steps: [write.step], predicts: write.predicts)
    ]
  }

  private func zramChange(_ path: HostPath, _ fact: SwapFact, _ facts: FactView) throws(Obstacle)
    -> Change
  {
    let file = try TextFile(path, from: facts)
    let content = "# No swap on compressed memory.\n"
    let write = file.writing(
      content, label: "empty \(path)", touching: [.key(FactKey(SwapFact.self))])
    return Change(
      path.string, "zram", file.content == nil ? .create : .update,
      from: file.content.map { .content($0) } ?? .absent, to: .content(content),
      steps: [write.step],
      predicts: write.predicts + [Prediction(SwapFact.self, "", .present(fact))])
  }

  private func change(
    _ subject: String, _ attribute: String, from before: String, to after: String, _ label: String,
    _ script: Script, _ fact: SwapFact, touching part: Footprint.Part
  ) -> Change {
    Change(
      subject, attribute, from: .text(before), to: .text(after),
      steps: [Step(label, script, footprint: Footprint([.key(FactKey(SwapFact.self)), part]))],
      predicts: [Prediction(SwapFact.self, "", .present(fact))])
  }
}
