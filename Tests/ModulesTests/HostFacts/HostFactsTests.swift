import ModuleKit
import Modules
import Schema
import Testing

/// Facts under the names and with the values that Ansible has for them.
@Suite struct HostFactsTests {
  /// A reply that holds some sections of what a host says.
  private func facts(_ sections: [(String, String)]) throws -> ValueMap {
    var text = "\u{1}system\n6.1.0-18-amd64\nx86_64\napt-get\nsystemd\nID=debian\nVERSION_ID=12\n"
    text +=
      "VERSION_CODENAME=bookworm\n\u{1}names\nn1.example\n#1 SMP\n10.0.0.1 n1.example n1\n64\n4\n"
    for (name, body) in sections { text += "\u{1}\(name)\n\(body)" }
    let reply = ProbeReply(status: 0, output: Array(text.utf8))
    guard case .present(let host)? = HostFacts.parse(reply, for: [])[""] else {
      Issue.record("not read")
      return [:]
    }
    return ansibleFacts(from: host)
  }

  @Test(arguments: TestShell.allCases)
  func `every shell tells the same about this machine`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("mkdir \(host.root)/facts.d; echo '{\"a\": [1]}' >\(host.root)/facts.d/x.fact")
    let found = host.reading(HostFacts.self, wants: ["facts:\(host.root)/facts.d"])
    guard case .present(let fact) = found else {
      Issue.record("\(found)")
      return
    }
    let map = ansibleFacts(from: fact)
    #expect(map["ansible_system"] == .string("Linux"))
    #expect(map["ansible_local"] == .dict(["x": .dict(["a": .list([.int(1)])])]))
    #expect(map["ansible_user_id"] == .string("root") || !fact.user.name.isEmpty)
    guard case .int(let memory)? = map["ansible_memtotal_mb"] else {
      Issue.record("no memory")
      return
    }
    #expect(memory > 100)
    #expect(map["ansible_mounts"]?.list?.isEmpty == false)
    #expect(map["ansible_env"]?["PATH"] != nil)
    #expect(map["ansible_date_time"]?["year"]?.string?.count == 4)
  }

  @Test func `names, distribution and kernel`() throws {
    let map = try facts([("files", "/etc/debian_version:12.5\n/etc/machine-id:abc\n")])
    let expected: [(String, String)] = [
      ("distribution", "Debian"), ("distribution_version", "12.5"),
      ("distribution_major_version", "12"), ("distribution_minor_version", "5"),
      ("distribution_release", "bookworm"), ("os_family", "Debian"), ("hostname", "n1"),
      ("fqdn", "n1.example"), ("domain", "example"), ("machine_id", "abc"), ("pkg_mgr", "apt"),
      ("service_mgr", "systemd"), ("userspace_architecture", "x86_64"),
    ]
    for (name, value) in expected { #expect(map["ansible_\(name)"] == .string(value), "\(name)") }
  }

  /// Two sockets of two cores with two threads, as x86 tells it; and ARM, which tells nothing of it.
  @Test func `processors of several kinds`() throws {
    var lines = ""
    for number in 0..<8 {
      lines += "processor : \(number)\nvendor_id : GenuineIntel\nmodel name : Xeon\n"
      lines += "physical id : \(number / 4)\nsiblings : 4\ncore id : \(number % 2)\ncpu cores : 2\n"
    }
    let intel = try facts([("processors", lines + "flags : fpu vme\n")])
    #expect(intel["ansible_processor_count"] == .int(2))
    #expect(intel["ansible_processor_cores"] == .int(2))
    #expect(intel["ansible_processor_threads_per_core"] == .int(2))
    #expect(intel["ansible_processor_vcpus"] == .int(8))
    #expect(intel["ansible_processor_nproc"] == .int(4))
    #expect(intel["ansible_flags"] == .list([.string("fpu"), .string("vme")]))
    let bare = try facts([("processors", "processor : 0\nprocessor : 1\n")])
    #expect(bare["ansible_processor_count"] == .int(2))
    #expect(bare["ansible_processor_vcpus"] == .int(2))
  }

  @Test func `memory in whole MiB`() throws {
    let lines = [("MemTotal", 8_000_000), ("MemFree", 1_000_000), ("Cached", 2_000_000)].map {
      "/proc/meminfo:\($0.0): \($0.1) kB\n"
    }.joined()
    let map = try facts([("files", lines)])
    #expect(map["ansible_memtotal_mb"] == .int(7812))
    #expect(map["ansible_memory_mb"]?["nocache"]?["free"] == .int(976 + 1953))
  }

  @Test func `addresses, labels and the default route`() throws {
    let map = try facts([
      (
        "files",
        "/sys/class/net/eth0/address:52:54:00:00:00:01\n/sys/class/net/eth0/mtu:1500\n"
          + "/sys/class/net/eth0/type:1\n/sys/class/net/eth0/operstate:up\n"
          + "/sys/class/net/br-a/type:1\n"
      ),
      ("paths", "/sys/class/net/br-a/bridge\n/sys/class/net/br-a/brif/eth0\n"),
      (
        "addresses",
        "1: lo    inet 127.0.0.1/8 scope host lo\\ valid_lft forever\n"
          + "2: eth0    inet 10.1.2.3/20 brd 10.1.15.255 scope global eth0\\ valid_lft forever\n"
          + "2: eth0    inet 10.1.2.4/20 scope global secondary eth0\\ valid_lft forever\n"
          + "2: eth0    inet 10.9.0.1/24 scope global eth0:1\\ valid_lft forever\n"
          + "2: eth0    inet6 fe80::1/64 scope link \\ valid_lft forever\n"
      ),
      ("route4", "8.8.8.8 via 10.1.0.1 dev eth0 src 10.1.2.3 uid 0\n"),
      ("local_routes", "local 10.1.2.3 dev eth0 proto kernel\nbroadcast 10.1.15.255 dev eth0\n"),
    ])
    let eth0 = map["ansible_eth0"]
    #expect(eth0?["ipv4"]?["network"] == .string("10.1.0.0"))
    #expect(eth0?["ipv4"]?["netmask"] == .string("255.255.240.0"))
    #expect(eth0?["ipv4"]?["broadcast"] == .string("10.1.15.255"))
    #expect(eth0?["ipv4_secondaries"]?.list?.count == 1)
    #expect(eth0?["ipv6"]?.list?.first?["prefix"] == .string("64"))
    #expect(map["ansible_eth0_1"]?["ipv4"]?["address"] == .string("10.9.0.1"))
    #expect(map["ansible_br_a"]?["type"] == .string("bridge"))
    #expect(map["ansible_br_a"]?["interfaces"] == .list([.string("eth0")]))
    let route = map["ansible_default_ipv4"]
    #expect(route?["gateway"] == .string("10.1.0.1") && route?["alias"] == .string("eth0"))
    #expect(route?["macaddress"] == .string("52:54:00:00:00:01") && route?["mtu"] == .int(1500))
    #expect(map["ansible_all_ipv4_addresses"]?.list?.count == 3)
    #expect(
      map["ansible_locally_reachable_ips"]?["ipv4"] == .list([.string("10.1.2.3")]))
  }

  @Test func `disks, partitions and what udev calls them`() throws {
    let map = try facts([
      (
        "files",
        "/sys/block/sda/size:2097152\n/sys/block/sda/removable:0\n/sys/block/sda/queue/rotational:1\n"
          + "/sys/block/sda/queue/scheduler:none [mq-deadline]\n/sys/block/sda/queue/logical_block_size:4096\n"
          + "/sys/block/sda/sda1/partition:1\n/sys/block/sda/sda1/size:2048\n/sys/block/sda/sda1/start:34\n"
          + "/sys/block/dm-0/size:1024\n/sys/block/dm-0/dm/name:vg-data\n"
      ),
      (
        "links",
        "lrwxrwxrwx 1 root root 9 Jan 1 0:0 wwn-0x5 -> ../../sda id\n"
          + "lrwxrwxrwx 1 root root 10 Jan 1 0:0 11-22 -> ../../dm-0 uuid\n"
      ), ("paths", "/sys/block/sda/sda1/holders/dm-0\n/sys/block/dm-0/slaves/sda1\n"),
      ("mounts", "/dev/mapper/vg-data /srv ext4 rw,relatime 0 0\nnas:/x /nas nfs4 rw 0 0\n"),
      ("usage", "4096 4096 100 60 50 40 /srv\n"),
    ])
    let disk = map["ansible_devices"]?["sda"]
    #expect(disk?["size"] == .string("1.00 GB") && disk?["sectors"] == .int(262_144))
    #expect(disk?["scheduler_mode"] == .string("mq-deadline") && disk?["wwn"] == .string("0x5"))
    let partition = disk?["partitions"]?["sda1"]
    #expect(partition?["size"] == .string("1.00 MB") && partition?["start"] == .string("34"))
    #expect(partition?["holders"] == .list([.string("vg-data")]))
    let mounts = map["ansible_mounts"]?.list
    #expect(mounts?.first?["uuid"] == .string("11-22"))
    #expect(mounts?.first?["size_available"] == .int(245_760))
    #expect(mounts?.last?["device"] == .string("nas:/x") && mounts?.last?["size_total"] == nil)
    #expect(map["ansible_device_links"]?["masters"]?["sda1"] == .list([.string("dm-0")]))
  }

  @Test(arguments: [
    ("files", "/sys/devices/virtual/dmi/id/sys_vendor:QEMU\n", "kvm", "guest"),
    ("files", "/sys/devices/virtual/dmi/id/product_name:VMware7,1\n", "VMware", "guest"),
    ("files", "/run/systemd/container:systemd-nspawn\n", "systemd-nspawn", "guest"),
    ("files", "/proc/1/cgroup:0::/docker/4f/x\n", "docker", "guest"),
    ("container", "container=lxc\n", "lxc", "guest"),
    ("modules", "kvm 1 0 - Live\n", "kvm", "host"),
    ("paths", "/dev/kvm\n", "kvm", "host"), ("paths", "", "NA", "NA"),
  ])
  func `virtualization by its signs`(
    _ section: String, _ text: String, _ name: String, _ role: String
  ) throws {
    let map = try facts([(section, text)])
    #expect(map["ansible_virtualization_type"] == .string(name))
    #expect(map["ansible_virtualization_role"] == .string(role))
  }

  @Test func `facts of the host's own`() throws {
    let text =
      "\u{2}/f/ini.fact\u{3}0\u{3}[a]\nX = 1\nlong: b\n  c\n[DEFAULT]\nz=9\n"
      + "\u{2}/f/bad.fact\u{3}0\u{3}nothing" + "\u{2}/f/fails.fact\u{3}3\u{3}"
    let local = try facts([("local", text)])["ansible_local"]
    #expect(
      local?["ini"]?["a"]
        == .dict(["z": .string("9"), "x": .string("1"), "long": .string("b\nc")]))
    #expect(local?["bad"]?.string?.contains("/f/bad.fact") == true)
    #expect(local?["fails"]?.string?.contains("rc: 3") == true)
  }

  @Test(arguments: [
    ("[hardware]", ["memtotal_mb", "distribution"], ["default_ipv4", "virtualization_type"]),
    ("['!all', '!min', network]", ["default_ipv4"], ["memtotal_mb", "distribution"]),
    ("['!hardware']", ["default_ipv4", "distribution"], ["memtotal_mb"]),
    ("[mounts]", ["mounts", "memtotal_mb"], ["default_ipv4"]),
    ("['!all']", ["distribution", "env"], ["memtotal_mb", "default_ipv4", "loadavg"]),
  ])
  func `groups of facts`(_ subset: String, _ shown: [String], _ hidden: [String]) throws {
    let host = TestHost()
    defer { host.remove() }
    let setup = try module(SetupModule.self, "gather_subset: \(subset)")
    let facts = try host.ask(setup).result["ansible_facts"]
    for name in shown { #expect(facts?["ansible_\(name)"] != nil, "\(name)") }
    for name in hidden { #expect(facts?["ansible_\(name)"] == nil, "\(name)") }
  }

  @Test func `a group that nobody knows is refused`() throws {
    #expect(
      try mistakeID { _ = try module(SetupModule.self, "gather_subset: [hardwear]") }
        == "gather-subset")
  }
}
