import Diagnostics
import ModuleKit
import Schema

/// `stat`: what lies at a path.
struct StatModule: QueryModule {
  enum Algorithm: String, ParameterChoice { case md5, sha1, sha224, sha256, sha384, sha512 }

  private let path: HostPath
  private let follows: Bool
  /// nil when no checksum is wanted.
  private let algorithm: Algorithm?

  static let path = Parameter<HostPath>.required(
    "path", "The file or folder on the host.", aliases: ["dest", "name"], isSubject: true)
  static let follow = Parameter<Bool>.optional(
    "follow", "Where `path` is a symbolic link, tells about what it leads to.", default: false,
    shown: "false")
  static let wantsChecksum = Parameter<Bool>.optional(
    "get_checksum", "Tells the digest of a regular file's content.", default: true, shown: "true")
  static let algorithm = Parameter<Algorithm>.optional(
    "checksum_algorithm", "The digest that `checksum` is.", default: .sha1, shown: "sha1",
    aliases: ["checksum", "checksum_algo"])
  static let wantsType = Parameter<Bool>.optional(
    "get_mime", "Accepted for Ansible's sake: the type of content is not told.", default: false,
    shown: "false", aliases: ["mime", "mime_type", "mime-type"])
  static let wantsAttributes = Parameter<Bool>.optional(
    "get_attributes", "Accepted for Ansible's sake: attributes of lsattr(1) are not told.",
    default: false, shown: "false", aliases: ["attr", "attributes"])

  static let manual = Manual(
    "stat", .query, "What lies at a path: type, mode, owner, size, times, checksum.",
    notes: [
      "Where there is nothing, `stat.exists` is false and nothing else is told.",
      """
      `readable`, `writeable` and `executable` are worked out from mode, owner and main group; access control lists and \
      further groups are not looked at.
      """,
    ],
    parameters: [
      path.manual, follow.manual, wantsChecksum.manual, algorithm.manual, wantsType.manual,
      wantsAttributes.manual,
    ],
    results: [
      .init(
        "stat",
        """
        a dictionary: exists path mode isdir isreg islnk isblk ischr isfifo issock uid gid pw_name gr_name size inode \
        dev nlink atime mtime ctime isuid isgid rusr wusr xusr rgrp wgrp xgrp roth woth xoth readable writeable \
        executable lnk_target lnk_source checksum
        """)
    ],
    examples: [
      """
      - name: whether this member is initialized
        stat:
          path: /var/lib/etcd/member
        register: member
      """,
      """
      - name: the digest of a binary
        stat:
          path: /usr/local/bin/kubelet
          checksum_algorithm: sha256
        register: kubelet
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    follows = try arguments[Self.follow]
    algorithm = try arguments[Self.wantsChecksum] ? try arguments[Self.algorithm] : nil
    _ = try arguments[Self.wantsType]
    _ = try arguments[Self.wantsAttributes]
  }

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = [FactRequest(FileFact.self, path.string), IdentityFact.request]
    let target = target(facts)
    if target != path { requests.append(FactRequest(FileFact.self, target.string)) }
    if let algorithm {
      let wants: Set<String> = algorithm == .sha256 ? [] : ["digest:\(algorithm.rawValue)sum"]
      requests.append(FactRequest(ContentFact.self, target.string, wants: wants))
    }
    return requests
  }

  private func target(_ facts: FactView) -> HostPath {
    guard follows else { return path }
    return facts.known(FileFact.self, path.string)?.resolved ?? path
  }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    let target = target(facts)
    if facts.reading(FileFact.self, target.string) == .unreadable(FileFact.notADirectory) {
      return QueryResult(["stat": .dict(["exists": .bool(false)])])
    }
    guard let file = try facts.fact(FileFact.self, target.string) else {
      return QueryResult(["stat": .dict(["exists": .bool(false)])])
    }
    var stat = entries(file)
    if let identity = facts.known(IdentityFact.self) { stat.addAccess(file, identity) }
    if file.type == .regular, let algorithm {
      stat["checksum"] = try checksum(of: target, algorithm, facts)
    }
    return QueryResult(["stat": .dict(stat)])
  }

  private func checksum(
    of target: HostPath, _ algorithm: Algorithm, _ facts: FactView
  ) throws(Obstacle) -> Value? {
    switch facts.reading(ContentFact.self, target.string) {
    case .present(let fact):
      if algorithm == .sha256 { return .string(fact.sha256) }
      if let digest = fact.digests["\(algorithm.rawValue)sum"] { return .string(digest) }
      if algorithm == .sha1, let blob = fact.content { return .string(sha1Hex(blob.bytes)) }
      return .unknown(Unknown("the digest of what will be in `\(target)`"))
    case .unknown(let reason): return .unknown(Unknown(reason.text))
    case .absent, .unreadable, .timedOut: return nil
    }
  }

  private func entries(_ file: FileFact) -> ValueMap {
    let bits = file.mode.bits
    var stat: ValueMap = [
      "exists": .bool(true), "path": .string(path.string),
      "mode": .string(file.mode.description), "isdir": .bool(file.type == .directory),
      "isreg": .bool(file.type == .regular), "islnk": .bool(file.type == .link),
      "isblk": .bool(file.type == .block), "ischr": .bool(file.type == .character),
      "isfifo": .bool(file.type == .fifo), "issock": .bool(file.type == .socket),
      "isuid": .bool(bits & 0o4000 != 0), "isgid": .bool(bits & 0o2000 != 0),
      "pw_name": .string(file.owner.description), "gr_name": .string(file.group.description),
    ]
    for (shift, who) in [(6, "usr"), (3, "grp"), (0, "oth")] {
      for (bit, what) in [(UInt16(4), "r"), (2, "w"), (1, "x")] {
        stat[what + who] = .bool(bits >> UInt16(shift) & bit != 0)
      }
    }
    stat["uid"] = file.owner.id.map(Value.int)
    stat["gid"] = file.group.id.map(Value.int)
    stat["size"] = (file.size ?? file.trace?.size).map(Value.int)
    stat["lnk_target"] = file.target.map(Value.string)
    stat["lnk_source"] = file.resolved.map { .string($0.string) }
    stat.add(file.trace)
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
  fileprivate mutating func addAccess(_ file: FileFact, _ identity: IdentityFact) {
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
