import ModuleKit
import Schema

extension FileFact {
  /// The keys with which Ansible's `stat` and `find` tell about a file.
  func entries(path: String) -> ValueMap {
    let bits = mode.bits
    var stat: ValueMap = [
      "path": .string(path), "mode": .string(mode.description), "isdir": .bool(type == .directory),
      "isreg": .bool(type == .regular), "islnk": .bool(type == .link),
      "isblk": .bool(type == .block), "ischr": .bool(type == .character),
      "isfifo": .bool(type == .fifo), "issock": .bool(type == .socket),
      "isuid": .bool(bits & 0o4000 != 0), "isgid": .bool(bits & 0o2000 != 0),
      "pw_name": .string(owner.description), "gr_name": .string(group.description),
    ]
    for (shift, who) in [(6, "usr"), (3, "grp"), (0, "oth")] {
      for (bit, what) in [(UInt16(4), "r"), (2, "w"), (1, "x")] {
        stat[what + who] = .bool(bits >> UInt16(shift) & bit != 0)
      }
    }
    stat["uid"] = owner.id.map(Value.int)
    stat["gid"] = group.id.map(Value.int)
    stat["size"] = (size ?? trace?.size).map(Value.int)
    stat["lnk_target"] = target.map(Value.string)
    stat["lnk_source"] = resolved.map { .string($0.string) }
    stat.add(trace)
    return stat
  }
}

extension ValueMap {
  /// What a prediction cannot tell is unknown.
  fileprivate mutating func add(_ trace: FileFact.Trace?) {
    let doubt = Value.unknown(Unknown("the file is not written yet"))
    self["inode"] = trace.map { .int($0.inode) } ?? doubt
    self["dev"] = trace.map { .int($0.device) } ?? doubt
    self["nlink"] = trace.map { .int($0.linkCount) } ?? doubt
    self["atime"] = trace.map { .float($0.accessed.value) } ?? doubt
    self["mtime"] = trace.map { .float($0.modified.value) } ?? doubt
    self["ctime"] = trace.map { .float($0.changed.value) } ?? doubt
  }

  /// What the account may do; root may do everything, but executes only what somebody may.
  mutating func addAccess(_ file: FileFact, _ identity: IdentityFact) {
    let bits = file.mode.bits
    let isRoot = identity.user.id == 0
    let shift: UInt16 =
      file.owner == identity.user ? 6 : file.group == identity.group ? 3 : 0
    self["readable"] = .bool(isRoot || bits >> shift & 4 != 0)
    self["writeable"] = .bool(isRoot || bits >> shift & 2 != 0)
    self["executable"] = .bool(
      isRoot ? bits & 0o111 != 0 || file.type == .directory : bits >> shift & 1 != 0)
  }
}
