import Diagnostics
import ModuleKit
import Schema

/// `etcd_snapshot`: a snapshot of one member's data in a folder of the host, verified, and old ones removed.
struct EtcdSnapshotModule: ActionModule {
  static let manual = Manual(
    "etcd_snapshot", .action, "Takes a snapshot of etcd, verifies it, and removes old ones.",
    notes: [
      "It is written under a name of its own, mode 0600, looked through by `etcdutl snapshot status` (`etcdctl` before etcd 3.6), "
        + "and only then named `etcd-TIME.db`. A snapshot is a backup only once it was restored."
    ],
    parameters: EtcdSnapshotScript.manuals,
    results: [
      .init("path", "The new snapshot."),
      .init("status", "What its verification says: hash, revision, keys, size."),
      .init("sha256", "Its digest."),
    ],
    examples: [
      """
      - name: before the upgrade
        etcd_snapshot:
          path: /var/backups/etcd
          endpoint: https://10.0.0.1:2379
      """
    ])

  private let snapshot: EtcdSnapshotScript

  init(_ arguments: Arguments) throws(Diagnostic) {
    snapshot = try EtcdSnapshotScript(arguments)
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let (folder, keep) = (snapshot.folder, snapshot.keep)
    let script: Script = """
      \(snapshot.script)
      put \(folder.string)/"$name" "$status" "$(sha256sum <"$name" | cut -d' ' -f1)"
      """
    let step = Step(
      "snapshot of \(snapshot.client.endpoints[0])", script, footprint: .tree(folder.string),
      deadline: .seconds(900))
    let change = Change(
      folder.string, "snapshot", .create, from: .absent, to: .text("one more, \(keep) kept"),
      steps: [step])
    return .run(ActionPlan(change, isOpaque: false))
  }

  func result(from replies: [StepReply]) -> ActionResult {
    let records = (replies.last?.output ?? []).split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard records.count >= 3 else {
      return ActionResult([:], changed: true, failure: "the host did not say what it has saved")
    }
    return ActionResult(
      [
        "path": .string(records[0]), "status": .string(String(records[1].trimmed)),
        "sha256": .string(records[2]),
      ], changed: true)
  }
}
