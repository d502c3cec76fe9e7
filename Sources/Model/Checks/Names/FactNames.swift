import Diagnostics

/// The names of facts, and of the variables that steer connections.
enum FactNames {
  /// Facts of hosts without `ansible_`, as Ansible's `setup` gathers them on Linux (ansible-core 2.19), and those of
  /// `service_facts`, `package_facts` and `mount_facts`.
  static let facts: Set<String> = [
    "all_ipv4_addresses", "all_ipv6_addresses", "apparmor", "architecture", "bios_date",
    "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial",
    "board_vendor", "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor",
    "chassis_version", "cmdline", "date_time", "default_ipv4", "default_ipv6", "device_links",
    "devices", "discovered_interpreter_python", "distribution", "distribution_file_parsed",
    "distribution_file_path", "distribution_file_search_string", "distribution_file_variety",
    "distribution_major_version", "distribution_minor_version", "distribution_release",
    "distribution_version", "dns", "domain", "effective_group_id", "effective_user_id", "env",
    "fibre_channel_wwn", "fips", "form_factor", "fqdn", "gather_subset", "hostname",
    "hostnqn", "interfaces", "is_chroot", "iscsi_iqn", "kernel", "kernel_version", "lo",
    "loadavg", "local", "locally_reachable_ips", "lsb", "lvm", "machine", "machine_id",
    "memfree_mb", "memory_mb", "memtotal_mb", "module_setup", "mount_points", "mounts",
    "nodename", "nvme", "os_family", "packages", "pkg_mgr", "proc_cmdline", "processor",
    "processor_cores", "processor_count", "processor_nproc", "processor_threads_per_core",
    "processor_vcpus", "product_name", "product_serial", "product_uuid", "product_version",
    "python", "python_version", "real_group_id", "real_user_id", "selinux",
    "selinux_python_present", "services", "service_mgr", "ssh_host_key_dsa_public",
    "ssh_host_key_ecdsa_public", "ssh_host_key_ecdsa_public_keytype",
    "ssh_host_key_ed25519_public", "ssh_host_key_ed25519_public_keytype",
    "ssh_host_key_rsa_public", "ssh_host_key_rsa_public_keytype", "swapfree_mb", "swaptotal_mb",
    "system", "system_capabilities", "system_capabilities_enforced", "system_vendor",
    "systemd", "uptime_seconds", "user_dir", "user_gecos", "user_gid", "user_id", "user_shell",
    "user_uid", "userspace_architecture", "userspace_bits", "virtualization_role",
    "virtualization_tech_guest", "virtualization_tech_host", "virtualization_type", "vendor",
    "visibleip",
  ]

  /// Variables that begin with `ansible_` and are no facts: inventories set them, or the engine.
  private static let settings: Set<String> = [
    "become", "become_exe", "become_flags", "become_method", "become_pass", "become_password",
    "become_user", "check_mode", "collection_name", "config_file", "connection",
    "dependent_role_names",
    "diff_mode", "facts", "forks", "group_priority", "host", "index_var", "inventory_sources",
    "local", "limit", "loop", "loop_var", "managed", "parent_role_names",
    "parent_role_paths", "password", "play_batch", "play_hosts", "play_hosts_all", "play_name",
    "play_role_names", "playbook_python", "port", "private_key_file", "python_interpreter",
    "remote_tmp", "role_name", "role_names", "run_tags", "search_path", "shell_executable",
    "shell_type", "skip_tags", "ssh_args", "ssh_common_args", "ssh_executable",
    "ssh_extra_args", "ssh_host", "ssh_pass", "ssh_pipelining", "ssh_port",
    "ssh_private_key_file", "ssh_retries", "ssh_timeout", "ssh_user", "sudo_pass", "timeout",
    "user", "verbosity", "version", "failed_task", "failed_result", "delegated_vars",
    "interpreter_python_fallback", "pipelining", "omit", "async_dir", "job_id",
  ]

  /// Whether a variable may be a fact: their names begin with `ansible_`, and nobody knows all of them beforehand
  /// (every interface has one).
  static func isFact(_ name: String) -> Bool {
    name.hasPrefix("ansible_") && !settings.contains(String(name.dropFirst(8)))
  }

  /// The fact that a name, without `ansible_`, was meant to be; nil for known names and those that are like none.
  static func suggestion(for name: String) -> String? {
    guard name.count >= 4, !facts.contains(name), !name.contains(where: \.isNumber) else {
      return nil
    }
    return Diagnostics.suggestion(for: name, among: facts.sorted())
  }

  /// The same for a variable with `ansible_` before it.
  static func suggestion(forVariable name: String) -> String? {
    guard name.hasPrefix("ansible_") else { return nil }
    let plain = String(name.dropFirst(8))
    guard !settings.contains(plain) else { return nil }
    if let near = suggestion(for: plain) { return "ansible_" + near }
    guard !facts.contains(plain), plain.count >= 4 else { return nil }
    return Diagnostics.suggestion(for: plain, among: settings.sorted()).map { "ansible_" + $0 }
  }
}
