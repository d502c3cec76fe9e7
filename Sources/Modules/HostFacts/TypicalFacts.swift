import Schema

/// Facts as they are on many hosts, by Ansible's names without `ansible_`: what a task will want
/// to know is worked out with them before a host has said what it is.
///
/// They decide only what is asked along, never what is done.
package let typicalFacts: ValueMap = [
  "system": .string("Linux"), "distribution": .string("Debian"),
  "distribution_version": .string("12.0"), "distribution_major_version": .string("12"),
  "distribution_release": .string("bookworm"), "os_family": .string("Debian"),
  "kernel": .string("6.1.0"), "architecture": .string("x86_64"), "machine": .string("x86_64"),
  "service_mgr": .string("systemd"), "pkg_mgr": .string("apt"), "hostname": .string("localhost"),
  "nodename": .string("localhost"), "fqdn": .string("localhost"), "domain": .string(""),
  "machine_id": .string(""), "processor_vcpus": .int(4), "processor_nproc": .int(4),
  "memtotal_mb": .int(8192), "memfree_mb": .int(4096), "swaptotal_mb": .int(0),
  "swapfree_mb": .int(0), "virtualization_type": .string("kvm"),
  "virtualization_role": .string("guest"), "uptime_seconds": .int(3600),
  "selinux": .dict(["status": .string("disabled"), "mode": .string("")]),
  "user_id": .string("root"), "user_uid": .int(0), "user_gid": .int(0),
  "user_dir": .string("/root"), "user_shell": .string("/bin/bash"), "env": .dict([:]),
  "mounts": .list([]), "interfaces": .list([.string("lo"), .string("eth0")]),
  "default_ipv4": .dict([
    "address": .string("192.0.2.1"), "interface": .string("eth0"),
    "gateway": .string("192.0.2.254"),
  ]),
  "all_ipv4_addresses": .list([.string("192.0.2.1")]), "all_ipv6_addresses": .list([]),
]
