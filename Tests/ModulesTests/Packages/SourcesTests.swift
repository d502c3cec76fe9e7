import ModuleKit
import Modules
import Schema
import Testing

/// Files of package sources and their keys.
@Suite struct SourcesTests {
  private func sources(_ files: [String: String]) -> FactView {
    var view = FactView()
    let lines = files.map { name, text in
      text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(name):\($0)\n" }
        .joined()
    }.joined()
    let reply = ProbeReply(status: 0, output: Array(lines.utf8))
    let key = FactKey(AptSourcesFact.self)
    if let reading = AptSourcesFact.parse(reply, for: [])[""] { view[key] = Observation(reading) }
    return view
  }

  /// A file that is not there, in a folder that is.
  private func absent(_ path: String, in view: inout FactView) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    view[FactKey(FileFact.self, path)] = Observation(Reading<FileFact>.absent)
    view[FactKey(ContentFact.self, path)] = Observation(Reading<ContentFact>.absent)
    view[FactKey(FileFact.self, folder)] = Observation(
      .present(FileFact(.directory, mode: FileMode(bits: 0o755), owner: .root, group: .root)))
    view[IdentityFact.request.key] = Observation(
      .present(IdentityFact(user: .root, group: .root)))
  }

  private func content(_ changes: [Change]) -> String? {
    changes.first?.steps.first?.input.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test(arguments: [
    "deb http://a/ stable main", "deb   http://a/  stable main # ours",
    "deb [ arch=amd64 ] http://a/ stable main",
  ])
  func `a line that is there in another spelling is left alone`(line: String) throws {
    let repo =
      line.contains("arch") ? "deb [arch=amd64] http://a/ stable main" : "deb http://a/ stable main"
    let repository = try module(
      Registry.all.module(named: "apt_repository"), "repo: '\(repo)'")
    let view = sources(["/etc/apt/sources.list": "# here\n\(line)"])
    #expect(try repository.changes(from: view).isEmpty)
  }

  @Test(arguments: [
    ("deb http://mirror.example/debian stable main", "", "mirror_example_debian"),
    ("deb [trusted=yes] https://me@a.b/x-y stable main", "", "a_b_x_y"),
    ("deb http://a/ stable main", "filename: own", "own"),
  ])
  func `a new line gets a file of its own`(line: String, more: String, name: String) throws {
    let repository = try module(
      Registry.all.module(named: "apt_repository"), "repo: '\(line)'\n\(more)")
    var view = sources(["/etc/apt/sources.list": ""])
    let path = "/etc/apt/sources.list.d/\(name).list"
    absent(path, in: &view)
    let changes = try repository.changes(from: view)
    #expect(changes.first?.subject == path && content(changes) == line + "\n")
    #expect(changes.first?.steps.last?.label == "apt-get update")
  }

  @Test(arguments: ["ppa:someone/thing", "http://a/ stable main", "deb http://a/"])
  func `what is no line of sources is refused`(line: String) throws {
    #expect(
      try mistakeID {
        _ = try module(Registry.all.module(named: "apt_repository"), "repo: '\(line)'")
      } == "apt-source")
  }

  @Test func `a file in the newer format has its fields in order`() throws {
    let repository = try module(
      Registry.all.module(named: "deb822_repository"),
      """
      name: My Mirror
      uris: [http://a/, http://b/]
      suites: stable
      components: [main, contrib]
      enabled: true
      signed_by: |
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        abcd
        -----END PGP PUBLIC KEY BLOCK-----
      """)
    var view = FactView()
    absent("/etc/apt/sources.list.d/my-mirror.sources", in: &view)
    #expect(
      content(try repository.changes(from: view)) == """
        Components: main contrib
        Enabled: yes
        X-Repolib-Name: My Mirror
        Signed-By:\u{20}
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         abcd
         -----END PGP PUBLIC KEY BLOCK-----
        Suites: stable
        Types: deb
        URIs: http://a/ http://b/

        """)
  }

  @Test(arguments: [
    ("name: x\nstate: present", "missing-parameter"),
    ("name: '!'\nuris: a\nsuites: b", "file-name"),
    ("name: x\nuris: a\nsuites: b\nsigned_by: https://k/", "apt-key-url"),
  ])
  func `mistakes in the newer format`(_ yaml: String, _ id: String) throws {
    #expect(
      try mistakeID {
        _ = try module(Registry.all.module(named: "deb822_repository"), yaml)
      } == id)
  }

  @Test(arguments: TestShell.allCases)
  func `a section of a repository file among others`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    host.run("printf '[a]\\nname = A\\n\\n[b]\\nname=B\\n# note\\n' >\(host.root)/x.repo")
    let present = """
      name: a
      file: x
      reposdir: \(host.root)
      description: New
      baseurl: [http://one/, http://two/]
      enabled: false
      """
    let repository = try module(Registry.all.module(named: "yum_repository"), present)
    try host.converge(repository)
    let text = host.run("cat \(host.root)/x.repo").text
    #expect(
      text == """
        [a]
        baseurl = http://one/
        \thttp://two/
        enabled = 0
        name = New

        [b]
        name=B
        # note

        """)
    for name in ["a", "b"] {
      try host.converge(
        try module(
          Registry.all.module(named: "yum_repository"),
          "name: \(name)\nfile: x\nreposdir: \(host.root)\nstate: absent"))
    }
    #expect(host.run("test -e \(host.root)/x.repo").status == 1)
  }

  @Test(arguments: TestShell.allCases)
  func `a keyring is written with and without armour`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let armoured =
      "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\naGVsbG8K\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"
    host.run("cat >\(host.root)/k.asc", input: Array(armoured.utf8))
    for (ring, expected) in [("r.gpg", "hello\n"), ("r.asc", armoured)] {
      try host.converge(
        try module(
          Registry.all.module(named: "apt_key"),
          "file: \(host.root)/k.asc\nkeyring: \(host.root)/\(ring)"))
      #expect(host.run("cat \(host.root)/\(ring)").text == expected)
    }
  }

  @Test func `keys that rpm knows, and keys in files`() throws {
    let output = [
      "", "0", "350d275d\nfd431d51", "/k", "0",
      "pub:-:4096:1:199E2F91FD431D51:1:::-:::scSC::::::23::0:", "/new", "0",
      "pub:-:4096:1:AAAABBBBCCCCDDDD:1:",
      "/none", "absent", "", "/bad", "2", "gpg: no valid OpenPGP data found.",
    ].map { "\($0)\0" }.joined()
    let reply = ProbeReply(status: 0, output: Array(output.utf8))
    let readings = RpmKeysFact.parse(reply, for: [])
    var view = FactView()
    for (name, reading) in readings { view[FactKey(RpmKeysFact.self, name)] = Observation(reading) }
    func key(_ text: String) throws -> any StateModule {
      try module(Registry.all.module(named: "rpm_key"), "key: \(text)")
    }
    #expect(try key("/k").changes(from: view).isEmpty)
    let found = try key("/new").changes(from: view)
    #expect(found.first?.steps.first?.script.source == "rpm --import /new")
    #expect(
      obstacleID { () throws(Obstacle) in try (try! key("/none")).changes(from: view) }
        == "file-absent")
    #expect(
      obstacleID { () throws(Obstacle) in try (try! key("/bad")).changes(from: view) }
        == "unreadable")
    let gone = try module(Registry.all.module(named: "rpm_key"), "key: '0x350D275D'\nstate: absent")
    #expect(try gone.changes(from: view).first?.subject == "350d275d")
  }
}

/// A state module by its type, as the registry has it.
func module(_ type: (any Module.Type)?, _ yaml: String) throws -> any StateModule {
  let type = try #require(type)
  let arguments = try arguments(type.manual.name, yaml)
  let wrong = type.manual.check(arguments)
  if let first = wrong.first { throw first }
  return try #require(try type.init(arguments) as? any StateModule)
}
