import Schema

/// Block devices with their partitions, the names that udev gives them, and mounted file systems.
func deviceFacts(_ facts: HostFacts) -> ValueMap {
  let names = DeviceNames(facts)
  var devices: ValueMap = [:]
  for disk in names.disks { devices[disk.replacing("!", with: "/")] = .dict(names.describe(disk)) }
  return [
    "devices": .dict(devices),
    "device_links": .dict([
      "ids": names.table("id"), "uuids": names.table("uuid"), "labels": names.table("label"),
      "masters": .dict(names.masters),
    ]),
    "mounts": .list(facts.mounts.map { mount($0, names) }),
  ]
}

private func mount(_ mount: HostFacts.Mount, _ names: DeviceNames) -> Value {
  var map: ValueMap = [
    "mount": .string(mount.path), "device": .string(mount.device),
    "fstype": .string(mount.fileSystem),
    "options": .string(mount.options + (mount.isPart ? ",bind" : "")),
    "dump": .int(mount.dump), "passno": .int(mount.pass),
    "uuid": .string(names.uuid(of: mount.device)),
  ]
  guard let usage = mount.usage else { return .dict(map) }
  map["size_total"] = .int(usage.fragmentSize * usage.blocks)
  map["size_available"] = .int(usage.fragmentSize * usage.available)
  map["block_size"] = .int(usage.blockSize)
  map["block_total"] = .int(usage.blocks)
  map["block_available"] = .int(usage.available)
  map["block_used"] = .int(usage.blocks - usage.available)
  map["inode_total"] = .int(usage.inodes)
  map["inode_available"] = .int(usage.freeInodes)
  map["inode_used"] = .int(usage.inodes - usage.freeInodes)
  return .dict(map)
}

/// What sysfs and `/dev/disk` say about block devices, by the kernel's names.
private struct DeviceNames {
  private let facts: HostFacts
  /// By kind of link (`id`, `uuid`, `label`): the names of each device.
  private var links: [String: [String: [String]]] = [:]
  /// Devices that use others, by the used one.
  private var users: [String: [String]] = [:]

  init(_ facts: HostFacts) {
    self.facts = facts
    for (path, target) in facts.links where path.hasPrefix("/dev/disk/by-") {
      guard let (kind, name) = path.dropFirst("/dev/disk/by-".count).halves(at: "/") else {
        continue
      }
      links[String(kind), default: [:]][target, default: []].append(String(name))
    }
    for path in facts.paths where path.hasPrefix("/sys/block/") {
      let parts = path.split(separator: "/")
      guard parts.count == 5, parts[3] == "slaves" else { continue }
      users[String(parts[4]), default: []].append(String(parts[2]))
    }
  }

  var disks: [String] {
    facts.files(below: "/sys/block/").compactMap { path, _ in
      path.hasSuffix("/size") && path.split(separator: "/").count == 2
        ? String(path.dropLast("/size".count)) : nil
    }.sorted()
  }

  var masters: ValueMap {
    var map: ValueMap = [:]
    for (device, names) in users.sorted(by: { $0.key < $1.key }) { map[device] = texts(names) }
    return map
  }

  func table(_ kind: String) -> Value {
    var map: ValueMap = [:]
    for (device, names) in (links[kind] ?? [:]).sorted(by: { $0.key < $1.key }) {
      map[device] = texts(names)
    }
    return .dict(map)
  }

  func uuid(of device: String) -> String {
    var kernelName = device.split(separator: "/").last.map(String.init) ?? ""
    if device.hasPrefix("/dev/mapper/") {
      let named = facts.files(below: "/sys/block/dm-").first {
        $0.rest.hasSuffix("/dm/name") && $0.lines.first == kernelName
      }
      if let named { kernelName = "dm-" + named.rest.prefix { $0 != "/" } }
    }
    return links["uuid"]?[kernelName]?.first ?? "N/A"
  }

