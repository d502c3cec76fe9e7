import Diagnostics
import Schema
import Template
import Testing
import Vault

@testable import Model

@Suite struct EncryptedTests {
  private static let passwords = ["default": "sesame", "prod": "other"]

  private static func password(_ id: String) throws -> VaultPassword {
    try #require(VaultPassword(id: id, bytes: Array((passwords[id] ?? "").utf8)))
  }

  private static func sealed(_ text: String, _ id: String = "default") throws -> String {
    try Envelope.sealing(Array(text.utf8), with: password(id)).text
  }

  /// `!vault |` with the envelope, indented by eight blanks.
  private static func inline(_ text: String, _ id: String = "default") throws -> String {
    "!vault |\n" + (try sealed(text, id)).split(separator: "\n").map { "        \($0)\n" }.joined()
  }

  private static func disk(_ files: [String: String], _ ids: [String] = ["default"]) throws
    -> ControllerDisk
  {
    ControllerDisk.memory(files).with(VaultKeys(try ids.map(password)))
  }

  private static func load(_ disk: ControllerDisk) -> (Playbook?, Inventory, [Diagnostic]) {
    var bag = DiagnosticBag()
    let playbook = PlaybookLoader(modules: TestModules.catalog, disk: disk)
      .load(path: "site.yml", into: &bag)
    let inventory = InventoryLoader(disk: disk, playbookFolders: ["."])
      .load(sources: ["hosts.yml"], into: &bag)
    if let playbook {
      bag.add(
        contentsOf: StaticCheck(
          playbook: playbook, inventory: inventory, modules: TestModules.catalog, disk: disk
        ).run())
    }
    return (playbook, inventory, bag.all)
  }

  private static func value(_ name: String, _ inventory: Inventory, _ disk: ControllerDisk) throws
    -> Value
  {
    let host = try #require(inventory.hosts.first)
    let renderer = Renderer(
      variables: VariableStore(inventory: inventory).variables(for: host),
      resources: TaskResources(folders: ["."], inventory: inventory, disk: disk))
    return try renderer.render(.text(Text("{{ \(name) }}", marks: .template)))
  }

  private static let hosts = "all: {hosts: {a: }}\n"

  // MARK: Reading

  @Test func `encrypted files of variables, inventories and playbooks are read`() throws {
    let disk = try Self.disk(
      [
        "site.yml": Self.sealed("- hosts: all\n  tasks:\n  - {name: a name, command: run it}\n"),
        "hosts.yml": Self.sealed(Self.hosts, "prod"),
        "group_vars/all.yml": Self.sealed("pw: canary\nurl: \"http://{{ pw }}\"\n"),
      ], ["default", "prod"])
    let (playbook, inventory, problems) = Self.load(disk)
    #expect(problems.isEmpty, "\(problems)")
    let task = try #require(playbook?.plays.first?.allTasks.first)
    #expect(task.title == "command")
    let argument = try #require(task.arguments["cmd"]?.source.literalValue)
    #expect(argument == .string("run it"))
    #expect(argument.deepMarks == .secret)
    let url = try Self.value("url", inventory, disk)
    #expect(url == .string("http://canary"))
    #expect(url.deepMarks == .secret)
  }

  @Test func `an encrypted value is opened where it is used, and is no template`() throws {
    let disk = try Self.disk([
      "site.yml": "- hosts: all\n  tasks:\n  - debug: {msg: \"{{ pw }}\"}\n",
      "hosts.yml": Self.hosts,
      "group_vars/all.yml": "pw: \(Self.inline("{{ 1 + 1 }}"))db:\n  pw: \(Self.inline("inner"))",
    ])
    let (_, inventory, problems) = Self.load(disk)
    #expect(problems.isEmpty, "\(problems)")
    for (name, expected) in [("pw", "{{ 1 + 1 }}"), ("db.pw", "inner")] {
      let value = try Self.value(name, inventory, disk)
      #expect(value == .string(expected))
      #expect(value.deepMarks == .secret)
    }
    #expect(try Self.value("db", inventory, disk)["pw"]?.deepMarks == .secret)
    #expect(try Self.value("pw | length", inventory, disk) == .int(11))
  }

  @Test func `an argument may be encrypted itself`() throws {
    let disk = try Self.disk([
      "site.yml": "- hosts: all\n  tasks:\n  - debug:\n      msg: \(Self.inline("canary"))",
      "hosts.yml": Self.hosts,
    ])
    let (playbook, inventory, problems) = Self.load(disk)
    #expect(problems.isEmpty, "\(problems)")
    let renderer = Renderer(
      variables: ValueMap(),
      resources: TaskResources(folders: ["."], inventory: inventory, disk: disk))
    let task = try #require(playbook?.plays.first?.allTasks.first)
    let argument = try #require(try task.arguments["msg"]?.argument(renderer))
    #expect(argument.value == .string("canary"))
    #expect(argument.isSecret)
    #expect(argument.sourceText == "canary")
  }

