import ModuleKit
import Modules
import Schema
import Testing

@Suite struct `File facts` {
  @Test(arguments: TestShell.allCases)
  func `types, modes and owners are read in one call`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("cd \(host.root) && printf abc >f && chmod 4750 f && mkdir d && ln -s f l && mkfifo p")
    let names = ["f", "d", "l", "p", "none", "f/below"].map { "\(host.root)/\($0)" }
    let facts = host.probe(names.map { FactRequest(FileFact.self, $0) })
    func reading(_ index: Int) -> Reading<FileFact>? {
      facts[FactKey(FileFact.self, names[index])]?.reading(as: FileFact.self)
    }
    #expect(
      reading(0)
        == .present(
          FileFact(.regular, mode: FileMode(bits: 0o4750), owner: .root, group: .root, size: 3)))
    #expect(
      reading(1)
        == .present(FileFact(.directory, mode: FileMode(bits: 0o700), owner: .root, group: .root)))
    guard case .present(let link) = reading(2) else {
      Issue.record("the link is not there")
      return
    }
    #expect(link.type == .link && link.target == "f" && link.resolved?.string == names[0])
    guard case .present(let pipe) = reading(3) else {
      Issue.record("the pipe is not there")
      return
    }
    #expect(pipe.type == .fifo)
    #expect(reading(4) == .absent)
    #expect(reading(5) == .unreadable(FileFact.notADirectory))
  }

  static let oddNames = [
    "with space", " leading", "it's", "dou\"ble", "new\nline", "\n", "back\\slash", "-n", "$(id)",
    "a|b|c", "ümläut 文件", "*", "a  b", "`x`", "trailing\n", "%s%n", "\\n",
  ]

  @Test(arguments: TestShell.allCases)
  func `odd names are read like any other`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let paths = Self.oddNames.map { "\(host.root)/\($0)" }
    for (index, path) in paths.enumerated() where index % 5 != 4 {
      host.run("printf %s \(path) >\(path)")
    }
    let facts = host.probe(
      paths.flatMap {
        [FactRequest(FileFact.self, $0), FactRequest(ContentFact.self, $0, wants: ["content"])]
      })
    for (index, path) in paths.enumerated() {
      let file = facts[FactKey(FileFact.self, path)]?.reading(as: FileFact.self)
      let content = facts[FactKey(ContentFact.self, path)]?.reading(as: ContentFact.self)
      if index % 5 == 4 {
        #expect(file == .absent && content == .absent, "\(path)")
        continue
      }
      let blob = Blob(Array(path.utf8))
      #expect(
        file
          == .present(
            FileFact(
              .regular, mode: FileMode(bits: 0o600), owner: .root, group: .root,
              size: blob.bytes.count)), "\(path)")
      #expect(content == .present(ContentFact(blob)), "\(path)")
      guard case .present(let fact) = content else { continue }
      #expect(fact.content?.bytes == blob.bytes)
    }
  }

  @Test func `a folder that may not be entered makes its files unreadable, not absent`() {
    var host = TestHost()
    defer { host.remove() }
    host.run("cd \(host.root) && mkdir -m 700 d && echo secret >d/f && echo x >g && chmod 600 g")
    host.user = "nobody"
    guard case .unreadable(let reason) = host.reading(FileFact.self, "\(host.root)/d/f") else {
      Issue.record("it was read")
      return
    }
    #expect(reason.contains("Permission denied"))
    guard case .unreadable(let said) = host.reading(ContentFact.self, "\(host.root)/g") else {
      Issue.record("it was read")
      return
    }
    #expect(said.contains("Permission denied"))
  }

  @Test(arguments: TestShell.allCases)
  func `content comes back when wanted or when it differs and is small`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let path = "\(host.root)/f"
    host.run("printf 'a\\0b\\377\\n' >\(path); mkfifo \(host.root)/p; mkdir \(host.root)/d")
    let blob = Blob([97, 0, 98, 255, 10])
    func content(_ wants: Set<String>) -> Blob? {
      guard case .present(let fact) = host.reading(ContentFact.self, path, wants: wants) else {
        return nil
      }
      #expect(fact.sha256 == blob.sha256 && fact.size == 5)
      return fact.content
    }
    #expect(content([]) == nil)
    #expect(content(["content"])?.bytes == blob.bytes)
    #expect(content(["unless:\(blob.sha256)"]) == nil)
    #expect(content(["unless:\(Blob([1]).sha256)"])?.bytes == blob.bytes)
    #expect(
      host.reading(ContentFact.self, "\(host.root)/p") == .unreadable(ContentFact.notRegular))
    #expect(
      host.reading(ContentFact.self, "\(host.root)/d") == .unreadable(ContentFact.notRegular))
    host.run("head -c 262145 /dev/zero >\(path)")
    guard
      case .present(let large) = host.reading(
        ContentFact.self, path, wants: ["unless:\(blob.sha256)"])
    else {
      Issue.record("it was not read")
      return
    }
    #expect(large.content == nil && large.size == 262_145)
  }

  @Test(arguments: TestShell.allCases)
  func `the account is who runs the shell`(shell: TestShell) {
    var host = TestHost(shell)
    defer { host.remove() }
    #expect(
      host.reading(IdentityFact.self) == .present(IdentityFact(user: .root, group: .root)))
    host.user = "nobody"
    guard case .present(let identity) = host.reading(IdentityFact.self) else {
      Issue.record("nobody is unknown")
      return
    }
    #expect(identity.user.name == "nobody" && identity.group.name == "nogroup")
  }
}
