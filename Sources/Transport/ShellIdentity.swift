/// Who a shell is, as it said in its hello.
package struct ShellIdentity: Sendable, Hashable {
  /// The implementations of `sh` that the protocol is tested with; anything else is `other`.
  package enum Kind: String, Sendable, Hashable { case dash, bash, busybox, other }

  package var pid: Int32
  /// In clock ticks since boot: field 22 of /proc/PID/stat, proc_pid_stat(5).
  ///
  /// With `pid` and `bootID` it names the process for good.
  package var startTime: UInt64
  package var uid: UInt32
  package var userName: String
  /// /etc/machine-id, machine-id(5); nil where there is none.
  package var machineID: String?
  /// /proc/sys/kernel/random/boot_id; nil where there is none.
  package var bootID: String?
  package var kind: Kind
  /// A public random name; the shell's temporary folder carries it.
  package var tag: String
}
