/// An entry of fstab(5).
struct FstabEntry: Hashable {
  var source: String
  var path: String
  var type: String
  var options: [String]
  var dump: String
  var pass: String

  /// nil for comments, empty lines and lines with less than three fields.
  init?(_ line: String) {
    let fields = line.words
    guard let first = fields.first, !first.hasPrefix("#"), fields.count >= 3 else { return nil }
    source = MountTable.unescaped(first)
    path = MountTable.unescaped(fields[1])
    if path.count > 1, path.hasSuffix("/") { path.removeLast() }
    type = String(fields[2])
    options = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : ["defaults"]
    dump = fields.count > 4 ? String(fields[4]) : "0"
    pass = fields.count > 5 ? String(fields[5]) : "0"
  }

  init(
    source: String, path: String, type: String, options: [String], dump: String, pass: String
  ) {
    self.source = source
    self.path = path
    self.type = type
    self.options = options
    self.dump = dump
    self.pass = pass
  }

  var line: String {
    [
      MountTable.escaped(source), MountTable.escaped(path), type, options.joined(separator: ","),
      dump, pass,
    ].joined(separator: " ")
  }

  /// Whether both mean the same: options are a set.
  func means(_ other: FstabEntry) -> Bool {
    var mine = self
    var theirs = other
    mine.options = Set(options).sorted()
    theirs.options = Set(other.options).sorted()
    return mine == theirs
  }
}

/// The lines of fstab as tasks edit them.
struct FstabLines {
  private(set) var lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  /// The entry that mounts at a path: the last one.
  func entry(at path: String) -> FstabEntry? {
    lines.compactMap { FstabEntry($0) }.last { $0.path == path && $0.type != "swap" }
  }

  /// One entry for its path, in the place of the last that was there.
  mutating func set(_ entry: FstabEntry) {
    let places = lines.indices.filter { FstabLines.isEntry(at: entry.path, lines[$0]) }
    guard let last = places.last else {
      lines.append(entry.line)
      return
    }
    if let old = FstabEntry(lines[last]), !old.means(entry) { lines[last] = entry.line }
    for place in places.dropLast().reversed() { lines.remove(at: place) }
  }

  mutating func remove(path: String) { lines.removeAll { FstabLines.isEntry(at: path, $0) } }

  private static func isEntry(at path: String, _ line: String) -> Bool {
    FstabEntry(line).map { $0.path == path && $0.type != "swap" } ?? false
  }

  /// The sources of swap entries.
  var swaps: [String] {
    lines.compactMap { FstabEntry($0) }.filter { $0.type == "swap" }.map(\.source)
  }

  /// Takes swap entries out, or makes comments of them.
  mutating func disableSwaps(commenting: Bool) {
    lines = lines.compactMap { line in
      guard FstabEntry(line)?.type == "swap" else { return line }
      return commenting ? "# " + line : nil
    }
  }
}