  @Test func `templates and files are opened too`() throws {
    let disk = try Self.disk([
      "templates/a.j2": Self.sealed("pw={{ 1 + 1 }}"), "files/a": Self.sealed("canary\n"),
      "templates/plain.j2": "plain",
    ])
    let resources = TaskResources(folders: ["."], inventory: nil, disk: disk)
    let renderer = Renderer(variables: ValueMap(), resources: resources)
    for (source, expected) in [
      ("{{ lookup('file', 'a') }}", "canary"), ("{{ lookup('template', 'a.j2') }}", "pw=2"),
      ("{% include 'a.j2' %}", "pw=2"),
      ("{{ lookup('template', 'plain.j2') ~ lookup('file', 'a') }}", "plaincanary"),
    ] {
      let value = try renderer.render(.text(Text(source, marks: .template)))
      #expect(value == .string(expected), "\(source)")
      #expect(value.deepMarks == .secret, "\(source)")
    }
    let plain = try renderer.render(
      .text(Text("{{ lookup('template', 'plain.j2') }}", marks: .template)))
    #expect(plain.deepMarks.isEmpty)
  }

  // MARK: What cannot be opened

  @Test func `every encrypted thing that is needed is named before the run, with its place`() throws
  {
    let files = [
      "site.yml": """
      - hosts: all
        vars_files: [v.yml]
        tasks:
        - debug: {msg: "{{ url }} {{ other.pw }}"}
        - debug: {msg: "{{ unused }}"}
          when: false

      """,
      "hosts.yml": Self.hosts,
      "v.yml": try Self.sealed("x: 1\n", "prod"),
      "group_vars/all.yml":
        "pw: \(try Self.inline("canary"))url: \"{{ pw }}\"\nunused: \(try Self.inline("x"))other:\n  pw: \(try Self.inline("y", "prod"))",
    ]
    let (_, _, missing) = Self.load(try Self.disk(files, []))
    #expect(Set(missing.map(\.id)) == ["vault-password-missing"])
    let places = missing.compactMap(\.span?.location)
    #expect(places.count == 3)
    #expect(places.first == "v.yml:1:1")
    #expect(places.dropFirst().allSatisfy { $0.hasPrefix("group_vars/all.yml:") })
    #expect(missing.allSatisfy { $0.help?.contains("--vault-password-file") == true })

    let (_, _, wrong) = Self.load(try Self.disk(files, ["default"]))
    #expect(wrong.map(\.id) == ["vault-password-wrong", "vault-password-wrong"])
    #expect(wrong.allSatisfy { $0.message.contains("tried: `default`") })
    #expect(wrong.allSatisfy { $0.message.contains("vault id `prod`") })
  }

  @Test(arguments: [
    ("$ANSIBLE_VAULT;1.1;AES256\n12zz\n", "v.yml:1:1 vault-format"),
    ("$ANSIBLE_VAULT;2.0;AES256\n00\n", "v.yml:1:1 vault-format"),
  ])
  func `a damaged file has its place`(text: String, expected: String) throws {
    let disk = try Self.disk([
      "site.yml": "- hosts: all\n  vars_files: [v.yml]\n", "hosts.yml": Self.hosts, "v.yml": text,
    ])
    let problem = try #require(Self.load(disk).2.first)
    #expect(line(problem).hasPrefix(expected))
    #expect(problem.labels.first?.span.location == "site.yml:2:16")
    #expect(problem.help?.isEmpty == false)
  }

  // MARK: Messages

  @Test func `no diagnostic quotes an encrypted file`() throws {
    let mistakes = [
      "- hosts: all\n  canary: canary\n", "- hosts: all\n  tasks: canary\n", "canary: [\n",
      "- hosts: all\n  tasks:\n  - canary:\n", "- hosts: canary\n  tasks: [{debug: {canary: 1}}]\n",
      "- hosts: all\n  tasks: [{debug: {msg: \"{{ canary | canary }}\"}}]\n",
      "- hosts: all\n  tasks: [{copy: {dest: canary, mode: canary, force: canary}}]\n",
      "- hosts: all\n  vars: {a-canary: 1}\n  become: canary\n", "a: canary\na: canary\n",
      "- hosts: all\n  vars_files: canary\n  roles: [canary]\n",
      "- hosts: all\n  tasks: [{import_tasks: canary, when: \"canary is canary\"}]\n",
    ]
    for text in mistakes {
      let disk = try Self.disk(["site.yml": Self.sealed(text), "hosts.yml": Self.hosts])
      let problems = Self.load(disk).2
      #expect(!problems.isEmpty, "\(text)")
      let shown = DiagnosticRenderer().render(problems)
      #expect(!shown.contains("canary"), "\(text)\n\(shown)")
      #expect(shown.contains("site.yml:"), "\(text)\n\(shown)")
    }
  }
}
