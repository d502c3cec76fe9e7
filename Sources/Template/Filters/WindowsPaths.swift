import Schema

/// Filters over Windows paths (Python's `ntpath`).
let windowsPathFilters: [Filter] = [
  Filter("win_basename", "path") { .text(WindowsPath.split(try $0.text(0, "the path")).tail) },
  Filter("win_dirname", "path") { .text(WindowsPath.split(try $0.text(0, "the path")).head) },
  Filter("win_splitdrive", "path") { call in
    let parts = WindowsPath.splitDrive(try call.text(0, "the path"))
    return .tuple([.text(parts.drive), .text(parts.rest)])
  },
]

private enum WindowsPath {
  static func split(_ path: String) -> (head: String, tail: String) {
    let (drive, rest) = splitDrive(path)
    guard let slash = rest.lastIndex(where: isSeparator) else { return (drive, rest) }
    let tail = String(rest[rest.index(after: slash)...])
    let head = String(rest[...slash])
    let stripped = PythonText.stripped(head, "\\/", .right)
    return (drive + (stripped.isEmpty ? head : stripped), tail)
  }

  private static func isSeparator(_ character: Character) -> Bool {
    character == "\\" || character == "/"
  }

  static func splitDrive(_ path: String) -> (drive: String, rest: String) {
    let characters = Array(path)
    if characters.count > 1, characters[1] == ":" {
      return (String(characters[..<2]), String(characters[2...]))
    }
    // \\server\share is a drive as well.
    guard characters.count > 2, isSeparator(characters[0]), isSeparator(characters[1]),
      !isSeparator(characters[2])
    else { return ("", path) }
    guard let server = characters[2...].firstIndex(where: isSeparator) else { return (path, "") }
    let share = characters[(server + 1)...].firstIndex(where: isSeparator) ?? characters.count
    return (String(characters[..<share]), String(characters[share...]))
  }
}
