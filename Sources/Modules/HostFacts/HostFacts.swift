import ModuleKit
import Schema

/// What playbooks know as facts of a host (`ansible_*`), in one probe.
///
/// One per host. The want `facts:PATH` reads the host's own facts (`ansible_local`) from that folder instead of
/// `/etc/ansible/facts.d`.
package struct HostFacts: Fact {
  package static let kind = "host_facts"

  package var system: OSFact
  /// `uname -n`.
  package var nodeName: String
  /// `uname -v`.
  package var kernelVersion: String
  /// The full name that `/etc/hosts` has for it.
  ///
  /// The node name where it has none. No DNS is asked.
  package var fullName: String
  /// Bits of a word of programs: 64 or 32.
  package var wordBits: String
  /// Lines of small files of `/proc`, `/sys` and `/etc`, by path; what cannot be read is not there.
  package var files: [String: [String]]
  /// What symbolic links lead to, by path: its last component.
  package var links: [String: String]
  /// Which of the paths that tell something by their presence are there.
  package var paths: Set<String>
  /// Processors that a process may run on.
  package var usableProcessors: Int
  /// The lines of `/proc/cpuinfo` that count, and the flags of one processor.
  package var processors: [String]
  /// Lines of ip(8): `-o addr`, `route get`, `route show table local`.
  package var addresses: [String]
  package var routeV4: String
  package var routeV6: String
  package var localRoutes: [String]
  package var mounts: [Mount]
  package var clock: Clock
  package var user: User
  /// `container` of process 1's environment; empty where there is none, or it may not be read.
  package var container: String
  /// The kernel's modules that tell of virtualization: `kvm`, `vboxdrv`, `virtio`.
  package var modules: Set<String>
  /// What `systemctl --version` says.
  package var systemd: [String]
  /// What `lsb_release -a` says, where there is no `/etc/lsb-release`.
  package var release: [String]
  package var environment: [String: String]
  /// The host's own facts: names without `.fact`, and what the files say.
  package var local: ValueMap

  package struct Mount: Sendable, Hashable {
    package var path: String
    package var device: String
    package var fileSystem: String
    package var options: String
    /// Whether it shows a part of a file system that is not its root.
    package var isPart: Bool
    /// Fields five and six of proc_mounts(5).
    package var dump: Int
    package var pass: Int
    /// nil where nobody asked: file systems of the network may never answer.
    package var usage: Usage?
  }

  /// What statvfs(3) says.
  package struct Usage: Sendable, Hashable {
    package var fragmentSize: Int
    package var blockSize: Int
    package var blocks: Int
    package var available: Int
    package var inodes: Int
    package var freeInodes: Int
  }

  package struct Clock: Sendable, Hashable {
    /// Seconds since 1970, and nanoseconds.
    package var epoch: Int
    package var nanoseconds: Int
    /// `2026 01 31 15 30 00 +0100 CET 6 05`: year, month, day, hour, minute, second, offset, zone, weekday, week.
    package var local: [String]
    /// The same in UTC: year to second.
    package var utc: [String]
    /// The name of the zone in summer.
    package var summerZone: String
  }

  package struct User: Sendable, Hashable {
    package var name: String
    package var uid: Int
    package var gid: Int
    package var home: String
    package var shell: String
    package var fullName: String
  }

  /// The first line of a small file; nil where it cannot be read or is empty.
  func line(_ path: String) -> String? {
    files[path]?.first.map { String($0.trimmed) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The paths of small files below a folder: what follows it, and the lines.
  func files(below folder: String) -> [(rest: Substring, lines: [String])] {
    files.filter { $0.key.hasPrefix(folder) }.map { ($0.key.dropFirst(folder.count), $0.value) }
  }
}
