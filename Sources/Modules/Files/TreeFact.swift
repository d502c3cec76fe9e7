import ModuleKit
import Schema

/// What lies below a folder; symbolic links are not followed.
///
/// Wants: `differs:MODE:OWNER:GROUP` asks for what has another mode, owner or group (each may be empty); `list` asks
/// for everything.
package struct TreeFact: Fact {
  package static let kind = "tree"
  package static let keysArePaths = true
  package static let reach = FactReach.tree

  /// By want, the paths that differ, in no particular order.
  package var differing: [String: [String]]
  /// nil when not wanted; paths relative to the folder, a folder before what it holds.
  package var list: [Entry]?

  /// One thing below the folder.
  package struct Entry: Sendable, Hashable {
    package var path: String
    package var type: FileFact.FileType
  }

  package init(differing: [String: [String]] = [:], list: [Entry]? = nil) {
    self.differing = differing
    self.list = list
  }

  /// The want that asks for what has not these permissions.
  static func want(_ permissions: Permissions) -> String {
    let parts = [
      permissions.mode?.description, permissions.owner?.description, permissions.group?.description,
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
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<TreeFact>] = [:]
    while let tag = records.popFirst() {
      guard tag == "begin", let name = records.popFirst(), let want = records.popFirst() else {
        return [:]
      }
      let sections = (0..<3).map { _ in section(&records) }
      var fact = TreeFact()
      if case .present(let known) = readings[name] { fact = known }
      if want == "list" {
        let types: [FileFact.FileType] = [.directory, .link, .regular]
        fact.list = zip(types, sections).flatMap { type, paths in
          paths.map { Entry(path: String($0.dropFirst(name.utf8.count + 1)), type: type) }
        }
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

  private static func section(_ records: inout ArraySlice<String>) -> [String] {
    var paths: [String] = []
    while let path = records.popFirst(), !path.isEmpty { paths.append(path) }
    return paths
  }
}
