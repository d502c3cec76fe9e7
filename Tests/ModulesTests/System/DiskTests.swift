import Diagnostics
import ModuleKit
import Modules
import Schema
import Testing

@Suite struct MountTests {
  private func prepare(_ host: TestHost) {
    host.run(
      """
      mkdir -p /srv/scratch /srv/old /srv/filled; : >/srv/filled/file
      mount -t tmpfs -o size=16m,relatime tmpfs /srv/scratch; mount -t tmpfs tmpfs /srv/old
      printf '# kept\\ntmpfs /srv/old tmpfs defaults 0 0\\ntmpfs /srv/scratch tmpfs size=16m 0 0\\n' >/etc/fstab
      """)
  }

  @Test(arguments: [
    (
      "{src: tmpfs, path: /srv/new/deep, fstype: tmpfs, opts: 'noatime,nofail', state: mounted}",
      ["mounted", "fstab"]
    ),
    ("{src: tmpfs, path: /srv/scratch, fstype: tmpfs, opts: 'size=16m', state: mounted}", []),
    (
      "{src: tmpfs, path: /srv/scratch, fstype: tmpfs, opts: 'size=16m,noatime,nodev', state: mounted}",
      ["options", "fstab"]
    ),
    (
      "{src: tmpfs, path: /srv/scratch, fstype: tmpfs, opts: 'size=32m', state: ephemeral}",
      ["options"]
    ),
    ("{src: tmpfs, path: /srv/old, fstype: tmpfs, opts: 'noauto', state: present}", ["fstab"]),
    ("{path: /srv/old, state: unmounted}", ["mounted"]),
    ("{path: /srv/old, state: absent}", ["fstab", "mounted"]),
    ("{path: /srv/old, state: absent_from_fstab, backup: true}", ["fstab"]),
    ("{path: /srv/nowhere, state: absent}", []),
    ("{src: tmpfs, path: '/srv/with blank', fstype: tmpfs, state: mounted}", ["mounted", "fstab"]),
    (
      "{src: tmpfs, path: /srv/filled, fstype: tmpfs, state: mounted, force: true}",
      ["mounted", "fstab"]
    ),
  ])
  func `mounts converge`(_ yaml: String, _ attributes: [String]) throws {
    try onIsolatedHost { host in
      prepare(host)
      let done = try host.converge(module(MountModule.self, yaml))
      #expect(done.attributes == attributes)
      #expect(host.run("grep -c kept /etc/fstab").text == "1\n")
    }
  }

  @Test func `noatime can be taken back`() throws {
    try onIsolatedHost { host in
      prepare(host)
      host.run("mount -o remount,noatime,nodev /srv/scratch")
      let done = try host.converge(
        module(
          MountModule.self,
          "{src: tmpfs, path: /srv/scratch, fstype: tmpfs, opts: 'size=16m', state: mounted}"))
      #expect(done.attributes == ["options"])
    }
  }

  @Test(arguments: [
    ("{src: tmpfs, path: /srv/filled, fstype: tmpfs, state: mounted}", "mount-point-filled"),
    ("{src: /dev/no-such-disk, path: /srv/x, fstype: xfs, state: mounted}", "device-missing"),
    ("{path: /srv/filled, state: remounted}", "not-mounted"),
  ])
  func `what cannot be is refused`(_ yaml: String, _ id: String) throws {
    try onIsolatedHost { host in
      prepare(host)
      let state = try module(MountModule.self, yaml)
      let view = host.view(for: state.reads)
      let obstacle = #expect(throws: Obstacle.self) { try state.changes(from: view) }
      guard case .refused(let diagnostic) = obstacle else {
        Issue.record("\(String(describing: obstacle))")
        return
      }
      #expect(diagnostic.id == id)
    }
  }
}

@Suite struct FilesystemTests {
  /// A loop device of the tests' own; nil where there is none.
  private func device(_ host: TestHost) -> String? {
    let reply = host.run(
      "truncate -s 64M \(host.root + "/top/disk") && losetup --show -f \(host.root + "/top/disk")")
    return reply.status == 0 ? String(reply.text.prefix { $0 != "\n" }) : nil
  }

