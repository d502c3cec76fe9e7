import Diagnostics
import Schema

extension FindModule {
  static let folders = Parameter<[HostPath]>.required(
    "paths", "The folders to look into; absolute paths.", aliases: ["name", "path"],
    isSubject: true)
  static let patterns = Parameter<[String]?>.optional(
    "patterns",
    "Names that are wanted: shell patterns, or with `use_regex` regular expressions that hold at a name's begin.",
    aliases: ["pattern"])
  static let excludes = Parameter<[String]?>.optional(
    "excludes", "Names that are not wanted, in the same form as `patterns`.", aliases: ["exclude"])
  static let usesPatterns = Parameter<Bool>.optional(
    "use_regex", "Takes `patterns` and `excludes` for regular expressions.", default: false,
    shown: "false")
  static let type = Parameter<FileType>.optional(
    "file_type", "What is wanted. A symbolic link is a link, whatever it leads to.",
    default: .file, shown: "file")
  static let recurses = Parameter<Bool>.optional(
    "recurse", "Looks into folders below, too.", default: false, shown: "false")
  static let depth = Parameter<Int?>.optional(
    "depth", "How many levels down `recurse` goes, at least 1. Without it there is no limit.")
  static let follows = Parameter<Bool>.optional(
    "follow", "Looks into folders that symbolic links lead to, too.", default: false,
    shown: "false")
  static let hidden = Parameter<Bool>.optional(
    "hidden", "Wants names that begin with a dot, too.", default: false, shown: "false")
  static let age = Parameter<FindAge?>.optional(
    "age",
    "At least so old, or with a minus at most: seconds, or with a unit `s`, `m`, `h`, `d`, `w`.")
  static let stamp = Parameter<Stamp>.optional(
    "age_stamp", "The time that `age` counts from.", default: .mtime, shown: "mtime")
  static let size = Parameter<FindSize?>.optional(
    "size",
    "Files at least so large, or with a minus at most: bytes, or with a unit `b`, `k`, `m`, `g`, `t`, of 1024."
  )
  static let content = Parameter<ExtendedPattern?>.optional(
    "contains",
    "An expression that must hold at the begin of a line of the file: an extended regular expression of grep(1)."
  )
  static let readsWhole = Parameter<Bool>.optional(
    "read_whole_file", "Lets `contains` hold anywhere in a line.", default: false, shown: "false")
  static let mode = Parameter<ModeWish?>.optional(
    "mode", "Permission bits that are wanted, octal or symbolic.")
  static let needsExactMode = Parameter<Bool>.optional(
    "exact_mode", "Wants exactly the bits of `mode`, not just one of them.", default: true,
    shown: "true")
  static let wantsDigest = Parameter<Bool>.optional(
    "get_checksum", "Tells the digest of every file that is found.", default: false,
    shown: "false")
  static let algorithm = Parameter<StatModule.Algorithm>.optional(
    "checksum_algorithm", "The digest that `checksum` is.", default: .sha1, shown: "sha1",
    aliases: ["checksum", "checksum_algo"])
  static let limit = Parameter<Int?>.optional(
    "limit", "At most so many are told, at least 1; in the order of their paths.")

  static let manual = Manual(
    "find", .query, "Files, folders and links below folders, by name, age, size and content.",
    notes: [
      "Folders that are not there are no error: `skipped_paths` tells them.",
      """
      The list is made by find(1) of the host and comes back whole, at most 4 MiB of it, which are some 20000 files. \
      `patterns` without `use_regex` and `depth` narrow it on the host.
      """,
      "Of Python's patterns `\\d`, `\\s`, `\\w` and their opposites are understood in `contains`.",
    ],
    parameters: [
      folders.manual, patterns.manual, excludes.manual, usesPatterns.manual, type.manual,
      recurses.manual, depth.manual, follows.manual, hidden.manual, age.manual, stamp.manual,
      size.manual, content.manual, readsWhole.manual, mode.manual, needsExactMode.manual,
      wantsDigest.manual, algorithm.manual, limit.manual,
    ],
    results: [
      .init("files", "a list of dictionaries, sorted by path, with the keys of `stat`"),
      .init("matched", "how many there are"),
      .init("examined", "how many things there are below the folders, to that depth"),
      .init("skipped_paths", "what could not be looked into, and why"),
      .init("msg", "whether everything was looked at"),
    ],
    examples: [
      """
      - name: logs older than a week
        find:
          paths: /var/log/app
          patterns: ["*.log", "*.gz"]
          age: 1w
          recurse: true
        register: old
      """,
      """
      - name: manifests that name the old registry
        find:
          paths: [/etc/kubernetes/manifests]
          patterns: '.*\\.ya?ml$'
          use_regex: true
          contains: '\\s*image: registry\\.old'
        register: outdated
      """,
    ])
}

/// Seconds, written with a unit: `2d`.
struct FindAge: ParameterType, Hashable {
  let amount: Int
  static let typeDescription = "age"

  init(_ argument: Argument) throws(Diagnostic) {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
    amount = try argument.amount(units, "an age such as `90`, `4h` or `-2d`")
  }
}

/// Bytes, written with a unit: `10m`.
struct FindSize: ParameterType, Hashable {
  let amount: Int
  static let typeDescription = "size"

  init(_ argument: Argument) throws(Diagnostic) {
    let units: [Character: Int] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
    amount = try argument.amount(units, "a size such as `512`, `10m` or `-1g`")
  }
}

extension Argument {
  /// A number with a unit.
  fileprivate func amount(
    _ units: [Character: Int], _ expected: String
  ) throws(Diagnostic) -> Int {
    var digits = (sourceText ?? "").lowercased()[...]
    var factor = 1
    if let last = digits.last, let unit = units[last] {
      factor = unit
      digits = digits.dropLast()
    }
    guard let number = Int(digits), digits.first != "+",
      case (let amount, false) = number.multipliedReportingOverflow(by: factor)
    else { throw wrong("amount", "must be \(expected), not \(shown)") }
    return amount
  }
}
