import ModuleKit
import Schema

extension MountModule {
  static let path = Parameter<HostPath>.required(
    "path", "Where it is mounted; made where it is missing.", aliases: ["name"], isSubject: true)
  static let source = Parameter<String?>.optional(
    "src",
    "What is mounted: a device, `UUID=...`, `LABEL=...`, `host:/path`, `tmpfs`, a folder with `opts: bind`. "
      + "Needed except for `absent`, `unmounted` and `remounted`.")
  static let type = Parameter<String?>.optional(
    "fstype", "The file system (`xfs`, `ext4`, `nfs`, `tmpfs`, ...); needed like `src`.")
  static let options = Parameter<[String]?>.optional(
    "opts",
    "Options as in mount(8), with commas or as a list; their order does not matter. Without any, an entry that "
      + "is there keeps its own, and a new one gets `defaults`.")
  static let state = Parameter<Wish>.required(
    "state",
    "`mounted`: now and in fstab. `present`: in fstab only. `ephemeral`: now only. `unmounted`: not now, fstab stays. "
      + "`absent`: neither, and the empty folder goes. `absent_from_fstab`: not in fstab. `remounted`: mounts again with its options, at every run."
  )
  static let dump = Parameter<String>.optional(
    "dump", "The fifth field of fstab(5).", default: "0", shown: "0")
  static let pass = Parameter<String>.optional(
    "passno", "The sixth field of fstab(5): order of checks at boot.", default: "0", shown: "0")
  static let boot = Parameter<Bool>.optional(
    "boot", "Whether it is mounted at boot; `false` adds `noauto`.", default: true, shown: "true")
  static let fstab = Parameter<HostPath>.optional(
    "fstab", "The table of file systems (fstab(5)).", default: HostPath("/etc/fstab") ?? .root,
    shown: "/etc/fstab")
  static let force = Parameter<Bool>.optional(
    "force",
    "Mounts over a folder that has something in it, which then cannot be seen. Without it that is an error.",
    default: false, shown: "false")
  static let backup = Parameter<Bool>.optional(
    "backup", "Keeps a copy of fstab with the time in its name before it is written.",
    default: false,
    shown: "false")

  package static let manual = Manual(
    "mount", .state, "Mounts a file system, now and at every boot.",
    notes: [
      "Options are compared with what the kernel shows: `defaults` is rw,suid,dev,exec,async,relatime; `noatime` covers "
        + "folders (`nodiratime`); sizes compare as numbers; options that only mount(8) reads (`nofail`, `x-systemd.*`, "
        + "`_netdev`) are compared in fstab alone (mount(8), util-linux 2.38).",
      "Where only options differ it is mounted again in place (`remount`), with nothing interrupted. Another device or "
        + "type needs an unmount, which fails while files are open.",
      "After fstab was written systemd reads it again, so that it does not go on with the old one.",
    ],
    parameters: [
      path.manual, source.manual, type.manual, options.manual, state.manual, dump.manual,
      pass.manual,
      boot.manual, fstab.manual, force.manual, backup.manual,
    ],
    results: [
      .init("name", "the path"), .init("src", "as given"), .init("fstype", "as given"),
      .init("opts", "as given, with commas"), .init("fstab", "the table"),
      .init("dump", "as given"), .init("passno", "as given"),
      .init("backup_file", "the copy of the table, with `backup`"),
    ],
    examples: [
      """
      - name: containerd has a disk of its own
        mount:
          src: /dev/disk/by-label/containerd
          path: /var/lib/containerd
          fstype: xfs
          opts: noatime,nofail
          state: mounted
      """,
      """
      - name: the old share goes
        ansible.posix.mount:
          path: /mnt/old
          state: absent
      """,
    ])
}
