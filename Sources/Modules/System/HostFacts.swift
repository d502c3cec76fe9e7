import ModuleKit

/// What playbooks know as facts of a host (`ansible_*`), in one probe.
///
/// One per host.
package struct HostFacts: Fact {
  package static let kind = "host_facts"

  package var system: OSFact
  package var hardware: HardwareFact
  /// `/etc/debian_version`, where it is there: `12.5`.
  package var debianVersion: String
  /// `uname -n`.
  package var nodeName: String
  /// The full name that `/etc/hosts` has for it.
  ///
  /// the node name where it has none. No DNS is asked.
  package var fullName: String
  package var machineID: String
  /// Bytes.
  package var freeMemory: UInt64
  package var freeSwap: UInt64
  package var uptimeSeconds: Int
  package var interfaces: [Interface]
  package var routeV4: Route?
  package var routeV6: Route?
  package var mounts: [Mount]
  package var clock: Clock
  package var user: User
  /// `enforcing`, `permissive`, `disabled`; empty where the kernel has no SELinux.
  package var selinux: String
  /// `nameserver` and `search` of resolv.conf(5).
  package var nameServers: [String]
  package var searchDomains: [String]
  package var environment: [String: String]

  package struct Interface: Sendable, Hashable {
    package var name: String
    package var mac: String
    package var mtu: Int
    package var isUp: Bool
    package var addresses: [Address]
  }

  package struct Address: Sendable, Hashable {
    package var address: String
    package var prefix: Int
    package var isIPv6: Bool
    /// `global`, `link`, `host`.
    package var scope: String
  }

  /// The way to everything else.
  package struct Route: Sendable, Hashable {
    package var interface: String
    package var gateway: String
    package var address: String
  }

  package struct Mount: Sendable, Hashable {
    package var path: String
    package var device: String
    package var fileSystem: String
    package var options: String
    package var totalBytes: UInt64
    package var availableBytes: UInt64
  }

  package struct Clock: Sendable, Hashable {
    /// Seconds since 1970.
    package var epoch: Int
    /// `2026 01 31 15 30 00 +0100 CET 6 05`: year, month, day, hour, minute, second, offset, zone, weekday, week.
    package var local: [String]
    /// The same in UTC: year to second.
    package var utc: [String]
  }

  package struct User: Sendable, Hashable {
    package var name: String
    package var uid: Int
    package var gid: Int
    package var home: String
    package var shell: String
    package var fullName: String
  }
}
