import Schema

/// Processors, as `/proc/cpuinfo` tells them.
func processorFacts(_ facts: HostFacts) -> ValueMap {
  var named: [Value] = []
  var count: [Substring: Int] = [:]
  var cores: [String: Int] = [:]
  var siblings: [String: Int] = [:]
  var order: (sockets: [String], cores: [String]) = ([], [])
  var (socket, core) = ("0", "0")
  var flags: [Value] = []
  for line in facts.processors {
    guard let (name, rest) = line.halves(at: ":") else { continue }
    let (key, value) = (name.trimmed, String(rest.trimmed))
    count[key, default: 0] += 1
    switch key {
    case "model name", "Processor", "vendor_id", "cpu", "Vendor", "processor":
      named.append(.string(value))
    case "physical id":
      socket = value
      if cores[socket] == nil { order.sockets.append(socket) }
      cores[socket] = cores[socket] ?? 1
    case "core id":
      core = value
      if siblings[core] == nil { order.cores.append(core) }
      siblings[core] = 1
    case "cpu cores":
      if cores[socket] == nil { order.sockets.append(socket) }
      cores[socket] = Int(value) ?? 1
    case "siblings":
      if siblings[core] == nil { order.cores.append(core) }
      siblings[core] = Int(value) ?? 1
    case "flags": flags = value.words.map { .string(String($0)) }
    default: continue
    }
  }
  var entries = named.count
  if let vendors = count["vendor_id"], vendors == count["model name"] { entries = vendors }
  let machine = facts.system.architecture
  if ["armv", "aarch", "ppc"].contains(where: machine.hasPrefix) {
    entries = count["processor"] ?? 0
  }
  let sockets = cores.isEmpty ? entries : cores.count
  let perSocket = max(1, order.sockets.first.flatMap { cores[$0] } ?? 1)
  let perCore = rounded(order.cores.first.flatMap { siblings[$0] } ?? 1, perSocket)
  var map: ValueMap = [
    "processor": .list(named), "processor_count": .int(sockets), "processor_cores": .int(perSocket),
    "processor_threads_per_core": .int(perCore),
    "processor_vcpus": .int(perCore * sockets * perSocket),
    "processor_nproc": .int(facts.usableProcessors),
  ]
  if !flags.isEmpty { map["flags"] = .list(flags) }
  return map
}

/// The quotient to the nearest integer, halves to even.
private func rounded(_ dividend: Int, _ divisor: Int) -> Int {
  Int((Double(dividend) / Double(divisor)).rounded(.toNearestOrEven))
}

private let firmwareNames = [
  "bios_date", "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial",
  "board_vendor", "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor",
  "chassis_version", "product_name", "product_serial", "product_uuid", "product_version",
]

/// System types of the SMBIOS specification 3.2, section 7.4.1, by number.
private let formFactors = [
  "Unknown", "Other", "Unknown", "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower",
  "Tower", "Portable", "Laptop", "Notebook", "Hand Held", "Docking Station", "All In One",
  "Sub Notebook", "Space-saving", "Lunch Box", "Main Server Chassis", "Expansion Chassis",
  "Sub Chassis", "Bus Expansion Chassis", "Peripheral Chassis", "RAID Chassis",
  "Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA", "Blade",
  "Blade Enclosure", "Tablet", "Convertible", "Detachable", "IoT Gateway", "Embedded PC",
  "Mini PC", "Stick PC",
]

/// What the firmware says; `NA` where it says nothing, or only root may read it.
func firmwareFacts(_ facts: HostFacts) -> ValueMap {
  let folder = "/sys/devices/virtual/dmi/id/"
  var map: ValueMap = [:]
  for name in firmwareNames { map[name] = .string(facts.line(folder + name) ?? "NA") }
  map["system_vendor"] = .string(facts.line(folder + "sys_vendor") ?? "NA")
  guard let type = facts.line(folder + "chassis_type") else {
    map["form_factor"] = .string("NA")
    return map
  }
  let number = Int(type) ?? -1
  map["form_factor"] = .string(
    formFactors.indices.contains(number) ? formFactors[number] : "unknown (\(type))")
  return map
}