  @Test func `a file system only on what is empty and not in use`() throws {
    try onIsolatedHost { host in
      guard let device = device(host) else { try Test.cancel("no loop device") }
      defer { host.run("umount \(device); losetup -d \(device)") }
      let done = try host.converge(
        module(FilesystemModule.self, "{dev: \(device), fstype: ext4, label: data}"))
      #expect(done.attributes == ["file system"])
      host.run("mkdir /srv/data")
      try host.converge(
        module(
          MountModule.self,
          "{src: LABEL=data, path: /srv/data, fstype: ext4, opts: noatime, state: mounted}"))
      #expect(try refusal(host, "{dev: \(device), fstype: ext2, force: true}") == "device-in-use")
      host.run("umount /srv/data")
      #expect(try refusal(host, "{dev: \(device), fstype: ext2}") == "device-not-empty")
      try host.converge(
        module(FilesystemModule.self, "{dev: \(device), fstype: ext2, force: true}"))
      try host.converge(
        module(FilesystemModule.self, "{dev: \(device), state: absent, force: true}"))
      let chosen = "3e9c2b9e-1111-4222-8333-444455556666"
      try host.converge(
        module(FilesystemModule.self, "{dev: \(device), fstype: ext4, uuid: '\(chosen)'}"))
      #expect(host.run("blkid -o value -s UUID -p \(device)").text == chosen + "\n")
      let other = "{dev: \(device), fstype: ext4, uuid: 00000000-1111-4222-8333-444455556666}"
      #expect(try refusal(host, other) == "filesystem-uuid")
      #expect(throws: Diagnostic.self) {
        try module(FilesystemModule.self, "{dev: \(device), fstype: xfs, uuid: random}")
      }
      #expect(try refusal(host, "{dev: /dev/no-such-disk, fstype: ext4}") == "device-missing")
    }
  }

  @Test(arguments: [true, false])
  func `ext4 grows with its device, mounted or not`(isMounted: Bool) throws {
    try onIsolatedHost { host in
      guard let device = device(host) else { try Test.cancel("no loop device") }
      defer { host.run("umount \(device); losetup -d \(device)") }
      let yaml = "{dev: \(device), fstype: ext4, resizefs: true, opts: '-b 1024'}"
      #expect(try host.converge(module(FilesystemModule.self, yaml)).attributes == ["file system"])
      #expect(try host.apply(module(FilesystemModule.self, yaml)).changes.isEmpty)
      host.run("truncate -s 96M \(host.root + "/top/disk") && losetup -c \(device)")
      if isMounted {
        let mayGrow = host.run(
          """
          while read -r name caps; do
            if [ "$name" = CapEff: ]; then echo $((0x$caps >> 24 & 1)); fi
          done </proc/self/status
          """)
        guard mayGrow.text == "1\n" else { try Test.cancel("needs CAP_SYS_RESOURCE") }
        host.run("mkdir -p '/srv/a b' && mount \(device) '/srv/a b'")
      }
      let plain = yaml.replacing(", resizefs: true", with: "")
      #expect(try host.apply(module(FilesystemModule.self, plain)).changes.isEmpty)
      let done = try host.converge(module(FilesystemModule.self, yaml))
      #expect(done.attributes == ["size"])
      #expect(done.changes.map(\.before) == [.text("64 MiB")])
      #expect(done.changes.map(\.after) == [.text("96 MiB")])
      let told = host.run("dumpe2fs -h \(device) | grep '^Block count'").text
      #expect(told.split(separator: " ").last == "98304\n")
    }
  }

  /// Of an XFS the first bytes, as od(1) prints them, and what xfs_growfs says where it is mounted.
  @Test(
    arguments: [
      (81920, 81920, "", true), (102400, 81920, "", false), (102400, 102400, "", true),
      (102400, 81920, "data     =    bsize=4096   blocks=102400, imaxpct=25", true),
      (83968, 81920, "", true), (86016, 81920, "", false),
    ] as [(Int, Int, String, Bool)])
  func `an xfs is smaller than its device by a group of 16 MiB, or not`(
    device: Int, blocks: Int, told: String, isFull: Bool
  ) throws {
    var bytes = [UInt8](repeating: 0, count: 128)
    bytes.replaceSubrange(0..<4, with: Array("XFSB".utf8))
    bytes[6] = 16
    for offset in 0..<4 { bytes[12 + offset] = UInt8(blocks >> (24 - 8 * offset) & 0xFF) }
    bytes.replaceSubrange(84..<88, with: [0, 0, 0x50, 0])
    let records = [
      "/dev/x", String(device * 8), bytes.map(String.init).joined(separator: " "), "", told,
    ]
    let request = FactRequest(FileSystemSizeFact.self, "/dev/x")
    let reading = FileSystemSizeFact.parse(
      ProbeReply(status: 0, output: Array(records.map { $0 + "\0" }.joined().utf8)), for: [request])
    let full = FileSystemSizeFact(bytes: 1, limit: 1)
    guard case .present(let fact) = reading["/dev/x"] else {
      Issue.record("\(reading)")
      return
    }
    #expect((fact == full) == isFull)
  }

  @Test func `what cannot grow is refused`() throws {
    #expect(
      try mistakeID {
        _ = try module(FilesystemModule.self, "{dev: /dev/x, fstype: vfat, resizefs: true}")
      } == "filesystem-resize")
  }

  private func refusal(_ host: TestHost, _ yaml: String) throws -> String? {
    let state = try module(FilesystemModule.self, yaml)
    do throws(Obstacle) {
      _ = try state.changes(from: host.view(for: state.reads))
      return nil
    } catch {
      guard case .refused(let diagnostic) = error else { return nil }
      return diagnostic.id
    }
  }
}

