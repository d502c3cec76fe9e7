import ModuleKit
import Schema

extension HostFacts {
  init(_ system: OSFact, _ sections: FactSections) {
    self.system = system
    nodeName = sections.line("names", 0)
    kernelVersion = sections.line("names", 1)
    fullName = HostFacts.fullName(sections.line("names", 2), sections.line("names", 0))
    wordBits = sections.line("names", 3)
    usableProcessors = Int(sections.line("names", 4)) ?? 0
    files = HostFacts.files(sections.lines("files"))
    links = HostFacts.links(sections.lines("links"))
    paths = Set(sections.lines("paths"))
    processors = sections.lines("processors")
    addresses = sections.lines("addresses")
    routeV4 = sections.line("route4", 0)
    routeV6 = sections.line("route6", 0)
    localRoutes = sections.lines("local_routes")
    mounts = HostFacts.mounts(sections)
    clock = HostFacts.clock(sections.lines("clock"))
    user = HostFacts.user(sections.lines("user"))
    container = sections.line("container", 0).halves(at: "=").map { String($0.after) } ?? ""
    modules = Set(sections.lines("modules").compactMap { $0.words.first.map(String.init) })
    systemd = sections.lines("systemd")
    release = sections.lines("release")
    environment = HostFacts.environment(sections.text("environment"))
    local = LocalFacts.read(sections.text("local"))
  }

  /// Of `address full short`: the first name with a dot, else the first.
  private static func fullName(_ line: String, _ node: String) -> String {
    let names = line.words.dropFirst()
    return String(names.first { $0.contains(".") } ?? names.first ?? node[...])
  }

  /// Lines `PATH:LINE`, as grep(1) prints them.
  private static func files(_ lines: [String]) -> [String: [String]] {
    var files: [String: [String]] = [:]
    for line in lines {
      guard let (path, text) = line.halves(at: ":") else { continue }
      files[String(path), default: []].append(String(text))
    }
    return files
  }

  /// Lines of `ls -ld`: the name, and the last component of what it leads to; below `/dev/disk` followed by the folder.
  private static func links(_ lines: [String]) -> [String: String] {
    var links: [String: String] = [:]
    for line in lines {
      guard let arrow = line.range(ofText: " -> ") else { continue }
      guard let name = line[..<arrow.lowerBound].split(separator: " ").last else { continue }
      var words = line[arrow.upperBound...].words
      guard !words.isEmpty else { continue }
      let folder = name.hasPrefix("/") || words.count < 2 ? nil : words.removeLast()
      let target = words[0].split(separator: "/").last.map(String.init) ?? ""
      links[folder.map { "/dev/disk/by-\($0)/\(name)" } ?? String(name)] = target
    }
    return links
  }

  private static func mounts(_ sections: FactSections) -> [Mount] {
    let parts = Set(sections.lines("parts"))
    var usages: [String: Usage] = [:]
    for line in sections.lines("usage") {
      let fields = line.split(separator: " ", maxSplits: 6)
      let numbers = fields.prefix(6).compactMap { Int($0) }
      guard fields.count == 7, numbers.count == 6 else { continue }
      usages[String(fields[6])] = Usage(
        fragmentSize: numbers[0], blockSize: numbers[1], blocks: numbers[2], available: numbers[3],
        inodes: numbers[4], freeInodes: numbers[5])
    }
    return sections.lines("mounts").compactMap { line in
      let fields = line.words
      guard fields.count >= 4 else { return nil }
      let path = MountTable.unescaped(fields[1])
      return Mount(
        path: path, device: MountTable.unescaped(fields[0]), fileSystem: String(fields[2]),
        options: String(fields[3]), isPart: parts.contains(String(fields[1])),
        dump: fields.count > 4 ? Int(fields[4]) ?? 0 : 0,
        pass: fields.count > 5 ? Int(fields[5]) ?? 0 : 0, usage: usages[path])
    }
  }

  private static func clock(_ lines: [String]) -> Clock {
    func words(_ index: Int) -> [String] {
      index < lines.count ? lines[index].words.map { String($0) } : []
    }
    let (now, winter, summer) = (words(0), words(3), words(4))
    var zone = words(1).count > 7 ? words(1)[7] : ""
    if winter.count == 2, summer.count == 2 {
      zone = offset(winter[0]) > offset(summer[0]) ? winter[1] : summer[1]
    }
    return Clock(
      epoch: now.first.flatMap { Int($0) } ?? 0, nanoseconds: now.count > 1 ? Int(now[1]) ?? 0 : 0,
      local: words(1), utc: words(2), summerZone: zone)
  }

  /// `+0130` as minutes.
  private static func offset(_ text: String) -> Int {
    guard let number = Int(text) else { return 0 }
    return number / 100 * 60 + number % 100
  }

  private static func user(_ lines: [String]) -> User {
    func line(_ index: Int) -> String { index < lines.count ? lines[index] : "" }
    let fields = line(3).split(separator: ":", omittingEmptySubsequences: false)
    return User(
      name: line(0), uid: Int(line(1)) ?? 0, gid: Int(line(2)) ?? 0,
      home: fields.count > 5 ? String(fields[5]) : "",
      shell: fields.count > 6 ? String(fields[6]) : "",
      fullName: fields.count > 4 ? String(fields[4]) : "")
  }

  private static func environment(_ text: String) -> [String: String] {
    Dictionary(
      text.split(separator: "\0").compactMap { $0.halves(at: "=") }.map {
        (String($0.before), String($0.after))
      }
    ) { first, _ in first }
  }
}

extension String {
  /// Where a text first occurs; nil where it does not.
  func range(ofText text: String) -> Range<String.Index>? {
    let (all, wanted) = (utf8, Array(text.utf8))
    var start = all.startIndex
    while let candidate = all[start...].firstIndex(of: wanted[0]) {
      if all[candidate...].starts(with: wanted) {
        return candidate..<all.index(candidate, offsetBy: wanted.count)
      }
      start = all.index(after: candidate)
    }
    return nil
  }
}
