/// Paths of the controller as texts.
package enum ControllerPath {
  /// The folder part: `.` for a bare name, `/` for what is right below it.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component.
  package static func name(of path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/"))
      .map { String(path[path.utf8.index(after: $0)...]) } ?? path
  }

  /// A path seen from a folder; absolute ones stay.
  package static func join(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty || folder == "." { return normalized(path) }
    return normalized(folder.hasSuffix("/") ? folder + path : folder + "/" + path)
  }

  /// Without `.`, doubled slashes and, where that is certain, `..`.
  package static func normalized(_ path: String) -> String {
    if isNormal(path.utf8) { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else if part != ".." || !path.hasPrefix("/") {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    if path.hasPrefix("/") { return "/" + joined }
    return joined.isEmpty ? "." : joined
  }

  /// Whether a path is not empty and has no empty component, none that begins with a dot, and no slash at its end.
  private static func isNormal(_ path: String.UTF8View) -> Bool {
    var previous: UInt8?
    for byte in path {
      let isStart = previous == nil || previous == UInt8(ascii: "/")
      if isStart, byte == UInt8(ascii: ".") { return false }
      if isStart, byte == UInt8(ascii: "/"), previous != nil { return false }
      previous = byte
    }
    return previous != nil && (previous != UInt8(ascii: "/") || path.count == 1)
  }

  /// The ending with its dot, such as `.yml`; empty when there is none.
  package static func ending(of path: String) -> String {
    let name = name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return String(name[dot...])
  }
}
