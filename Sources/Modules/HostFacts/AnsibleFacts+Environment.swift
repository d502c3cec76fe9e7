import Schema

/// What surrounds programs: the kernel's command line, security modules, resolver, keys of the host.
func environmentFacts(_ facts: HostFacts) -> ValueMap {
  var map: ValueMap = [
    "selinux": selinux(facts),
    "selinux_python_present": .bool(true),
    "apparmor": .dict([
      "status": .string(
        facts.paths.contains("/sys/kernel/security/apparmor") ? "enabled" : "disabled")
    ]),
    "fips": .bool(facts.line("/proc/sys/crypto/fips_enabled") == "1"),
    "is_chroot": .bool(facts.paths.contains("chroot")), "dns": resolver(facts),
    "lsb": standardBase(facts),
    "hostnqn": .string(facts.line("/etc/nvme/hostnqn") ?? ""),
    "iscsi_iqn": .string(initiator(facts)),
    "fibre_channel_wwn": .list(
      facts.files(below: "/sys/class/fc_host/").sorted { $0.rest < $1.rest }
        .compactMap { $0.lines.first.map { .string(String($0.trimmed)) } }),
  ]
  if let uptime = facts.line("/proc/uptime")?.prefix(while: { $0 != "." }),
    let seconds = Int(uptime)
  {
    map["uptime_seconds"] = .int(seconds)
  }
  if let load = facts.line("/proc/loadavg")?.words.prefix(3).compactMap({ Double($0) }),
    load.count == 3
  {
    map["loadavg"] = .dict(["1m": .float(load[0]), "5m": .float(load[1]), "15m": .float(load[2])])
  }
  if let line = facts.line("/proc/cmdline") { commandLine(line, &map) }
  for algorithm in ["dsa", "rsa", "ecdsa", "ed25519"] {
    let words = facts.line("/etc/ssh/ssh_host_\(algorithm)_key.pub")?.words ?? []
    guard words.count >= 2 else { continue }
    map["ssh_host_key_\(algorithm)_public"] = .string(String(words[1]))
    map["ssh_host_key_\(algorithm)_public_keytype"] = .string(String(words[0]))
  }
  return map
}

/// `NAME` is true, of `NAME=VALUE` the last counts; in `proc_cmdline` all of them are a list.
private func commandLine(_ line: String, _ map: inout ValueMap) {
  var last: ValueMap = [:]
  var all: ValueMap = [:]
  for word in line.words {
    guard let (name, value) = word.halves(at: "=") else {
      last[String(word)] = .bool(true)
      all[String(word)] = .bool(true)
      continue
    }
    let text = Value.string(String(value))
    last[String(name)] = text
    switch all[String(name)] {
    case nil: all[String(name)] = text
    case .list(let earlier)?: all[String(name)] = .list(earlier + [text])
    case let earlier?: all[String(name)] = .list([earlier, text])
    }
  }
  map["cmdline"] = .dict(last)
  map["proc_cmdline"] = .dict(all)
}

private func selinux(_ facts: HostFacts) -> Value {
  guard let enforces = facts.line("/sys/fs/selinux/enforce") else {
    return .dict(["status": .string("disabled")])
  }
  var settings: [Substring: String] = [:]
  for line in facts.files["/etc/selinux/config"] ?? [] where !line.hasPrefix("#") {
    guard let (name, value) = line.halves(at: "=") else { continue }
    settings[name.trimmed] = String(value.trimmed)
  }
  return .dict([
    "status": .string("enabled"),
    "policyvers": facts.line("/sys/fs/selinux/policyvers").flatMap { Int($0) }.map(Value.int)
      ?? .string("unknown"),
    "config_mode": .string(settings["SELINUX"] ?? "unknown"),
    "mode": .string(enforces == "1" ? "enforcing" : "permissive"),
    "type": .string(settings["SELINUXTYPE"] ?? "unknown"),
  ])
}

/// resolv.conf(5).
private func resolver(_ facts: HostFacts) -> Value {
  var map: ValueMap = [:]
  for line in facts.files["/etc/resolv.conf"] ?? [] {
    let words = line.words.map { String($0) }
    guard let word = words.first, !word.hasPrefix("#"), !word.hasPrefix(";") else { continue }
    let rest = words.dropFirst().map { Value.string($0) }
    switch word {
    case "nameserver": map["nameservers"] = .list((map["nameservers"]?.list ?? []) + rest)
    case "domain": map["domain"] = rest.first
    case "search", "sortlist": map[word] = .list(rest)
    case "options":
      var options: ValueMap = [:]
      for option in words.dropFirst() {
        let halves = option.halves(at: ":")
        options[halves.map { String($0.before) } ?? option] =
          halves.map { .string(String($0.after)) } ?? .bool(true)
      }
      map["options"] = .dict(options)
    default: continue
    }
  }
  return .dict(map)
}

/// `/etc/lsb-release`, or what `lsb_release -a` says.
private func standardBase(_ facts: HostFacts) -> Value {
  let names = [
    "DISTRIB_ID": "id", "DISTRIB_RELEASE": "release", "DISTRIB_DESCRIPTION": "description",
    "DISTRIB_CODENAME": "codename", "Distributor ID": "id", "Release": "release",
    "Description": "description", "Codename": "codename",
  ]
  var map: ValueMap = [:]
  for line in facts.files["/etc/lsb-release"] ?? facts.release {
    guard let (name, value) = line.halves(at: facts.release.isEmpty ? "=" : ":"),
      let known = names[String(name.trimmed)]
    else { continue }
    map[known] = .string(value.trimmed.filter { $0 != "\"" })
  }
  if let release = map["release"]?.string {
    map["major_release"] = .string(String(release.prefix { $0 != "." }))
  }
  return .dict(map)
}

private func initiator(_ facts: HostFacts) -> String {
  let lines = facts.files["/etc/iscsi/initiatorname.iscsi"] ?? []
  return lines.first { $0.hasPrefix("InitiatorName=") }.map { String($0.dropFirst(14)) } ?? ""
}
