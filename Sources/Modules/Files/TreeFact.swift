import ModuleKit
import Schema

/// What lies below a folder; symbolic links are not followed.
///
/// Wants: `differs:MODE:OWNER:GROUP` asks for what has another mode, owner or group (each may be empty); `list` asks
/// for everything; `modes` asks for the mode of everything.
package struct TreeFact: Fact {
  package static let kind = "tree"
  package static let keysArePaths = true
  package static let reach = FactReach.tree

  /// By want, the paths that differ, in no particular order.
  package var differing: [String: [String]]
  /// nil when not wanted; paths relative to the folder, a folder before what it holds.
  package var list: [Entry]?

  /// Modes of files and folders, by path below the folder; nil when not wanted.
  package var modes: [ModeEntry]?

  /// The mode of a file or folder below the folder.
  package struct ModeEntry: Sendable, Hashable {
    /// Bytes, as names need not be text.
    package var path: [UInt8]
    package var isFolder: Bool
    package var mode: FileMode
  }

  /// One thing below the folder.
  package struct Entry: Sendable, Hashable {
    package var path: String
    package var type: FileFact.FileType
  }

  package init(differing: [String: [String]] = [:], list: [Entry]? = nil, modes: [ModeEntry]? = nil)
  {
    self.differing = differing
    self.list = list
    self.modes = modes
  }

  /// The want that asks for what has not these permissions; a symbolic mode is looked at apart.
  static func want(_ permissions: Permissions) -> String {
    let parts = [
      permissions.mode?.fixed?.description, permissions.owner?.description,
      permissions.group?.description,
    ]
    return "differs:" + parts.map { $0 ?? "" }.joined(separator: ":")
  }

  /// One find(1) for each folder and want.
  package static func probe(_ requests: [FactRequest]) -> Script {
    var lines: [Script] = []
    for request in requests {
      for want in request.wants.sorted() {
        lines.append("put begin \(request.key.name) \(want)")
        if want == "list" {
          lines.append(
            """
            find \(request.key.name)/ -mindepth 1 -type d -print0
            put ''
            find \(request.key.name)/ -mindepth 1 -type l -print0
            put ''
            find \(request.key.name)/ -mindepth 1 -type f -print0
            put ''
            """)
        } else if want == "modes" {
          lines.append(
            """
            find \(request.key.name)/ -mindepth 1 ! -type l -print0
            put ''
            find \(request.key.name)/ -mindepth 1 ! -type l -exec stat -c %f {} +
            put '' '' ''
            """)
        } else if let test = test(want) {
          lines.append(
            "find \(request.key.name)/ -mindepth 1 \(test) -print0\nput '' '' ''")
        }
      }
    }
    return Script(lines: lines + [":"])
  }

  /// The tests of find(1) that a want stands for; links have no mode.
  private static func test(_ want: String) -> Script? {
    let parts = want.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] == "differs" else { return nil }
    var tests: [Script] = []
    if !parts[1].isEmpty { tests.append("! -type l ! -perm \(parts[1])") }
    if !parts[2].isEmpty { tests.append("! -user \(parts[2])") }
    if !parts[3].isEmpty { tests.append("! -group \(parts[3])") }
    guard let first = tests.first else { return nil }
    let alternatives = tests.dropFirst().reduce(first) { "\($0) -o \($1)" }
    return "\\( \(alternatives) \\)"
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<TreeFact>]
  {
    var records = reply.records[...]
    var readings: [String: Reading<TreeFact>] = [:]
    func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    while let tag = records.popFirst() {
      guard text(tag) == "begin", let name = records.popFirst().map(text),
        let want = records.popFirst().map(text)
      else { return [:] }
      let raw = (0..<3).map { _ in section(&records) }
      let sections = raw.map { $0.map(text) }
      var fact = TreeFact()
      if case .present(let known) = readings[name] { fact = known }
      if want == "list" {
        let types: [FileFact.FileType] = [.directory, .link, .regular]
        fact.list = zip(types, sections).flatMap { type, paths in
          paths.map { Entry(path: String($0.dropFirst(name.utf8.count + 1)), type: type) }
        }
      } else if want == "modes" {
        fact.modes = modes(raw[0], sections[1].first ?? "")
      } else {
        fact.differing[want] = sections[0]
      }
      readings[name] = .present(fact)
    }
    for complaint in complaints(of: "find", in: reply.errors) {
      for request in requests where complaint.contains(request.key.name) {
        let isMissing = complaint.hasSuffix("No such file or directory")
        readings[request.key.name] = isMissing ? .absent : .unreadable(complaint)
      }
    }
    return readings
  }

  /// Names and what stat(1) printed of them, both in the order of find(1); nil when they are not of one moment.
  private static func modes(_ names: [ArraySlice<UInt8>], _ listing: String) -> [ModeEntry]? {
    let raw = listing.split(separator: "\n").compactMap { Int($0, radix: 16) }
    guard raw.count == names.count else { return nil }
    return zip(names, raw).map { name, raw in
      ModeEntry(
        path: Array(name), isFolder: raw & 0o170000 == 0o040000,
        mode: FileMode(bits: UInt16(raw & 0o7777)))
    }
  }

  private static func section(
    _ records: inout ArraySlice<ArraySlice<UInt8>>
  ) -> [ArraySlice<UInt8>] {
    var paths: [ArraySlice<UInt8>] = []
    while let path = records.popFirst(), !path.isEmpty { paths.append(path) }
    return paths
  }
}
