import Diagnostics
import ModuleKit
import Schema

/// `archive`: an archive on the host that holds files of the host.
struct ArchiveModule: StateModule {
  private let paths: [String]
  private let destination: HostPath
  private let format: Format
  private let excluded: [ShellPattern]
  private let patterns: [ShellPattern]
  private let isForced: Bool
  private let removes: Bool
  private let permissions: Permissions

  init(_ arguments: Arguments) throws(Diagnostic) {
    paths = try arguments[Self.paths].map(\.string)
    format = try arguments[Self.format]
    let isPattern = paths.contains { path in path.contains { "*?[".contains($0) } }
    if let given = try arguments[Self.destination] {
      destination = given
    } else if paths.count == 1, !isPattern,
      let path = HostPath("\(paths[0]).\(format.rawValue)")
    {
      destination = path
    } else {
      throw Diagnostic(
        .error, "missing-parameter", "`archive` of several paths, or of a pattern, needs `dest`",
        at: arguments.span)
    }
    excluded = try arguments[Self.excluded].map { ShellPattern($0.string) }
    patterns = try arguments[Self.patterns].map { ShellPattern($0) }
    isForced = try arguments[Self.isForced]
    removes = try arguments[Self.removes]
    permissions = try Permissions(arguments)
    for path in paths where path.contains("\n") || path == "/" {
      throw Diagnostic(
        .error, "archive-path", "`\(path)` cannot be put into an archive",
        at: arguments.span(of: Self.paths.manual))
    }
  }

  // MARK: - What is to be in it

  private var name: String { paths.joined(separator: "\n") }

  private struct Wish {
    /// The folder that names inside count from, with a slash at its end.
    var root: String
    var entries: [ArchiveSourcesFact.Entry]
    /// Whether it is one file, packed without tar.
    var isPacked: Bool
  }

  /// nil where there is nothing.
  private func wish(_ fact: ArchiveSourcesFact) -> Wish? {
    let tops = fact.tops.filter { !isExcluded($0) }
    guard let first = tops.first else { return nil }
    let folders = tops.map { $0.split(separator: "/").dropLast() }
    var common = first.split(separator: "/").dropLast()
    for folder in folders {
      common = common.prefix(zip(common, folder).prefix { $0 == $1 }.count)
    }
    let root = common.isEmpty ? "/" : "/" + common.joined(separator: "/") + "/"
    let entries = fact.entries.filter { entry in
      !isExcluded(entry.path)
        && !patterns.contains { $0.matches(String(entry.path.dropFirst(root.count))) }
    }
    let isOne = entries.count == 1 && entries[0].type == .regular && tops.count == 1
    let isPacked = isOne && !isForced && format != .tar && format != .zip
    return Wish(root: root, entries: entries.sorted { $0.path < $1.path }, isPacked: isPacked)
  }

  /// Whether a path, or a folder above it, is left out; the archive is never in itself.
  private func isExcluded(_ path: String) -> Bool {
    if path == destination.string { return true }
    guard !excluded.isEmpty else { return false }
    var parts = path.split(separator: "/")
    while !parts.isEmpty {
      let folder = "/" + parts.joined(separator: "/")
      if excluded.contains(where: { $0.matches(folder) }) { return true }
      parts = parts.dropLast()
    }
    return false
  }

  // MARK: - Reading and comparing

  func reads(given facts: FactView) -> [FactRequest] {
    var requests =
      [FactRequest(ArchiveSourcesFact.self, name)]
      + FileWrite.reads(destination, permissions, given: facts)
    if let fact = facts.known(ArchiveSourcesFact.self, name), let wish = self.wish(fact) {
      requests.append(
        wish.isPacked
          ? FactRequest(UnpackedDigestFact.self, destination.string)
          : FactRequest(HostArchiveFact.self, destination.string))
    }
    return requests
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let sources = try facts.fact(ArchiveSourcesFact.self, name) else {
      throw .unreadable(FactKey(ArchiveSourcesFact.self, name), "no answer")
    }
    let file = try facts.fact(FileFact.self, destination.string)
    guard let wish = wish(sources) else {
      guard let file else {
        throw .refusing(
          "file-absent", "there is nothing at \(paths.map { "`\($0)`" }.joined(separator: ", "))")
      }
      return try permissions.applied(to: file, facts).changes(of: destination, from: file)
    }
    var changes: [Change] = []
    if let file, try isCurrent(wish, facts) {
      changes = try permissions.applied(to: file, facts).changes(of: destination, from: file)
    } else {
      changes = [try creation(wish, file, facts)]
    }
    return removes ? changes + [removal(wish)] : changes
  }

  /// Whether the archive holds just what is wished.
  private func isCurrent(_ wish: Wish, _ facts: FactView) throws(Obstacle) -> Bool {
    if wish.isPacked {
      return try facts.fact(UnpackedDigestFact.self, destination.string)?.sha256
        == wish.entries[0].content
    }
    let fact: HostArchiveFact
    switch facts.reading(HostArchiveFact.self, destination.string) {
    case .present(let known): fact = known
    // Something else is there, which the archive replaces.
    case .absent, .unreadable: return false
    case .timedOut, .unknown:
      guard let known = try facts.fact(HostArchiveFact.self, destination.string) else {
        return false
      }
      fact = known
    }
    guard fact.isZip == (format == .zip) else { return false }
    let held = Set(fact.members.map { Member($0) })
    return held == Set(wish.entries.map { Member($0, root: wish.root) })
  }

