import Diagnostics
import ModuleKit
import Schema

/// `etcd_snapshot`: a snapshot of one member's data in a folder of the host, verified, and old ones removed.
struct EtcdSnapshotModule: ActionModule {
  private static let folder = Parameter<HostPath>.required(
    "path",
    "The folder of the snapshots; must be there. Snapshots hold every secret of the cluster.",
    isSubject: true)
  private static let endpoint = Parameter<String>.required(
    "endpoint", "The client URL of one member: a snapshot is taken of one, not of several.")
  private static let keep = Parameter<Int>.optional(
    "keep", "How many snapshots stay, the newest ones.", default: 7, shown: "7")

  static let manual = Manual(
    "etcd_snapshot", .action, "Takes a snapshot of etcd, verifies it, and removes old ones.",
    notes: [
      "It is written under a name of its own, mode 0600, looked through by `etcdutl snapshot status` (`etcdctl` before etcd 3.6), "
        + "and only then named `etcd-TIME.db`. A snapshot is a backup only once it was restored."
    ],
    parameters: [
      folder.manual, endpoint.manual, keep.manual, EtcdClient.caParameter.manual,
      EtcdClient.certificateParameter.manual, EtcdClient.keyParameter.manual,
      EtcdClient.programParameter.manual,
    ],
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

  private let folder: HostPath
  private let client: EtcdClient
  private let keep: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    folder = try arguments[Self.folder]
    client = try EtcdClient(
      arguments, endpoints: [arguments[Self.endpoint]], from: Self.endpoint.manual)
    keep = try arguments[Self.keep]
    guard keep > 0 else {
      throw Diagnostic(
        .error, "etcd-number", "`keep` must be at least 1, not \(keep)",
        at: arguments.span(of: Self.keep.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let script: Script = """
      cd \(folder.string) || exit
      new=.etcd.part.$$
      trap 'rm -f -- "$new" "$new.part"' EXIT
      \(words: client.words(seconds: 600)) snapshot save "$new" >/dev/null || exit
      chmod 600 "$new"
      tool=etcdutl
      command -v "$tool" >/dev/null || tool=\(client.program)
      status=$(ETCDCTL_API=3 "$tool" snapshot status "$new" 2>/dev/null) || {
        echo 'the snapshot cannot be read back' >&2
        exit 1
      }
      name=etcd-$(date -u +%Y%m%dT%H%M%SZ).db
      mv -- "$new" "$name" || exit
      trap - EXIT
      count=0
      for old in $(ls -1r | grep -E '^etcd-[0-9]{8}T[0-9]{6}Z\\.db$'); do
        count=$((count + 1))
        [ "$count" -le \(keep) ] || rm -f -- "$old"
      done
      put \(folder.string)/"$name" "$status" "$(sha256sum <"$name" | cut -d' ' -f1)"
      """
    let step = Step(
      "snapshot of \(client.endpoints[0])", script, footprint: .tree(folder.string),
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
