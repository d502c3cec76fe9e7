import Diagnostics
import ModuleKit
import Schema

/// `etcd_backup_script`: the script that takes a snapshot as `etcd_snapshot` does, for a timer of the host.
struct EtcdBackupScriptModule: StateModule {
  private static let destination = Parameter<HostPath>.optional(
    "dest", "The script.", default: HostPath("/usr/local/sbin/etcd-backup") ?? .root,
    shown: "/usr/local/sbin/etcd-backup")
  private static let copy = Parameter<EtcdSnapshotScript.Destination?>.optional(
    "copy_to",
    "Another machine that gets every snapshot, too, by ssh with a key: `user@host:/folder`. A backup on the same machine is none."
  )

  static let manual = Manual(
    "etcd_backup_script", .state, "A script that backs up etcd, for a timer.",
    notes: [
      "It does what `etcd_snapshot` does, and copies the snapshot elsewhere where that is wished: under its name with the host's before it, and only when all of it has arrived. Its status is 0 only when both have succeeded."
    ],
    parameters: EtcdSnapshotScript.manuals + [copy.manual, destination.manual],
    examples: [
      """
      - name: what the timer of backups runs
        etcd_backup_script:
          path: /var/backups/etcd
          endpoint: https://10.0.0.1:2379
          copy_to: backup@10.0.0.9:/srv/etcd
      """
    ])

  private let file: WholeFile
  private let text: String

  init(_ arguments: Arguments) throws(Diagnostic) {
    var snapshot = try EtcdSnapshotScript(arguments)
    snapshot.copy = try arguments[Self.copy]
    var permissions = Permissions()
    permissions.mode = ModeWish(FileMode(bits: 0o755))
    file = WholeFile(path: try arguments[Self.destination], permissions: permissions)
    text = """
      #!/bin/sh
      # A snapshot of this host's etcd member, read back before it counts; old ones go. Written by spile.
      set -u
      \(snapshot.script.source)
      printf '%s: %s\\n' "$name" "$status"

      """
  }

  func reads(given facts: FactView) -> [FactRequest] { file.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try file.changes(to: text, from: facts)
  }
}
