import ModuleKit

/// What files say about a kernel parameter, in the order of sysctl.d(5).
///
/// Keys as for `SysctlFact`; never absent: no file may set it. With the want `file:PATH` a file
/// outside the search path is read too, after all others.
///
/// `/etc/sysctl.conf` counts where systemd does not run the host, or where it is linked into `/etc/sysctl.d`:
/// systemd-sysctl does not read it by itself (sysctl.d(5), systemd 252).
package struct SysctlFileFact: Fact {
  package static let kind = "sysctl_file"

  /// A line that sets the parameter, or a pattern that matches it.
  package struct Entry: Sendable, Hashable {
    package var file: String
    /// Words joined by single blanks; nil for `-key`, which only takes the key out of patterns.
    package var value: String?
    /// Whether the line names the key itself and no pattern.
    package var isExact: Bool
  }

  /// In the order of reading.
  package var entries: [Entry]
  /// The files of the search path in the order of reading, whether they set the key or not.
  package var order: [String]

  /// Two facts are equal when the same lines set the parameter; files that do not come and go by themselves.
  package static func == (left: SysctlFileFact, right: SysctlFileFact) -> Bool {
    left.entries == right.entries
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(entries) }

  /// The line that decides: the last that names the key, else the last pattern unless the key is taken out.
  package var effective: Entry? {
    if let exact = entries.last(where: { $0.isExact && $0.value != nil }) { return exact }
    return entries.contains { $0.value == nil } ? nil : entries.last
  }

  package static func sources(of name: String) -> [String] {
    ["/etc/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"]
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    ConfigFragments.probe(folder: "sysctl.d", extra: extraFiles(requests))
  }

  private static func extraFiles(_ requests: [FactRequest]) -> [String] {
    let asked = Set(
      requests.flatMap(\.wants).filter { $0.hasPrefix("file:") }.map { String($0.dropFirst(5)) })
    return ["/etc/sysctl.conf"]
      + asked.filter { !isSearched($0) && $0 != "/etc/sysctl.conf" }.sorted()
  }

  private static let folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map {
    $0 + "/sysctl.d"
  }

  /// Whether systemd-sysctl looks for the file.
  package static func isSearched(_ path: String) -> Bool {
    guard path.hasSuffix(".conf"), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      return false
    }
    return folders.contains { path[..<slash] == $0 }
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<SysctlFileFact>] {
    let extra = extraFiles(requests)
    guard let fragments = ConfigFragments(reply, extra: extra) else {
      let said = String(decoding: reply.errors, as: UTF8.self)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    let lines = fragments.lines.compactMap { line in
      SysctlLine(line.text).map { (file: line.file, line: $0) }
    }
    var readings: [String: Reading<SysctlFileFact>] = [:]
    for request in requests {
      guard let key = SysctlKey(request.key.name) else { continue }
      let readsSysctlConf = !fragments.hasSystemd || request.wants.contains("file:/etc/sysctl.conf")
      let counts = { (file: String) in
        !extra.contains(file) || request.wants.contains("file:\(file)")
          || (file == "/etc/sysctl.conf" && readsSysctlConf)
      }
      let entries = lines.filter { counts($0.file) && $0.line.matches(key) }.map {
        Entry(file: $0.file, value: $0.line.value, isExact: $0.line.key == key)
      }
      readings[request.key.name] = .present(
        SysctlFileFact(entries: entries, order: fragments.files.filter(counts)))
    }
    return readings
  }

  /// The same files after one of them sets the key to a value, or no longer names it.
  package func setting(_ value: String?, in file: String) -> SysctlFileFact {
    var changed = self
    changed.entries.removeAll { $0.file == file && $0.isExact && $0.value != nil }
    guard let value else { return changed }
    if !changed.order.contains(file) { changed.order.insert(file, at: place(of: file)) }
    let rank = changed.order.firstIndex(of: file) ?? changed.order.count
    let later = changed.entries.firstIndex { entry in
      changed.order.firstIndex(of: entry.file).map { $0 > rank } ?? false
    }
    changed.entries.insert(
      Entry(file: file, value: value.singleSpaced, isExact: true),
      at: later ?? changed.entries.count)
    return changed
  }

  /// Where a file that does not exist yet will be read.
  private func place(of file: String) -> Int {
    guard SysctlFileFact.isSearched(file) else { return order.count }
    let name = SysctlFileFact.name(of: file)
    return order.firstIndex {
      !SysctlFileFact.isSearched($0)
        || name.utf8.lexicographicallyPrecedes(SysctlFileFact.name(of: $0).utf8)
    } ?? order.count
  }

  private static func name(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
  }
}
