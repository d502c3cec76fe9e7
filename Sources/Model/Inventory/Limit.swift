import Diagnostics

/// `--limit`: patterns that narrow every play; `@file` reads them from a file, one a line.
package struct Limit: Sendable {
  private let patterns: HostPattern

  /// - Throws: where a pattern or the file cannot be read.
  package init(_ text: String, disk: ControllerDisk = .system) throws(Diagnostic) {
    var pieces: [String] = []
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
        if !line.isEmpty, !line.hasPrefix("#") { pieces.append(String(line)) }
      }
    }
    let joined = pieces.count == 1 ? pieces[0] : pieces.joined(separator: ",")
    patterns = try HostPattern(joined)
  }

  /// The hosts of a list that the limit lets through, in their order.
  package func hosts(of hosts: [Host], in inventory: Inventory) -> [Host] {
    let allowed = Set(patterns.hosts(in: inventory).map(\.name))
    return hosts.filter { allowed.contains($0.name) }
  }

  /// An error for a limit that matches no host at all; nil when it matches some.
  package func check(in inventory: Inventory) -> Diagnostic? {
    guard patterns.hosts(in: inventory).isEmpty else { return nil }
    return Diagnostic(
      .error, "limit-matches-nothing", "`--limit \(patterns.text)` matches no host",
      help: patterns.unmatched(in: inventory).lazy.compactMap {
        patterns.suggestion(for: $0, in: inventory)
      }.first.map { "did you mean `\($0)`?" })
  }
}
