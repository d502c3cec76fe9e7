import Diagnostics

/// `--limit`: patterns that narrow every play; `@file` reads them from a file, one a line.
package struct Limit: Sendable {
  private let patterns: HostPattern
  /// What files name: hosts may have left the inventory since.
  private let namesOfFiles: Set<String>

  /// - Throws: where a pattern or the file cannot be read.
  package init(_ text: String, disk: ControllerDisk = .system) throws(Diagnostic) {
    var pieces: [String] = []
    var namesOfFiles: Set<String> = []
    for piece in text.split(separator: ",").map(trimmed) {
      guard piece.hasPrefix("@") else {
        pieces.append(String(piece))
        continue
      }
      let path = String(piece.dropFirst())
      let bytes: [UInt8]
      do {
        bytes = try disk.read(path)
      } catch {
        throw Diagnostic(
          .error, "limit-file", "the limit file `\(path)` cannot be read: \(error.reason)")
      }
      for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
        let line = trimmed(line)
        guard !line.isEmpty, !line.hasPrefix("#") else { continue }
        pieces.append(String(line))
        namesOfFiles.insert(String(line))
      }
    }
    let joined = pieces.count == 1 ? pieces[0] : pieces.joined(separator: ",")
    patterns = try HostPattern(joined)
    self.namesOfFiles = namesOfFiles
  }

  /// The hosts of a list that the limit lets through, in their order.
  package func hosts(of hosts: [Host], in inventory: Inventory) -> [Host] {
    let allowed = Set(patterns.hosts(in: inventory).map(\.name))
    return hosts.filter { allowed.contains($0.name) }
  }

  /// An error for a limit that matches no host at all, and for each name that matches none: a host would be left out
  /// by a typing mistake.
  ///
  /// Names that come from files and are gone only get a warning.
  package func check(in inventory: Inventory) -> [Diagnostic] {
    let unmatched = patterns.unmatched(in: inventory)
    if patterns.hosts(in: inventory).isEmpty {
      let near = unmatched.lazy.compactMap { patterns.suggestion(for: $0, in: inventory) }.first
      let what =
        patterns.isEmpty ? "`--limit` names no host" : "`--limit \(patterns.text)` matches no host"
      return [
        Diagnostic(
          .error, "limit-matches-nothing", what, help: near.map { "did you mean `\($0)`?" })
      ]
    }
    return unmatched.map { name in
      Diagnostic(
        namesOfFiles.contains(name) ? .warning : .error, "limit-matches-nothing",
        "`\(name)` of `--limit` matches no host",
        help: patterns.suggestion(for: name, in: inventory).map { "did you mean `\($0)`?" })
    }
  }
}
