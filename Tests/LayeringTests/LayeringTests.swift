import Testing

@Suite struct LayeringTests {
  /// Levels by target, as CONTRIBUTING.md tells them.
  private static func table() throws -> [String: Int] {
    var levels: [String: Int] = [:]
    for line in try Repository.text("CONTRIBUTING.md").lines {
      let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
      guard cells.count == 3, let level = Int(cells[0]) else { continue }
      levels[cells[1]] = level
    }
    return levels
  }

  /// The modules that the files of a target import, with one file for each.
  private static func imports(of target: String) throws -> [String: String] {
    var found: [String: String] = [:]
    for path in try Repository.swiftFiles(below: "Sources/\(target)") {
      for line in try Repository.text(path).lines where line.contains("import ") {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), words.count > place + 1,
          words[..<place].allSatisfy({ $0.hasPrefix("@") || $0 == "package" || $0 == "internal" })
        else { continue }
        found[String(words[place + 1])] = path
      }
    }
    return found
  }

  /// What Package.swift lets a target import.
  private static func declared(for target: String) throws -> Set<String> {
    let text = try Repository.text("Package.swift")
    let pattern =
      "(?:library\\(\\s*\"\(target)\"|executableTarget\\(\\s*name: \"\(target)\",\\s*dependencies:)[^\\]]*\\]"
    guard let match = text.firstMatch(of: try Regex(pattern)) else { return [] }
    return Set(String(text[match.range]).matches(of: /"(\w+)"/).map { String($0.1) })
  }

  @Test func `the table names exactly the targets there are`() throws {
    #expect(try Self.table().keys.sorted() == Repository.targets())
  }

  @Test(arguments: try Repository.targets())
  func `a target imports only from levels below its own`(_ target: String) throws {
    let table = try Self.table()
    let level = try #require(table[target])
    for (module, path) in try Self.imports(of: target) {
      guard let other = table[module] else { continue }
      #expect(other < level, "\(path) imports \(module)")
    }
  }

  @Test(arguments: try Repository.targets())
  func `what a target imports is declared`(_ target: String) throws {
    let table = try Self.table()
    let declared = try Self.declared(for: target)
    for (module, path) in try Self.imports(of: target) where table[module] != nil {
      #expect(declared.contains(module), "\(path) imports \(module)")
    }
  }

  @Test(arguments: try Repository.targets())
  func `nothing imports Foundation, and only SSH the C library`(_ target: String) throws {
    let imports = try Self.imports(of: target)
    for name in ["Foundation", "FoundationEssentials", "Dispatch"] {
      #expect(imports[name] == nil, "\(imports[name] ?? "") imports \(name)")
    }
    #expect(target == "SSH" || imports["CLibSSH2"] == nil)
  }

  @Test func `no file is longer than can be read`() throws {
    for target in try Repository.targets() {
      for path in try Repository.swiftFiles(below: "Sources/\(target)") {
        let count = try Repository.text(path).lines.count
        #expect(count <= 600, "\(path) has \(count) lines")
      }
    }
  }
}
