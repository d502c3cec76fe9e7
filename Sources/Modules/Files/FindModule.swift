import Diagnostics
import ModuleKit
import PatternMatching
import Schema

/// `find`: files, folders and links below folders, by name, age, size and content.
struct FindModule: QueryModule {
  enum FileType: String, ParameterChoice { case any, directory, file, link }
  enum Stamp: String, ParameterChoice { case atime, ctime, mtime }

  private let folders: [HostPath]
  private let query: FindQuery
  private let type: FileType
  private let patterns: [String]
  private let excludes: [String]
  private let usesPatterns: Bool
  private let showsHidden: Bool
  /// In seconds: at least so old, or if negative at most.
  private let age: Int?
  private let stamp: Stamp
  /// In bytes: at least so large, or if negative at most.
  private let size: Int?
  private let mode: ModeWish?
  private let needsExactMode: Bool
  private let limit: Int?

  init(_ arguments: Arguments) throws(Diagnostic) {
    folders = try arguments[Self.folders]
    type = try arguments[Self.type]
    usesPatterns = try arguments[Self.usesPatterns]
    patterns = try arguments[Self.patterns] ?? []
    excludes = try arguments[Self.excludes] ?? []
    showsHidden = try arguments[Self.hidden]
    age = try arguments[Self.age]?.amount
    stamp = try arguments[Self.stamp]
    size = try arguments[Self.size]?.amount
    mode = try arguments[Self.mode]
    needsExactMode = try arguments[Self.needsExactMode]
    limit = try arguments[Self.limit]
    var query = FindQuery()
    query.depth = try arguments[Self.recurses] ? try arguments[Self.depth] : 1
    query.follows = try arguments[Self.follows]
    query.type = Self.letters[type]
    if !usesPatterns { query.names = patterns }
    if try arguments[Self.wantsDigest] {
      query.digestTool = "\(try arguments[Self.algorithm].rawValue)sum"
    }
    query.content = try FindModule.content(arguments, type)
    self.query = query
    for (number, parameter) in [(query.depth, Self.depth), (limit, Self.limit)] {
      guard let number, number < 1 else { continue }
      throw Diagnostic(
        .error, "out-of-range", "`\(parameter.manual.name)` must be at least 1, not \(number)",
        at: arguments.span(of: parameter.manual))
    }
    guard usesPatterns else { return }
    for (texts, parameter) in [(patterns, Self.patterns), (excludes, Self.excludes)] {
      for text in texts {
        _ = try PatternText(
          Argument(
            .string(text), span: arguments.span(of: parameter.manual), path: parameter.manual.name))
      }
    }
  }

  private static let letters: [FileType: String] = [.directory: "d", .file: "f", .link: "l"]

  /// The expression for grep(1), which sees a file line by line: Python's `match` holds at a line's begin.
  private static func content(
    _ arguments: Arguments, _ type: FileType
  ) throws(Diagnostic) -> String? {
    guard let pattern = try arguments[Self.content] else { return nil }
    guard type == .file else {
      throw Diagnostic(
        .error, "exclusive-parameters", "`contains` looks into files: it needs `file_type: file`",
        at: arguments.span(of: Self.content.manual))
    }
    guard try arguments[Self.readsWhole] else { return "^(\(pattern.extended))" }
    if pattern.text.contains(where: { "^$".contains($0) }) || pattern.text.contains("\\n") {
      throw Diagnostic(
        .error, "regular-expression",
        "with `read_whole_file`, `contains` may have no `^`, `$` or `\\n`: files are looked at line by line",
        at: arguments.span(of: Self.content.manual))
    }
    return pattern.extended
  }

  // MARK: - Asking

  func reads(given facts: FactView) -> [FactRequest] {
    folders.map { FactRequest(FindFact.self, $0.string, wants: [query.want]) }
  }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    var files: [Value] = []
    var examined = 0
    var skipped = ValueMap()
    for folder in folders where limit.map({ files.count < $0 }) ?? true {
      switch facts.reading(FindFact.self, folder.string) {
      case .absent: skipped[folder.string] = .string("'\(folder)' is not a directory")
      case .unreadable("not a folder"):
        skipped[folder.string] = .string("'\(folder)' is not a directory")
      default:
        guard let listing = try facts.fact(FindFact.self, folder.string)?.listings[query.want]
        else { continue }
        examined += listing.examined
        for (path, reason) in listing.skipped { skipped[path] = .string(reason) }
        for entry in listing.entries.sorted(by: { $0.path < $1.path })
        where try isWanted(entry, listing) && limit.map({ files.count < $0 }) ?? true {
          files.append(.dict(value(entry)))
        }
      }
    }
    let message =
      files.count == limit
      ? "Limit of matches reached"
      : skipped.isEmpty ? "All paths examined" : "Not all paths examined, see skipped_paths"
    return QueryResult([
      "matched": .int(files.count), "files": .list(files), "examined": .int(examined),
      "skipped_paths": .dict(skipped), "msg": .string(message),
    ])
  }

  private func value(_ entry: FindFact.Entry) -> ValueMap {
    var value = entry.file.entries(path: entry.path)
    value["lnk_target"] = nil
    value["lnk_source"] = nil
    value["checksum"] = entry.digest.map(Value.string)
    return value
  }

  // MARK: - Choosing

  private func isWanted(
    _ entry: FindFact.Entry, _ listing: FindFact.Listing
  ) throws(Obstacle) -> Bool {
    let name = String(entry.path.split(separator: "/").last ?? "")
    if name.hasPrefix("."), !showsHidden { return false }
    guard hasWantedType(entry.file), hasWantedAge(entry.file, listing.now) else { return false }
    if let size, entry.file.type == .regular, type == .file || type == .any {
      let bytes = entry.file.size ?? 0
      guard size >= 0 ? bytes >= size : bytes <= -size else { return false }
    }
    if let mode {
      let wished = mode.applied(to: FileMode(bits: 0), isFolder: false).bits
      let bits = entry.file.mode.bits
      guard needsExactMode ? bits == wished : bits & wished != 0 else { return false }
    }
    return try isWanted(name)
  }

  private func hasWantedType(_ file: FileFact) -> Bool {
    switch type {
    case .any: true
    case .directory: file.type == .directory
    case .file: file.type == .regular
    case .link: file.type == .link
    }
  }

  private func hasWantedAge(_ file: FileFact, _ now: Int) -> Bool {
    guard let age, let trace = file.trace else { return true }
    let time =
      switch stamp {
      case .atime: trace.accessed.seconds
      case .ctime: trace.changed.seconds
      case .mtime: trace.modified.seconds
      }
    return age >= 0 ? now - time >= age : now - time <= -age
  }

  /// Expressions hold at the begin of a name, as with Python's `re.match`; in its `fnmatch` a backslash means itself.
  private func isWanted(_ name: String) throws(Obstacle) -> Bool {
    func matches(_ patterns: [String]) throws(Obstacle) -> Bool {
      for text in patterns {
        guard usesPatterns else {
          if ShellPattern(text.replacing("\\", with: "\\\\")).matches(name) { return true }
          continue
        }
        if let match = try LinePattern(text).search(name), match.range.lowerBound == 0 {
          return true
        }
      }
      return false
    }
    if usesPatterns, !patterns.isEmpty, try !matches(patterns) { return false }
    return try !matches(excludes)
  }
}
