import Schema

/// What the host runs on, and what can run on it: the first sign counts, all are listed.
func virtualizationFacts(_ facts: HostFacts) -> ValueMap {
  var signs = VirtualizationSigns()
  containers(facts, &signs)
  firmware(facts, &signs)
  kernel(facts, &signs)
  return [
    "virtualization_type": .string(signs.first?.name ?? "NA"),
    "virtualization_role": .string(signs.first?.role ?? "NA"),
    "virtualization_tech_guest": .list(signs.guest.sorted().map { .string($0) }),
    "virtualization_tech_host": .list(signs.host.sorted().map { .string($0) }),
  ]
}

private struct VirtualizationSigns {
  var first: (name: String, role: String)?
  var guest: Set<String> = []
  var host: Set<String> = []

  mutating func isGuest(of name: String) {
    guest.insert(name)
    first = first ?? (name, "guest")
  }

  mutating func isHost(of name: String) {
    host.insert(name)
    first = first ?? (name, "host")
  }
}

private func containers(_ facts: HostFacts, _ signs: inout VirtualizationSigns) {
  for line in facts.files["/proc/1/cgroup"] ?? [] {
    if line.contains("/docker/") || line.contains("/docker-") && line.hasSuffix(".scope") {
      signs.isGuest(of: "docker")
    }
    if line.contains("/lxc/") || line.contains("/machine.slice/machine-lxc") {
      signs.isGuest(of: "lxc")
    }
    if line.contains("/system.slice/containerd.service") { signs.isGuest(of: "containerd") }
  }
  for name in ["lxc", "podman"] where facts.container.hasPrefix(name) { signs.isGuest(of: name) }
  if !facts.container.isEmpty { signs.isGuest(of: "container") }
  if facts.paths.contains("/proc/vz"), !facts.paths.contains("/proc/lve") {
    if facts.paths.contains("/proc/bc") {
      signs.isHost(of: "openvz")
    } else {
      signs.isGuest(of: "openvz")
    }
  }
  let manager = facts.line("/run/systemd/container")
  if let manager { signs.isGuest(of: manager) }
  if facts.paths.contains("/.dockerenv") || facts.paths.contains("/.dockerinit") {
    signs.isGuest(of: "docker")
  }
  let known: Set = ["docker", "lxc", "podman", "openvz", "containerd"]
  if manager != nil || !signs.guest.isDisjoint(with: known) { signs.guest.insert("container") }
  if facts.paths.contains("/proc/xen") {
    let isHost = (facts.files["/proc/xen/capabilities"] ?? []).contains { $0.contains("control_d") }
    if isHost { signs.isHost(of: "xen") } else { signs.first = signs.first ?? ("xen", "guest") }
  }
}

/// Fields of the firmware, the words that tell, and of what; a word counts when the field is it.
private let firmwareSigns: [(field: String, words: [String], name: String)] = [
  (
    "product_name", ["KVM", "KVM Server", "Bochs", "AHV", "CloudStack KVM Hypervisor"], "kvm"
  ),
  ("sys_vendor", ["oVirt"], "oVirt"),
  ("product_family", ["RHV"], "RHV"),
  ("product_name", ["RHEV Hypervisor"], "RHEV"),
  ("product_name", ["VMware*"], "VMware"),
  ("product_name", ["OpenStack Compute", "OpenStack Nova"], "openstack"),
  ("bios_vendor", ["Xen"], "xen"),
  ("bios_vendor", ["innotek GmbH"], "virtualbox"),
  ("bios_vendor", ["Amazon EC2", "DigitalOcean", "Hetzner", "Linode"], "kvm"),
  (
    "sys_vendor", ["QEMU", "Amazon EC2", "DigitalOcean", "Google", "Scaleway", "Nutanix"], "kvm"
  ),
  ("sys_vendor", ["KubeVirt"], "KubeVirt"),
  ("sys_vendor", ["Microsoft Corporation"], "VirtualPC"),
  ("sys_vendor", ["Parallels Software International Inc."], "parallels"),
  ("sys_vendor", ["OpenStack Foundation"], "openstack"),
]

private func firmware(_ facts: HostFacts, _ signs: inout VirtualizationSigns) {
  for sign in firmwareSigns {
    guard let text = facts.line("/sys/devices/virtual/dmi/id/\(sign.field)") else { continue }
    if sign.words.contains(where: { glob($0, matches: text) }) { signs.isGuest(of: sign.name) }
  }
}

private func kernel(_ facts: HostFacts, _ signs: inout VirtualizationSigns) {
  for line in facts.processors {
    guard let (name, rest) = line.halves(at: ":") else { continue }
    switch (name.trimmed, rest.trimmed) {
    case ("model name", let text) where text.contains("QEMU Virtual CPU"): signs.isGuest(of: "kvm")
    case ("vendor_id", let text) where text.contains("User Mode Linux"): signs.isGuest(of: "uml")
    case ("model name", let text) where text.contains("UML"): signs.isGuest(of: "uml")
    case ("vendor_id", let text) where text.contains("PowerVM Lx86"):
      signs.isGuest(of: "powervm_lx86")
    case ("machine", let text) where text.contains("emulated by qemu"): signs.isGuest(of: "kvm")
    default: continue
    }
  }
  if facts.modules.contains("kvm") { signs.isHost(of: "kvm") }
  if facts.modules.contains("vboxdrv") { signs.isHost(of: "virtualbox") }
  if facts.modules.contains("virtio") {
    signs.host.insert("kvm")
    signs.first = signs.first ?? ("kvm", "guest")
  }
  if facts.paths.contains("/dev/kvm") { signs.isHost(of: "kvm") }
}
