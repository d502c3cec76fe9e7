/// What a tool said about files on standard error, by file: `grep: net/x: No such file or directory` under `LC_ALL=C`.
struct Complaints {
  private var byFile: [String: String] = [:]

  init(_ errors: [UInt8], of tool: String) {
    for line in String(decoding: errors, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(tool + ": ") {
      let rest = line.dropFirst(tool.count + 2)
      guard let colon = rest.lastIndex(of: ":") else { continue }
      byFile[String(rest[..<colon])] = String(rest[rest.index(after: colon)...].trimmed)
    }
  }

  subscript(_ file: String) -> String? { byFile[file] }

  /// Whether the file is not there at all (ENOENT, ENOTDIR), which is an answer and no trouble.
  func saysMissing(_ file: String) -> Bool {
    byFile[file] == "No such file or directory" || byFile[file] == "Not a directory"
  }
}
