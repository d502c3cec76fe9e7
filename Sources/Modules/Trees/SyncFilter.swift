import Diagnostics
import Schema

/// Which paths of a tree are looked at, by the rules of rsync(1): the first pattern that fits decides, and what is
/// below a hidden folder is hidden.
struct SyncFilter: Sendable, Hashable {
  private struct Rule: Sendable, Hashable {
    let isInclusion: Bool
    let text: String
  }

  private var rules: [Rule] = []

  mutating func add(_ pattern: String, isInclusion: Bool) {
    rules.append(Rule(isInclusion: isInclusion, text: pattern))
  }

  func kept(_ items: [TreeItem]) -> [TreeItem] { rules.isEmpty ? items : items.filter(keeps) }

  func keeps(_ item: TreeItem) -> Bool { keeps(path: item.path, isFolder: item.type == .directory) }

  /// Whether the path and all folders above it are seen.
  func keeps(path: String, isFolder: Bool) -> Bool {
    guard !rules.isEmpty else { return true }
    let parts = path.split(separator: "/")
    return (1...max(1, parts.count)).allSatisfy { count in
      sees(parts.prefix(count).joined(separator: "/"), isFolder: isFolder || count < parts.count)
    }
  }

  private func sees(_ path: String, isFolder: Bool) -> Bool {
    rules.first { SyncFilter.fits($0.text, path, isFolder) }?.isInclusion ?? true
  }

  private static func fits(_ pattern: String, _ path: String, _ isFolder: Bool) -> Bool {
    var pattern = pattern[...]
    if pattern.hasSuffix("/") {
      guard isFolder else { return false }
      pattern = pattern.dropLast()
    }
    if pattern.hasPrefix("/") {
      return ShellPattern(String(pattern.dropFirst()), respectsSlashes: true).matches(path)
    }
    let parts = path.split(separator: "/")
    if pattern.contains("/") || pattern.contains("**") {
      let shell = ShellPattern(String(pattern), respectsSlashes: true)
      return parts.indices.contains { shell.matches(parts[$0...].joined(separator: "/")) }
    }
    return ShellPattern(String(pattern)).matches(String(parts.last ?? ""))
  }
}

/// Options of rsync(1) that mean something without it.
struct SyncOptions: ParameterType, Hashable {
  private(set) var filter = SyncFilter()
  private(set) var deletes = false
  private(set) var chmod: SyncModes?
  /// nil where nothing is said.
  private(set) var owner: Bool?
  private(set) var group: Bool?

  static let typeDescription = "list of options"

  init() {}

  init(_ argument: Argument) throws(Diagnostic) {
    var words = try OptionWords(argument, id: "rsync-option")
    while let option = words.next() {
      switch option {
      case "--exclude": filter.add(try words.value(), isInclusion: false)
      case "--include": filter.add(try words.value(), isInclusion: true)
      case "--delete": deletes = true
      case "--chmod":
        guard let modes = SyncModes(try words.value()) else {
          throw words.wrong(
            "has a `--chmod` that is not understood",
            help: "write octal modes, as in `--chmod=D0755,F0644`")
        }
        chmod = modes
      case "--no-owner", "--no-o": owner = false
      case "--no-group", "--no-g": group = false
      case "--archive", "-a", "--checksum", "-c", "--compress", "-z", "--no-motd", "--quiet", "-q",
        "--stats", "-v", "--verbose", "--delay-updates", "--recursive", "-r":
        break
      default:
        throw words.wrong(
          "has `\(option)`, which is not supported",
          help: "`--exclude`, `--include`, `--delete`, `--chmod`, `--no-owner`, `--no-group` are")
      }
    }
  }
}

/// Octal modes for folders and files: `D0755,F0644`, or one for both.
struct SyncModes: Sendable, Hashable {
  private var folder: FileMode?
  private var file: FileMode?

  init?(_ text: String) {
    for part in text.split(separator: ",") {
      let digits = part.drop { $0 == "D" || $0 == "F" }
      guard let bits = UInt16(digits, radix: 8), bits <= 0o7777 else { return nil }
      if part.first != "F" { folder = FileMode(bits: bits) }
      if part.first != "D" { file = FileMode(bits: bits) }
    }
  }

  func mode(for item: TreeItem) -> ModeWish? {
    (item.type == .directory ? folder : file).map { ModeWish($0) } ?? item.mode
  }
}