@Suite struct SchedulerTests {
  private func view(_ lines: String, for state: IOSchedulerModule) -> FactView {
    var view = FactView()
    for request in state.reads(given: view) {
      view[request.key] =
        request.key.kind == "disks"
        ? DisksFact.parse(ProbeReply(status: 0, output: Array(lines.utf8)), for: [request])[""].map
        { Observation($0) }
        : Observation(Reading<FileFact>.absent, wants: request.wants)
    }
    return view
  }

  /// What a server, a virtual machine and a laptop show.
  @Test(arguments: [
    ("nvme0n1 0 1000215216 [none] mq-deadline kyber bfq", []),
    ("sda 0 976773168 none [mq-deadline]", []), ("vda 1 41943040 [none] mq-deadline", ["vda"]),
    ("sdb 1 7814037168 [bfq] mq-deadline none", ["sdb"]), ("loop0 1 1024 [none] mq-deadline", []),
    ("dm-0 0 1024 [none] mq-deadline", []),
  ])
  func `schedulers by kind of disk`(_ line: String, _ changed: [String]) throws {
    let state = try module(
      IOSchedulerModule.self, "{nvme: none, ssd: mq-deadline, hdd: mq-deadline}")
    let view = view(line + "\n", for: state)
    let changes = try state.changes(from: view)
    #expect(changes.filter { $0.attribute == "scheduler" }.map(\.subject) == changed)
    #expect(try state.changes(from: view.predicting(changes.flatMap(\.predicts))).isEmpty)
  }

  @Test(arguments: [
    "{ssd: noop}", "{hdd: cfq}", "{device: /dev/sda}", "{}", "{device: /dev/../x, scheduler: none}",
  ])
  func `old names and incomplete tasks are refused`(_ yaml: String) {
    #expect(throws: (any Error).self) { try module(IOSchedulerModule.self, yaml) }
  }

  @Test func `a scheduler that is not offered is refused`() throws {
    let state = try module(IOSchedulerModule.self, "{hdd: bfq}")
    let view = view("sda 1 100 [none] mq-deadline\n", for: state)
    #expect(throws: Obstacle.self) { try state.changes(from: view) }
  }
}

@Suite struct MountOptionTests {
  @Test(arguments: [
    ("defaults", "rw,relatime,attr2,inode64", []), ("noatime", "rw,relatime", ["noatime"]),
    ("noatime,nodiratime,nofail,x-systemd.device-timeout=5", "rw,noatime", []),
    ("defaults", "rw,noatime", ["relatime"]), ("ro", "rw,relatime", ["ro"]),
    ("size=1g,mode=0755", "rw,relatime,size=1048576k,mode=755", []),
    ("size=2g", "rw,relatime,size=1048576k", ["size=2g"]), ("discard", "rw,relatime", ["discard"]),
    ("pquota", "rw,relatime,prjquota", []), ("user", "rw,relatime", ["nosuid", "nodev", "noexec"]),
    ("inode64,logbsize=256k", "rw,relatime,inode64,logbsize=32k", ["logbsize=256k"]),
    ("defaults,nodev", "rw,nodev,nosuid,relatime", ["suid"]),
  ])
  func `what differs from what the kernel shows`(
    _ wanted: String, _ live: String, _ missing: [String]
  ) {
    #expect(MountOptionTests.missing(wanted, live) == missing)
  }

  /// Through the module: options of a mount that is there.
  private static func missing(_ wanted: String, _ live: String) -> [String] {
    guard
      let state = try? module(
        MountModule.self,
        "{src: tmpfs, path: /m, fstype: tmpfs, opts: '\(wanted)', state: ephemeral}")
    else { return ["?"] }
    var view = FactView()
    for request in state.reads(given: view) where request.key.kind == "mount" {
      let reply = "empty\n36 25 0:33 / /m rw - tmpfs tmpfs \(live)\n"
      view[request.key] = MountFact.parse(
        ProbeReply(status: 0, output: Array(reply.utf8)), for: [request])["/m"]
        .map { Observation($0) }
    }
    guard let changes = try? state.changes(from: view) else { return ["!"] }
    guard case .text(let text)? = changes.first?.after else { return [] }
    return text.dropFirst().split(separator: ",").map { String($0) }
  }
}