  private struct Member: Hashable {
    let name: String
    let content: String

    init(_ member: HostArchiveFact.Member) {
      name = member.name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
      content = member.sha256 ?? (member.type == .link ? member.target ?? "" : "")
    }

    init(_ entry: ArchiveSourcesFact.Entry, root: String) {
      name = String(entry.path.dropFirst(root.count))
      content = entry.content
    }
  }

  // MARK: - Changing

  private func creation(_ wish: Wish, _ file: FileFact?, _ facts: FactView) throws(Obstacle)
    -> Change
  {
    if let file, file.type != .regular {
      throw .refusing(
        "not-a-file", "`\(destination)` is a \(file.type.rawValue), not a file",
        help: "remove it first, or name another path")
    }
    let parent = try Parent.known(of: destination, facts)
    let attributes: Attributes
    if let file {
      attributes = try permissions.applied(to: file, facts)
    } else {
      attributes = try permissions.new(.regular, mode: FileMode(bits: 0o644), in: parent, facts)
    }
    let names = wish.entries.map { String($0.path.dropFirst(wish.root.count)) }
    let isZip = format == .zip
    let end: UInt8 = isZip ? 10 : 0
    let step = Step(
      "write \(destination)",
      Script(
        lines: [
          "new_temp \(destination.string) || exit", packing(wish),
          "place \(destination.string) \(attributes.modeArgument) \(attributes.ownerArgument)",
        ]), input: wish.isPacked ? nil : Blob(names.flatMap { Array($0.utf8) + [end] }),
      footprint: .path(destination.string), deadline: .seconds(3600))
    let count = wish.entries.count
    return Change(
      destination.string, "content", file == nil ? .create : .update,
      from: file == nil ? .absent : .text("something else"),
      to: .text(count == 1 ? "1 member" : "\(count) members"), steps: [step])
  }

  /// Writes `$temp`.
  private func packing(_ wish: Wish) -> Script {
    let tar: Script = "tar -C \(wish.root) --no-recursion --null"
    switch (format, wish.isPacked) {
    case (.gz, true): return "gzip -c <\(wish.entries[0].path) >\"$temp\" || exit"
    case (.bz2, true): return "bzip2 -c <\(wish.entries[0].path) >\"$temp\" || exit"
    case (.xz, true): return "xz -c <\(wish.entries[0].path) >\"$temp\" || exit"
    case (.zip, _):
      // An empty file is no archive for zip(1).
      return """
        rm -f -- "$temp"
        (cd \(wish.root) && zip -qy@ "$temp") || exit
        """
    case (.gz, false): return "\(tar) -czf \"$temp\" -T - || exit"
    case (.bz2, false): return "\(tar) -cjf \"$temp\" -T - || exit"
    case (.xz, false): return "\(tar) -cJf \"$temp\" -T - || exit"
    case (.tar, _): return "\(tar) -cf \"$temp\" -T - || exit"
    }
  }

  /// Files go, then the folders that are empty then.
  private func removal(_ wish: Wish) -> Change {
    func list(_ entries: [ArchiveSourcesFact.Entry]) -> [UInt8] {
      entries.flatMap { Array($0.path.utf8) + [0] }
    }
    let files = wish.entries.filter { $0.type != .directory }
    let folders = wish.entries.filter { $0.type == .directory }.sorted { $0.path > $1.path }
    let tops = Footprint(Set(wish.entries.map { .tree($0.path) }))
    var steps = [
      Step("remove what is packed", "xargs -0 rm -f --", input: Blob(list(files)), footprint: tops)
    ]
    if !folders.isEmpty {
      steps.append(
        Step(
          "remove folders", "xargs -0 rmdir -- 2>/dev/null || true", input: Blob(list(folders)),
          footprint: tops))
    }
    return Change(
      paths.joined(separator: " "), "sources", .remove,
      from: .text(wish.entries.count == 1 ? "1 file" : "\(wish.entries.count) files and folders"),
      to: .absent, steps: steps)
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    let wish = facts.known(ArchiveSourcesFact.self, name).flatMap { self.wish($0) }
    let file = facts.known(FileFact.self, destination.string)
    var result: ValueMap = [
      "dest": .string(destination.string),
      "arcroot": .string(wish?.root ?? ""),
      "archived": .list((wish?.entries ?? []).map { .string($0.path) }),
      "expanded_paths": .list(
        (facts.known(ArchiveSourcesFact.self, name)?.tops ?? []).map { .string($0) }),
      "missing": .list([]),
    ]
    if let file { result.add(file) }
    result["state"] = .string(
      file == nil ? "absent" : wish?.isPacked == true ? "compress" : "archive")
    return result
  }
}
