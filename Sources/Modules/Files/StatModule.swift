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
  private let wantsType: Bool
  private let wantsAttributes: Bool

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
    "get_mime", "Tells the type of content, as file(1) of the host knows it.", default: true,
    shown: "true", aliases: ["mime", "mime_type", "mime-type"])
  static let wantsAttributes = Parameter<Bool>.optional(
    "get_attributes", "Tells the attributes of lsattr(1).", default: true, shown: "true",
    aliases: ["attr", "attributes"])

  static let manual = Manual(
    "stat", .query, "What lies at a path: type, mode, owner, size, times, checksum.",
    notes: [
      "Where there is nothing, `stat.exists` is false and nothing else is told.",
      """
      `readable`, `writeable` and `executable` are what access(2) says to the task's user, through a symbolic link too; of \
      a file that a dry run foresees they are worked out from mode, owner and main group.
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
        executable lnk_target lnk_source checksum blocks block_size device_type mimetype charset attributes attr_flags \
        version
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
    wantsType = try arguments[Self.wantsType]
    wantsAttributes = try arguments[Self.wantsAttributes]
  }

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = [FactRequest(FileFact.self, path.string), IdentityFact.request]
    let target = target(facts)
    if target != path { requests.append(FactRequest(FileFact.self, target.string)) }
    if let algorithm {
      let wants: Set<String> = algorithm == .sha256 ? [] : ["digest:\(algorithm.rawValue)sum"]
      requests.append(FactRequest(ContentFact.self, target.string, wants: wants))
    }
    var wants: Set<String> = []
    if wantsType { wants.insert("mime") }
    if wantsAttributes { wants.insert("attributes") }
    requests.append(FactRequest(FileDetailFact.self, target.string, wants: wants))
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
    var stat = file.entries(path: path.string)
    stat["exists"] = .bool(true)
    if let identity = facts.known(IdentityFact.self) { stat.addAccess(file, identity) }
    if file.type == .regular, let algorithm {
      stat["checksum"] = try checksum(of: target, algorithm, facts)
    }
    for (key, value) in details(of: target, facts) { stat[key] = value }
    return QueryResult(["stat": .dict(stat)])
  }

  private func details(of target: HostPath, _ facts: FactView) -> ValueMap {
    switch facts.reading(FileDetailFact.self, target.string) {
    case .present(let fact):
      return fact.entries(wantsMime: wantsType, wantsAttributes: wantsAttributes)
    case .unknown(let reason):
      let names = ["blocks", "block_size", "mimetype", "charset", "attributes", "attr_flags"]
      return ValueMap(names.map { (.string($0), .unknown(Unknown(reason.text))) })
    case .absent, .unreadable, .timedOut: return [:]
    }
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
}
