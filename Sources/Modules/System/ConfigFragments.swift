import ModuleKit

/// The lines of configuration fragments in the order in which systemd reads them: folders of falling precedence, a
/// file masks those of the same name in later folders, and all are sorted by name (sysctl.d(5), modules-load.d(5)).
struct ConfigFragments {
  struct Line: Hashable {
    let file: String
    let text: String
  }

  /// Lines that are neither empty nor comments, in effective order.
  let lines: [Line]
  /// The files read, in effective order; then the extra files that exist.
  let files: [String]
  /// Whether systemd runs the host, so that its order holds.
  let hasSystemd: Bool

  /// Prints the files, an empty line, and the lines that say something, each after its file's name.
  static func probe(folder: String, extra: [String]) -> Script {
    """
    [ -d /run/systemd/system ] && echo systemd || echo other
    set --
    for d in /etc /run /usr/local/lib /usr/lib /lib; do
      for f in "$d"/\(folder)/*.conf; do [ -f "$f" ] || [ -c "$f" ] && set -- "$@" "$f"; done
    done
    for f in \(words: extra); do [ -f "$f" ] && set -- "$@" "$f"; done
    printf '%s\\n' "$@"
    echo
    [ $# -eq 0 ] || grep -s -H -v -e '^[[:blank:]]*[#;]' -e '^[[:blank:]]*$' -- /dev/null "$@"
    [ $? -lt 2 ] || { cat "$@" >/dev/null; exit 2; }
    """
  }

  /// nil when the files could not be read.
  init?(_ reply: ProbeReply, extra: [String]) {
    guard reply.status == 0, let first = reply.lines.first else { return nil }
    hasSystemd = first == "systemd"
    let rest = reply.lines.dropFirst()
    let found = rest.prefix { !$0.isEmpty }.map(String.init)
    var byFile: [String: [Line]] = [:]
    for line in rest.dropFirst(found.count + 1) {
      guard let file = found.first(where: { line.hasPrefix($0 + ":") }) else { continue }
      byFile[file, default: []].append(
        Line(file: file, text: String(line.dropFirst(file.count + 1))))
    }
    files =
      ConfigFragments.effective(found.filter { !extra.contains($0) }) + found.filter(extra.contains)
    lines = files.flatMap { byFile[$0] ?? [] }
  }

  /// Drops what is masked and sorts by name; folders come in falling precedence.
  private static func effective(_ found: [String]) -> [String] {
    var byName: [String: String] = [:]
    for file in found {
      let name = String(
        file[(file.lastIndex(of: "/").map(file.index(after:)) ?? file.startIndex)...])
      if byName[name] == nil { byName[name] = file }
    }
    return byName.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }.map(
      \.value)
  }
}