  func describe(_ disk: String) -> ValueMap {
    let folder = "/sys/block/\(disk)"
    let sectorSize = facts.line("\(folder)/queue/logical_block_size") ?? "512"
    let granularity = facts.line("\(folder)/queue/discard_granularity")
    var map: ValueMap = [
      "virtual": .int(1), "links": allLinks(disk),
      "removable": text("\(folder)/removable"), "rotational": text("\(folder)/queue/rotational"),
      "support_discard": facts.line("\(folder)/queue/discard_max_hw_bytes") == "0"
        ? .string("0") : granularity.map { .string($0) } ?? .null,
      "scheduler_mode": .string(scheduler("\(folder)/queue/scheduler")), "host": .string(""),
    ]
    for name in ["vendor", "model", "sas_address", "sas_device_handle"] {
      map[name] = text("\(folder)/device/\(name)")
    }
    if let serial = facts.line("\(folder)/device/serial") { map["serial"] = .string(serial) }
    if let name = links["id"]?[disk]?.first(where: { $0.hasPrefix("wwn-") }) {
      map["wwn"] = .string(String(name.dropFirst(4)))
    }
    addSize(folder, sectorSize, &map)
    map["holders"] = holders(folder)
    var partitions: ValueMap = [:]
    for path in facts.files(below: folder + "/").map(\.rest).sorted()
    where path.hasSuffix("/partition") {
      let name = String(path.dropLast("/partition".count))
      partitions[name] = .dict(partition(name, "\(folder)/\(name)"))
    }
    map["partitions"] = .dict(partitions)
    return map
  }

  private func partition(_ name: String, _ folder: String) -> ValueMap {
    var map: ValueMap = [
      "links": allLinks(name), "start": text("\(folder)/start"), "holders": holders(folder),
      "uuid": links["uuid"]?[name]?.first.map { .string($0) } ?? .null,
    ]
    addSize(folder, "512", &map)
    map["sectorsize"] = .int(512)
    return map
  }

  /// Sysfs counts in 512 bytes, whatever the sector size.
  private func addSize(_ folder: String, _ sectorSize: String, _ map: inout ValueMap) {
    let bytes = (Int(facts.line("\(folder)/size") ?? "") ?? 0) * 512
    let unit = max(1, Int(sectorSize) ?? 512)
    map["sectorsize"] = .string(sectorSize)
    map["sectors"] = .int(bytes / unit)
    map["size"] = .string(humanSize(bytes / unit * unit))
  }

  private func holders(_ folder: String) -> Value {
    let prefix = "\(folder)/holders/"
    return .list(
      facts.paths.filter { $0.hasPrefix(prefix + "dm-") }.sorted().map { path in
        let name = String(path.dropFirst(prefix.count))
        return .string(facts.line("/sys/block/\(name)/dm/name") ?? name)
      })
  }

  private func allLinks(_ device: String) -> Value {
    .dict([
      "ids": texts(links["id"]?[device] ?? []), "uuids": texts(links["uuid"]?[device] ?? []),
      "labels": texts(links["label"]?[device] ?? []), "masters": texts(users[device] ?? []),
    ])
  }

  private func texts(_ names: [String]) -> Value { .list(names.sorted().map { .string($0) }) }

  private func text(_ path: String) -> Value { facts.line(path).map { .string($0) } ?? .null }

  /// What stands in brackets.
  private func scheduler(_ path: String) -> String {
    let word = facts.line(path)?.words.first { $0.hasPrefix("[") }
    return word.map { String($0.dropFirst().dropLast()) } ?? ""
  }
}

/// Bytes with two decimals and the largest unit that fits: `256.00 GB`, which means GiB.
private func humanSize(_ bytes: Int) -> String {
  let units = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"]
  var unit = 0
  var divisor = 1
  while unit < units.count - 1, bytes >= divisor << 10 {
    divisor <<= 10
    unit += 1
  }
  let hundredths = Int((Double(bytes) / Double(divisor) * 100).rounded(.toNearestOrEven))
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) \(units[unit])"
}
