import Schema

/// A host's facts under the names that playbooks know from Ansible (`ansible.builtin.setup`).
package func ansibleFacts(from facts: HostFacts) -> ValueMap {
  var map: ValueMap = [:]
  func set(_ name: String, _ value: Value) { map["ansible_" + name] = value }
  func text(_ name: String, _ value: String) { set(name, .string(value)) }
  let distribution = Distribution(facts.system, debianVersion: facts.debianVersion)
  text("system", "Linux")
  text("distribution", distribution.name)
  text("distribution_version", distribution.version)
  text("distribution_major_version", distribution.major)
  text("distribution_release", facts.system.release["VERSION_CODENAME"] ?? "NA")
  text("os_family", distribution.family)
  text("kernel", facts.system.kernel)
  text("architecture", facts.system.architecture)
  text("machine", facts.system.architecture)
  text("service_mgr", facts.system.serviceManager)
  text("pkg_mgr", facts.system.packageManager.isEmpty ? "unknown" : facts.system.packageManager)
  let short = facts.nodeName.split(separator: ".").first.map { String($0) } ?? facts.nodeName
  text("nodename", facts.nodeName)
  text("hostname", short)
  text("fqdn", facts.fullName)
  text("domain", facts.fullName.halves(at: ".").map { String($0.after) } ?? "")
  text("machine_id", facts.machineID)
  let mebibyte: UInt64 = 1 << 20
  set("processor_vcpus", .int(facts.hardware.cpus))
  set("processor_nproc", .int(facts.hardware.cpus))
  set("memtotal_mb", .int(Int(facts.hardware.memoryBytes / mebibyte)))
  set("memfree_mb", .int(Int(facts.freeMemory / mebibyte)))
  set("swaptotal_mb", .int(Int(facts.hardware.swapBytes / mebibyte)))
  set("swapfree_mb", .int(Int(facts.freeSwap / mebibyte)))
  text("product_name", facts.hardware.product)
  text("system_vendor", facts.hardware.vendor)
  let virtualization = facts.hardware.virtualization
  text(
    "virtualization_type",
    virtualization.isEmpty || virtualization == "none" ? "NA" : virtualization)
  text("virtualization_role", virtualization.isEmpty || virtualization == "none" ? "NA" : "guest")
  set("uptime_seconds", .int(facts.uptimeSeconds))
  set(
    "selinux",
    .dict([
      "status": .string(facts.selinux.isEmpty ? "disabled" : "enabled"),
      "mode": .string(facts.selinux),
    ]))
  set(
    "dns",
    .dict(["nameservers": strings(facts.nameServers), "search": strings(facts.searchDomains)]))
  text("user_id", facts.user.name)
  set("user_uid", .int(facts.user.uid))
  set("user_gid", .int(facts.user.gid))
  text("user_dir", facts.user.home)
  text("user_shell", facts.user.shell)
  text("user_gecos", facts.user.fullName)
  var environment: ValueMap = [:]
  for (name, value) in facts.environment.sorted(by: { $0.key < $1.key }) {
    environment[name] = .string(value)
  }
  set("env", .dict(environment))
  set("date_time", dateTime(facts.clock))
  set("mounts", .list(facts.mounts.map(mount)))
  let network = networkFacts(facts)
  for (name, value) in zip(network.keys, network.values) { map[name] = value }
  return map
}

private func strings(_ texts: [String]) -> Value { .list(texts.map { .string($0) }) }

private func mount(_ mount: HostFacts.Mount) -> Value {
  .dict([
    "mount": .string(mount.path), "device": .string(mount.device),
    "fstype": .string(mount.fileSystem),
    "options": .string(mount.options), "size_total": .int(Int(mount.totalBytes)),
    "size_available": .int(Int(mount.availableBytes)),
  ])
}

private func dateTime(_ clock: HostFacts.Clock) -> Value {
  guard clock.local.count == 10, clock.utc.count == 6 else { return .dict([:]) }
  let (local, utc) = (clock.local, clock.utc)
  let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  let weekday = Int(local[8]).flatMap { $0 < 7 ? weekdays[$0] : nil } ?? ""
  let utcTime = "\(utc[0])-\(utc[1])-\(utc[2])T\(utc[3]):\(utc[4]):\(utc[5])Z"
  return .dict([
    "year": .string(local[0]), "month": .string(local[1]), "day": .string(local[2]),
    "hour": .string(local[3]), "minute": .string(local[4]), "second": .string(local[5]),
    "tz_offset": .string(local[6]), "tz": .string(local[7]), "weekday": .string(weekday),
    "weekday_number": .string(local[8]), "weeknumber": .string(local[9]),
    "date": .string(local[0...2].joined(separator: "-")),
    "time": .string(local[3...5].joined(separator: ":")), "epoch": .string(String(clock.epoch)),
    "epoch_int": .string(String(clock.epoch)), "iso8601": .string(utcTime),
    "iso8601_basic_short": .string(local[0...2].joined() + "T" + local[3...5].joined()),
  ])
}

/// What Ansible calls a system: names, and families of distributions that are alike.
private struct Distribution {
  let name: String
  let version: String
  let major: String
  let family: String

  private static let names = [
    "debian": "Debian", "ubuntu": "Ubuntu", "rhel": "RedHat", "centos": "CentOS", "rocky": "Rocky",
    "almalinux": "AlmaLinux", "ol": "OracleLinux", "fedora": "Fedora", "amzn": "Amazon",
    "openeuler": "openEuler", "kylin": "Kylin Linux", "sles": "SLES",
    "opensuse-leap": "openSUSE Leap",
    "alpine": "Alpine", "arch": "Archlinux", "anolis": "Anolis OS", "uos": "UnionTech",
  ]

  private static let families: [(family: String, ids: Set<String>)] = [
    ("Debian", ["debian", "ubuntu"]),
    (
      "RedHat",
      [
        "rhel", "centos", "fedora", "rocky", "almalinux", "ol", "amzn", "openeuler", "kylin",
        "anolis",
      ]
    ),
    ("Suse", ["sles", "suse", "opensuse", "opensuse-leap"]), ("Alpine", ["alpine"]),
    ("Archlinux", ["arch"]),
  ]

  init(_ system: OSFact, debianVersion: String) {
    let id = system.id.lowercased()
    name = Distribution.names[id] ?? system.release["NAME"] ?? system.id
    let given = system.release["VERSION_ID"] ?? ""
    let isNumbered = debianVersion.first?.isNumber ?? false
    version = id == "debian" && isNumbered ? debianVersion : given.isEmpty ? debianVersion : given
    major = String(version.prefix { $0 != "." })
    let families = system.families.map { $0.lowercased() }
    family =
      families.lazy.compactMap { id in Distribution.families.first { $0.ids.contains(id) }?.family }
      .first ?? name
  }
}
