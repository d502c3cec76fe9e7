import ModuleKit
import Schema

/// A host's facts under the names that playbooks know from Ansible (`ansible.builtin.setup`).
package func ansibleFacts(from facts: HostFacts) -> ValueMap {
  var map: ValueMap = [:]
  for part in [
    systemFacts(facts), memoryFacts(facts), processorFacts(facts), firmwareFacts(facts),
    virtualizationFacts(facts), environmentFacts(facts), accountFacts(facts), deviceFacts(facts),
    networkFacts(facts),
  ] {
    for (name, value) in part.pairs {
      guard let name = name.string else { continue }
      map["ansible_" + name] = value
    }
  }
  return map
}

/// What runs: distribution, kernel, names.
private func systemFacts(_ facts: HostFacts) -> ValueMap {
  let distribution = Distribution(facts)
  let system = facts.system
  let short = facts.nodeName.split(separator: ".").first.map { String($0) } ?? facts.nodeName
  var map: ValueMap = [
    "system": .string("Linux"), "distribution": .string(distribution.name),
    "distribution_version": .string(distribution.version),
    "distribution_major_version": .string(distribution.major),
    "distribution_release": .string(distribution.release),
    "distribution_file_path": .string(distribution.file),
    "distribution_file_variety": .string(distribution.variety),
    "distribution_file_parsed": .bool(true), "os_family": .string(distribution.family),
    "kernel": .string(system.kernel), "kernel_version": .string(facts.kernelVersion),
    "architecture": .string(system.architecture), "machine": .string(system.architecture),
    "userspace_bits": .string(facts.wordBits),
    "service_mgr": .string(system.serviceManager),
    "pkg_mgr": .string(system.packageManager.isEmpty ? "unknown" : system.packageManager),
    "nodename": .string(facts.nodeName), "hostname": .string(short),
    "fqdn": .string(facts.fullName),
    "domain": .string(facts.fullName.halves(at: ".").map { String($0.after) } ?? ""),
    "machine_id": .string(
      facts.line("/var/lib/dbus/machine-id") ?? facts.line("/etc/machine-id") ?? ""),
  ]
  if let minor = distribution.minor { map["distribution_minor_version"] = .string(minor) }
  if system.architecture == "x86_64" {
    map["userspace_architecture"] = .string(facts.wordBits == "32" ? "i386" : "x86_64")
  }
  if let first = facts.systemd.first,
    let version = first.words.dropFirst().first.flatMap({ Int($0) }
    )
  {
    map["systemd"] = .dict([
      "version": .int(version),
      "features": .string(facts.systemd.count > 1 ? facts.systemd[1] : ""),
    ])
  }
  return map
}

/// Whole MiB, as `/proc/meminfo` has them.
private func memoryFacts(_ facts: HostFacts) -> ValueMap {
  var mebibytes: [Substring: Int] = [:]
  for line in facts.files["/proc/meminfo"] ?? [] {
    guard let (name, rest) = line.halves(at: ":"),
      let number = rest.words.first.flatMap({ Int($0) })
    else { continue }
    mebibytes[name] = number / 1024
  }
  func size(_ name: Substring) -> Int { mebibytes[name] ?? 0 }
  let free = size("MemFree") + size("Cached") + size("Buffers")
  return [
    "memtotal_mb": .int(size("MemTotal")), "memfree_mb": .int(size("MemFree")),
    "swaptotal_mb": .int(size("SwapTotal")), "swapfree_mb": .int(size("SwapFree")),
    "memory_mb": .dict([
      "real": .dict([
        "total": .int(size("MemTotal")), "used": .int(size("MemTotal") - size("MemFree")),
        "free": .int(size("MemFree")),
      ]),
      "nocache": .dict(["free": .int(free), "used": .int(size("MemTotal") - free)]),
      "swap": .dict([
        "total": .int(size("SwapTotal")), "free": .int(size("SwapFree")),
        "used": .int(size("SwapTotal") - size("SwapFree")), "cached": .int(size("SwapCached")),
      ]),
    ]),
  ]
}

/// Accounts, time, and what the account's shell was given.
private func accountFacts(_ facts: HostFacts) -> ValueMap {
  let user = facts.user
  var environment: ValueMap = [:]
  for (name, value) in facts.environment.sorted(by: { $0.key < $1.key }) {
    environment[name] = .string(value)
  }
  return [
    "user_id": .string(user.name), "user_uid": .int(user.uid), "user_gid": .int(user.gid),
    "user_dir": .string(user.home), "user_shell": .string(user.shell),
    "user_gecos": .string(user.fullName), "real_user_id": .int(user.uid),
    "real_group_id": .int(user.gid), "effective_user_id": .int(user.uid),
    "effective_group_id": .int(user.gid), "env": .dict(environment),
    "date_time": dateTime(facts.clock), "local": .dict(facts.local),
  ]
}

private func dateTime(_ clock: HostFacts.Clock) -> Value {
  guard clock.local.count == 10, clock.utc.count == 6 else { return .dict([:]) }
  let (local, utc) = (clock.local, clock.utc)
  let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  let weekday = Int(local[8]).flatMap { $0 < 7 ? weekdays[$0] : nil } ?? ""
  let digits = String(clock.nanoseconds / 1000)
  let micro = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  let utcTime = "\(utc[0])-\(utc[1])-\(utc[2])T\(utc[3]):\(utc[4]):\(utc[5])"
  let short = local[0...2].joined() + "T" + local[3...5].joined()
  return .dict([
    "year": .string(local[0]), "month": .string(local[1]), "day": .string(local[2]),
    "hour": .string(local[3]), "minute": .string(local[4]), "second": .string(local[5]),
    "tz_offset": .string(local[6]), "tz": .string(local[7]), "tz_dst": .string(clock.summerZone),
    "weekday": .string(weekday), "weekday_number": .string(local[8]),
    "weeknumber": .string(local[9]), "date": .string(local[0...2].joined(separator: "-")),
    "time": .string(local[3...5].joined(separator: ":")), "epoch": .string(String(clock.epoch)),
    "epoch_int": .string(String(clock.epoch)), "iso8601": .string(utcTime + "Z"),
    "iso8601_micro": .string("\(utcTime).\(micro)Z"), "iso8601_basic": .string(short + micro),
    "iso8601_basic_short": .string(short),
  ])
}
