import Diagnostics
import Schema

/// Groups of facts by the names that Ansible's `gather_subset` has for them.
struct GatherSubset: Hashable {
  /// The groups that are wanted.
  let groups: Set<String>

  /// What Ansible gathers whatever is asked for, unless `!all` and `!min` are.
  private static let minimum: Set = [
    "apparmor", "caps", "cmdline", "date_time", "distribution", "dns", "env", "fips", "local",
    "lsb", "pkg_mgr", "platform", "python", "selinux", "service_mgr", "ssh_pub_keys", "user",
  ]

  /// Facts by group; what no group names belongs to `network` (interfaces have names of their own).
  private static let facts: [String: Set<String>] = [
    "apparmor": ["apparmor"], "chroot": ["is_chroot"], "cmdline": ["cmdline", "proc_cmdline"],
    "date_time": ["date_time"],
    "distribution": [
      "distribution", "distribution_version", "distribution_major_version",
      "distribution_minor_version", "distribution_release", "distribution_file_path",
      "distribution_file_variety", "distribution_file_parsed", "os_family",
    ],
    "dns": ["dns"], "env": ["env"], "fips": ["fips"], "iscsi": ["iscsi_iqn"],
    "nvme": ["hostnqn"], "fibre_channel_wwn": ["fibre_channel_wwn"], "loadavg": ["loadavg"],
    "local": ["local"], "lsb": ["lsb"], "pkg_mgr": ["pkg_mgr"],
    "platform": [
      "system", "kernel", "kernel_version", "machine", "architecture", "machine_id", "nodename",
      "hostname", "fqdn", "domain", "userspace_bits", "userspace_architecture",
    ],
    "selinux": ["selinux", "selinux_python_present"], "service_mgr": ["service_mgr"],
    "ssh_pub_keys": Set(
      ["dsa", "rsa", "ecdsa", "ed25519"].flatMap {
        ["ssh_host_key_\($0)_public", "ssh_host_key_\($0)_public_keytype"]
      }),
    "systemd": ["systemd"],
    "user": [
      "user_id", "user_uid", "user_gid", "user_dir", "user_shell", "user_gecos", "real_user_id",
      "real_group_id", "effective_user_id", "effective_group_id",
    ],
    "virtual": [
      "virtualization_type", "virtualization_role", "virtualization_tech_guest",
      "virtualization_tech_host",
    ],
    "hardware": [
      "memtotal_mb", "memfree_mb", "swaptotal_mb", "swapfree_mb", "memory_mb", "processor",
      "processor_count", "processor_cores", "processor_threads_per_core", "processor_vcpus",
      "processor_nproc", "flags", "devices", "device_links", "mounts", "uptime_seconds",
      "form_factor", "system_vendor", "bios_date", "bios_vendor", "bios_version",
      "board_asset_tag", "board_name", "board_serial", "board_vendor", "board_version",
      "chassis_asset_tag", "chassis_serial", "chassis_vendor", "chassis_version", "product_name",
      "product_serial", "product_uuid", "product_version",
    ],
  ]

  /// Groups that Ansible knows and that tell nothing here: Python, capabilities, programs of others.
  private static let silent: Set = ["python", "caps", "facter", "ohai", "network"]
  private static let all = Set(facts.keys).union(silent)

  /// By the group's names (`hardware`, `!network`, `min`, `!all`), or a fact's own.
  init(_ words: [String], _ wrong: (String) -> Diagnostic) throws(Diagnostic) {
    var added: Set<String> = []
    var excluded: Set<String> = []
    for word in words {
      let isExcluded = word.hasPrefix("!")
      let name = isExcluded ? String(word.dropFirst()) : word
      switch (name, isExcluded) {
      case ("all", false): added.formUnion(GatherSubset.all)
      case ("all", true): excluded.formUnion(GatherSubset.all.subtracting(GatherSubset.minimum))
      case ("min", false): added.formUnion(GatherSubset.minimum)
      case ("min", true): excluded.formUnion(GatherSubset.minimum)
      default:
        guard let group = GatherSubset.group(name) else { throw wrong(name) }
        if isExcluded { excluded.insert(group) } else { added.insert(group) }
      }
    }
    let named = Set(words.filter { !$0.hasPrefix("!") }.compactMap(GatherSubset.group))
    let wanted = (added.isEmpty ? GatherSubset.all : added).union(GatherSubset.minimum)
    groups = wanted.subtracting(excluded.subtracting(named))
  }

  static var names: [String] { all.sorted() + ["all", "min"] }

  private static func group(_ name: String) -> String? {
    if all.contains(name) { return name }
    if ["interfaces", "default_ipv4", "default_ipv6", "all_ipv4_addresses", "all_ipv6_addresses"]
      .contains(name)
    {
      return "network"
    }
    return facts.first { $0.value.contains(name) }?.key
  }

  /// Whether a fact belongs to it; names without `ansible_`.
  func contains(_ fact: String) -> Bool {
    groups.contains(GatherSubset.facts.first { $0.value.contains(fact) }?.key ?? "network")
  }
}
